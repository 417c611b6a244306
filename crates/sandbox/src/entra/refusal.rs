//! Why the directory says no: AADSTS numbers with the OAuth error, HTTP status and text each one carries.

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
            R::Malformed => 9_002_313,
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
            R::CodeUnknown => 9_002_313,
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
            R::NoCredential | R::AssertionRefused | R::CredentialForPublicApp => "invalid_client",
            R::WrongSecret { .. } | R::ExpiredSecret { .. } => "invalid_client",
            R::CodeRedeemed | R::CodeExpired | R::CodeUnknown | R::CodeOfOtherTenant | R::WrongVerifier => {
                "invalid_grant"
            }
            R::RefreshUnknown | R::RefreshIdle { .. } | R::GrantRevoked { .. } => "invalid_grant",
            R::UserDisabled | R::ConsentMissing { .. } => "invalid_grant",
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

    fn text(&self) -> String {
        match self {
            R::UnknownApp { .. } | R::AppDisabled { .. } | R::NoCredential => self.app_text(),
            R::AssertionRefused | R::CredentialForPublicApp => self.app_text(),
            R::SingleTenantOnCommon { .. } | R::WrongSecret { .. } | R::ExpiredSecret { .. } => {
                self.app_text()
            }
            R::ConsentMissing { .. } | R::ConsentDeclined | R::AdminConsentNeeded { .. } => {
                self.consent_text()
            }
            R::BadScope { .. } | R::UnknownScope { .. } | R::UnknownResource { .. } => self.consent_text(),
            R::RefreshUnknown | R::RefreshIdle { .. } | R::GrantRevoked { .. } | R::UserDisabled => {
                self.grant_text()
            }
            R::CodeRedeemed | R::CodeExpired | R::CodeUnknown | R::CodeOfOtherTenant => self.grant_text(),
            _ => self.request_text(),
        }
    }

    fn app_text(&self) -> String {
        match self {
            R::UnknownApp { client_id, tenant } => format!(
                "Application with identifier '{client_id}' was not found in the directory '{tenant}'. This can \
                 happen if the application has not been installed by the administrator of the tenant or consented \
                 to by any user in the tenant. You may have sent your authentication request to the wrong tenant."
            ),
            R::AppDisabled { client_id } => format!("Application '{client_id}' is disabled."),
            R::SingleTenantOnCommon { client_id, name } => format!(
                "Application '{client_id}'({name}) is not configured as a multi-tenant application. Usage of the \
                 /common endpoint is not supported for such apps created after '10/15/2018'. Use a tenant-specific \
                 endpoint or configure the application to be multi-tenant."
            ),
            R::WrongSecret { client_id } => format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret \
                 value, not the client secret ID, for a secret added to app '{client_id}'."
            ),
            R::ExpiredSecret { client_id } => format!(
                "The provided client secret keys for app '{client_id}' are expired. Visit the Azure portal to \
                 create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate \
                 credentials for added security: https://aka.ms/certCreds."
            ),
            R::AssertionRefused => "The certificate with identifier used to sign the client assertion is not \
                                    registered on application."
                .to_owned(),
            R::CredentialForPublicApp => {
                "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.".to_owned()
            }
            _ => "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
                .to_owned(),
        }
    }

    fn consent_text(&self) -> String {
        match self {
            R::ConsentMissing { client_id, name } => format!(
                "The user or administrator has not consented to use the application with ID '{client_id}' named \
                 '{name}'. Send an interactive authorization request for this user and resource."
            ),
            R::ConsentDeclined => "User declined to consent to access the app.".to_owned(),
            R::AdminConsentNeeded { name } => format!(
                "{name} needs permission to access resources in your organization that only an admin can grant. \
                 Please ask an admin to grant permission to this app before you can use it."
            ),
            R::UnknownScope { scope } => format!(
                "The application asked for scope '{scope}' that doesn't exist on the resource \
                 '00000003-0000-0000-c000-000000000000'. Contact the app vendor."
            ),
            R::UnknownResource { resource } => format!(
                "The resource principal named {resource} was not found in the tenant. This can happen if the \
                 application has not been installed by the administrator of the tenant or consented to by any user \
                 in the tenant."
            ),
            R::BadScope { scope } => format!(
                "The provided request must include a 'scope' input parameter. The provided value for the input \
                 parameter 'scope' is not valid. The scope {scope} is not valid."
            ),
            _ => String::new(),
        }
    }

    fn grant_text(&self) -> String {
        match self {
            R::CodeRedeemed => {
                "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an \
                 existing refresh token."
                    .to_owned()
            }
            R::CodeExpired => "The provided authorization code or refresh token has expired due to inactivity. \
                               Send a new interactive authorization request for this user and resource."
                .to_owned(),
            R::CodeUnknown => "Invalid request. Request is malformed or invalid.".to_owned(),
            R::CodeOfOtherTenant => "The provided authorization code or refresh token is intended to be used \
                                     against another tenant."
                .to_owned(),
            R::RefreshIdle { issued } => format!(
                "The refresh token has expired due to inactivity. The token was issued on {issued:.7} and was \
                 inactive for 90.00:00:00."
            ),
            R::GrantRevoked { issued, revoked } => format!(
                "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user \
                 might have changed or reset their password. The grant was issued on '{issued:.7}' and the \
                 TokensValidFrom date (before which tokens are not valid) for this user is '{revoked:.7}'."
            ),
            R::UserDisabled => "The user account is disabled.".to_owned(),
            _ => "Provided grant is invalid or malformed.".to_owned(),
        }
    }

    fn request_text(&self) -> String {
        match self {
            R::UnknownTenant { tenant } => format!(
                "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing \
                 into the correct cloud."
            ),
            R::GrantNotOnCommon => {
                "The grant type is not supported over the /common or /consumers endpoints. \
                                    Please use the /organizations or tenant-specific endpoint."
                    .to_owned()
            }
            R::RedirectMismatch { redirect_uri, client_id } => format!(
                "The redirect URI '{redirect_uri}' specified in the request does not match the redirect URIs \
                 configured for the application '{client_id}'. Make sure the redirect URI sent in the request \
                 matches one added to your application in the Azure portal."
            ),
            R::MissingParameter { name } => {
                format!("The request body must contain the following parameter: '{name}'.")
            }
            R::UnsupportedResponseType => {
                "response_type 'id_token' is not enabled for the application.".to_owned()
            }
            R::UnsupportedResponseMode { mode } => {
                format!("'{mode}' is not a supported value of 'response_mode' when requesting a code.")
            }
            R::UnsupportedGrant { grant } => {
                format!("The app requested an unsupported grant type '{grant}'.")
            }
            R::WrongVerifier => "The Code_Verifier does not match the code_challenge supplied in the \
                                 authorization request."
                .to_owned(),
            R::BadChallenge => "Invalid size of Code_Challenge parameter.".to_owned(),
            R::SignInNeeded => "Session information is not sufficient for single-sign-on.".to_owned(),
            _ => "Invalid request. Request is malformed or invalid.".to_owned(),
        }
    }

    /// The whole description: headline and trace, as Entra joins them.
    pub(crate) fn description(&self, trace: &Trace) -> String {
        let Trace { id, correlation, at } = trace;
        format!(
            "{} Trace ID: {id} Correlation ID: {correlation} Timestamp: {}",
            self.headline(),
            entra_time(*at)
        )
    }

    /// The token endpoint's error answer (Entra error reference, "Handling error codes").
    pub(crate) fn answer(&self, trace: &Trace, base_url: &str) -> Response {
        let mut body = json!({
            "error": self.error(),
            "error_description": self.description(trace),
            "error_codes": [self.number()],
            "timestamp": entra_time(trace.at),
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

/// UTC as Entra writes it: `2026-11-02 09:00:00Z`.
fn entra_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
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
