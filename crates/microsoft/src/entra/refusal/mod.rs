//! What Entra's refusals mean. Control follows `error` and `suberror`, which are stable; the AADSTS numbers, which
//! may change (Entra error reference), only tell the particular trouble within a kind.

use oauth::callback::CallbackQuery;
use oauth::{
    AppTrouble, Kind, OAuthError, PersonTrouble, Refusal, is_passing, kind_by_status, retry_after,
    rfc6749_refusal, safe_text,
};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::aadsts_number;
use super::tenant::is_guid;

/// Sorts what Entra's token endpoint answers instead of tokens (Entra error reference, "handling error codes").
pub fn token_refusal(status: StatusCode, headers: &HeaderMap, body: &str) -> Refusal {
    let Some(OAuthError { error, description }) = OAuthError::parse(body) else {
        return Refusal {
            kind: kind_by_status(status, headers, body),
            ..rfc6749_refusal(status, headers, body)
        };
    };
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    let listed = json["error_codes"][0].as_u64().and_then(|number| u32::try_from(number).ok());
    let answer = Said {
        error: &error,
        suberror: json["suberror"].as_str().unwrap_or_default(),
        number: listed.or_else(|| aadsts_number(&description)),
    };
    let kind = match answer.kind() {
        _ if is_passing(status) => Kind::Passing { retry_after: retry_after(headers) },
        Kind::Passing { .. } => Kind::Passing { retry_after: retry_after(headers) },
        kind => kind,
    };
    Refusal {
        kind,
        code: Some(answer.code()),
        description,
        http_status: Some(status.as_u16()),
        correlation: json["trace_id"].as_str().or(json["correlation_id"].as_str()).map(safe_text),
    }
}

/// Sorts an error that Entra sent back through the browser, from the authorize or the admin-consent page.
pub fn callback_refusal(callback: &CallbackQuery) -> Option<Refusal> {
    let error = callback.error.as_deref()?;
    let description = callback.error_description.clone().unwrap_or_default();
    let answer = Said { error, suberror: "", number: aadsts_number(&description) };
    let cancelled = callback.error_subcode.as_deref() == Some("cancel");
    let kind = if cancelled { Kind::Person(PersonTrouble::Declined) } else { answer.kind() };
    Some(Refusal { kind, code: Some(answer.code()), description, http_status: None, correlation: None })
}

/// Whether a pasted client secret is a GUID: then it is the secret's ID, which the portal keeps showing, and not
/// its value, which it shows once.
pub fn looks_like_secret_id(secret: &str) -> bool {
    is_guid(secret.trim())
}

/// Names the usual mistake behind a wrong secret, where the secret itself gives it away.
#[must_use]
pub fn with_secret_hint(refusal: Refusal, secret: &SecretString) -> Refusal {
    if refusal.kind == Kind::App(AppTrouble::WrongSecret) && looks_like_secret_id(secret.expose_secret()) {
        return Refusal { kind: Kind::App(AppTrouble::SecretId), ..refusal };
    }
    refusal
}

/// The parts of an answer that decide.
struct Said<'a> {
    error: &'a str,
    suberror: &'a str,
    number: Option<u32>,
}

