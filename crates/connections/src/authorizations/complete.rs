//! The end: the kept answer becomes a connection, new or the one that is authorized again.

use std::time::Duration;

use oauth::{ScopeSet, Tokens};
use platform::{
    Actor, Hub, Result,
    audit::{self, Act},
    bug, conflict,
    db::Tx,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{
    AuthorizationRequest, Outcome, RequestId,
    begin::{open, signed_in},
    finish::KeptTokens,
    identity::{self, Identity},
    store,
};
use crate::{
    Connection, ConnectionId, Integration, State,
    connection::{self, Scopes},
    integrations, testing,
    tokens::{FreshTokens, next_care},
};

/// How completing ended.
#[derive(Clone, Copy)]
pub(crate) enum Completed {
    Connected(ConnectionId),
    /// Another provider account than before; the person decides.
    OtherAccount(RequestId),
}

/// Makes the connection from the kept answer; safe to repeat when the provider was silent before.
pub(crate) async fn complete(hub: &Hub, actor: &Actor, id: RequestId) -> Result<Completed> {
    make(hub, actor, id, false).await
}

/// The person confirmed that the other account shall take the connection over.
pub(crate) async fn confirm(hub: &Hub, actor: &Actor, id: RequestId) -> Result<Completed> {
    make(hub, actor, id, true).await
}

async fn make(hub: &Hub, actor: &Actor, id: RequestId, other_account_is_meant: bool) -> Result<Completed> {
    let person = signed_in(actor)?;
    let request = store::get(hub, person, id).await?;
    if let Some(Outcome::Connected(connection)) = request.outcome {
        return Ok(Completed::Connected(connection));
    }
    let Some(sealed) = &request.tokens else {
        return Err(conflict("This authorization has ended. Start again under My account → Connections."));
    };
    let kept: KeptTokens = serde_json::from_str(open(hub, &request, "tokens", sealed).await?.expose_secret())
        .map_err(|error| bug("kept tokens").because(error))?;
    let integration = integrations::get(hub, request.organization_id, request.integration_id).await?;
    let access_token = SecretString::from(kept.access_token.as_str());
    let id_token = kept.id_token.as_deref().map(SecretString::from);
    let identity = identity::read(hub, &request, &integration, &access_token, id_token.as_ref()).await?;
    let known = match request.connection_id {
        Some(known) => connection::find(hub, hub.db(), request.organization_id, known)
            .await?
            .filter(|known| !known.is_removed()),
        None => None,
    };
    if let Some(known) = &known
        && known.provider_account_id != identity.id
        && !other_account_is_meant
    {
        let (had, got) = (known.provider_account.clone(), identity.address);
        store::end(hub, &request, Outcome::OtherAccount { had, got }).await?;
        return Ok(Completed::OtherAccount(id));
    }
    let target = known.unwrap_or_else(|| empty(hub, &request, &integration));
    let connection = connect(hub, actor, (target, &request.scopes.0), identity, tokens(kept)).await?;
    store::end(hub, &request, Outcome::Connected(connection)).await?;
    Ok(Completed::Connected(connection))
}

fn tokens(kept: KeptTokens) -> (Tokens, platform::Instant) {
    let asked_at = kept.asked_at;
    let secret = |text: String| SecretString::from(text);
    let tokens = Tokens {
        access_token: secret(kept.access_token),
        refresh_token: kept.refresh_token.map(secret),
        expires_in: kept.expires_in.map(Duration::from_secs),
        refresh_token_expires_in: kept.refresh_token_expires_in.map(Duration::from_secs),
        scope: kept.scope.as_deref().map(ScopeSet::parse),
        id_token: None,
    };
    (tokens, asked_at)
}

/// A connection that does not exist yet.
pub(super) fn empty(hub: &Hub, request: &AuthorizationRequest, integration: &Integration) -> Connection {
    let now = hub.now();
    Connection {
        organization_id: request.organization_id,
        id: ConnectionId::new(hub),
        integration_id: integration.id,
        account_id: request.account_id,
        provider: integration.provider,
        provider_account_id: String::new(),
        provider_account: String::new(),
        provider_tenant: None,
        state: State::Active,
        reason: None,
        state_since: now,
        access_token: None,
        access_expires_at: None,
        refresh_token: None,
        refresh_expires_at: None,
        scopes: Scopes::default(),
        token_version: 0,
        authorized_at: now,
        refreshed_at: now,
        last_attempt_at: None,
        last_error: None,
        failures: 0,
        next_care_at: None,
        refresh_attempt: None,
        refresh_until: None,
        told: 0,
        removed_at: None,
        revocation: None,
    }
}

/// Stores the connection with its new tokens and starts its test, in one transaction.
pub(super) async fn connect(
    hub: &Hub,
    actor: &Actor,
    (mut target, asked): (Connection, &ScopeSet),
    identity: Identity,
    (tokens, asked_at): (Tokens, platform::Instant),
) -> Result<ConnectionId> {
    target.scopes = Scopes(tokens.scope.clone().unwrap_or_else(|| asked.clone()));
    let can_refresh = tokens.refresh_token.is_some();
    let fresh = FreshTokens::seal(hub, &target, tokens, asked_at).await?;
    target.provider_account_id = identity.id;
    target.provider_account = identity.address;
    target.provider_tenant = identity.tenant;
    target.access_token = Some(fresh.access_token);
    target.access_expires_at = Some(fresh.access_expires_at);
    target.refresh_token = fresh.refresh_token;
    target.refresh_expires_at = fresh.refresh_expires_at;
    target.refreshed_at = fresh.refreshed_at;
    target.next_care_at = can_refresh.then(|| next_care(fresh.refreshed_at, fresh.access_expires_at));
    let mut tx = hub.db().begin().await?;
    let is_new = target.token_version == 0;
    upsert(hub, &mut tx, &target).await?;
    let act = Act {
        action: if is_new { "connection.authorized" } else { "connection.reauthorized" },
        subject: "connection",
        subject_id: target.id.to_string(),
        details: json!({ "provider": target.provider, "account": target.provider_account, "scopes": target.scopes.to_string() }),
    };
    audit::record(hub, &mut tx, actor, act).await?;
    testing::enqueue(hub, &mut tx, &target).await?;
    let announced = hub.coherence().announce(&mut tx, format!("connection:{}", target.id)).await?;
    tx.commit().await?;
    hub.coherence().settle(hub.db(), announced).await?;
    hub.wake().now();
    Ok(target.id)
}

/// A new row, or the old one with new tokens: whoever refreshes the old ones at this moment finds another
/// version and leaves it alone.
async fn upsert(hub: &Hub, tx: &mut Tx, target: &Connection) -> Result<()> {
    let row = target.clone();
    let now = hub.now();
    tx.sql(
        "INSERT INTO connection (organization_id, id, integration_id, account_id, provider, provider_account_id, \
         provider_account, provider_tenant, state, state_since, access_token, access_expires_at, refresh_token, \
         refresh_expires_at, scopes, token_version, authorized_at, refreshed_at, failures, next_care_at, told) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'active', $9, $10, $11, $12, $13, $14, 1, $9, $15, 0, $16, 0) \
         ON CONFLICT (organization_id, id) DO UPDATE SET provider_account_id = excluded.provider_account_id, \
         provider_account = excluded.provider_account, provider_tenant = excluded.provider_tenant, state = 'active', \
         reason = NULL, state_since = excluded.state_since, access_token = excluded.access_token, \
         access_expires_at = excluded.access_expires_at, refresh_token = excluded.refresh_token, \
         refresh_expires_at = excluded.refresh_expires_at, scopes = excluded.scopes, \
         token_version = connection.token_version + 1, authorized_at = excluded.authorized_at, \
         refreshed_at = excluded.refreshed_at, last_error = NULL, failures = 0, next_care_at = excluded.next_care_at, \
         refresh_attempt = NULL, refresh_until = NULL, told = 0",
    )
    .bind(row.organization_id)
    .bind(row.id)
    .bind(row.integration_id)
    .bind(row.account_id)
    .bind(row.provider)
    .bind(row.provider_account_id)
    .bind(row.provider_account)
    .bind(row.provider_tenant)
    .bind(now)
    .bind(row.access_token)
    .bind(row.access_expires_at)
    .bind(row.refresh_token)
    .bind(row.refresh_expires_at)
    .bind(row.scopes)
    .bind(row.refreshed_at)
    .bind(row.next_care_at)
    .execute(tx)
    .await?;
    Ok(())
}
