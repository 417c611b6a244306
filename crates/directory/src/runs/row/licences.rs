//! The licences of a row: those that are given before those that are taken away, and in several requests where Webex refuses
//! one.

use std::collections::BTreeMap;

use platform::Result;
use secrecy::SecretString;
use webex::{LicenseAnswer, LicenseChange, Operation, Webex};

use super::Attempt;
use crate::{
    gate::Api,
    plan::{Change, Field, Setting},
    runs::trouble::{Door, Trouble},
};

impl Attempt<'_> {
    /// Changes licences and attendances. Nothing is taken away for a licence that is not given: gifts go first.
    pub(super) async fn write_licences(&mut self, changes: &[Change]) -> Result<(), Trouble> {
        let is_licence =
            |change: &&Change| matches!(change.field, Field::Licence { .. } | Field::Attendee { .. });
        let wanted: Vec<&Change> = changes.iter().filter(is_licence).collect();
        let (gifts, rest): (Vec<&Change>, Vec<&Change>) = wanted.iter().partition(|change| is(change, true));
        if gifts.is_empty() || !rest.iter().any(|change| is(change, false)) {
            return self.write_together(&wanted).await.map(drop);
        }
        if self.write_together(&gifts).await? {
            return self.write_together(&rest).await.map(drop);
        }
        for change in rest {
            let called = self.work.called(&change.field);
            self.reasons.push(format!("{called}: left as it is, because not everything could be given."));
        }
        Ok(())
    }

    /// In one request, and where Webex refuses that in several: one change that is refused, such as the removal of an implicit
    /// licence, keeps back all others (Webex Licenses API, 700006). Whether all licences were given.
    async fn write_together(&mut self, wanted: &[&Change]) -> Result<bool, Trouble> {
        if wanted.is_empty() {
            return Ok(true);
        }
        match self.change_licences(wanted).await {
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

    /// What belongs into one request in any case: a host becomes an attendee while the licence goes, or has no account on the
    /// site in between.
    fn units<'a>(&self, wanted: &[&'a Change]) -> Vec<Vec<&'a Change>> {
        let mut units: BTreeMap<String, Vec<&Change>> = BTreeMap::new();
        for change in wanted {
            let key = match &change.field {
                Field::Licence { id } => self.work.site_of(id).filter(|_| is(change, false)).unwrap_or(id),
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
        let mut gifts = wanted.iter().filter(|change| is(change, true));
        Ok(gifts.all(|change| stands_in(change, &answer.licenses)))
    }
}

/// Whether a licence is given, or taken away.
fn is(change: &Change, given: bool) -> bool {
    matches!(change.field, Field::Licence { .. }) && change.then == Setting::Flag(given)
}
