//! What a person has on a site: session types and tracking codes, read and changed by the site's way.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use connections::CallError;
use platform::{Hub, Instant, Result, conflict, db::built, id::OrganizationId, record};
use tokio::time::Instant as Moment;
use webex::{OnSite, PersonRecord, PersonTrackingCode, UserChange};

use super::{Site, Way, probe::xml_codes};
use crate::{
    gate::{self, Api, Asker},
    plan::{Change, Field, Membership, Setting},
};

/// For so long the places of a site's tracking codes are taken to be what they were.
const PLACES_HOLD: Duration = Duration::from_secs(10 * 60);

/// When the places of a site's tracking codes were last compared, by this process.
#[derive(Default)]
struct Compared(Mutex<HashMap<(OrganizationId, String), Moment>>);

/// Asks a site what this person has there.
pub(crate) async fn read_membership(
    hub: &Hub,
    asker: Asker,
    site: &Site,
    person: &PersonRecord,
) -> Result<Membership, CallError> {
    match site.way() {
        Some(Way::Rest) => by_rest(hub, asker, &site.site, person.id()).await,
        Some(Way::Xml) => by_xml(hub, asker, site, person.email()).await,
        None => Err(closed(site)),
    }
}

fn closed(site: &Site) -> CallError {
    let why = site.trouble.clone().unwrap_or_else(|| format!("{} has not been read yet.", site.site));
    conflict(why).into()
}

async fn by_rest(hub: &Hub, asker: Asker, site: &str, id: &str) -> Result<Membership, CallError> {
    let webex = connections::webex(hub)?;
    let webex = &webex;
    let types = gate::ask(hub, asker, Api::Meetings, |token| async move {
        webex.person_session_types(&token, site, OnSite::Person(id)).await
    })
    .await?;
    Ok(Membership {
        session_types: types.into_iter().map(|it| it.id).collect(),
        tracking_codes: rest_codes(hub, asker, site, id).await?,
    })
}

async fn rest_codes(
    hub: &Hub,
    asker: Asker,
    site: &str,
    id: &str,
) -> Result<BTreeMap<String, String>, CallError> {
    let webex = connections::webex(hub)?;
    let webex = &webex;
    let codes = gate::ask(hub, asker, Api::Meetings, |token| async move {
        webex.person_tracking_codes(&token, site, OnSite::Person(id)).await
    })
    .await?;
    let codes = codes.into_iter().map(|code| (code.name, code.value.trim().to_owned()));
    Ok(codes.filter(|(_, value)| !value.is_empty()).collect())
}

/// On sites of Control Hub the account is named like the e-mail address (Webex Meetings XML API, `webExId`).
async fn by_xml(hub: &Hub, asker: Asker, site: &Site, email: &str) -> Result<Membership, CallError> {
    let user =
        gate::ask_site(hub, asker, &site.site, |xml, ticket| async move { xml.user(&ticket, email).await })
            .await?;
    let name = |place: u8| site.facts.tracking_code_at(place).map(|code| code.name.clone());
    let codes = user.tracking_codes.into_iter().filter_map(|(place, value)| Some((name(place)?, value)));
    Ok(Membership {
        session_types: user.session_types.into_iter().collect(),
        tracking_codes: codes.filter(|(_, value)| !value.trim().is_empty()).collect(),
    })
}

/// Changes what this person has on a site, by the site's way; changes of other things are passed over. Session types and
/// REST's tracking codes are replaced as a whole by Webex, so what is there goes along.
pub(crate) async fn write_membership(
    hub: &Hub,
    asker: Asker,
    site: &Site,
    person: &PersonRecord,
    changes: &[Change],
) -> Result<(), CallError> {
    let wanted = Wanted::of(site, changes);
    if wanted.is_nothing() {
        return Ok(());
    }
    match site.way() {
        Some(Way::Rest) => wanted.write_by_rest(hub, asker, &site.site, person.id()).await,
        Some(Way::Xml) => wanted.write_by_xml(hub, asker, site, person.email()).await,
        None => Err(closed(site)),
    }
}

/// What shall be, of one site.
#[derive(Default)]
struct Wanted {
    /// All of them.
    session_types: Option<Vec<String>>,
    /// Some of them; empty ones are taken away.
    tracking_codes: BTreeMap<String, String>,
}

impl Wanted {
    fn of(site: &Site, changes: &[Change]) -> Self {
        let mut wanted = Self::default();
        for change in changes.iter().filter(|change| change.field.site() == Some(&site.site)) {
            match (&change.field, &change.then) {
                (Field::SessionTypes { .. }, Setting::Set(ids)) => {
                    wanted.session_types = Some(ids.iter().cloned().collect());
                }
                (Field::TrackingCode { name, .. }, Setting::Text(value)) => {
                    wanted.tracking_codes.insert(name.clone(), value.clone().unwrap_or_default());
                }
                _ => {}
            }
        }
        wanted
    }

    fn is_nothing(&self) -> bool {
        self.session_types.is_none() && self.tracking_codes.is_empty()
    }

