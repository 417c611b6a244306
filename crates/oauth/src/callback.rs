//! What a provider sends back through the browser. Anyone can write such a query, so nothing in it is believed
//! before the state was found and the code exchanged.

use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded;

use crate::oidc::IssuerRule;
use crate::{Kind, Refusal, rfc6749_kind, safe_text};

const LONGEST_QUERY: usize = 32 * 1024;

/// The parameters of a redirect, or of a `form_post` body; empty ones count as absent.
#[derive(Debug, Default)]
pub struct CallbackQuery {
    pub code: Option<SecretString>,
    pub state: Option<SecretString>,
    pub error: Option<String>,
    pub error_description: Option<String>,
    pub error_uri: Option<String>,
    /// Entra's refinement of `error`, such as `cancel`.
    pub error_subcode: Option<String>,
    /// RFC 9207.
    pub iss: Option<String>,
    /// Entra's answer to an admin-consent request; present even when consent was refused.
    pub admin_consent: Option<String>,
    /// The tenant that consented; comes through the browser and proves nothing.
    pub tenant: Option<String>,
    pub scope: Option<String>,
}

/// Why a callback is not read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    #[error("the provider's answer is too long")]
    TooLong,
    #[error("the provider's answer names a parameter twice")]
    Repeated,
    #[error("the answer comes from another issuer than the one that was asked")]
    WrongIssuer,
}

impl CallbackQuery {
    /// Reads a query string or form body; a parameter given twice is refused (RFC 6749 §3.1).
    pub fn parse(query: &str) -> Result<Self, CallbackError> {
        if query.len() > LONGEST_QUERY {
            return Err(CallbackError::TooLong);
        }
        let mut read = Self::default();
        let mut seen = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()).filter(|(_, value)| !value.is_empty()) {
            if seen.contains(&name) {
                return Err(CallbackError::Repeated);
            }
            read.take(&name, &value);
            seen.push(name);
        }
        Ok(read)
    }

    fn take(&mut self, name: &str, value: &str) {
        let text = match name {
            "code" => return self.code = Some(value.into()),
            "state" => return self.state = Some(value.into()),
            "error" => &mut self.error,
            "error_description" => &mut self.error_description,
            "error_uri" => &mut self.error_uri,
            "error_subcode" => &mut self.error_subcode,
            "iss" => &mut self.iss,
            "admin_consent" => &mut self.admin_consent,
            "tenant" => &mut self.tenant,
            "scope" => &mut self.scope,
            _ => return,
        };
        *text = Some(safe_text(value));
    }

    /// Sorts an error redirect by RFC 6749 §4.1.2.1; none without `error`. Ask this before looking at `code`.
    pub fn refusal(&self) -> Option<Refusal> {
        let error = self.error.clone()?;
        let description = self.error_description.clone().unwrap_or_default();
        let kind = match self.error_subcode.as_deref() {
            Some("cancel") => Kind::Person(crate::PersonTrouble::Declined),
            _ => rfc6749_kind(&error, &description),
        };
        Some(Refusal { kind, code: Some(error), description, http_status: None, correlation: None })
    }

    /// Whether the state is the expected one.
    pub fn has_state(&self, expected: &SecretString) -> bool {
        let same = |state: &SecretString| {
            let (a, b) = (state.expose_secret().as_bytes(), expected.expose_secret().as_bytes());
            aws_lc_rs::constant_time::verify_slices_are_equal(a, b).is_ok()
        };
        self.state.as_ref().is_some_and(same)
    }
}

/// Checks the `iss` parameter (RFC 9207 §2.4): absent is tolerated, for few providers send it; wrong is refused.
pub fn check_issuer(iss: Option<&str>, expected: &IssuerRule) -> Result<(), CallbackError> {
    match iss {
        Some(iss) if !expected.accepts(iss) => Err(CallbackError::WrongIssuer),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PersonTrouble;

    #[test]
    fn a_code_and_its_state_are_read() {
        let query =
            CallbackQuery::parse("code=a%2Bb&state=s+1&session_state=x&iss=https%3A%2F%2Fa.example").unwrap();
        assert_eq!(query.code.as_ref().unwrap().expose_secret(), "a+b");
        assert!(query.has_state(&"s 1".into()));
        assert!(!query.has_state(&"s 2".into()));
        assert!(query.refusal().is_none());
        assert_eq!(query.iss.as_deref(), Some("https://a.example"));
    }

    #[test]
    fn nothing_at_all_is_read_as_nothing() {
        let query = CallbackQuery::parse("code=&state=").unwrap();
        assert!(query.code.is_none() && query.error.is_none() && !query.has_state(&"".into()));
    }

    #[test]
    fn an_error_is_seen_even_when_the_answer_also_claims_consent() {
        let query =
            CallbackQuery::parse("admin_consent=True&error=consent_required&error_description=AADSTS65004");
        let refusal = query.unwrap().refusal().unwrap();
        assert_eq!(refusal.kind, Kind::Person(PersonTrouble::ConsentNeeded));
        let cancelled = CallbackQuery::parse("error=access_denied&error_subcode=cancel").unwrap();
        assert_eq!(cancelled.refusal().unwrap().kind, Kind::Person(PersonTrouble::Declined));
    }

    #[test]
    fn twice_named_and_endless_parameters_are_refused() {
        assert_eq!(CallbackQuery::parse("state=a&code=1&state=b").err(), Some(CallbackError::Repeated));
        assert_eq!(CallbackQuery::parse(&"x".repeat(LONGEST_QUERY + 1)).err(), Some(CallbackError::TooLong));
    }

    #[test]
    fn a_foreign_issuer_is_refused_and_a_silent_one_tolerated() {
        let rule = IssuerRule::Exact("https://a.example".into());
        assert_eq!(check_issuer(None, &rule), Ok(()));
        assert_eq!(check_issuer(Some("https://a.example"), &rule), Ok(()));
        assert_eq!(check_issuer(Some("https://b.example"), &rule), Err(CallbackError::WrongIssuer));
    }
}
