//! The two providers: where they are, and what differs between them before anything is asked.

use std::{
    fmt,
    str::FromStr,
    sync::{Arc, OnceLock},
};

use microsoft::{
    entra::{self, Tenant},
    graph::Graph,
};
use oauth::{Refusal, TokenEndpoint, callback::CallbackQuery, oidc::IssuerRule};
use platform::{Error, Hub, Result, bug, text_column};
use serde::{Deserialize, Serialize};
use url::Url;
use webex::Webex;

use crate::Integration;

/// Who grants access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    Webex,
    Microsoft,
}

impl Provider {
    pub const ALL: [Self; 2] = [Self::Webex, Self::Microsoft];

    /// As stored and as sent in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Webex => "webex",
            Self::Microsoft => "microsoft",
        }
    }

    /// As people say it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Webex => "Webex",
            Self::Microsoft => "Microsoft",
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Provider {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|provider| provider.as_str() == text)
            .ok_or_else(|| format!("unknown provider {text:?}"))
    }
}

text_column!(Provider);

/// Where the providers answer; only these differ between the real providers and the sandbox.
#[derive(Clone, Debug)]
pub struct ProviderEndpoints {
    pub webex: webex::Endpoints,
    pub microsoft: entra::Endpoints,
}

#[derive(Default)]
struct Configured(OnceLock<Arc<ProviderEndpoints>>);

/// Tells this room where the providers are; called once while wiring.
pub fn configure(hub: &Hub, endpoints: ProviderEndpoints) {
    // A second call would come from a second wiring of the same hub, which does not exist.
    let _ = hub.memory::<Configured>().0.set(Arc::new(endpoints));
}

pub(crate) fn endpoints(hub: &Hub) -> Result<Arc<ProviderEndpoints>> {
    hub.memory::<Configured>()
        .0
        .get()
        .cloned()
        .ok_or_else(|| bug("the providers' addresses were not configured"))
}

/// The addresses of one integration's authorization server.
#[derive(Clone)]
pub(crate) struct AuthorizationServer {
    pub authorize: Url,
    pub token: TokenEndpoint,
}

/// Where an app of this provider and tenant is authorized and gets its tokens.
pub(crate) fn authorization_server(
    hub: &Hub,
    provider: Provider,
    tenant: &str,
) -> Result<AuthorizationServer> {
    let endpoints = endpoints(hub)?;
    Ok(match provider {
        Provider::Webex => AuthorizationServer {
            authorize: endpoints.webex.authorize_url(),
            token: endpoints.webex.token_endpoint(),
        },
        Provider::Microsoft => {
            let tenant = parse_tenant(tenant)?;
            AuthorizationServer {
                authorize: endpoints.microsoft.authorize_url(&tenant),
                token: endpoints.microsoft.token_endpoint(&tenant),
            }
        }
    })
}

/// Webex's API.
pub fn webex(hub: &Hub) -> Result<Webex> {
    Ok(Webex::new(hub.outbound().client().clone(), endpoints(hub)?.webex.clone()))
}

/// Microsoft Graph.
pub fn graph(hub: &Hub) -> Result<Graph> {
    Ok(Graph::new(hub.outbound().client().clone(), endpoints(hub)?.microsoft.graph.clone()))
}

/// Whose ID tokens this Microsoft integration believes.
pub(crate) fn entra_issuer(hub: &Hub, integration: &Integration) -> Result<IssuerRule> {
    Ok(endpoints(hub)?.microsoft.issuer_rule(&parse_tenant(&integration.tenant)?))
}

/// Whether a redirect may have come from this issuer (RFC 9207). Webex documents none, so any address of its
/// own two hosts is believed.
pub(crate) fn accepts_issuer(hub: &Hub, integration: &Integration, iss: Option<&str>) -> Result<bool> {
    Ok(match integration.provider {
        Provider::Microsoft => oauth::callback::check_issuer(iss, &entra_issuer(hub, integration)?).is_ok(),
        Provider::Webex => {
            let endpoints = endpoints(hub)?;
            let is_webex = |iss: Url| {
                [&endpoints.webex.api, &endpoints.webex.idbroker]
                    .iter()
                    .any(|base| base.origin() == iss.origin())
            };
            iss.is_none_or(|iss| Url::parse(iss).is_ok_and(is_webex))
        }
    })
}

/// An error that a provider sent back through the browser, sorted by that provider's rules.
pub(crate) fn redirect_refusal(provider: Provider, callback: &CallbackQuery) -> Option<Refusal> {
    match provider {
        Provider::Webex => callback.refusal(),
        Provider::Microsoft => entra::callback_refusal(callback),
    }
}

/// Where Entra publishes the keys of its ID tokens.
pub(crate) fn entra_keys(hub: &Hub, integration: &Integration) -> Result<Url> {
    Ok(endpoints(hub)?.microsoft.keys_url(&parse_tenant(&integration.tenant)?))
}

pub(crate) fn parse_tenant(tenant: &str) -> Result<Tenant, Error> {
    tenant.parse().map_err(|_| bug("a stored tenant can no longer be read"))
}
