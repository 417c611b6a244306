//! The classic file of one meeting site: accounts with their privilege, session types and tracking codes. It does not
//! name its site.
//!
//! Sources: "Webex Meetings CSV file import and export in Control Hub", <https://help.webex.com/article/nh17y2u>
//! (tab-separated, UTF-16LE); "CSV File Format for Cisco Webex User Accounts", <https://help.webex.com/article/ng17y2u>,
//! and the chapter "CSV File Format Reference" of Cisco's WebEx Administrator's Guide WBS29 (UserID, Active, FirstName,
//! LastName, Email, HostPrivilege); "What is the purpose of the Index column", <https://help.webex.com/article/WBX20845>
//! (MeetingPrivilege: session type numbers, separated by commas).
//!
//! How the columns of tracking codes are titled is not in what could be found. Understood are a word, `TrackingCode`,
//! `Tracking Code` or `TC`, with a number (`TrackingCode3`, `TC 3`) or after a colon or hyphen a name
//! (`TrackingCode:Branch`). Such a file has dozens of other columns; they are left alone.

use super::{code_number, key, stated};
use crate::wishes::{Attribute, Code, Column, SiteField};

const FIRST_NAME: &str = "FirstName";
const LAST_NAME: &str = "LastName";
const EMAIL: &str = "Email";
const PRIVILEGE: &str = "HostPrivilege";
const ACTIVE: &str = "Active";
const SESSION_TYPES: &str = "MeetingPrivilege";

/// Titles that no other layout has. `UserName` is none of them: people write it into lists of their own.
pub(super) fn is_mark(key: &str) -> bool {
    matches!(
        key,
        "userid"
            | "webexid"
            | "hostprivilege"
            | "meetingprivilege"
            | "meetingprivileges"
            | "sessiontype"
            | "teleconfprivilege"
    )
}

pub(super) fn column(title: &str) -> Option<Column> {
    match key(title).as_str() {
        "email" => Some(Column::Email),
        "firstname" => Some(Column::Attribute(Attribute::FirstName)),
        "lastname" => Some(Column::Attribute(Attribute::LastName)),
        "userid" => Some(Column::ReadOnly(title.into())),
        "username" | "webexid" | "teleconfprivilege" => Some(Column::LeftAlone(title.into())),
        "hostprivilege" => Some(of_site(SiteField::Privilege)),
        "active" => Some(of_site(SiteField::Active)),
        "meetingprivilege" | "meetingprivileges" | "sessiontype" | "sessiontypes" => {
            Some(of_site(SiteField::SessionTypes))
        }
        _ => tracking_code(title).map(|code| of_site(SiteField::TrackingCode(code))),
    }
}

fn of_site(field: SiteField) -> Column {
    Column::Site { site: None, field }
}

fn tracking_code(title: &str) -> Option<Code> {
    let end = |word: &str| {
        title
            .get(..word.len())
            .filter(|start| start.eq_ignore_ascii_case(word))
            .and_then(|_| title.get(word.len()..))
    };
    let rest = end("TrackingCode").or_else(|| end("Tracking Code")).or_else(|| end("TC"))?;
    if let Some(name) = rest.trim_start().strip_prefix([':', '-']) {
        return stated(name).map(Code::Name);
    }
    code_number(rest.trim().trim_start_matches('_')).map(Code::Index)
}

pub(super) fn title(column: &Column) -> Option<String> {
    match column {
        Column::Email => Some(EMAIL.to_owned()),
        Column::Attribute(Attribute::FirstName) => Some(FIRST_NAME.to_owned()),
        Column::Attribute(Attribute::LastName) => Some(LAST_NAME.to_owned()),
        Column::Site { site: None, field } => Some(match field {
            SiteField::Privilege => PRIVILEGE.to_owned(),
            SiteField::Active => ACTIVE.to_owned(),
            SiteField::SessionTypes => SESSION_TYPES.to_owned(),
            SiteField::TrackingCode(Code::Index(number)) => format!("TrackingCode{number}"),
            SiteField::TrackingCode(Code::Name(name)) => format!("TrackingCode:{name}"),
        }),
        Column::ReadOnly(title) | Column::LeftAlone(title) => Some(title.to_string()),
        _ => None,
    }
}

pub(super) fn known() -> Vec<&'static str> {
    vec![EMAIL, FIRST_NAME, LAST_NAME, PRIVILEGE, ACTIVE, SESSION_TYPES, "TrackingCode1"]
}
