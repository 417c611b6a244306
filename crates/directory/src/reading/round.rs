//! One reading from its beginning to its end, each step committed together with where to go on.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use connections::{CallError, Connection};
use oauth::{ApiError, ApiKind};
use platform::{Error, Fault, Hub, Result};
use url::Url;
use webex::PersonRecord;

use super::store::{self, Beginning, Phase};
use crate::{
    gate::{self, Api, Asker},
    people,
    settings::{self, Directory},
    sites,
};

/// How often an organization is read by itself. Webex offers no changes of people, so a reading asks for everybody.
const DAILY: Duration = Duration::from_secs(86_400);

/// How far a stretch came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Complete,
    /// The stretch was over before the end.
    Unfinished,
    /// The stretch was over before anything came.
    Stuck,
    /// Somebody else reads by now.
    Overtaken,
    /// The administrator belongs to another organization (id, name) than the one that was read.
    OtherOrganization(String, String),
}

/// Reads on until the end, and counts the steps that were committed.
pub(super) async fn go_on(hub: &Hub, directory: &Directory, steps: &AtomicUsize) -> Result<Ended, CallError> {
    let connection = settings::administrator(hub, directory.organization_id).await?;
    let asker = Asker { organization: directory.organization_id, connection: connection.id };
    // What another administrator began is not continued: they may see other people.
    let is_same = directory.connection_id == Some(connection.id);
    let mut directory = Directory { connection_id: Some(connection.id), ..directory.clone() };
    let mut round = Round { hub, asker, steps };
    if !is_same || Phase::of(&directory).is_none() {
        match round.begin(&mut directory, &connection).await? {
            Ended::Unfinished => {}
            ended => return Ok(ended),
        }
    }
    loop {
        let ended = match Phase::of(&directory) {
            Some(Phase::People) => round.people(&mut directory).await?,
            Some(Phase::Licences) => round.licences(&mut directory).await?,
            Some(Phase::Sites) | None => round.site(&mut directory).await?,
        };
        if ended != Ended::Unfinished {
            return Ok(ended);
        }
    }
}

struct Round<'a> {
    hub: &'a Hub,
    asker: Asker,
    steps: &'a AtomicUsize,
}

