//! OpenID Connect: who signed in, said by a signed token.

mod discovery;
mod id_token;
mod issuer;
mod jwks;
mod userinfo;

pub use discovery::{ProviderMetadata, discover};
pub use id_token::{ExpectedIdToken, IdClaims, validate_id_token};
pub use issuer::{IssuerRule, Tenants};
pub use jwks::{Jwks, KeySet};
pub use userinfo::complete_claims;

use crate::{Answer, Refusal, fetch, rfc6749_refusal};

/// Why a person's identity could not be established.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OidcError {
    /// The provider's metadata or keys could not be had; the refusal says whether that passes.
    #[error("{0}")]
    Unavailable(Refusal),
    #[error("the provider calls itself {found}, not {expected}; write the issuer as the provider does")]
    Issuer { expected: String, found: String },
    /// The ID token breaks this rule.
    #[error("the provider's ID token is not acceptable: {0}")]
    Token(&'static str),
}

/// Fetches a public JSON document of the provider.
async fn fetch_json<T: serde::de::DeserializeOwned>(
    http: &reqwest::Client,
    url: url::Url,
) -> Result<T, OidcError> {
    let answer = fetch(http.get(url)).await.map_err(OidcError::Unavailable)?;
    read_document(&answer).map_err(OidcError::Unavailable)
}

fn read_document<T: serde::de::DeserializeOwned>(answer: &Answer) -> Result<T, Refusal> {
    if !answer.status.is_success() {
        return Err(rfc6749_refusal(answer.status, &answer.headers, answer.text()));
    }
    serde_json::from_str(answer.text()).map_err(|error| {
        let refusal = if error.is_data() {
            Refusal::bug("the provider's metadata or keys have an unexpected shape")
        } else {
            Refusal::passing("the provider's metadata or keys are incomplete or not JSON")
        };
        Refusal { http_status: Some(answer.status.as_u16()), ..refusal }
    })
}
