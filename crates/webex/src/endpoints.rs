//! Webex's addresses.

use oauth::{ClientAuth, TokenEndpoint, join};
use url::Url;

use crate::token_refusal;

/// The hosts of Webex, without paths; tests and demos name the sandbox for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// `https://webexapis.com`
    pub api: Url,
    /// `https://idbroker.webex.com`
    pub idbroker: Url,
    /// Where the XML API of every meeting site answers; absent: each site answers itself.
    pub xml: Option<Url>,
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

    /// Where the XML API of a site answers (Webex Meetings XML API reference: `https://{site}/WBXService/XMLService`).
    pub(crate) fn xml_url(&self, site_url: &str) -> Option<Url> {
        let host = match &self.xml {
            Some(shared) => shared.clone(),
            None => Url::parse(&format!("https://{site_url}")).ok()?,
        };
        Some(join(&host, &["WBXService", "XMLService"]))
    }

    pub(crate) fn api(&self, path: &[&str]) -> Url {
        join(&join(&self.api, &["v1"]), path)
    }
}
