//! One person: everything that Webex says of them, and what they have on meeting sites as far as that was read.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::IntoResponse,
};
use platform::{
    Actor, Hub, Instant, Result,
    id::OrganizationId,
    not_found,
    web::{Page, Shell},
};
use serde_json::Value;
use webex::PersonRecord;

use super::{PersonView, list};
use crate::{
    people::{self, Listed},
    plan::{Catalog, Field, Setting},
    planning, sites,
    web::{changes::Names, organization},
};

/// What the person has on a meeting site.
struct MembershipView {
    site: String,
    session_types: String,
    tracking_codes: Vec<(String, String)>,
    read_at: Instant,
}

#[derive(Template)]
#[template(path = "directory/person.html")]
struct ShowPage {
    shell: Shell,
    view: PersonView,
    read_at: Instant,
    facts: Vec<(&'static str, String)>,
    licences: Vec<String>,
    /// Meeting sites, and as what the person is there.
    sites: BTreeMap<String, &'static str>,
    memberships: Vec<MembershipView>,
    /// All fields as Webex sent them.
    fields: Vec<(String, String)>,
    status: (&'static str, &'static str),
}

/// What is shown first, by Webex's names.
const FACTS: [(&str, &str); 7] = [
    ("First name", "firstName"),
    ("Last name", "lastName"),
    ("Department", "department"),
    ("Title", "title"),
    ("Manager", "manager"),
    ("Extension", "extension"),
    ("Time zone", "timezone"),
];

/// The same of those that are instants.
const INSTANTS: [(&str, &str); 2] = [("Invited or added", "created"), ("Last active", "lastActivity")];

/// The page of a person.
pub(super) async fn show(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let organization = organization(&actor)?;
    let listed = people::find(&hub, organization, &id).await?.ok_or_else(|| not_found("person"))?;
    let names = planning::names(&hub, organization).await?;
    let catalog = sites::catalog(&hub, organization).await?;
    let record: PersonRecord = serde_json::from_str(&listed.record).unwrap_or_default();
    let fact = |(title, field): (&'static str, &str)| Some((title, record.text(field)?.to_owned()));
    let mut facts: Vec<(&'static str, String)> = FACTS.into_iter().filter_map(fact).collect();
    let instant = |(title, field): (&'static str, &str)| {
        let text = record.text(field)?;
        let at = serde_json::from_value::<Instant>(text.into());
        Some((title, at.map_or_else(|_| text.to_owned(), |at| shell.when(&at))))
    };
    facts.extend(INSTANTS.into_iter().filter_map(instant));
    facts.extend(record.work_number().map(|number| ("Work number", number.to_owned())));
    let mut licences: Vec<String> = listed
        .licences
        .split_whitespace()
        .map(|id| names.get(id).cloned().unwrap_or_else(|| id.to_owned()))
        .collect();
    licences.sort();
    let memberships = memberships(&hub, organization, &id, &names).await?;
    Ok(Page(ShowPage {
        view: PersonView::new(&listed, &names),
        read_at: listed.read_at,
        facts,
        licences,
        sites: sites_of(&listed, &catalog),
        memberships,
        fields: record
            .as_sent()
            .into_iter()
            .filter_map(|(name, value)| Some((name, words(&value)?)))
            .collect(),
        status: list::status(&listed),
        shell,
    }))
}

/// The meeting sites of a person: Webex names those of attendees; whoever hosts has a licence for the site.
fn sites_of(listed: &Listed, catalog: &Catalog) -> BTreeMap<String, &'static str> {
    let mut sites: BTreeMap<String, &'static str> =
        listed.sites.split_whitespace().map(|site| (site.to_owned(), "as attendee")).collect();
    let licences = listed.licences.split_whitespace().filter_map(|id| catalog.licence_by_id(id));
    let hosted = licences.filter_map(|licence| licence.site.clone());
    sites.extend(hosted.map(|site| (site, "as host, by licence")));
    sites
}

/// A value of Webex's in one line; nothing where there is none.
fn words(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(values) if values.is_empty() => None,
        Value::Array(values) => Some(values.iter().filter_map(words).collect::<Vec<_>>().join(", ")),
        other => Some(other.to_string()),
    }
}

async fn memberships(
    hub: &Hub,
    organization: OrganizationId,
    person: &str,
    names: &Names,
) -> Result<Vec<MembershipView>> {
    let known = sites::remembered(hub, organization, &[person]).await?;
    let mut views = Vec::new();
    for it in known {
        let field = Field::SessionTypes { site: it.site.clone() };
        let session_types = planning::shown(&field, &Setting::Set(it.membership.session_types), names);
        let tracking_codes = it.membership.tracking_codes.into_iter().collect();
        views.push(MembershipView { site: it.site, session_types, tracking_codes, read_at: it.read_at });
    }
    Ok(views)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::LicenceFact;

    #[test]
    fn whoever_hosts_on_a_site_is_no_attendee_there() {
        let listed = Listed {
            id: "p".into(),
            email_key: "ada@l.example".into(),
            sort_key: "ada".into(),
            department: String::new(),
            licences: " a b c gone ".into(),
            sites: " l.webex.com m.webex.com ".into(),
            is_active: true,
            is_pending: false,
            record: "{}".into(),
            read_at: Instant::from_micros(0),
        };
        let licence = |(id, site): (&str, Option<&str>)| LicenceFact {
            id: id.into(),
            name: id.into(),
            site: site.map(str::to_owned),
            subscription: None,
            total: None,
            consumed: 0,
        };
        let licences =
            [("a", None), ("b", Some("l.webex.com")), ("c", Some("n.webex.com")), ("d", Some("o.webex.com"))];
        let catalog = Catalog { licences: licences.map(licence).into(), ..Catalog::default() };
        let sites: Vec<(String, &str)> = sites_of(&listed, &catalog).into_iter().collect();
        let expected = [
            ("l.webex.com", "as host, by licence"),
            ("m.webex.com", "as attendee"),
            ("n.webex.com", "as host, by licence"),
        ];
        assert_eq!(sites, expected.map(|(site, role)| (site.to_owned(), role)));
    }
}
