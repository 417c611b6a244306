//! The provider's description and keys, fetched when first needed and kept for a day.

use std::{sync::Arc, time::Duration};

use oauth::{
    ClientAuth, ClientCredentials, TokenEndpoint,
    oidc::{IssuerRule, Jwks, ProviderMetadata, Tenants, discover},
    rfc6749_refusal,
};
use platform::{Hub, Instant};
use tokio::sync::Mutex;

use super::Failed;
use crate::settings::OidcSettings;

const FRESH: Duration = Duration::from_secs(24 * 3600);

/// Everything a sign-in needs to know about the provider.
pub(super) struct Provider {
    pub(super) metadata: ProviderMetadata,
    pub(super) jwks: Jwks,
    pub(super) rule: IssuerRule,
    until: Instant,
}

#[derive(Default)]
struct Known(Mutex<Option<Arc<Provider>>>);

/// The configured provider; several sign-ins at once ask it for its description once.
pub(super) async fn provider(hub: &Hub, settings: &OidcSettings) -> Result<Arc<Provider>, Failed> {
    let memory = hub.memory::<Known>();
    let mut known = memory.0.lock().await;
    if let Some(provider) = known.as_ref().filter(|provider| provider.until > hub.now()) {
        return Ok(Arc::clone(provider));
    }
    let metadata = discover(hub.outbound().client(), &settings.issuer).await?;
    let provider = Arc::new(Provider {
        jwks: Jwks::new(metadata.jwks_uri.clone()),
        rule: rule(&metadata.issuer),
        metadata,
        until: hub.now().after(FRESH),
    });
    *known = Some(Arc::clone(&provider));
    Ok(provider)
}

/// Entra's shared paths name no tenant: every tenant signs under its own name.
fn rule(issuer: &str) -> IssuerRule {
    if issuer.contains("{tenantid}") {
        IssuerRule::Entra { template: issuer.to_owned(), tenants: Tenants::Any }
    } else {
        IssuerRule::Exact(issuer.to_owned())
    }
}

impl Provider {
    pub(super) fn token_endpoint(&self) -> TokenEndpoint {
        TokenEndpoint {
            url: self.metadata.token_endpoint.clone(),
            auth: authentication(&self.metadata.token_endpoint_auth_methods_supported),
            classify: rfc6749_refusal,
        }
    }
}

/// The body where the provider takes it, else Basic, which is also what an absent list means (Discovery §3).
fn authentication(methods: &[String]) -> ClientAuth {
    if methods.iter().any(|method| method == "client_secret_post") {
        ClientAuth::Body
    } else {
        ClientAuth::Basic
    }
}

pub(super) fn credentials(settings: &OidcSettings) -> ClientCredentials {
    ClientCredentials { id: settings.client_id.clone(), secret: settings.client_secret.clone() }
}
