//! One row of a run: look at the person, compare with what was planned, write, read back, and say what was really
//! changed. A row may be begun any number of times; what is as it shall be is left alone.

mod answer;
mod judge;
mod licences;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use connections::CallError;
use futures_util::{FutureExt, future::BoxFuture};
use oauth::ApiError;
use platform::{Hub, Instant, Result};
use tokio::time::Instant as Moment;
use webex::PersonRecord;

use super::{
    model::{Run, RunRowState},
    store::{self, Before, Ended, Part},
    trouble::{self, Door, Trouble},
};
use crate::{
    gate::{self, Api, Asker},
    plan::{Catalog, Change, Field, Known, RowKind, Setting, words},
    planning,
    sites::{self, Site, Way},
};

/// What the rows of a run share.
pub(super) struct Work {
    pub(super) hub: Hub,
    pub(super) run: Run,
    pub(super) asker: Asker,
    pub(super) catalog: Catalog,
    /// By host name.
    pub(super) sites: BTreeMap<String, Site>,
    /// Licences and session types by id.
    pub(super) names: BTreeMap<String, String>,
    /// The run was stopped: rows are looked at only, so that it is known what was changed.
    pub(super) only_looks: bool,
}

/// How an attempt at a row came out.
pub(super) struct Attempted {
    /// The row as it is to be named when this is written down.
    pub(super) part: Part,
    /// Whether something may have been changed.
    pub(super) is_begun: bool,
    /// As the last answers showed them.
    pub(super) now: Known,
    /// Where changes were let through.
    pub(super) through: BTreeSet<Door>,
    /// Whether something was taken to be forbidden for this person, after it was tried again.
    pub(super) gave_in: bool,
    /// The end; none when the run was paused or stopped before the row was begun, or somebody else works on it.
    pub(super) result: Result<Option<Ended>, Trouble>,
}

/// An attempt at a row.
struct Attempt<'a> {
    work: &'a Work,
    part: Part,
    before: Before,
    now: Known,
    /// When the person was last read.
    read_at: Moment,
    through: BTreeSet<Door>,
    gave_in: bool,
    /// Sites that could not be read, for reasons that waiting does not mend.
    unreadable: BTreeSet<String>,
    /// Why something is not as planned.
    reasons: Vec<String>,
}

/// Works on a row once.
pub(super) fn carry_out(work: &Work, part: Part) -> BoxFuture<'_, Attempted> {
    attempt(work, part).boxed()
}

async fn attempt(work: &Work, part: Part) -> Attempted {
    let mut before = part.before.clone().unwrap_or_default();
    if part.failures == 0 {
        // Somebody wants the row to be tried anew.
        before.denied = 0;
    }
    let (attempts, was_begun) = (part.attempts, part.before.is_some());
    let mut attempt = Attempt {
        work,
        part,
        before,
        now: Known::default(),
        read_at: Moment::now(),
        through: BTreeSet::new(),
        gave_in: false,
        unreadable: BTreeSet::new(),
        reasons: Vec::new(),
    };
    let result = attempt.go().await;
    let is_begun = was_begun || attempt.part.attempts > attempts;
    let Attempt { part, now, through, gave_in, .. } = attempt;
    Attempted { part, is_begun, now, through, gave_in, result }
}

impl Work {
    /// A request to Webex's REST API.
    pub(super) async fn ask<T, F, W>(&self, api: Api, work: W) -> Result<T, Trouble>
    where
        W: Fn(webex::Webex, secrecy::SecretString) -> F,
        F: Future<Output = Result<T, ApiError>>,
    {
        let webex = connections::webex(&self.hub)?;
        let asked = gate::ask(&self.hub, self.asker, api, |token| work(webex.clone(), token)).await;
        asked.map_err(|error: CallError| Trouble::of(&self.hub, error))
    }

    fn shown(&self, field: &Field, setting: &Setting) -> String {
        let shown = planning::shown(field, setting, &self.names);
        let shown = if shown.is_empty() { setting.to_string() } else { shown };
        if shown.is_empty() { "empty".to_owned() } else { format!("“{shown}”") }
    }

    fn called(&self, field: &Field) -> String {
        match field {
            Field::Licence { id } => match self.names.get(id) {
                Some(name) => format!("Licence {name}"),
                None => words(field),
            },
            _ => words(field),
        }
    }

    /// The site on which a licence lets people host.
    fn site_of(&self, licence: &str) -> Option<&str> {
        self.catalog.licence_by_id(licence)?.site.as_deref()
    }
}

