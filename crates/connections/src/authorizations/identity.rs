//! Whose account it is: read from the provider with the new token, never from the browser.

use oauth::{
    ApiError, ApiKind,
    oidc::{ExpectedIdToken, Jwks},
};
use platform::{Error, Fault, Hub, Result, bug};
use secrecy::SecretString;
use std::time::Duration;

use super::AuthorizationRequest;
use crate::{Integration, Provider, provider};

/// A provider account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// The provider's own id, which never changes.
    pub id: String,
    /// The address to show.
    pub address: String,
    pub tenant: Option<String>,
}

/// Reads who the token belongs to.
pub(super) async fn read(
    hub: &Hub,
    request: &AuthorizationRequest,
    integration: &Integration,
    access_token: &SecretString,
    id_token: Option<&SecretString>,
) -> Result<Identity> {
    match integration.provider {
        Provider::Webex => webex(hub, access_token).await,
        Provider::Microsoft => microsoft(hub, request, integration, access_token, id_token).await,
    }
}

/// Reads the Webex account of a token.
pub(super) async fn webex(hub: &Hub, access_token: &SecretString) -> Result<Identity> {
    let person = provider::webex(hub)?
        .me(access_token)
        .await
        .map_err(|error| unreadable(hub, Provider::Webex, &error))?;
    let address = person.email().unwrap_or(&person.display_name).to_owned();
    Ok(Identity { id: person.id, address, tenant: person.org_id })
}

async fn microsoft(
    hub: &Hub,
    request: &AuthorizationRequest,
    integration: &Integration,
    access_token: &SecretString,
    id_token: Option<&SecretString>,
) -> Result<Identity> {
    let user = provider::graph(hub)?
        .me(access_token)
        .await
        .map_err(|error| unreadable(hub, Provider::Microsoft, &error))?;
    let tenant = match id_token {
        Some(token) => tenant_of(hub, request, integration, token).await?,
        None => None,
    };
    let address = user.email().unwrap_or(&user.id).to_owned();
    Ok(Identity { id: format!("{}/{}", tenant.as_deref().unwrap_or("-"), user.id), address, tenant })
}

/// The directory the account belongs to, from the validated ID token.
async fn tenant_of(
    hub: &Hub,
    request: &AuthorizationRequest,
    integration: &Integration,
    token: &SecretString,
) -> Result<Option<String>> {
    let jwks = Jwks::new(provider::entra_keys(hub, integration)?);
    let expected = ExpectedIdToken {
        issuer: &provider::entra_issuer(hub, integration)?,
        client_id: &integration.client_id,
        nonce: Some(&request.nonce),
    };
    let claims = jwks
        .validate(hub.outbound().client(), token, &expected, hub.now().timestamp())
        .await
        .map_err(|error| match error {
            oauth::oidc::OidcError::Unavailable(_) => again(hub, Provider::Microsoft).because(error),
            other => Error::new(Fault::Forbidden, "Microsoft's confirmation of who signed in cannot be trusted, so nothing was stored. Start again.").because(other),
        })?;
    Ok(claims.tid)
}

fn unreadable(hub: &Hub, provider: Provider, error: &ApiError) -> Error {
    let note = format!("{error:?}");
    match error.kind {
        ApiKind::TokenRejected => Error::new(
            Fault::Forbidden,
            format!("{} no longer accepts this authorization, so nothing was stored. Start again.", provider.title()),
        )
        .note(note),
        ApiKind::Forbidden => Error::new(
            Fault::Forbidden,
            format!("{} did not let Switchboard read which account this is. The app lacks the scope for the sign-in test; its administrator can add it and you can start again.", provider.title()),
        )
        .note(note),
        ApiKind::Bug => bug(note),
        _ => again(hub, provider).note(note),
    }
}

fn again(hub: &Hub, provider: Provider) -> Error {
    let at = hub.now().after(Duration::from_secs(5));
    platform::later(
        at,
        format!(
            "{} did not say which account this is. Your authorization is kept; press “Try again” in a moment.",
            provider.title()
        ),
    )
}
