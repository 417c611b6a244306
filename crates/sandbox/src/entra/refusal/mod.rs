//! Why the directory says no: AADSTS numbers with the OAuth error, HTTP status and text each one carries.

mod text;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use jiff::Timestamp;
use serde_json::json;

/// A refusal by Entra ID (Entra error reference).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    UnknownApp { client_id: String, tenant: String },
    AppDisabled { client_id: String },
    UnknownTenant { tenant: String },
    SingleTenantOnCommon { client_id: String, name: String },
    GrantNotOnCommon,
    RedirectMismatch { redirect_uri: String, client_id: String },
    MissingParameter { name: &'static str },
    Malformed,
    UnsupportedResponseType,
    UnsupportedResponseMode { mode: String },
    UnsupportedGrant { grant: String },
    NoCredential,
    AssertionRefused,
    CredentialForPublicApp,
    WrongSecret { client_id: String },
    ExpiredSecret { client_id: String },
    CodeRedeemed,
    CodeExpired,
    CodeUnknown,
    CodeOfOtherTenant,
    WrongVerifier,
    BadChallenge,
    RefreshUnknown,
    RefreshIdle { issued: Timestamp },
    GrantRevoked { issued: Timestamp, revoked: Timestamp },
    UserDisabled,
    ConsentMissing { client_id: String, name: String },
    ConsentDeclined,
    AdminConsentNeeded { name: String },
    BadScope { scope: String },
    UnknownScope { scope: String },
    UnknownResource { resource: String },
    SignInNeeded,
}

use Refusal as R;

impl Refusal {
    /// The number behind `AADSTS`.
    pub(crate) fn number(&self) -> u32 {
        match self {
            R::UnknownApp { .. } => 700_016,
            R::AppDisabled { .. } => 7_000_112,
            R::UnknownTenant { .. } => 90_002,
            R::SingleTenantOnCommon { .. } => 50_194,
            R::GrantNotOnCommon => 9_001_023,
            R::RedirectMismatch { .. } => 50_011,
            R::MissingParameter { .. } => 900_144,
            R::Malformed | R::CodeUnknown => 9_002_313,
            R::UnsupportedResponseType => 700_054,
            R::UnsupportedResponseMode { .. } => 70_007,
            R::UnsupportedGrant { .. } => 70_003,
            R::NoCredential => 7_000_218,
            R::AssertionRefused => 700_027,
            R::CredentialForPublicApp => 700_025,
            R::WrongSecret { .. } => 7_000_215,
            R::ExpiredSecret { .. } => 7_000_222,
            R::CodeRedeemed => 54_005,
            R::CodeExpired => 70_008,
            R::CodeOfOtherTenant => 700_005,
            R::WrongVerifier => 501_481,
            R::BadChallenge => 501_491,
            R::RefreshUnknown => 70_000,
            R::RefreshIdle { .. } => 700_082,
            R::GrantRevoked { .. } => 50_173,
            R::UserDisabled => 50_057,
            R::ConsentMissing { .. } => 65_001,
            R::ConsentDeclined => 65_004,
            R::AdminConsentNeeded { .. } => 90_094,
            R::BadScope { .. } => 70_011,
            R::UnknownScope { .. } => 650_053,
            R::UnknownResource { .. } => 500_011,
            R::SignInNeeded => 50_058,
        }
    }

    /// The OAuth `error` that clients are told to act on.
    pub(crate) fn error(&self) -> &'static str {
        match self {
            R::UnknownApp { .. } | R::AppDisabled { .. } => "unauthorized_client",
            R::UnsupportedResponseType => "unsupported_response_type",
            R::UnsupportedGrant { .. } => "unsupported_grant_type",
            R::NoCredential
            | R::AssertionRefused
            | R::CredentialForPublicApp
            | R::WrongSecret { .. }
            | R::ExpiredSecret { .. } => "invalid_client",
            R::CodeRedeemed
            | R::CodeExpired
            | R::CodeUnknown
            | R::CodeOfOtherTenant
            | R::WrongVerifier
            | R::RefreshUnknown
            | R::RefreshIdle { .. }
            | R::GrantRevoked { .. }
            | R::UserDisabled
            | R::ConsentMissing { .. } => "invalid_grant",
            R::ConsentDeclined | R::AdminConsentNeeded { .. } => "access_denied",
            R::BadScope { .. } | R::UnknownScope { .. } => "invalid_scope",
            R::UnknownResource { .. } => "invalid_resource",
            R::SignInNeeded => "login_required",
            _ => "invalid_request",
        }
    }

    /// The OAuth `error` at a redirect URI, where a missing consent has its own word.
    pub(crate) fn error_at_redirect(&self) -> &'static str {
        match self {
            R::ConsentMissing { .. } => "consent_required",
            _ => self.error(),
        }
    }

    /// What a client must ask the person for, beyond `error`.
    fn suberror(&self) -> Option<&'static str> {
        match self {
            R::ConsentMissing { .. } => Some("consent_required"),
            R::GrantRevoked { .. } => Some("bad_token"),
            _ => None,
        }
    }

    /// 401 when the app's credential is refused, 400 for everything else.
    fn status(&self) -> StatusCode {
        if self.error() == "invalid_client" { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST }
    }

    /// `AADSTSnnnn: …`, without the trace lines that follow it.
    pub(crate) fn headline(&self) -> String {
        format!("AADSTS{}: {}", self.number(), self.text())
    }

    /// The whole description: headline and trace, as Entra joins them.
    pub(crate) fn description(&self, trace: &Trace) -> String {
        let Trace { id, correlation, .. } = trace;
        let at = trace.shown_at();
        format!("{} Trace ID: {id} Correlation ID: {correlation} Timestamp: {at}", self.headline())
    }

    /// The token endpoint's error answer (Entra error reference, "Handling error codes").
    pub(crate) fn answer(&self, trace: &Trace, base_url: &str) -> Response {
        let mut body = json!({
            "error": self.error(),
            "error_description": self.description(trace),
            "error_codes": [self.number()],
            "timestamp": trace.shown_at(),
            "trace_id": trace.id,
            "correlation_id": trace.correlation,
            "error_uri": format!("{base_url}/error?code={}", self.number()),
        });
        if let Some(suberror) = self.suberror() {
            body["suberror"] = suberror.into();
        }
        (self.status(), Json(body)).into_response()
    }
}

/// The ids under which a refusal could be looked up at the provider.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    pub(crate) id: String,
    pub(crate) correlation: String,
    pub(crate) at: Timestamp,
}

impl Trace {
    /// When it happened, in UTC as Entra writes it: `2026-11-02 09:00:00Z`.
    pub(crate) fn shown_at(&self) -> String {
        self.at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_secret_is_the_apps_fault_and_names_the_secret_id() {
        let refusal = R::WrongSecret { client_id: "abc".to_owned() };
        assert_eq!((refusal.error(), refusal.status()), ("invalid_client", StatusCode::UNAUTHORIZED));
        assert!(refusal.headline().starts_with("AADSTS7000215: Invalid client secret provided."));
        assert!(refusal.headline().contains("not the client secret ID"));
    }

    #[test]
    fn every_description_carries_the_trace() {
        let trace = Trace {
            id: "t".to_owned(),
            correlation: "c".to_owned(),
            at: "2026-11-02T09:00:00Z".parse().unwrap(),
        };
        let text = R::CodeRedeemed.description(&trace);
        assert!(text.starts_with("AADSTS54005: "));
        assert!(text.ends_with("Trace ID: t Correlation ID: c Timestamp: 2026-11-02 09:00:00Z"));
    }
}
