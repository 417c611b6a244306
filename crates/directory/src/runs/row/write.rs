//! The requests of a row that change something, but for licences: the person and the sites. Whatever they answer, what
//! is there afterwards decides.

use std::time::Duration;

use oauth::ApiKind;
use platform::Result;
use secrecy::SecretString;
use tokio::time::Instant as Moment;
use webex::{PersonRecord, Webex};

use super::{
    Attempt,
    judge::{self, Todo},
    licences::Rest,
};
use crate::{
    gate::{self, Api},
    plan::{Change, Field, Part, Setting, merged, words},
    runs::{
        store::Before,
        trouble::{Door, Trouble},
    },
    sites,
};

impl Attempt<'_> {
    /// Does what is to be done. Sites go before the licences for them where the row takes these away: afterwards they no
    /// longer know the person.
    pub(super) async fn write(&mut self, todo: &Todo) -> Result<(), Trouble> {
        self.write_profile(todo).await?;
        let left = self.leaving(&todo.changes);
        let sites = judge::sites(&self.part.changes.0);
        let (leaving, staying): (Vec<String>, Vec<String>) =
            sites.into_iter().partition(|site| left.contains(site));
        let rest = self.give_licences(&todo.changes).await?;
        for site in &leaving {
            // Session types that are set by XML can take the licence with them (Webex Meetings XML API, SetUser).
            match rest {
                Rest::Kept => self.keep_site(site, todo),
                _ => self.write_site(site, todo).await?,
            }
        }
        self.write_licences(&todo.changes, rest).await?;
        let mut late = None;
        for site in &staying {
            match self.write_site(site, todo).await {
                Err(trouble @ Trouble::NotYet(_)) => late = Some(trouble),
                written => written?,
            }
        }
        late.map_or(Ok(()), Err)
    }

    /// The sites whose licence is taken.
    fn leaving(&self, changes: &[Change]) -> Vec<String> {
        let taken = changes.iter().filter(|change| change.then == Setting::Flag(false));
        taken.filter_map(|change| self.site_of(change)).map(str::to_owned).collect()
    }

    /// Creates the person; false when the row may not be begun. Without success the record stays empty, and the reason
    /// is said.
    pub(super) async fn create(&mut self) -> Result<bool, Trouble> {
        let is_ours =
            |change: &&Change| !matches!(change.field.part(), Part::SessionTypes | Part::TrackingCodes);
        let (is_first, now) = (self.before.posted.is_none(), self.work.hub.now());
        self.before.created = true;
        self.before.posted = Some((self.before.posted.map_or(now, |(first, _)| first), now));
        self.before.found = self.part.changes.0.iter().filter(is_ours).cloned().collect();
        self.before.absent = judge::sites(&self.part.changes.0).into_iter().collect();
        if !self.write_before().await? {
            return Ok(false);
        }
        let body = newcomer(&self.part.email, &self.part.changes.0);
        let asked = {
            let body = &body;
            let post =
                |webex: Webex, token: SecretString| async move { webex.create_person(&token, body).await };
            self.work.ask(Api::People, post).await
        };
        let trouble = match asked {
            Ok(record) if !record.id().is_empty() => {
                self.through.insert(Door::People);
                (self.now.record, self.read_at) = (record, Moment::now());
                self.own().await?;
                return Ok(true);
            }
            Ok(_) => Trouble::NotYet("Webex created the person but does not show them yet.".to_owned()),
            Err(Trouble::Forbidden(error)) => {
                self.denied(Door::People, "New person", error).await?;
                return Ok(true);
            }
            Err(trouble) => trouble,
        };
        // Whatever was answered, the person may have been created.
        if let Some(record) = self.by_email().await? {
            if is_first && matches!(&trouble, Trouble::Refused(error) if error.kind == ApiKind::Conflict) {
                // They were there before: it was not us.
                self.before = Before::default();
                self.note().await?;
            }
            self.meet(record).await?;
            return Ok(true);
        }
        self.go_on_after("New person", trouble).await?;
        Ok(true)
    }

    /// PUT replaces a person, so everything that was read goes back with it; what was read some time ago is read again,
    /// also where the request had to wait for its turn or for a provider that had enough.
    async fn write_profile(&mut self, todo: &Todo) -> Result<(), Trouble> {
        let mut changes: Vec<Change> =
            todo.changes.iter().filter(|change| change.field.part() == Part::Profile).cloned().collect();
        let mut was_too_old = false;
        for longest in gate::freshness(&self.work.hub, self.work.run.organization_id, Api::People) {
            if !changes.is_empty() && (was_too_old || self.read_at.elapsed() > longest) {
                self.look_again(todo, &mut changes).await?;
            }
            if changes.is_empty() {
                return Ok(());
            }
            let put = self.replace(&changes, longest).await;
            if !matches!(put, Ok(None)) {
                return self.wrote(Door::People, "Person", put).await.map(drop);
            }
            was_too_old = true;
        }
        Err(gate::never_fresh(&self.work.hub).into())
    }

    /// Nothing if the person was read too long ago by the time that the request could be sent.
    async fn replace(&self, changes: &[Change], longest: Duration) -> Result<Option<PersonRecord>, Trouble> {
        let hub = &self.work.hub;
        let (body, id) = (&merged(&self.now.record, changes.iter()), self.now.record.id());
        let webex = &connections::webex(hub)?;
        let put = |token: SecretString| async move { webex.replace_person(&token, id, body).await };
        let is_fresh = || self.read_at.elapsed() <= longest;
        let asked = gate::ask_while(hub, self.work.asker, Api::People, is_fresh, put).await;
        asked.map_err(|error| Trouble::of(hub, error))
    }

    /// Reads the person again, and leaves out what is no longer to be changed.
    async fn look_again(&mut self, todo: &Todo, changes: &mut Vec<Change>) -> Result<(), Trouble> {
        let Some(record) = self.find().await? else {
            return Err(Trouble::Failed("The person has vanished from Webex in the meantime.".to_owned()));
        };
        (self.now.record, self.read_at) = (record, Moment::now());
        let again = self.todo();
        changes.retain(|change| again.changes.contains(change));
        self.reasons.extend(again.refused.into_iter().filter(|why| !todo.refused.contains(why)));
        Ok(())
    }

    /// Session types and tracking codes of one site, read back at once.
    async fn write_site(&mut self, name: &str, todo: &Todo) -> Result<(), Trouble> {
        let is_here = |change: &&Change| {
            matches!(change.field, Field::SessionTypes { .. } | Field::TrackingCode { .. })
                && change.field.site() == Some(name)
        };
        let mut changes: Vec<Change> = todo.changes.iter().filter(is_here).cloned().collect();
        if todo.later.iter().any(|change| change.field.site() == Some(name)) {
            changes = match self.appeared(name).await {
                Ok(changes) => changes,
                Err(trouble) => return self.go_on_at(name, trouble).await,
            };
        }
        if changes.is_empty() {
            return Ok(());
        }
        let written = match self.site(name) {
            Err(trouble) => Err(trouble),
            Ok(site) => {
                let (hub, asker) = (&self.work.hub, self.work.asker);
                let written = sites::write_membership(hub, asker, site, &self.now.record, &changes).await;
                written.map_err(|error| Trouble::of(hub, error))
            }
        };
        self.wrote(Door::Site(name.to_owned()), name, written).await?;
        match self.membership(name).await {
            Ok(Some(membership)) => drop(self.now.sites.insert(name.to_owned(), membership)),
            Ok(None) => {
                self.now.sites.remove(name);
            }
            Err(trouble) => return self.go_on_at(name, trouble).await,
        }
        Ok(())
    }

    /// What is to be done on a site that did not know the person when the row was begun.
    async fn appeared(&mut self, name: &str) -> Result<Vec<Change>, Trouble> {
        let Some(membership) = self.membership(name).await? else {
            return Err(Trouble::NotYet(format!(
                "{name} does not know the person yet; accounts there appear some time after the licence."
            )));
        };
        self.now.sites.insert(name.to_owned(), membership);
        let here: Vec<Change> = self
            .part
            .changes
            .0
            .iter()
            .filter(|change| change.field.site() == Some(name) && change.field.part() != Part::Licences)
            .cloned()
            .collect();
        let todo = judge::todo(&here, &self.before, &self.now, |_| true, |_| false, |field, _| words(field));
        self.before = judge::before(&self.before, &todo, &self.now, |site| self.by_xml(site));
        self.note().await?;
        Ok(todo.changes)
    }
}

/// The body of POST /people: what is planned of the profile. Licences follow by themselves, because only then it is
/// said which of them were given; whether somebody may sign in cannot be said here (Webex People API).
fn newcomer(email: &str, planned: &[Change]) -> PersonRecord {
    let of_profile =
        planned.iter().filter(|change| change.field.part() == Part::Profile && change.field != Field::SignIn);
    let mut record = PersonRecord::default();
    record.0.insert("emails".to_owned(), serde_json::json!([email]));
    merged(&record, of_profile)
}
