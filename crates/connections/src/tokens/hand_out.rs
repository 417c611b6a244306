//! The one door: whoever needs a token of a connection comes through here.

use std::time::Duration;

use platform::{Actor, Error, Fault, Hub, Instant, Result, id::OrganizationId, later, not_found};

use super::{
    AccessToken,
    cache::Cache,
    reads, refresh,
    sealing::{ACCESS, open_token},
};
use crate::{Connection, ConnectionId, Integration, State, connection, integrations};

/// How long a refresh is waited for while the old token still works.
const HURRY: Duration = Duration::from_secs(2);

/// A token that is valid now, for a program or person of the organization.
pub async fn token(hub: &Hub, actor: &Actor, id: ConnectionId) -> Result<AccessToken> {
    let organization = actor.organization().ok_or_else(|| not_found("connection"))?;
    let token = match remembered(hub, (organization, id)) {
        Some(token) => token,
        // Rare, and large: on the heap of its own it does not weigh on every request.
        None => Box::pin(for_background(hub, organization, id)).await?,
    };
    reads::note(hub, actor, id).await?;
    metrics::counter!("switchboard_token_hand_outs_total").increment(1);
    Ok(token)
}

/// The same for Switchboard's own work.
pub(crate) async fn for_background(
    hub: &Hub,
    organization: OrganizationId,
    id: ConnectionId,
) -> Result<AccessToken> {
    // Each round either ends or has seen a refresh end, its own or somebody else's.
    for _ in 0..3 {
        if let Some(token) = remembered(hub, (organization, id)) {
            return Ok(token);
        }
        let forgettings = hub.memory::<Cache>().forgettings();
        let (connection, integration) = load(hub, organization, id).await?;
        match decide(&connection, &integration, hub.now()) {
            Decision::HandOut => return open(hub, &connection, forgettings).await,
            Decision::Refuse(error) => return Err(error),
            Decision::Refresh => {}
        }
        if let Err(error) = renew(hub, &connection).await {
            let (connection, integration) = load(hub, organization, id).await?;
            return match decide(&connection, &integration, hub.now()) {
                // What was written of the failure knows when the next attempt is.
                Decision::Refuse(written) => Err(written),
                // The old token may still be good for a moment; better than none while the trouble lasts.
                _ if connection.is_usable(hub.now()) => open(hub, &connection, forgettings).await,
                _ => Err(error),
            };
        }
    }
    Err(later(hub.now().after(HURRY), "The token is being refreshed. Ask again in a moment."))
}

/// Refreshes. Nobody waits long for better than what still works: the refresh goes on without them.
async fn renew(hub: &Hub, connection: &Connection) -> Result<()> {
    let renewal = refresh::refresh(hub, connection);
    if !connection.is_usable(hub.now()) {
        return renewal.await;
    }
    let under_way = || later(hub.now().after(HURRY), "The token is being refreshed. Ask again in a moment.");
    tokio::time::timeout(HURRY, renewal).await.unwrap_or_else(|_| Err(under_way()))
}

/// The provider rejected the token before its time: nobody hands it out again, and the next one who asks renews it.
pub(crate) async fn distrust(hub: &Hub, organization: OrganizationId, id: ConnectionId) -> Result<()> {
    let mut tx = hub.db().begin().await?;
    tx.sql("UPDATE connection SET access_expires_at = $3 WHERE organization_id = $1 AND id = $2 AND removed_at IS NULL")
        .bind(organization)
        .bind(id)
        .bind(hub.now())
        .execute(&mut tx)
        .await?;
    let announced = hub.coherence().announce(&mut tx, format!("connection:{id}")).await?;
    tx.commit().await?;
    hub.coherence().settle(hub.db(), announced).await
}

/// A fresh token from this process's memory, while it may be trusted.
pub(super) fn remembered(hub: &Hub, key: (OrganizationId, ConnectionId)) -> Option<AccessToken> {
    let trusted = hub.coherence().may_trust_memory(hub.db());
    trusted.then(|| hub.memory::<Cache>().get(key, hub.now())).flatten()
}

async fn load(
    hub: &Hub,
    organization: OrganizationId,
    id: ConnectionId,
) -> Result<(Connection, Integration)> {
    let connection = connection::get(hub, organization, id).await?;
    let integration = integrations::get(hub, organization, connection.integration_id).await?;
    Ok((connection, integration))
}

enum Decision {
    HandOut,
    Refresh,
    Refuse(Error),
}

fn decide(connection: &Connection, integration: &Integration, now: Instant) -> Decision {
    if connection.is_removed() {
        let say = "This connection was removed. Its owner can authorize again, which makes a new connection.";
        return Decision::Refuse(Error::new(Fault::NotFound, say));
    }
    if !integration.enabled {
        let say =
            "The integration is switched off. An administrator can switch it on under Admin → Integrations.";
        return Decision::Refuse(Error::new(Fault::AppTrouble, say));
    }
    if let Some(reason) = connection.reason.as_ref().filter(|reason| reason.kills_access_token()) {
        return Decision::Refuse(Error::new(Fault::AskPerson, reason.text()));
    }
    if connection.is_fresh(now) {
        return Decision::HandOut;
    }
    if let Some(refusal) = standing_refusal(connection, integration, now) {
        // What still works is handed out even though it cannot be renewed any more.
        return if connection.is_usable(now) { Decision::HandOut } else { Decision::Refuse(refusal) };
    }
    Decision::Refresh
}

/// Why the provider need not be asked again: the answer would be the same.
fn standing_refusal(connection: &Connection, integration: &Integration, now: Instant) -> Option<Error> {
    if let Some(trouble) = &integration.trouble
        && integration.trouble_until.is_none_or(|until| until > now)
    {
        return Some(Error::new(Fault::AppTrouble, trouble.text()));
    }
    if connection.state == State::Attention {
        let say = connection
            .reason
            .as_ref()
            .map_or_else(|| "Its owner has to authorize again.".into(), crate::trouble::Trouble::text);
        return Some(Error::new(Fault::AskPerson, say));
    }
    if connection.refresh_token.is_none() {
        return Some(Error::new(
            Fault::AskPerson,
            "The token has ended and cannot be renewed. Its owner has to authorize again.",
        ));
    }
    let next = connection.next_care_at.filter(|at| connection.state == State::Waiting && *at > now)?;
    let say = connection.last_error.as_ref().map_or_else(String::new, |trouble| trouble.what.clone());
    Some(later(next, format!("{say} It is tried again by itself; ask again then.")))
}

async fn open(hub: &Hub, connection: &Connection, forgettings: u64) -> Result<AccessToken> {
    let key = (connection.organization_id, connection.id);
    let (Some(sealed), Some(expires_at)) = (&connection.access_token, connection.access_expires_at) else {
        return Err(platform::bug("an active connection has no access token"));
    };
    let token = AccessToken {
        value: open_token(hub, key, ACCESS, sealed).await?,
        expires_at,
        scopes: connection.scopes.to_string(),
        provider: connection.provider,
        provider_account: connection.provider_account.clone(),
    };
    if connection.is_fresh(hub.now()) {
        let fresh_until = fresh_until(connection, expires_at);
        let cached = (connection.integration_id, fresh_until);
        hub.memory::<Cache>().put(key, forgettings, cached, token.clone());
    }
    Ok(token)
}

/// The instant from which [`Connection::is_fresh`] says no.
fn fresh_until(connection: &Connection, expires_at: Instant) -> Instant {
    let lifetime = expires_at.since(connection.refreshed_at);
    expires_at.before(connection::MARGIN.min(lifetime / 10))
}
