//! What is typed into the forms of integrations: read with a word for each wrong field, and kept.

mod fields;
mod wrong;

use jiff::{ToSpan, civil::Date, tz::TimeZone};
use oauth::ScopeSet;
use platform::{Instant, Result, web::Checked};
use secrecy::SecretString;
use serde::Deserialize;

use crate::{
    Provider, Purpose,
    integrations::{Edit, NewIntegration, NewSecret},
    purpose::{PurposeScopes, usual_scopes},
};

pub(super) use fields::{AppFields, SecretFields};
pub(super) use wrong::Wrong;

/// Longest list of scopes of one purpose, in characters; all of Webex's together are shorter.
const LONGEST_SCOPES: usize = 4000;

/// Everything that the forms of integrations may send; each form fills its part.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    pub provider: String,
    /// The version that the editor saw.
    pub version: String,
    name: String,
    client_id: String,
    tenant: String,
    purposes: Vec<String>,
    scopes_sign_in: String,
    scopes_meetings: String,
    scopes_calendars: String,
    scopes_presence: String,
    scopes_directory: String,
    client_secret: SecretString,
    expires_on: String,
}

impl Typed {
    /// A new integration with its secret.
    pub(super) fn new_integration(&self, provider: Provider, zone: &TimeZone) -> Result<NewIntegration> {
        let mut checked = Checked::default();
        let purposes = self.purposes(&mut checked, provider);
        let secret = self.checked_secret(&mut checked, zone);
        checked.finish()?;
        Ok(NewIntegration {
            provider,
            name: self.name.clone(),
            client_id: self.client_id.clone(),
            tenant: self.tenant.clone(),
            purposes,
            secret,
        })
    }

    /// A change of an integration.
    pub(super) fn edit(&self, provider: Provider) -> Result<Edit> {
        let mut checked = Checked::default();
        let purposes = self.purposes(&mut checked, provider);
        checked.finish()?;
        Ok(Edit {
            // No integration has version 0, so an unreadable one is noticed as somebody else's change.
            version: self.version.parse().unwrap_or(0),
            name: self.name.clone(),
            client_id: self.client_id.clone(),
            tenant: self.tenant.clone(),
            purposes,
        })
    }

    /// A further secret.
    pub(super) fn secret(&self, zone: &TimeZone) -> Result<NewSecret> {
        let mut checked = Checked::default();
        let secret = self.checked_secret(&mut checked, zone);
        checked.finish()?;
        Ok(secret)
    }

    fn checked_secret(&self, checked: &mut Checked, zone: &TimeZone) -> NewSecret {
        let expires_on = checked.value("expires_on", end_of_day(&self.expires_on, zone)).flatten();
        NewSecret { value: self.client_secret.clone(), expires_on }
    }

    fn purposes(&self, checked: &mut Checked, provider: Provider) -> PurposeScopes {
        let possible = Purpose::of(provider);
        let is_known = |chosen: &String| possible.iter().any(|purpose| purpose.as_str() == chosen);
        checked.require(self.purposes.iter().all(is_known), "purposes", "Choose from this list.");
        let chosen = possible.iter().copied().filter(|purpose| self.serves(*purpose));
        PurposeScopes(chosen.map(|purpose| (purpose, self.scopes(checked, provider, purpose))).collect())
    }

    fn serves(&self, purpose: Purpose) -> bool {
        purpose == Purpose::SignIn || self.purposes.iter().any(|chosen| chosen == purpose.as_str())
    }

    fn scopes(&self, checked: &mut Checked, provider: Provider, purpose: Purpose) -> ScopeSet {
        let text = self.scopes_text(purpose);
        let is_readable = text.len() <= LONGEST_SCOPES && text.split_whitespace().all(is_scope);
        checked.require(
            is_readable,
            &scopes_field(purpose),
            "Write scopes as the provider spells them, with a space between them and nothing else.",
        );
        let scopes = ScopeSet::parse(text);
        if scopes.is_empty() { usual_scopes(provider, purpose) } else { scopes }
    }