impl Round<'_> {
    /// Finds out whose organization it is, and begins with its first page of people.
    async fn begin(
        &mut self,
        directory: &mut Directory,
        connection: &Connection,
    ) -> Result<Ended, CallError> {
        let (hub, webex) = (self.hub, connections::webex(self.hub)?);
        let (webex, id) = (&webex, connection.provider_account_id.as_str());
        // Only administrators are told, so whoever lost the role learns it here.
        let all = gate::organizations(hub, self.asker).await?;
        let administrator: PersonRecord =
            gate::ask(hub, self.asker, Api::People, |token| async move { webex.person(&token, id).await })
                .await?;
        let Some(org) = administrator.text("orgId").map(str::to_owned) else {
            return Err(
                platform::bug("Webex does not say to which organization its administrator belongs").into()
            );
        };
        let name = all.into_iter().find(|it| it.id == org).map(|it| it.display_name);
        if directory.provider_org.as_ref().is_some_and(|known| *known != org) {
            return Ok(Ended::OtherOrganization(org, name.unwrap_or_default()));
        }
        let first_page = webex.first_people().to_string();
        let beginning = Beginning { org, org_name: name, first_page };
        if !store::begin(hub, directory, &beginning).await? {
            return Ok(Ended::Overtaken);
        }
        directory.phase = Some(Phase::People.as_str().to_owned());
        directory.next_page = Some(beginning.first_page);
        directory.found = 0;
        self.step();
        Ok(Ended::Unfinished)
    }

    fn step(&self) {
        self.steps.fetch_add(1, Ordering::Relaxed);
    }

    async fn people(&mut self, directory: &mut Directory) -> Result<Ended, CallError> {
        let (hub, webex) = (self.hub, connections::webex(self.hub)?);
        let at = directory.next_page.as_deref().and_then(|at| Url::parse(at).ok());
        let at = at.unwrap_or_else(|| webex.first_people());
        let (webex, at, asked) = (&webex, &at, hub.now());
        let page = gate::ask(hub, self.asker, Api::People, |token| async move {
            webex.people_page(&token, at.clone()).await
        })
        .await
        .map_err(|error| if *at == webex.first_people() { not_everybody(error) } else { error })?;
        let found = directory.found + i64::try_from(page.people.len()).unwrap_or(i64::MAX);
        if page.next.is_none() && found == 0 {
            return Err(nobody().into());
        }
        let (phase, next) = match &page.next {
            Some(next) => (Phase::People, Some(next.to_string())),
            None => (Phase::Licences, None),
        };
        let (organization, generation) = (directory.organization_id, directory.generation + 1);
        let mut tx = hub.db().begin().await.map_err(Error::from)?;
        people::put(&mut tx, organization, (generation, asked), &page.people).await?;
        let named = page.people.iter().flat_map(people::sites_of);
        sites::heard_of(&mut tx, organization, generation, named).await?;
        if !store::go_on_at(&mut tx, directory, phase, next.as_deref(), page.people.len()).await? {
            return Ok(Ended::Overtaken);
        }
        tx.commit().await.map_err(Error::from)?;
        directory.phase = Some(phase.as_str().to_owned());
        directory.next_page = next;
        directory.found = found;
        self.step();
        Ok(Ended::Unfinished)
    }

    async fn licences(&mut self, directory: &mut Directory) -> Result<Ended, CallError> {
        let (hub, webex) = (self.hub, connections::webex(self.hub)?);
        let webex = &webex;
        let licences =
            gate::ask(hub, self.asker, Api::Licences, |token| async move { webex.licenses(&token).await })
                .await?;
        let mut tx = hub.db().begin().await.map_err(Error::from)?;
        store::put_licences(&mut tx, directory, &licences, hub.now()).await?;
        if !store::go_on_at(&mut tx, directory, Phase::Sites, None, 0).await? {
            return Ok(Ended::Overtaken);
        }
        tx.commit().await.map_err(Error::from)?;
        directory.phase = Some(Phase::Sites.as_str().to_owned());
        directory.next_page = None;
        self.step();
        Ok(Ended::Unfinished)
    }

    /// Asks the next site what it offers; after the last one everything is known.
    async fn site(&mut self, directory: &mut Directory) -> Result<Ended, CallError> {
        let hub = self.hub;
        let after = directory.next_page.as_deref().unwrap_or_default();
        let Some(name) = store::next_site(hub, directory, after).await? else {
            let due = hub.now().after(DAILY.mul_f64(0.95 + hub.random().jitter() / 10.0));
            let is_ours = store::complete(hub, directory, due).await?;
            return Ok(if is_ours { Ended::Complete } else { Ended::Overtaken });
        };
        if let Some(site) = sites::find(hub, directory.organization_id, &name).await? {
            sites::probe(hub, self.asker, &site).await?;
        }
        let mut tx = hub.db().begin().await.map_err(Error::from)?;
        if !store::go_on_at(&mut tx, directory, Phase::Sites, Some(&name), 0).await? {
            return Ok(Ended::Overtaken);
        }
        tx.commit().await.map_err(Error::from)?;
        directory.next_page = Some(name);
        self.step();
        Ok(Ended::Unfinished)
    }
}

/// Whoever reads is one of those who are read, so a list without anybody is none.
fn nobody() -> Error {
    Error::new(
        Fault::AskPerson,
        "Webex answered with a list of nobody. The connected administrator probably no longer administers the \
         organization: give them back the role in Control Hub, or connect another administrator under Connections.",
    )
}

/// Without a role, Webex wants to be told whom it shall list (Webex People API, "List People").
fn not_everybody(error: CallError) -> CallError {
    match error {
        CallError::Provider(error) if error.kind == ApiKind::Invalid => {
            CallError::Provider(ApiError { kind: ApiKind::Forbidden, ..error })
        }
        error => error,
    }
}

/// Whether a remembered place to go on at is no good any more, so that the list has to begin again.
pub(super) fn is_stale_page(directory: &Directory, error: &CallError) -> bool {
    let refused = error.api().is_some_and(|error| matches!(error.kind, ApiKind::Invalid | ApiKind::NotFound));
    refused && directory.phase.is_some()
}
