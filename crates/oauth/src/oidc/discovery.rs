//! A provider's description of itself (OpenID Connect Discovery 1.0).

use serde::Deserialize;
use url::Url;

use super::issuer::tenant_in;
use super::{OidcError, fetch_json};
use crate::{Refusal, join};

/// The parts of a discovery document that a client acts on.
#[derive(Debug, Clone, Deserialize)]
pub struct ProviderMetadata {
    /// For Entra's multi-tenant paths a template with `{tenantid}`.
    pub issuer: String,
    pub authorization_endpoint: Url,
    pub token_endpoint: Url,
    pub jwks_uri: Url,
    pub userinfo_endpoint: Option<Url>,
    pub revocation_endpoint: Option<Url>,
    pub end_session_endpoint: Option<Url>,
    #[serde(default)]
    pub scopes_supported: Vec<String>,
    #[serde(default)]
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// Whether redirects carry `iss` (RFC 9207 §3).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

/// Fetches the discovery document and checks that it speaks for `issuer` (Discovery §4.3).
pub async fn discover(http: &reqwest::Client, issuer: &str) -> Result<ProviderMetadata, OidcError> {
    let malformed = || OidcError::Unavailable(Refusal::bug("the issuer is not a web address"));
    let base = Url::parse(issuer).map_err(|_| malformed())?;
    let metadata: ProviderMetadata =
        fetch_json(http, join(&base, &[".well-known", "openid-configuration"])).await?;
    check_issuer(&metadata, issuer)?;
    Ok(metadata)
}

fn check_issuer(metadata: &ProviderMetadata, issuer: &str) -> Result<(), OidcError> {
    let bare = |text: &'_ str| text.trim_end_matches('/').to_owned();
    let found = bare(&metadata.issuer);
    if found == bare(issuer) || tenant_in(&found, &bare(issuer)).is_some() {
        return Ok(());
    }
    Err(OidcError::Issuer { expected: crate::safe_text(issuer), found: crate::safe_text(&metadata.issuer) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(issuer: &str) -> ProviderMetadata {
        let json = serde_json::json!({
            "issuer": issuer,
            "authorization_endpoint": "https://a.example/authorize",
            "token_endpoint": "https://a.example/token",
            "jwks_uri": "https://a.example/keys",
            "unknown": {"field": 1},
        });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_document_speaks_only_for_its_own_issuer() {
        assert!(check_issuer(&metadata("https://a.example"), "https://a.example/").is_ok());
        let fault = check_issuer(&metadata("https://b.example"), "https://a.example").unwrap_err();
        assert!(matches!(fault, OidcError::Issuer { .. }));
    }

    #[test]
    fn entras_template_speaks_for_the_shared_paths() {
        let template = metadata("https://login.example/{tenantid}/v2.0");
        assert!(check_issuer(&template, "https://login.example/common/v2.0").is_ok());
        assert!(check_issuer(&template, "https://login.example/a/b/v2.0").is_err());
    }
}
