//! The beginning: a request is written, and the person is sent to the provider.

use oauth::{AuthorizeRequest, Pkce};
use platform::{
    Actor, Error, Fault, Hub, Result, actor::Person, conflict, forbidden, keys, random::fingerprint,
};
use secrecy::SecretString;
use url::Url;

use super::{AuthorizationRequest, LIFETIME, RequestId, store};
use crate::{ConnectionId, IntegrationId, Provider, connection, connection::Scopes, integrations, provider};

/// Writes a request and answers the provider's address to send the person to. With `connection`, that one is
/// authorized again and keeps its id.
pub(crate) async fn begin(
    hub: &Hub,
    actor: &Actor,
    integration: IntegrationId,
    connection: Option<ConnectionId>,
) -> Result<Url> {
    let person = signed_in(actor)?;
    let integration = integrations::get(hub, person.organization, integration).await?;
    if integration.is_trial || !integration.enabled {
        return Err(Error::new(
            Fault::AppTrouble,
            "This integration is switched off. An administrator can switch it on under Admin → Integrations.",
        ));
    }
    let connection = match connection {
        Some(id) => Some(own_connection(hub, person, integration.id, id).await?),
        None => store::live_connection(hub, person, integration.id).await?,
    };
    let (state, nonce) = (hub.random().token(), hub.random().token());
    let pkce = Pkce::from_bytes(hub.random().bytes());
    let now = hub.now();
    let mut request = AuthorizationRequest {
        organization_id: person.organization,
        id: RequestId::new(hub),
        integration_id: integration.id,
        account_id: person.account,
        connection_id: connection,
        session: person.session.clone(),
        verifier: None,
        nonce,
        scopes: Scopes(integration.needed_scopes()),
        started_at: now,
        expires_at: now.after(LIFETIME),
        consumed_at: None,
        tokens: None,
        outcome: None,
    };
    request.verifier = Some(seal(hub, &request, "verifier", pkce.verifier()).await?);
    store::insert(hub, actor, &request, fingerprint(&state)).await?;
    let server = provider::authorization_server(hub, integration.provider, &integration.tenant)?;
    let redirect_uri = hub.settings().redirect_url();
    let extra: &[(&str, &str)] = match integration.provider {
        Provider::Webex => &[],
        // The account is asked for every time, because a browser often carries several Microsoft accounts.
        Provider::Microsoft => &[("nonce", request.nonce.as_str()), ("prompt", "select_account")],
    };
    Ok(oauth::authorize_url(&AuthorizeRequest {
        endpoint: &server.authorize,
        client_id: &integration.client_id,
        redirect_uri: &redirect_uri,
        scopes: &request.scopes.0,
        state: &state,
        challenge: &pkce.challenge(),
        extra,
    }))
}

pub(super) fn signed_in(actor: &Actor) -> Result<&Person> {
    actor.person().ok_or_else(|| forbidden("Only a signed-in person can authorize an account."))
}

async fn own_connection(
    hub: &Hub,
    person: &Person,
    integration: IntegrationId,
    id: ConnectionId,
) -> Result<ConnectionId> {
    let connection = connection::get(hub, person.organization, id).await?;
    if connection.account_id != person.account {
        return Err(forbidden("Only the owner of a connection can authorize it again."));
    }
    if connection.is_removed() || connection.integration_id != integration {
        return Err(conflict("This connection was removed. Authorize anew instead."));
    }
    Ok(connection.id)
}

/// Seals something for a column of this request.
pub(super) async fn seal(
    hub: &Hub,
    request: &AuthorizationRequest,
    column: &'static str,
    secret: &SecretString,
) -> Result<String> {
    let (organization, row) = (request.organization_id.to_string(), request.id.to_string());
    let place =
        vault::Place { organization: &organization, table: "authorization_request", column, row: &row };
    Ok(keys::seal(hub, &place, secret).await?.as_str().to_owned())
}

/// Opens what [`seal`] sealed.
pub(super) async fn open(
    hub: &Hub,
    request: &AuthorizationRequest,
    column: &'static str,
    sealed: &str,
) -> Result<SecretString> {
    let (organization, row) = (request.organization_id.to_string(), request.id.to_string());
    let place =
        vault::Place { organization: &organization, table: "authorization_request", column, row: &row };
    keys::open(hub, &place, &vault::Sealed::parse(sealed)?).await
}
