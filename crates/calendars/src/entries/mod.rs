//! Entries that rooms above want in a host's calendar: written exactly once, kept equal to the wish, removed, and
//! watched for what the host does with them in Outlook.

mod changes;
mod find;
mod remove;
mod store;
mod target;
mod write;

use platform::{
    Hub, Instant, Result,
    id::{AccountId, OrganizationId},
};
use serde::{Deserialize, Serialize};

use crate::{CalendarLinkId, CalendarName};

pub(crate) use changes::{Seen, VERIFY_JOB, compare, suspect_the_missing, verify};
pub use remove::{Removal, remove_entry};
pub(crate) use store::lie_ahead_in;
pub use write::write_entry;

/// Job for the room above: a person moved, shortened or deleted an entry of ours in Outlook; its payload is an
/// [`EntryChanged`]. Queued once per change.
pub const ENTRY_CHANGED: &str = "calendars.entry_changed";

/// What is to stand in the calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Who it is for, unique per host, such as `booking:<id>`.
    pub key: String,
    pub start: Instant,
    pub end: Instant,
    pub subject: String,
    pub body_html: String,
    pub location: Option<String>,
    /// Whether a Teams meeting belongs to it.
    pub online_meeting: bool,
    /// Whether others who see the calendar see only that the host is busy.
    pub private: bool,
}

/// What stands in the calendar now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The calendar that holds the entry.
    pub calendar: Option<CalendarLinkId>,
    /// Where the Teams meeting is joined. None although one was asked for: not there yet, ask again later.
    pub join_url: Option<String>,
    /// A person has moved it: the room above was told ([`ENTRY_CHANGED`]), and nothing was written over that.
    pub moved: bool,
    /// Why nothing was written, in words; asking again will not help until a person acts.
    pub skipped: Option<String>,
}

/// A change that a person made to an entry of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryChanged {
    pub account: AccountId,
    pub key: String,
    pub change: Change,
    /// When it was noticed.
    pub at: Instant,
    /// Grows with every report about the same entry, so that the latest one is known.
    pub version: i64,
}

/// What the person did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Change {
    /// The entry has other times now: moved, shortened or made longer.
    Moved {
        start: Instant,
        end: Instant,
    },
    Deleted,
}

/// For several hosts at once, in their order, why the calendar that receives their bookings takes no Teams meetings;
/// nothing where it does. Whether the connection works is not asked here.
pub async fn refusing_teams(
    hub: &Hub,
    organization: OrganizationId,
    accounts: &[AccountId],
) -> Result<Vec<Option<String>>> {
    let links = crate::store::receiving_each(hub, organization, accounts).await?;
    let why = |account: &AccountId| match links.iter().find(|link| link.account_id == *account) {
        None => {
            Some("No Outlook calendar receives bookings. Choose one under My account → Calendars.".to_owned())
        }
        Some(link) => (!link.allows_teams).then(|| target::refuses_teams(&link.name)),
    };
    Ok(accounts.iter().map(why).collect())
}

/// Whether Teams meetings can be made for this host now: the calendar that receives them, or in words why not and what
/// to do.
pub async fn can_write(
    hub: &Hub,
    organization: OrganizationId,
    account: AccountId,
) -> Result<Result<CalendarName, String>> {
    let found = target::of(hub, organization, account).await?;
    Ok(found.and_then(
        |target| {
            if target.link.allows_teams { Ok(target.name()) } else { Err(target.refuses_teams()) }
        },
    ))
}
