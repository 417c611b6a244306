//! What the provider's answers mean for a row: whether its other parts can still be done, and whether a refusal is about
//! this person or about the administrator.

use oauth::ApiError;

use super::{Attempt, Work};
use crate::{
    gate::Api,
    runs::trouble::{self, Door, Trouble},
};

/// Attempts at which changes are forbidden before it is taken to be about the person: fewer where it is known that the
/// administrator has the role.
const MOST_DENIALS: u8 = 3;
const MOST_DENIALS_WITH_ROLE: u8 = 2;

impl Work {
    /// Whether the connected administrator may still change people; nothing where Webex does not tell.
    async fn may_change_people(&self) -> Result<Option<bool>, Trouble> {
        let asked = self.ask(Api::People, |webex, token| async move { webex.own_record(&token).await });
        match asked.await {
            Ok(own) if own.may_change_people().is_some() => return Ok(own.may_change_people()),
            Ok(_) => {}
            Err(Trouble::Forbidden(_)) => return Ok(Some(false)),
            Err(trouble) => return Err(trouble),
        }
        // Whoever is no administrator at all sees nothing that only administrators see.
        let asked = self.ask(Api::Licences, |webex, token| async move { webex.licenses(&token).await });
        match asked.await {
            Ok(_) => Ok(None),
            Err(Trouble::Forbidden(_)) => Ok(Some(false)),
            Err(trouble) => Err(trouble),
        }
    }
}

impl Attempt<'_> {
    /// Finds out whether something is forbidden altogether.
    pub(super) async fn forbidden(&self, trouble: Trouble) -> Result<Trouble, Trouble> {
        let Trouble::Forbidden(error) = trouble else { return Ok(trouble) };
        if self.work.may_change_people().await? == Some(false) {
            return Ok(Trouble::Hold(trouble::lost_role(&error.to_string())));
        }
        Ok(Trouble::Refused(error))
    }

    /// Takes in what a change was answered with; nothing after trouble that leaves the other parts of the row to be done.
    pub(super) async fn wrote<T>(
        &mut self,
        door: Door,
        what: &str,
        answer: Result<T, Trouble>,
    ) -> Result<Option<T>, Trouble> {
        match answer {
            Ok(answer) => {
                self.through.insert(door);
                return Ok(Some(answer));
            }
            Err(Trouble::Forbidden(error)) => self.denied(door, what, error).await?,
            Err(trouble) => self.go_on_after(what, trouble).await?,
        }
        Ok(None)
    }

    /// Goes on after trouble with reading a site; whoever no longer administers it may not even look (XML exception 000001).
    pub(super) async fn go_on_at(&mut self, site: &str, trouble: Trouble) -> Result<(), Trouble> {
        match trouble {
            Trouble::Forbidden(error) => self.denied(Door::Site(site.to_owned()), site, error).await,
            trouble => self.go_on_after(site, trouble).await,
        }
    }

    /// A change was forbidden: either the administrator has lost a role, or it is about this person.
    pub(super) async fn denied(&mut self, door: Door, what: &str, error: ApiError) -> Result<(), Trouble> {
        let may = self.work.may_change_people().await?;
        if may == Some(false) {
            return Err(Trouble::Hold(trouble::lost_role(&error.to_string())));
        }
        self.before.denied = self.before.denied.saturating_add(1);
        let most = if may == Some(true) { MOST_DENIALS_WITH_ROLE } else { MOST_DENIALS };
        let say = format!("{what}: {}", trouble::words(&error));
        if self.before.denied < most {
            self.note().await?;
            return Err(Trouble::Denied { door, say });
        }
        self.gave_in = true;
        self.reasons.push(say);
        Ok(())
    }

    /// Goes on after trouble with one part of the row, if the other parts can still be done.
    pub(super) async fn go_on_after(&mut self, what: &str, trouble: Trouble) -> Result<(), Trouble> {
        let trouble = self.forbidden(trouble).await?;
        let said = match &trouble {
            Trouble::Refused(error) | Trouble::Missing(error) => trouble::words(error),
            Trouble::Failed(say) => say.clone(),
            Trouble::Passing { say, .. } | Trouble::NotYet(say) if trouble.is_last(self.part.failures) => {
                say.clone()
            }
            _ => return Err(trouble),
        };
        self.reasons.push(format!("{what}: {said}"));
        Ok(())
    }
}
