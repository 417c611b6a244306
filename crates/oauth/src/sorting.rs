//! From a token endpoint's answer to the one kind it means. Providers with habits of their own bring their own
//! [`Classify`]; this one follows RFC 6749.

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::{AppTrouble, Kind, PersonTrouble, Refusal, is_passing, retry_after, safe_text};

/// Sorts an answer that is not a token: status, headers, body.
pub type Classify = fn(StatusCode, &HeaderMap, &str) -> Refusal;

/// The error body of RFC 6749 §5.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthError {
    pub error: String,
    /// Empty when the provider gave none.
    pub description: String,
}

impl OAuthError {
    /// Finds an `error` code in a JSON body.
    pub fn parse(body: &str) -> Option<Self> {
        let json: Value = serde_json::from_str(body).ok()?;
        let text = |name: &str| json.get(name).and_then(Value::as_str).map(safe_text);
        let error = text("error").filter(|error| !error.is_empty())?;
        Some(Self { error, description: text("error_description").unwrap_or_default() })
    }
}

/// Sorts by RFC 6749 §5.2: the `error` code decides, the status only where there is none.
pub fn rfc6749_refusal(status: StatusCode, headers: &HeaderMap, body: &str) -> Refusal {
    let http_status = Some(status.as_u16());
    let Some(OAuthError { error, description }) = OAuthError::parse(body) else {
        let description = format!("the provider answered HTTP {} without a reason", status.as_u16());
        let kind = kind_by_status(status, headers, body);
        return Refusal { kind, code: None, description, http_status, correlation: None };
    };
    let kind = if is_passing(status) {
        Kind::Passing { retry_after: retry_after(headers) }
    } else {
        rfc6749_kind(&error, &description)
    };
    Refusal { kind, code: Some(error), description, http_status, correlation: None }
}

/// What an error code of RFC 6749 §4.1.2.1 or §5.2 (and OpenID Connect Core §3.1.2.6) means; the description
/// only refines it.
pub fn rfc6749_kind(error: &str, description: &str) -> Kind {
    let words = description.to_lowercase();
    let says = |needles: &[&str]| needles.iter().any(|needle| words.contains(needle));
    match error {
        "invalid_client" if says(&["not found", "unknown", "does not exist"]) => {
            Kind::App(AppTrouble::UnknownClient)
        }
        "invalid_client" if says(&["expired"]) => Kind::App(AppTrouble::SecretExpired),
        "invalid_client" => Kind::App(AppTrouble::WrongSecret),
        "invalid_grant" => invalid_grant(&says),
        "invalid_scope" => Kind::App(AppTrouble::ScopeNotAllowed),
        "invalid_request" if says(&["redirect"]) => Kind::App(AppTrouble::RedirectNotRegistered),
        "unauthorized_client" | "unsupported_grant_type" | "unsupported_response_type" => {
            Kind::App(AppTrouble::Other)
        }
        "access_denied" => Kind::Person(PersonTrouble::Declined),
        "consent_required" => Kind::Person(PersonTrouble::ConsentNeeded),
        "login_required" | "interaction_required" | "account_selection_required" => {
            Kind::Person(PersonTrouble::Other)
        }
        "temporarily_unavailable" | "server_error" | "slow_down" => Kind::Passing { retry_after: None },
        _ => Kind::Bug,
    }
}

/// `invalid_grant` covers the grant itself, its redirect URI and its code verifier alike.
fn invalid_grant(says: &dyn Fn(&[&str]) -> bool) -> Kind {
    if says(&["verifier", "challenge", "pkce"]) {
        Kind::Bug
    } else if says(&["redirect"]) {
        Kind::App(AppTrouble::RedirectNotRegistered)
    } else if says(&["code"]) && says(&["already", "redeemed", "reused", "used before"]) {
        Kind::Person(PersonTrouble::CodeAlreadyUsed)
    } else if says(&["expired"]) && !says(&["revoked"]) {
        Kind::Person(PersonTrouble::GrantExpired)
    } else {
        Kind::Person(PersonTrouble::GrantRevoked)
    }
}

