//! The sentences behind the AADSTS numbers, worded as Entra ID words them.

use super::Refusal;
use super::Refusal as R;

impl Refusal {
    pub(super) fn text(&self) -> String {
        self.app_text()
            .or_else(|| self.consent_text())
            .or_else(|| self.grant_text())
            .or_else(|| self.request_text())
            .unwrap_or_else(|| "Invalid request. Request is malformed or invalid.".to_owned())
    }

    fn app_text(&self) -> Option<String> {
        Some(match self {
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
            R::NoCredential => {
                "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
                    .to_owned()
            }
            _ => return None,
        })
    }

    fn consent_text(&self) -> Option<String> {
        Some(match self {
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
            _ => return None,
        })
    }

    fn grant_text(&self) -> Option<String> {
        Some(match self {
            R::CodeRedeemed => {
                "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an \
                 existing refresh token."
                    .to_owned()
            }
            R::CodeExpired => "The provided authorization code or refresh token has expired due to inactivity. \
                               Send a new interactive authorization request for this user and resource."
                .to_owned(),
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
            R::RefreshUnknown => "Provided grant is invalid or malformed.".to_owned(),
            _ => return None,
        })
    }

    fn request_text(&self) -> Option<String> {
        Some(match self {
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
            _ => return None,
        })
    }
}
