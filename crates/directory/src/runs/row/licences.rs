//! The licences of a row: those that are given before those that are taken away, and in several requests where Webex refuses
//! one.

use std::collections::{BTreeMap, BTreeSet};

use platform::Result;
use secrecy::SecretString;
use webex::{LicenseAnswer, LicenseChange, Operation, Webex};

use super::{Attempt, judge::Todo};
use crate::{
    gate::Api,
    plan::{Change, Field, Part, Setting, is_licence, swaps},
    runs::trouble::{Door, Trouble},
};

/// What of a row's licences is left to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    Everything,
    /// All licences were given; the others go now.
    Removals,
    /// Everything went in one request.
    Nothing,
    /// Not all licences were given, so nothing is taken away.
    Kept,
}

const KEPT: &str = "left as it is, because not everything could be given";

impl Attempt<'_> {
    /// Gives the licences of a row that takes others away: these stay where Webex does not give them.
    pub(super) async fn give_licences(&mut self, changes: &[Change]) -> Result<Rest, Trouble> {
        if !swaps(changes) {
            return Ok(Rest::Everything);
        }
        let gifts: Vec<&Change> = changes.iter().filter(|change| is_licence(change, true)).collect();
        let asked = self.change_licences(&gifts).await;
        if matches!(&asked, Err(Trouble::Refused(error)) if webex::is_license_conflict(error)) {
            return self.exchange(changes, &gifts).await;
        }
        let all_given = self.write_together(&gifts, Some(asked)).await?;
        Ok(if all_given { Rest::Removals } else { Rest::Kept })
    }

    /// Nobody can have what is given beside what is taken, so everything goes in one request.
    async fn exchange(&mut self, changes: &[Change], gifts: &[&Change]) -> Result<Rest, Trouble> {
        let wanted = about_licences(changes);
        let asked = self.change_licences(&wanted).await;
        if matches!(asked, Err(Trouble::Refused(_))) {
            // Not even so: what can be given is given by itself.
            for gift in gifts {
                let asked = self.change_licences(&[gift]).await;
                let called = self.work.called(&gift.field);
                self.take_in(&called, &[gift], asked).await?;
            }
            return Ok(Rest::Kept);
        }
        let was_done = asked.is_ok();
        self.take_in("Licences", &wanted, asked).await?;
        Ok(if was_done { Rest::Nothing } else { Rest::Kept })
    }

    /// Changes the licences and attendances that were not changed yet.
    pub(super) async fn write_licences(&mut self, changes: &[Change], rest: Rest) -> Result<(), Trouble> {
        let mut wanted = about_licences(changes);
        match rest {
            Rest::Everything => {}
            Rest::Removals => wanted.retain(|change| !is_licence(change, true)),
            Rest::Kept => self.keep(&mut wanted),
            Rest::Nothing => return Ok(()),
        }
        self.write_together(&wanted, None).await.map(drop)
    }

    /// Leaves everything that is to be taken away, and what would take its place on a site.
    fn keep(&mut self, wanted: &mut Vec<&Change>) {
        let kept: Vec<&Change> =
            wanted.iter().copied().filter(|change| change.then == Setting::Flag(false)).collect();
        let sites: BTreeSet<&str> = kept.iter().filter_map(|change| self.site_of(change)).collect();
        wanted.retain(|change| {
            change.then == Setting::Flag(true)
                && change.field.site().is_some_and(|site| !sites.contains(site))
        });
        let said: Vec<String> =
            kept.iter().map(|change| format!("{}: {KEPT}.", self.work.called(&change.field))).collect();
        self.reasons.extend(said);
    }

    /// Says that what a person has on a site stays with the licence for it, if it was to be changed.
    pub(super) fn keep_site(&mut self, site: &str, todo: &Todo) {
        let is_here =
            |change: &Change| change.field.part() != Part::Licences && change.field.site() == Some(site);
        if todo.changes.iter().chain(&todo.later).any(is_here) {
            self.reasons.push(format!("{site}: {KEPT}."));
        }
    }

    /// The site of a change of the licence to host there, or of an attendance.
    pub(super) fn site_of<'a>(&'a self, change: &'a Change) -> Option<&'a str> {
        match &change.field {
            Field::Licence { id } => self.work.site_of(id),
            Field::Attendee { site } => Some(site),
            _ => None,
        }
    }

    /// In one request, and where Webex refuses that in several: one change that is refused, such as the removal of an implicit
    /// licence, keeps back all others (Webex Licenses API, 700006). Whether all licences were given.
    /// `asked`: what the one request was answered with, if it was sent already.
    async fn write_together(
        &mut self,
        wanted: &[&Change],
        asked: Option<Result<LicenseAnswer, Trouble>>,
    ) -> Result<bool, Trouble> {
        if wanted.is_empty() {
            return Ok(true);
        }
        let asked = match asked {
            Some(asked) => asked,
            None => self.change_licences(wanted).await,
        };
        match asked {
            Err(Trouble::Refused(_)) if wanted.len() > 1 => {}
            asked => return self.take_in("Licences", wanted, asked).await,
        }
        let mut all_given = true;
        for unit in self.units(wanted) {
            let asked = self.change_licences(&unit).await;
            let called: Vec<String> = unit.iter().map(|change| self.work.called(&change.field)).collect();
            all_given &= self.take_in(&called.join(", "), &unit, asked).await?;
        }
        Ok(all_given)
    }

    /// What belongs into one request in any case: a host becomes an attendee while the licence goes, and an attendee a host
    /// while it comes, or has no account on the site in between.
    fn units<'a>(&self, wanted: &[&'a Change]) -> Vec<Vec<&'a Change>> {
        let is_left = |site: &str| {
            wanted.iter().any(|it| it.then == Setting::Flag(false) && it.field.site() == Some(site))
        };
        let mut units: BTreeMap<String, Vec<&Change>> = BTreeMap::new();
        for change in wanted {
            let key = match &change.field {
                Field::Licence { id } => self
                    .work
                    .site_of(id)
                    .filter(|site| is_licence(change, false) || is_left(site))
                    .unwrap_or(id),
                field => field.site().unwrap_or_default(),
            };
            units.entry(key.to_owned()).or_default().push(change);
        }
        units.into_values().collect()
    }

    async fn change_licences(&self, wanted: &[&Change]) -> Result<LicenseAnswer, Trouble> {
        let id = self.now.record.id();
        let change = wanted.iter().fold(LicenseChange::of(id), |change, wanted| {
            let operation = match wanted.then {
                Setting::Flag(true) => Operation::Add,
                _ => Operation::Remove,
            };
            match &wanted.field {
                Field::Licence { id } => change.license(id, operation),
                Field::Attendee { site } => change.attendee(site, operation),
                _ => change,
            }
        });
        let change = &change;
        let patch =
            |webex: Webex, token: SecretString| async move { webex.change_licenses(&token, change).await };
        self.work.ask(Api::Licences, patch).await
    }

    /// Takes in what was answered: whether all licences were given. The list in the answer tells that, not the status.
    async fn take_in(
        &mut self,
        what: &str,
        wanted: &[&Change],
        asked: Result<LicenseAnswer, Trouble>,
    ) -> Result<bool, Trouble> {
        let Some(answer) = self.wrote(Door::Licences, what, asked).await? else { return Ok(false) };
        let stands_in = |change: &Change, ids: &[String]| matches!(&change.field, Field::Licence { id } if ids.contains(id));
        for change in wanted.iter().filter(|change| stands_in(change, &answer.pending_licenses)) {
            let called = self.work.called(&change.field);
            self.reasons.push(format!(
                "{called}: the person belongs to another organization and has to accept it first."
            ));
        }
        let mut gifts = wanted.iter().filter(|change| is_licence(change, true));
        Ok(gifts.all(|change| stands_in(change, &answer.licenses)))
    }
}

fn about_licences(changes: &[Change]) -> Vec<&Change> {
    changes.iter().filter(|change| change.field.part() == Part::Licences).collect()
}
