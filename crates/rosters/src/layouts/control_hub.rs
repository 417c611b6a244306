//! Control Hub's own file for users: a column for every attribute, and one of TRUE and FALSE for every licence.
//!
//! Sources: "Control Hub user management CSV file reference", <https://help.webex.com/article/afv3q8> (titles, which are
//! read-only); "Add multiple users in Control Hub with the CSV template", <https://help.webex.com/article/nlkiw8e>
//! (TRUE and FALSE, columns with *(Suspended)* in the title); "Modify users in Control Hub with the CSV template",
//! <https://help.webex.com/article/e2okky> (`REMOVE` in Location; Directory Number and Direct Line cannot be changed;
//! the same service of two subscriptions is told apart by the subscription's name in the title).
//!
//! Licences have the titles that the organization's subscriptions give them, so an unknown column counts as a licence
//! when its cells say TRUE or FALSE (see `header`). Cisco documents `REMOVE` for phone numbers and locations only; it
//! is understood in every attribute, with a remark.

use super::key;
use crate::wishes::{Attribute, Column};

const EMAIL: &str = "User ID/Email (Required)";
const PHONE: &str = "Phone Number";

const READ_ONLY: [&str; 5] = [
    "User Status",
    "Last Service Accessed Time",
    "Days since Last Service Accessed",
    "Directory Number",
    "Direct Line",
];

/// Attributes that Control Hub can change and Switchboard does not. Titles beyond Cisco's reference are from exports of
/// earlier years.
const LEFT_ALONE: [&str; 30] = [
    "Caller ID Number",
    "Caller ID First Name",
    "Caller ID Last Name",
    "Preferred Language",
    "Time zone",
    "Address type",
    "Address country",
    "Address street",
    "Address city",
    "Address locality",
    "Address state",
    "Address region",
    "Address postal code",
    "Hybrid Calendar Service Resource Group",
    "Hybrid Call Service Resource Group",
    "Calendar Service",
    "Hybrid Calendar Service (Exchange)",
    "Hybrid Calendar Service (Google)",
    "Hybrid Message Service",
    "Call Service Aware",
    "Call Service Connect",
    "Enterprise Content Management",
    "Jabber with Webex Teams",
    "Jabber Calling",
    "Contact Migration Required",
    "Webex Meeting Assistant",
    "UC Manager Profile",
    "Upgrade Profile",
    "Calling Behavior",
    "Calling Behavior UC Manager Profile",
];

fn name(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::FirstName => "First Name",
        Attribute::LastName => "Last Name",
        Attribute::DisplayName => "Display Name",
        Attribute::Department => "Department",
        Attribute::Title => "Title",
        Attribute::Manager => "Manager",
        Attribute::Extension => "Extension",
        Attribute::Location => "Location",
    }
}

/// Only this layout calls the address so; its own spelling has varied.
pub(super) fn is_mark(key: &str) -> bool {
    matches!(key, "useridemailrequired" | "useridemail")
}

pub(super) fn column(title: &str) -> Option<Column> {
    let key_of_title = key(title);
    let is = |name: &&str| key(name) == key_of_title;
    if is_mark(&key_of_title) {
        Some(Column::Email)
    } else if is(&PHONE) {
        Some(Column::Phone)
    } else if let Some(attribute) = Attribute::ALL.into_iter().find(|attribute| is(&name(*attribute))) {
        Some(Column::Attribute(attribute))
    } else if READ_ONLY.iter().any(is) || is_suspended(title) {
        Some(Column::ReadOnly(title.into()))
    } else if LEFT_ALONE.iter().any(is) {
        Some(Column::LeftAlone(title.into()))
    } else {
        None
    }
}

/// A suspended licence can be neither given nor taken away.
fn is_suspended(title: &str) -> bool {
    title.to_lowercase().contains("(suspended)")
}

pub(super) fn title(column: &Column) -> Option<String> {
    match column {
        Column::Email => Some(EMAIL.to_owned()),
        Column::Phone => Some(PHONE.to_owned()),
        Column::Attribute(attribute) => Some(name(*attribute).to_owned()),
        Column::Licence(title) | Column::ReadOnly(title) | Column::LeftAlone(title) => {
            Some(title.to_string())
        }
        Column::Active | Column::Site { .. } => None,
    }
}

pub(super) fn known() -> Vec<&'static str> {
    let mut known = vec![EMAIL, PHONE];
    known.extend(Attribute::ALL.map(name));
    known
}