impl Said<'_> {
    fn code(&self) -> String {
        self.number.map_or_else(|| self.error.to_owned(), |number| format!("AADSTS{number}"))
    }

    fn kind(&self) -> Kind {
        match self.error {
            "invalid_client"
            | "unauthorized_client"
            | "invalid_resource"
            | "unsupported_grant_type"
            | "unsupported_response_type" => Kind::App(self.app_trouble()),
            "invalid_scope" => Kind::App(AppTrouble::ScopeNotAllowed),
            "invalid_request" => self.invalid_request(),
            "invalid_grant" => self.invalid_grant(),
            "consent_required" if self.number == Some(65004) => Kind::Person(PersonTrouble::Declined),
            "consent_required" => Kind::Person(PersonTrouble::ConsentNeeded),
            "access_denied" | "permission_denied" => Kind::Person(self.denied()),
            "interaction_required" | "login_required" => {
                Kind::Person(self.person_trouble(PersonTrouble::Other))
            }
            "temporarily_unavailable" | "server_error" => Kind::Passing { retry_after: None },
            _ => Kind::Bug,
        }
    }

    fn app_trouble(&self) -> AppTrouble {
        match self.number {
            Some(7_000_222) => AppTrouble::SecretExpired,
            Some(7_000_215 | 70002) => AppTrouble::WrongSecret,
            Some(700_016 | 700_011) => AppTrouble::UnknownClient,
            Some(70001 | 7_000_112) => AppTrouble::AppDisabled,
            Some(50194 | 9_001_023 | 90124 | 90130 | 90002) => AppTrouble::WrongTenant,
            Some(50011) => AppTrouble::RedirectNotRegistered,
            Some(65005 | 650_052 | 650_054 | 650_056 | 650_057 | 500_011) => AppTrouble::ScopeNotAllowed,
            None if self.error == "invalid_client" => AppTrouble::WrongSecret,
            _ => AppTrouble::Other,
        }
    }

    /// A malformed request is ours; one that does not fit the registration is the app's.
    fn invalid_request(&self) -> Kind {
        match self.number {
            Some(900_144 | 90014 | 9_002_313 | 900_561 | 501_481 | 501_491 | 50147 | 28002 | 28003) => {
                Kind::Bug
            }
            _ => Kind::App(self.app_trouble()),
        }
    }

    fn invalid_grant(&self) -> Kind {
        match self.number {
            // The code verifier or the tenant path was wrong: the person did nothing.
            Some(501_481 | 501_491 | 50147 | 700_005) => Kind::Bug,
            Some(50011) => Kind::App(AppTrouble::RedirectNotRegistered),
            // Too many requests in too short a time.
            Some(50196) => Kind::Passing { retry_after: None },
            _ => Kind::Person(self.person_trouble(PersonTrouble::GrantRevoked)),
        }
    }

    fn denied(&self) -> PersonTrouble {
        match self.number {
            Some(90093..=90095) => PersonTrouble::AdminApprovalNeeded,
            _ => self.person_trouble(PersonTrouble::Declined),
        }
    }

    fn person_trouble(&self, otherwise: PersonTrouble) -> PersonTrouble {
        match (self.suberror, self.number) {
            ("consent_required", _) | (_, Some(65001)) => PersonTrouble::ConsentNeeded,
            (_, Some(65004)) => PersonTrouble::Declined,
            (_, Some(90093..=90095)) => PersonTrouble::AdminApprovalNeeded,
            (_, Some(50072 | 50074 | 50076 | 50078 | 50079)) => PersonTrouble::MfaNeeded,
            (_, Some(54005)) => PersonTrouble::CodeAlreadyUsed,
            (_, Some(50057)) => PersonTrouble::AccountDisabled,
            (_, Some(70008 | 700_082 | 700_084 | 70043)) => PersonTrouble::GrantExpired,
            (_, Some(50173 | 70000 | 50132 | 50133)) | ("bad_token", _) => PersonTrouble::GrantRevoked,
            ("basic_action", _) => PersonTrouble::MfaNeeded,
            // Trouble without a word of its own: policies, assignment, another tenant, passwords, sessions.
            ("user_password_expired" | "additional_action" | "message_only" | "ui_not_allowed", _)
            | (
                _,
                Some(
                    53000..=53004
                    | 530_032
                    | 50131
                    | 50105
                    | 50020
                    | 50034
                    | 51004
                    | 90072
                    | 16000
                    | 50053
                    | 50055
                    | 50144
                    | 50126
                    | 50058,
                ),
            ) => PersonTrouble::Other,
            _ => otherwise,
        }
    }
}

#[cfg(test)]
mod tests;