impl Attempt<'_> {
    async fn go(&mut self) -> Result<Option<Ended>, Trouble> {
        match self.find().await? {
            Some(record) => self.meet(record).await?,
            None if self.part.kind == RowKind::Create && self.part.person_id.is_none() => {
                if !self.work.only_looks && !self.create().await? {
                    return Ok(None);
                }
                if self.now.record.0.is_empty() {
                    return Ok(Some(self.end(Vec::new())));
                }
            }
            None => return Ok(Some(vanished())),
        }
        self.read_sites().await?;
        let todo = self.todo();
        if todo.is_empty() || self.work.only_looks {
            return Ok(Some(self.end(todo.refused)));
        }
        if !self.begin(&todo).await? {
            return Ok(None);
        }
        self.write(&todo).await?;
        self.read_back().await?;
        Ok(Some(self.end(todo.refused)))
    }

    /// Takes in whoever was found. Somebody to be created who is there now may be ours, after a crash or an answer that was
    /// cut; everybody else is treated like anybody whom the plan did not know of.
    async fn meet(&mut self, record: PersonRecord) -> Result<(), Trouble> {
        (self.now.record, self.read_at) = (record, Moment::now());
        if self.part.person_id.is_some() || !self.before.created {
            return Ok(());
        }
        let came_to_be = self.now.record.instant("created").map(Instant::from);
        if self.before.may_have_created(came_to_be) {
            return self.own().await;
        }
        self.before = Before::default();
        self.note().await
    }

    /// Writes down that the person is the one whom this row has created.
    async fn own(&mut self) -> Result<(), Trouble> {
        let id = self.now.record.id();
        store::created(&self.work.hub, &self.work.run, self.part.number, id).await?;
        self.part.person_id = Some(id.to_owned());
        Ok(())
    }

    async fn note(&self) -> Result<(), Trouble> {
        Ok(store::note(&self.work.hub, &self.work.run, &self.part, &self.before).await?)
    }

    /// The person as they are now; of those to be created whoever has the address.
    async fn find(&self) -> Result<Option<PersonRecord>, Trouble> {
        let found = match &self.part.person_id {
            Some(id) => self.by_id(id).await?,
            None => self.by_email().await?,
        };
        if let Some(record) = &found {
            check(record)?;
        }
        Ok(found)
    }

    async fn by_id(&self, id: &str) -> Result<Option<PersonRecord>, Trouble> {
        let asked = self.work.ask(Api::People, |webex, token| async move { webex.person(&token, id).await });
        match asked.await {
            Ok(record) => Ok(Some(record)),
            Err(Trouble::Missing(_)) => Ok(None),
            Err(trouble) => Err(self.forbidden(trouble).await?),
        }
    }

    /// Lists leave out what only calling needs, and that would be lost if it were sent back: so whoever is found is read.
    async fn by_email(&self) -> Result<Option<PersonRecord>, Trouble> {
        let email = &self.part.email;
        let asked = self
            .work
            .ask(Api::People, |webex, token| async move { webex.person_by_email(&token, email).await });
        match asked.await {
            Ok(Some(listed)) => self.by_id(listed.id()).await,
            Ok(None) => Ok(None),
            Err(trouble) => Err(self.forbidden(trouble).await?),
        }
    }

    /// What the person has on the sites that the row is about; a site that does not know them is left out.
    async fn read_sites(&mut self) -> Result<(), Trouble> {
        for name in judge::sites(&self.part.changes.0) {
            match self.membership(&name).await {
                Ok(Some(membership)) => drop(self.now.sites.insert(name, membership)),
                Ok(None) => {}
                Err(trouble) => {
                    self.go_on_at(&name, trouble).await?;
                    self.unreadable.insert(name);
                }
            }
        }
        Ok(())
    }

    async fn membership(&self, name: &str) -> Result<Option<crate::plan::Membership>, Trouble> {
        let site = self.site(name)?;
        let (hub, asker) = (&self.work.hub, self.work.asker);
        match sites::read_membership(hub, asker, site, &self.now.record).await {
            Ok(membership) => Ok(Some(membership)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(Trouble::of(hub, error)),
        }
    }

    /// Whether a site is changed by the XML API.
    fn by_xml(&self, site: &str) -> bool {
        self.work.sites.get(site).is_some_and(|site| site.way() == Some(Way::Xml))
    }

    fn site(&self, name: &str) -> Result<&Site, Trouble> {
        self.work.sites.get(name).ok_or_else(|| {
            Trouble::Failed(
                "the organization no longer has this meeting site. Read the directory again.".to_owned(),
            )
        })
    }

    fn todo(&self) -> judge::Todo {
        let expected = |site: &str| self.will_know(site);
        let shown = |field: &Field, setting: &Setting| self.work.shown(field, setting);
        let is_readable =
            |change: &&Change| change.field.site().is_none_or(|site| !self.unreadable.contains(site));
        let planned: Vec<Change> = self.part.changes.0.iter().filter(is_readable).cloned().collect();
        judge::todo(&planned, &self.before, &self.now, expected, |site| self.gives(site), shown)
    }

    /// Whether the person belongs to a site, or will by this row: the account there may come late.
    fn will_know(&self, site: &str) -> bool {
        let record = &self.now.record;
        self.gives(site)
            || record.list("licenses").iter().any(|id| self.work.site_of(id) == Some(site))
            || record.list("siteUrls").iter().any(|entry| entry.strip_suffix("#attendee") == Some(site))
    }

    /// Whether this row makes the person an attendee or a host of a site.
    fn gives(&self, site: &str) -> bool {
        let gives = |change: &&Change| change.then == Setting::Flag(true);
        self.part.changes.0.iter().filter(gives).any(|change| match &change.field {
            Field::Licence { id } => self.work.site_of(id) == Some(site),
            Field::Attendee { site: attended } => attended == site,
            _ => false,
        })
    }

    /// Writes down what is there; false when the row may not be begun.
    async fn begin(&mut self, todo: &judge::Todo) -> Result<bool, Trouble> {
        self.before = judge::before(&self.before, todo, &self.now, |site| self.by_xml(site));
        self.write_before().await
    }

    async fn write_before(&mut self) -> Result<bool, Trouble> {
        if !store::begin(&self.work.hub, &self.work.run, &self.part, &self.before).await? {
            return Ok(false);
        }
        self.part.attempts += 1;
        Ok(true)
    }

    async fn read_back(&mut self) -> Result<(), Trouble> {
        match self.find().await? {
            Some(record) => (self.now.record, self.read_at) = (record, Moment::now()),
            None => self.reasons.push("The person has vanished from Webex in the meantime.".to_owned()),
        }
        Ok(())
    }

    /// Decides by what is there now, whatever was answered on the way.
    fn end(&self, refused: Vec<String>) -> Ended {
        let done = judge::done(&self.before, &self.now);
        let missing = judge::missing(&self.part.changes.0, &self.now);
        let problem = self.problem(&missing, refused);
        let state = match (&problem, done.is_empty()) {
            (Some(_), true) if self.work.only_looks => RunRowState::Left,
            (Some(_), _) => RunRowState::Failed,
            (None, true) => RunRowState::Unchanged,
            (None, false) => RunRowState::Done,
        };
        let person_id = Some(self.now.record.id().to_owned()).filter(|id| !id.is_empty());
        Ended { state, done, problem, person_id }
    }

    fn problem(&self, missing: &[&Change], refused: Vec<String>) -> Option<String> {
        if missing.is_empty() {
            return None;
        }
        let mut reasons = refused;
        reasons.extend(self.reasons.iter().cloned());
        if self.work.only_looks {
            reasons.insert(0, "The run was stopped before this row was finished.".to_owned());
        }
        let is_silent = reasons.is_empty();
        let unsaid = missing.iter().filter(|change| is_silent || self.left_out(change, &reasons));
        let unsaid: Vec<String> = unsaid.map(|change| self.unmet(change)).collect();
        reasons.extend(unsaid);
        reasons.dedup();
        Some(reasons.join("\n"))
    }

    /// Whether it is a licence that Webex left out of what it let through, without a word (206, Webex Licenses API).
    fn left_out(&self, change: &Change, reasons: &[String]) -> bool {
        let called = [self.work.called(&change.field), words(&change.field)];
        matches!(change.field, Field::Licence { .. })
            && self.through.contains(&Door::Licences)
            && !reasons.iter().any(|why| called.iter().any(|called| why.starts_with(called.as_str())))
    }

    /// Webex accepted it and yet it is not so.
    fn unmet(&self, change: &Change) -> String {
        let called = self.work.called(&change.field);
        match (&change.field, &change.then, self.now.setting(&change.field)) {
            (Field::Licence { .. }, Setting::Flag(true), _) => format!(
                "{called}: Webex did not give it; most likely none is left. Free one or buy more, then retry the failed rows."
            ),
            (_, _, Some(now)) => format!(
                "{called}: Webex accepted {} but shows {}.",
                self.work.shown(&change.field, &change.then),
                self.work.shown(&change.field, &now)
            ),
            (_, _, None) => format!("{called}: it could not be read back."),
        }
    }
}

fn vanished() -> Ended {
    let problem =
        "Webex no longer has this person: they were deleted, or belong to another organization now.";
    Ended { state: RunRowState::Failed, done: Vec::new(), problem: Some(problem.to_owned()), person_id: None }
}

/// Whoever lost the role is shown people without their administrative fields, as everybody is; these are not empty
/// then but unknown.
fn check(record: &PersonRecord) -> Result<(), Trouble> {
    if record.is_for_administrators() {
        return Ok(());
    }
    Err(Trouble::Hold(trouble::lost_role("it shows people without what only administrators see.")))
}