    fn scopes_text(&self, purpose: Purpose) -> &str {
        match purpose {
            Purpose::SignIn => &self.scopes_sign_in,
            Purpose::Meetings => &self.scopes_meetings,
            Purpose::Calendars => &self.scopes_calendars,
            Purpose::Presence => &self.scopes_presence,
            Purpose::Directory => &self.scopes_directory,
        }
    }
}

/// The characters of a scope (RFC 6749 §3.3); commas are excluded because no provider's scope has one, while
/// people like to write them between scopes.
fn is_scope(scope: &str) -> bool {
    scope.chars().all(|character| character.is_ascii_graphic() && !['"', '\\', ','].contains(&character))
}

fn scopes_field(purpose: Purpose) -> String {
    format!("scopes_{purpose}")
}

/// The last second of a civil day such as `2027-03-31` in `zone`; `None` when nothing was typed.
fn end_of_day(date: &str, zone: &TimeZone) -> Result<Option<Instant>, &'static str> {
    const SAY: &str = "Choose the day on which the secret ends, such as 2027-03-31.";
    let date = date.trim();
    if date.is_empty() {
        return Ok(None);
    }
    let day = Date::strptime("%Y-%m-%d", date).map_err(|_| SAY)?;
    if !(2000..2200).contains(&day.year()) {
        return Err("Look at the year once more.");
    }
    let next = day.tomorrow().and_then(|next| next.to_zoned(zone.clone())).map_err(|_| SAY)?;
    let last = next.checked_sub(1.second()).map_err(|_| SAY)?;
    Ok(Some(last.timestamp().into()))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    #[test]
    fn a_secret_ends_with_its_day_in_the_readers_zone() {
        let end = |zone_name: &str| end_of_day("2027-03-31", &zone(zone_name)).unwrap().unwrap().to_string();
        assert_eq!(end("Europe/Berlin"), "2027-03-31T21:59:59.000Z");
        assert_eq!(end("America/Los_Angeles"), "2027-04-01T06:59:59.000Z");
        assert_eq!(end_of_day("  ", &TimeZone::UTC), Ok(None));
    }

    #[test]
    fn a_date_that_is_none_is_refused_with_words() {
        for date in ["31.03.2027", "2027-02-30", "0027-03-31", "9999-12-31", "tomorrow", "2027-03-31T10:00"] {
            assert!(end_of_day(date, &TimeZone::UTC).is_err(), "{date} was taken");
        }
    }

    #[test]
    fn empty_scopes_mean_the_usual_ones_and_typed_ones_are_taken() {
        let typed = Typed {
            purposes: vec!["meetings".into()],
            scopes_meetings: " meeting:schedules_write\nmeeting:schedules_read ".into(),
            scopes_presence: "not chosen, so not read".into(),
            ..Typed::default()
        };
        let scopes = typed.edit(Provider::Webex).unwrap().purposes;
        assert_eq!(scopes.0[&Purpose::SignIn], usual_scopes(Provider::Webex, Purpose::SignIn));
        assert_eq!(
            scopes.0[&Purpose::Meetings].to_string(),
            "meeting:schedules_read meeting:schedules_write"
        );
        assert!(!scopes.serves(Purpose::Presence));
    }

    #[test]
    fn every_wrong_field_gets_its_own_word() {
        let typed = Typed {
            purposes: vec!["meetings".into(), "calendars".into()],
            scopes_meetings: "meeting:schedules_read, meeting:schedules_write".into(),
            expires_on: "soon".into(),
            ..Typed::default()
        };
        let error = typed.new_integration(Provider::Webex, &TimeZone::UTC).err().unwrap();
        let wrong = Wrong::of(error).unwrap();
        assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
        for field in ["purposes", "scopes_meetings", "expires_on"] {
            assert!(!wrong.at(field).is_empty(), "{field} got no word");
        }
        assert!(wrong.at("name").is_empty());
        assert!(AppFields::again(typed, Provider::Webex, 3, wrong).has_wrong_scopes());
    }

    #[test]
    fn scopes_hold_no_quotes_commas_or_foreign_letters() {
        assert!(is_scope("https://graph.microsoft.com/Calendars.ReadWrite"));
        for scope in ["a\"b", "a\\b", "a,b", "größe", "a\u{7f}"] {
            assert!(!is_scope(scope), "{scope} was taken");
        }
    }
}