    async fn write_by_rest(self, hub: &Hub, asker: Asker, site: &str, id: &str) -> Result<(), CallError> {
        let webex = connections::webex(hub)?;
        let webex = &webex;
        if let Some(ids) = &self.session_types {
            gate::ask(hub, asker, Api::Meetings, |token| async move {
                webex.set_session_types(&token, site, id, ids).await
            })
            .await?;
        }
        if self.tracking_codes.is_empty() {
            return Ok(());
        }
        let mut all = rest_codes(hub, asker, site, id).await?;
        all.extend(self.tracking_codes);
        let all: Vec<PersonTrackingCode> =
            all.into_iter().map(|(name, value)| PersonTrackingCode { name, value }).collect();
        let all = all.as_slice();
        gate::ask(hub, asker, Api::Meetings, |token| async move {
            webex.set_tracking_codes(&token, site, id, all).await
        })
        .await?;
        Ok(())
    }

    async fn write_by_xml(self, hub: &Hub, asker: Asker, site: &Site, email: &str) -> Result<(), CallError> {
        if !self.tracking_codes.is_empty() {
            compare_places(hub, asker, site).await?;
        }
        let mut change = UserChange { session_types: self.session_types, ..UserChange::default() };
        for (name, value) in self.tracking_codes {
            let Ok(code) = site.facts.tracking_code(&name) else {
                return Err(changed(site).into());
            };
            change.tracking_codes.insert(code.place, value);
        }
        let change = &change;
        gate::ask_site(hub, asker, &site.site, |xml, ticket| async move {
            xml.set_user(&ticket, email, change).await
        })
        .await
    }
}

/// The XML API knows tracking codes by their places only. If somebody has moved them since the site was read, a value would
/// end up in another code.
async fn compare_places(hub: &Hub, asker: Asker, site: &Site) -> Result<(), CallError> {
    let compared = hub.memory::<Compared>();
    let key = (site.organization_id, site.site.clone());
    let last = compared.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
    if last.is_some_and(|last| last.elapsed() < PLACES_HOLD) {
        return Ok(());
    }
    let now = xml_codes(hub, asker, &site.site).await?;
    let is_same = site
        .facts
        .tracking_codes
        .iter()
        .all(|known| now.iter().any(|code| code.place == known.place && code.name == known.name));
    if !is_same {
        return Err(changed(site).into());
    }
    compared.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Moment::now());
    Ok(())
}

fn changed(site: &Site) -> platform::Error {
    conflict(format!(
        "The tracking codes of {} are no longer what they were. Press “Read now” under Directory and plan again.",
        site.site
    ))
}

/// Keeps what was read.
pub(crate) async fn remember(
    hub: &Hub,
    organization: OrganizationId,
    person: &str,
    site: &str,
    membership: &Membership,
) -> Result<()> {
    hub.db()
        .sql(
            "INSERT INTO directory_membership (organization_id, person_id, site, membership, read_at) \
             VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (organization_id, person_id, site) DO UPDATE SET membership = $4, read_at = $5",
        )
        .bind(organization)
        .bind(person.to_owned())
        .bind(site.to_owned())
        .bind(membership.clone())
        .bind(hub.now())
        .execute(hub.db())
        .await?;
    Ok(())
}

record! {
    /// What somebody had on a site when it was last read.
    #[derive(Clone, Debug)]
    pub(crate) struct Remembered {
        person_id: String,
        site: String,
        membership: Membership,
        read_at: Instant,
    }
}

/// What these people had on sites when it was last read.
pub(crate) async fn remembered(
    hub: &Hub,
    organization: OrganizationId,
    people: &[&str],
) -> Result<Vec<Remembered>> {
    let mut all = Vec::new();
    for some in people.chunks(500) {
        let places: Vec<String> = (2..some.len() + 2).map(|place| format!("${place}")).collect();
        let text = format!(
            "SELECT person_id, site, membership, read_at FROM directory_membership WHERE organization_id = $1 \
             AND person_id IN ({}) ORDER BY person_id, site",
            places.join(", ")
        );
        let mut statement = hub.db().sql(built(text)).bind(organization);
        for person in some {
            statement = statement.bind((*person).to_owned());
        }
        all.extend(statement.all::<Remembered>(hub.db()).await?);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_changes_of_this_site_are_written() {
        let site = |name: &str| Site {
            organization_id: crate::testing::ORGANIZATION,
            site: name.into(),
            found_way: None,
            chosen_way: None,
            facts: crate::plan::SiteFact::default(),
            version: None,
            trouble: None,
            read_at: None,
        };
        let change = |field, then| Change { field, now: Setting::Text(None), then };
        let code = |site: &str| Field::TrackingCode { site: site.into(), name: "Branch".into() };
        let changes = [
            change(Field::Department, Setting::text("IT")),
            change(code("a.webex.com"), Setting::text("Main")),
            change(code("b.webex.com"), Setting::Text(None)),
            change(Field::Attendee { site: "a.webex.com".into() }, Setting::Flag(true)),
        ];
        let wanted = Wanted::of(&site("a.webex.com"), &changes);
        assert_eq!(wanted.tracking_codes, BTreeMap::from([("Branch".to_owned(), "Main".to_owned())]));
        assert!(wanted.session_types.is_none());
        assert_eq!(Wanted::of(&site("b.webex.com"), &changes).tracking_codes["Branch"], "");
        assert!(Wanted::of(&site("c.webex.com"), &changes).is_nothing());
    }
}
