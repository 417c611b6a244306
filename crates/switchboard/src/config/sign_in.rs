//! Sign-in at an OpenID Connect provider, next to passwords.

use accounts::{OidcSettings, SignInSettings};
use platform::Role;
use serde::Serialize;

use super::{Config, Faulty, Secret};

/// Signing in.
#[derive(Clone, Debug, confique::Config, Serialize)]
pub struct SignIn {
    /// An OpenID Connect provider where the organization's people sign in.
    #[config(nested)]
    pub oidc: Oidc,
}

/// The OpenID Connect provider; absent while `issuer` is.
#[derive(Clone, Debug, confique::Config, Serialize)]
pub struct Oidc {
    /// What the button says after “Sign in with”.
    #[config(env = "SWITCHBOARD_OIDC_NAME", default = "single sign-on")]
    pub name: String,

    /// The issuer exactly as the provider writes it; for Entra `https://login.microsoftonline.com/TENANT-ID/v2.0`.
    #[config(env = "SWITCHBOARD_OIDC_ISSUER")]
    pub issuer: Option<String>,

    /// The client ID that the provider gave to Switchboard.
    #[config(env = "SWITCHBOARD_OIDC_CLIENT_ID")]
    pub client_id: Option<String>,

    /// The client secret that the provider gave to Switchboard.
    #[config(env = "SWITCHBOARD_OIDC_CLIENT_SECRET")]
    pub client_secret: Option<Secret>,

    /// Name or id of the organization for new people; may be absent while there is only one.
    #[config(env = "SWITCHBOARD_OIDC_ORGANIZATION")]
    pub organization: Option<String>,

    /// People without an account get one with this role: `administrator`, `host` or `operator`.
    /// Absent: they are turned away.
    #[config(env = "SWITCHBOARD_OIDC_AUTO_CREATE_ROLE")]
    pub auto_create_role: Option<Role>,
}

impl Oidc {
    fn settings(&self) -> Option<OidcSettings> {
        Some(OidcSettings {
            name: self.name.clone(),
            issuer: self.issuer.clone()?,
            client_id: self.client_id.clone()?,
            client_secret: self.client_secret.as_ref()?.secret().clone(),
            organization: self.organization.clone(),
            auto_create_role: self.auto_create_role,
        })
    }
}

impl SignIn {
    pub(super) fn check(&self) -> Result<(), Faulty> {
        let oidc = &self.oidc;
        let given = [oidc.issuer.is_some(), oidc.client_id.is_some(), oidc.client_secret.is_some()];
        if given == [true; 3] || given == [false; 3] {
            return Ok(());
        }
        Err(Faulty::new("sign_in.oidc is not complete")
            .with_hint("Set issuer, client_id and client_secret together, or none of them."))
    }
}

impl Config {
    /// How people sign in, as the accounts room takes it.
    pub fn sign_in_settings(&self) -> Result<SignInSettings, Faulty> {
        Ok(SignInSettings { oidc: self.sign_in.oidc.settings(), trusted_proxies: self.server.networks()? })
    }
}
