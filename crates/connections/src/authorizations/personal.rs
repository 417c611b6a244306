//! Quick trials with a personal Webex token from the developer portal: twelve hours, no refresh.

use std::time::Duration;

use oauth::Tokens;
use platform::{Actor, Hub, Result, Role, error::invalid_field, forbidden, id::OrganizationId};
use secrecy::{ExposeSecret, SecretString};

use super::{
    AuthorizationRequest, RequestId,
    begin::signed_in,
    complete::{Grant, connect},
    identity,
};
use crate::{ConnectionId, Integration, Provider, Purpose, connection, integrations, purpose::PurposeScopes};

/// The life of a personal access token (Webex developer portal).
const LIFETIME: Duration = Duration::from_secs(12 * 3600);

/// Connects the administrator's own account by a pasted token.
pub(crate) async fn connect_personal_token(
    hub: &Hub,
    actor: &Actor,
    token: SecretString,
) -> Result<ConnectionId> {
    let person = signed_in(actor)?;
    if !actor.has_role(Role::Administrator) {
        return Err(forbidden("Only an administrator can try Switchboard with a personal token."));
    }
    let token = SecretString::from(token.expose_secret().trim());
    if token.expose_secret().is_empty()
        || token.expose_secret().len() > 2000
        || !token.expose_secret().is_ascii()
    {
        return Err(invalid_field(
            "token",
            "Paste the personal access token from the Webex developer portal.",
        ));
    }
    let identity = identity::webex(hub, &token).await.map_err(|error| match error.fault {
        platform::Fault::Bug | platform::Fault::Later(_) => error,
        _ => invalid_field(
            "token",
            "Webex does not accept this token. Copy it once more; it lives twelve hours.",
        ),
    })?;
    let integration = trial_integration(hub, person.organization).await?;
    let now = hub.now();
    let request = AuthorizationRequest {
        organization_id: person.organization,
        id: RequestId::new(hub),
        integration_id: integration.id,
        account_id: person.account,
        connection_id: None,
        session: person.session.clone(),
        verifier: None,
        nonce: String::new(),
        scopes: connection::Scopes(integration.needed_scopes()),
        started_at: now,
        expires_at: now,
        consumed_at: Some(now),
        tokens: None,
        outcome: None,
    };
    let tokens = Tokens {
        access_token: token,
        refresh_token: None,
        expires_in: Some(LIFETIME),
        refresh_token_expires_in: None,
        scope: None,
        id_token: None,
    };
    let grant = Grant {
        request: &request,
        is_stored: false,
        integration: &integration,
        identity,
        tokens,
        asked_at: now,
    };
    connect(hub, actor, &grant).await
}

/// Personal tokens belong to no app of ours; one marked integration holds them.
async fn trial_integration(hub: &Hub, organization: OrganizationId) -> Result<Integration> {
    if let Some(known) = integrations::list(hub, organization).await?.into_iter().find(|known| known.is_trial)
    {
        return Ok(known);
    }
    let scopes = PurposeScopes::usual(Provider::Webex, &[Purpose::Meetings]);
    integrations::create_trial(hub, organization, scopes).await
}
