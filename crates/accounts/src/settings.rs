//! What the operator decided about signing in.

use std::sync::{Arc, OnceLock};

use platform::{Hub, Role};
use secrecy::SecretString;

use crate::Network;

/// How people sign in, and whose word about their address is taken.
#[derive(Clone, Debug, Default)]
pub struct SignInSettings {
    /// The provider for single sign-on, next to passwords.
    pub oidc: Option<OidcSettings>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
}

/// An OpenID Connect provider where the organization's people sign in.
#[derive(Clone, Debug)]
pub struct OidcSettings {
    /// What the button says: “Sign in with …”.
    pub name: String,
    /// The issuer exactly as the provider writes it; for Entra the tenant's own, not `common`.
    pub issuer: String,
    pub client_id: String,
    pub client_secret: SecretString,
    /// Name or id of the organization for new people; may be absent while there is only one.
    pub organization: Option<String>,
    /// People without an account get one with this role; absent means they are turned away.
    pub auto_create_role: Option<Role>,
}

#[derive(Default)]
struct Configured(OnceLock<Arc<SignInSettings>>);

/// Sets how people sign in, for the life of this process.
pub fn configure(hub: &Hub, settings: SignInSettings) {
    // A second call keeps the first settings: they are read once, at start.
    let _ = hub.memory::<Configured>().0.set(Arc::new(settings));
}

/// The settings of this process; passwords only until configured.
pub(crate) fn settings(hub: &Hub) -> Arc<SignInSettings> {
    hub.memory::<Configured>().0.get().cloned().unwrap_or_default()
}

/// The OpenID Connect provider, where one is configured.
pub(crate) fn oidc(hub: &Hub) -> Option<OidcSettings> {
    settings(hub).oidc.clone()
}
