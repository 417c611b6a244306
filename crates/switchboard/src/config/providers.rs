//! Where the providers answer.

use std::path::PathBuf;

use connections::ProviderEndpoints;
use serde::Serialize;

use super::{Config, Origin};

/// The providers.
#[derive(Clone, Debug, confique::Config, Serialize)]
pub struct Providers {
    /// Cisco Webex.
    #[config(nested)]
    pub webex: Webex,

    /// Microsoft Entra ID and Microsoft Graph.
    #[config(nested)]
    pub microsoft: Microsoft,

    /// A PEM file with certificate authorities to trust besides the system's, such as that of the sandbox.
    #[config(env = "SWITCHBOARD_EXTRA_CA_FILE")]
    pub extra_ca_file: Option<PathBuf>,
}

/// Where Webex answers.
#[derive(Clone, Debug, confique::Config, Serialize)]
pub struct Webex {
    /// Webex's API and its authorization pages.
    #[config(env = "SWITCHBOARD_WEBEX_API_URL", default = "https://webexapis.com")]
    pub api_url: Origin,

    /// Webex's identity broker, which revokes tokens.
    #[config(env = "SWITCHBOARD_WEBEX_IDBROKER_URL", default = "https://idbroker.webex.com")]
    pub idbroker_url: Origin,

    /// The Meetings XML API of every site; unset: each site's own address.
    #[config(env = "SWITCHBOARD_WEBEX_XML_URL")]
    pub xml_url: Option<Origin>,
}

/// Where Microsoft answers.
#[derive(Clone, Debug, confique::Config, Serialize)]
pub struct Microsoft {
    /// Entra ID; national clouds have their own.
    #[config(env = "SWITCHBOARD_MICROSOFT_LOGIN_URL", default = "https://login.microsoftonline.com")]
    pub login_url: Origin,

    /// Microsoft Graph; national clouds have their own.
    #[config(env = "SWITCHBOARD_MICROSOFT_GRAPH_URL", default = "https://graph.microsoft.com")]
    pub graph_url: Origin,
}

impl Config {
    /// Where the providers answer, as the connections room takes it.
    pub fn provider_endpoints(&self) -> ProviderEndpoints {
        let Providers { webex, microsoft, .. } = &self.providers;
        ProviderEndpoints {
            webex: webex::Endpoints {
                api: webex.api_url.url().clone(),
                idbroker: webex.idbroker_url.url().clone(),
                xml: webex.xml_url.as_ref().map(|origin| origin.url().clone()),
            },
            microsoft: microsoft::entra::Endpoints {
                login: microsoft.login_url.url().clone(),
                graph: microsoft.graph_url.url().clone(),
            },
        }
    }

    /// Where a form of ours may end: the pages on which people authorize and sign in. Entra and Webex pass the
    /// browser on within their own domains, which browsers hold against `form-action` too.
    pub fn form_targets(&self) -> Vec<String> {
        let Providers { webex, microsoft, .. } = &self.providers;
        let mut targets =
            vec![webex.api_url.ascii(), webex.idbroker_url.ascii(), microsoft.login_url.ascii()];
        if webex.api_url.url().host_str() == Some("webexapis.com") {
            targets.push("https://*.webex.com".to_owned());
        }
        if let Some(issuer) =
            self.sign_in.oidc.issuer.as_deref().and_then(|issuer| url::Url::parse(issuer).ok())
        {
            targets.push(issuer.origin().ascii_serialization());
        }
        targets.sort();
        targets.dedup();
        targets
    }
}
