//! What a person has on a site: session types and tracking codes, read and changed by the site's way.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use connections::CallError;
use oauth::ApiKind;
use platform::{Error, Fault, Hub, Instant, Result, conflict, db::built, id::OrganizationId, record};
use tokio::time::Instant as Moment;
use webex::{OnSite, PersonRecord, PersonTrackingCode, UserChange};

use super::{Site, Way, probe::xml_codes};
use crate::{
    gate::{self, Api, Asker},
    plan::{Change, Field, Membership, Setting},
};

/// For so long the places of a site's tracking codes are taken to be what they were.
const PLACES_HOLD: Duration = Duration::from_secs(10 * 60);
/// For so long a site that answered by REST is taken to do so.
const OFFER_HOLDS: Duration = Duration::from_secs(60);

/// When the places of a site's tracking codes were last compared, by this process.
#[derive(Default)]
struct Compared(Mutex<HashMap<(OrganizationId, String), Moment>>);

/// When sites were last seen to answer by REST, by this process.
#[derive(Default)]
struct Offered(Mutex<HashMap<(OrganizationId, String), Moment>>);

/// Asks a site what this person has there. “Not found” means that the site does not know the person; that the site does not
/// answer this way at all, or not to this administrator, is an error of its own that a person must act on.
pub(crate) async fn read_membership(
    hub: &Hub,
    asker: Asker,
    site: &Site,
    person: &PersonRecord,
) -> Result<Membership, CallError> {
    match site.way() {
        Some(Way::Rest) => {
            let read = by_rest(hub, asker, &site.site, person.id()).await;
            told_apart(hub, asker, site, read).await
        }
        Some(Way::Xml) => {
            by_xml(hub, asker, site, person.email()).await.map_err(|error| of_site(site, error))
        }
        None => Err(closed(site)),
    }
}

fn closed(site: &Site) -> CallError {
    let why = site.trouble.clone().unwrap_or_else(|| format!("{} has not been read yet.", site.site));
    conflict(why).into()
}

/// REST says “not found” both of a person and of what the site does not offer; a look at the site itself tells which.
async fn told_apart<T>(
    hub: &Hub,
    asker: Asker,
    site: &Site,
    answer: Result<T, CallError>,
) -> Result<T, CallError> {
    let key = (site.organization_id, site.site.clone());
    let offered = hub.memory::<Offered>();
    match &answer {
        Err(error) if error.is_not_found() => {}
        _ => return answer,
    }
    let last = offered.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
    if last.is_some_and(|last| last.elapsed() < OFFER_HOLDS) {
        return answer;
    }
    let webex = connections::webex(hub)?;
    let (webex, name) = (&webex, site.site.as_str());
    let looked =
        gate::ask(
            hub,
            asker,
            Api::Meetings,
            |token| async move { webex.site_session_types(&token, name).await },
        );
    match looked.await {
        Ok(_) => {
            offered.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Moment::now());
            answer
        }
        Err(error) if error.is_not_found() => Err(not_offered(site, "REST API", &error).into()),
        Err(error) => Err(error),
    }
}

/// The XML API names an exception for whatever it says of people; without one, a page says that there is no XML API.
fn of_site(site: &Site, error: CallError) -> CallError {
    match error.api() {
        Some(api) if api.kind == ApiKind::NotFound && api.code.is_none() => {
            not_offered(site, "Meetings XML API", &error).into()
        }
        Some(api) if api.kind == ApiKind::TokenRejected => no_session(site, &error).into(),
        _ => error,
    }
}

fn not_offered(site: &Site, api: &str, error: &CallError) -> Error {
    let say = format!(
        "{} does not answer by the {api} any more. Press “Read now” under Directory, so that it is found out which way it \
         answers, or choose the way there; then press Resume or make the plan again. It said: {error}",
        site.site
    );
    Error::new(Fault::AskPerson, say)
}

fn no_session(site: &Site, error: &CallError) -> Error {
    let say = format!(
        "The Meetings XML API of {} opens no session for the connected administrator. Make them an administrator of this \
         site in Control Hub, see that the integration has the scope spark:all, or choose REST for this site under \
         Directory; then press Resume or make the plan again. It said: {error}",
        site.site
    );
    Error::new(Fault::AskPerson, say)
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
        Some(Way::Rest) => {
            let written = wanted.write_by_rest(hub, asker, &site.site, person.id()).await;
            told_apart(hub, asker, site, written).await
        }
        Some(Way::Xml) => {
            let written = wanted.write_by_xml(hub, asker, site, person.email()).await;
            written.map_err(|error| of_site(site, error))
        }
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
        for longest in gate::freshness(hub, asker.organization, Api::Meetings) {
            let mut all = rest_codes(hub, asker, site, id).await?;
            let read_at = Moment::now();
            all.extend(self.tracking_codes.clone());
            let all: Vec<PersonTrackingCode> =
                all.into_iter().map(|(name, value)| PersonTrackingCode { name, value }).collect();
            let all = all.as_slice();
            let put = |token| async move { webex.set_tracking_codes(&token, site, id, all).await };
            let is_fresh = || read_at.elapsed() <= longest;
            if gate::ask_while(hub, asker, Api::Meetings, is_fresh, put).await?.is_some() {
                return Ok(());
            }
        }
        Err(gate::never_fresh(hub).into())
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
