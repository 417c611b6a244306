//! Signing in at the organization's OpenID Connect provider: authorization code with PKCE, bound to the browser that
//! began it.

mod attempt;
mod claims;
mod finish;
mod provider;

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use oauth::{AuthorizeRequest, ScopeSet, authorize_url};
use platform::{Hub, Result, not_found};
use secrecy::ExposeSecret;

pub(crate) use attempt::{clear_cookie, forget};
pub(crate) use finish::{Callback, Failed, finish};

use crate::{settings, sign_in::local_path};

/// How long a person may take at the provider.
const LIFE: Duration = Duration::from_secs(600);
pub(crate) const CALLBACK: &str = "/sign-in/oidc/callback";

/// Where the browser goes next, and the cookie that binds the attempt to it.
pub(crate) struct Begun {
    pub(crate) url: String,
    pub(crate) cookie: (HeaderName, HeaderValue),
}

/// Begins a sign-in; the browser returns to `next` after it.
pub(crate) async fn begin(hub: &Hub, next: Option<&str>) -> Result<Begun, Failed> {
    let settings = settings::oidc(hub).ok_or_else(|| not_found("way to sign in"))?;
    let provider = provider::provider(hub, &settings).await?;
    let attempt = attempt::create(hub, local_path(next)).await?;
    let url = authorize_url(&AuthorizeRequest {
        endpoint: &provider.metadata.authorization_endpoint,
        client_id: &settings.client_id,
        redirect_uri: &hub.settings().url(CALLBACK),
        scopes: &ScopeSet::parse("openid profile email"),
        state: attempt.state.expose_secret(),
        challenge: &attempt.ticket.pkce().challenge(),
        extra: &[("nonce", &attempt.ticket.nonce())],
    });
    Ok(Begun { url: url.into(), cookie: attempt.ticket.cookie(hub) })
}

#[cfg(test)]
mod tests;