/// Sorts an answer that names no error. Pages of HTML and redirects come from something in between, not from the
/// provider, and so prove nothing about app or person.
pub fn kind_by_status(status: StatusCode, headers: &HeaderMap, body: &str) -> Kind {
    if is_passing(status) {
        return Kind::Passing { retry_after: retry_after(headers) };
    }
    let not_the_provider = body.trim_start().starts_with('<') || is_half(body) || !status.is_client_error();
    match status {
        _ if not_the_provider => Kind::Passing { retry_after: None },
        StatusCode::UNAUTHORIZED => Kind::App(AppTrouble::WrongSecret),
        StatusCode::BAD_REQUEST => Kind::Bug,
        _ => Kind::App(AppTrouble::Other),
    }
}

/// Whether JSON was begun and not ended: the connection, not the provider, decided what arrived.
fn is_half(body: &str) -> bool {
    body.trim_start().starts_with('{')
        && serde_json::from_str::<serde::de::IgnoredAny>(body).is_err_and(|error| error.is_eof())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::header::{HeaderValue, RETRY_AFTER};

    use super::*;

    fn refusal(status: u16, body: &str) -> Refusal {
        rfc6749_refusal(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body)
    }

    fn kind(error: &str, description: &str) -> Kind {
        let body = serde_json::json!({"error": error, "error_description": description});
        refusal(400, &body.to_string()).kind
    }

    #[test]
    fn the_apps_trouble_is_never_the_persons() {
        assert_eq!(kind("invalid_client", "bad credentials"), Kind::App(AppTrouble::WrongSecret));
        assert_eq!(kind("invalid_client", "Client not found"), Kind::App(AppTrouble::UnknownClient));
        assert_eq!(kind("invalid_client", "secret has expired"), Kind::App(AppTrouble::SecretExpired));
        assert_eq!(kind("invalid_scope", ""), Kind::App(AppTrouble::ScopeNotAllowed));
        assert_eq!(
            kind("invalid_grant", "redirect_uri mismatch"),
            Kind::App(AppTrouble::RedirectNotRegistered)
        );
    }

    #[test]
    fn a_refused_grant_asks_a_person() {
        assert_eq!(kind("invalid_grant", ""), Kind::Person(PersonTrouble::GrantRevoked));
        assert_eq!(kind("invalid_grant", "Token expired"), Kind::Person(PersonTrouble::GrantExpired));
        assert_eq!(
            kind("invalid_grant", "code was already used"),
            Kind::Person(PersonTrouble::CodeAlreadyUsed)
        );
        let reused = "refresh token already used, grant revoked";
        assert_eq!(kind("invalid_grant", reused), Kind::Person(PersonTrouble::GrantRevoked));
        assert_eq!(kind("access_denied", ""), Kind::Person(PersonTrouble::Declined));
    }

    #[test]
    fn our_own_mistakes_are_bugs() {
        assert_eq!(kind("invalid_grant", "PKCE verification failed"), Kind::Bug);
        assert_eq!(kind("invalid_request", "missing parameter"), Kind::Bug);
        assert_eq!(kind("brand_new_error", ""), Kind::Bug);
        assert_eq!(refusal(400, "{}").kind, Kind::Bug);
    }

    #[test]
    fn time_heals_what_the_provider_did_not_decide() {
        let passing = Kind::Passing { retry_after: None };
        for (status, body) in [
            (500, r#"{"error":"invalid_grant"}"#),
            (429, ""),
            (408, "{}"),
            (403, "<!doctype html><title>Proxy</title>"),
            (400, r#"{"error":"invalid_gr"#),
            (302, ""),
            (200, ""),
            (400, r#"{"error":"temporarily_unavailable"}"#),
        ] {
            assert_eq!(refusal(status, body).kind, passing, "{status} {body}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static("7"));
        let kind = rfc6749_refusal(StatusCode::TOO_MANY_REQUESTS, &headers, "").kind;
        assert_eq!(kind, Kind::Passing { retry_after: Some(Duration::from_secs(7)) });
    }

    #[test]
    fn code_and_sentence_are_kept_for_the_reader() {
        let refusal =
            refusal(401, r#"{"error":"invalid_client","error_description":"No\u0000 such\r\nclient"}"#);
        assert_eq!(refusal.to_string(), "invalid_client: No such client (HTTP 401)");
    }
}
