//! Switchboard's own layout: people, licences and several meeting sites in one list. `docs/directory-files.md` describes
//! it for those who write one.

use std::sync::Arc;

use super::{code_number, key, stated};
use crate::wishes::{Attribute, Code, Column, SiteField};

/// Columns with one name, each with the other names under which people know it.
const FIELDS: [(&str, &[&str], Column); 11] = [
    ("email", &["e-mail address", "mail"], Column::Email),
    ("first_name", &["given name"], Column::Attribute(Attribute::FirstName)),
    ("last_name", &["surname", "family name"], Column::Attribute(Attribute::LastName)),
    ("display_name", &[], Column::Attribute(Attribute::DisplayName)),
    ("department", &[], Column::Attribute(Attribute::Department)),
    ("title", &["job title"], Column::Attribute(Attribute::Title)),
    ("manager", &[], Column::Attribute(Attribute::Manager)),
    ("phone", &["phone number", "phones", "telephone"], Column::Phone),
    ("extension", &[], Column::Attribute(Attribute::Extension)),
    ("location", &[], Column::Attribute(Attribute::Location)),
    ("active", &[], Column::Active),
];

pub(super) fn column(title: &str) -> Option<Column> {
    if title.starts_with('#') {
        return Some(Column::LeftAlone(title.into()));
    }
    if let Some(column) = field(title) {
        return Some(column);
    }
    let Some((word, rest)) = title.split_once(':') else { return of_site(None, title) };
    if matches!(key(word).as_str(), "licence" | "license") {
        return stated(rest).map(Column::Licence);
    }
    match site(word) {
        Some(site) => of_site(Some(site), rest),
        None => of_site(None, title),
    }
}

fn field(title: &str) -> Option<Column> {
    let title = key(title);
    let is = |name: &&str| key(name) == title;
    FIELDS
        .iter()
        .find(|(name, others, _)| is(name) || others.iter().any(is))
        .map(|(_, _, column)| column.clone())
}

/// A site is named by its host name, which has a dot and no white space.
fn site(word: &str) -> Option<Arc<str>> {
    let word = word.trim();
    (word.contains('.') && !word.contains(char::is_whitespace)).then(|| word.to_lowercase().into())
}

fn of_site(site: Option<Arc<str>>, what: &str) -> Option<Column> {
    let what = what.trim();
    let field = match key(what).as_str() {
        "account" => SiteField::Privilege,
        "accountactive" => SiteField::Active,
        "sessiontypes" => SiteField::SessionTypes,
        _ => SiteField::TrackingCode(tracking_code(what)?),
    };
    Some(Column::Site { site, field })
}

/// `tracking code 3`, or `tracking code: Branch`.
fn tracking_code(what: &str) -> Option<Code> {
    if let Some((word, name)) = what.split_once(':') {
        return stated(name).filter(|_| key(word) == "trackingcode").map(Code::Name);
    }
    let key = key(what);
    code_number(key.strip_prefix("trackingcode")?).map(Code::Index)
}

pub(super) fn title(column: &Column) -> Option<String> {
    match column {
        Column::Licence(title) => Some(format!("licence: {title}")),
        Column::Site { site: None, field } => Some(title_of_site(field)),
        Column::Site { site: Some(site), field } => Some(format!("{site}: {}", title_of_site(field))),
        Column::LeftAlone(title) => Some(title.to_string()),
        Column::ReadOnly(_) => None,
        _ => FIELDS.iter().find(|(_, _, field)| field == column).map(|(name, _, _)| (*name).to_owned()),
    }
}

fn title_of_site(field: &SiteField) -> String {
    match field {
        SiteField::Privilege => "account".to_owned(),
        SiteField::Active => "account active".to_owned(),
        SiteField::SessionTypes => "session types".to_owned(),
        SiteField::TrackingCode(Code::Index(number)) => format!("tracking code {number}"),
        SiteField::TrackingCode(Code::Name(name)) => format!("tracking code: {name}"),
    }
}

pub(super) fn known() -> Vec<&'static str> {
    let mut known: Vec<&str> = FIELDS.iter().map(|(name, _, _)| *name).collect();
    known.extend(["licence: …", "account", "account active", "session types", "tracking code: …"]);
    known
}
