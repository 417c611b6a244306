//! Webex's addresses.

use oauth::{ClientAuth, TokenEndpoint, join};
use url::Url;

use crate::token_refusal;

/// The two hosts of Webex, without paths; tests and demos name the sandbox for both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// `https://webexapis.com`
    pub api: Url,
    /// `https://idbroker.webex.com`
    pub idbroker: Url,
}

impl Endpoints {
    /// Where people authorize an integration (Webex Integrations guide).
    pub fn authorize_url(&self) -> Url {
        join(&self.api, &["v1", "authorize"])
    }

    /// Where codes and refresh tokens are exchanged; credentials go in the form (Webex Integrations guide).
    pub fn token_endpoint(&self) -> TokenEndpoint {
        let url = join(&self.api, &["v1", "access_token"]);
        TokenEndpoint { url, auth: ClientAuth::Body, classify: token_refusal }
    }

    /// Where tokens are revoked; unlike the token endpoint, the identity broker wants HTTP Basic.
    pub(crate) fn revocation_url(&self) -> Url {
        join(&self.idbroker, &["idb", "oauth2", "v1", "revoke"])
    }

    pub(crate) fn api(&self, path: &[&str]) -> Url {
        join(&join(&self.api, &["v1"]), path)
    }
}
