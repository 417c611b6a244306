//! The licences of a row: all in one request, and each by itself where Webex refuses them together.

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
    pub(super) async fn write_licences(&mut self, changes: &[Change]) -> Result<(), Trouble> {
        let is_licence =
            |change: &&Change| matches!(change.field, Field::Licence { .. } | Field::Attendee { .. });
        let wanted: Vec<&Change> = changes.iter().filter(is_licence).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        match self.change_licences(&wanted).await {
            // One that is refused, such as an implicit one that shall go, keeps back all others (Webex Licenses API, 700006).
            Err(Trouble::Refused(_)) if wanted.len() > 1 => self.write_each(&wanted).await,
            asked => self.take_in("Licences", &wanted, asked).await.map(drop),
        }
    }

    /// Nothing is taken away for something that could not be given.
    async fn write_each(&mut self, wanted: &[&Change]) -> Result<(), Trouble> {
        let (gifts, removals): (Vec<&Change>, Vec<&Change>) =
            wanted.iter().partition(|change| change.then == Setting::Flag(true));
        let mut all_given = true;
        for gift in gifts {
            all_given &= self.write_one(gift).await?;
        }
        for removal in removals {
            if all_given {
                self.write_one(removal).await?;
            } else {
                let called = self.work.called(&removal.field);
                self.reasons.push(format!("{called}: left as it is, because not everything could be given."));
            }
        }
        Ok(())
    }

    /// Whether Webex let it through.
    async fn write_one(&mut self, change: &Change) -> Result<bool, Trouble> {
        let asked = self.change_licences(&[change]).await;
        let called = self.work.called(&change.field);
        self.take_in(&called, &[change], asked).await
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

    /// Takes in what was answered; false when nothing was let through.
    async fn take_in(
        &mut self,
        what: &str,
        wanted: &[&Change],
        asked: Result<LicenseAnswer, Trouble>,
    ) -> Result<bool, Trouble> {
        let Some(answer) = self.wrote(Door::Licences, what, asked).await? else { return Ok(false) };
        let is_pending =
            |field: &Field| matches!(field, Field::Licence { id } if answer.pending_licenses.contains(id));
        for change in wanted.iter().filter(|change| is_pending(&change.field)) {
            let called = self.work.called(&change.field);
            self.reasons.push(format!(
                "{called}: the person belongs to another organization and has to accept it first."
            ));
        }
        Ok(true)
    }
}
