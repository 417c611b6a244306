//! The end: the kept answer becomes a connection, new or the one that is authorized again.

use std::time::Duration;

use oauth::{ScopeSet, Tokens};
use platform::{
    Actor, Hub, Instant, Result,
    audit::{self, Act},
    bug,
    coherence::Announcement,
    conflict,
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
    // An answer may be kept for long enough that another try has made the connection meanwhile.
    let known = match store::live_connection(hub, person, integration.id).await? {
        Some(known) => Some(connection::get(hub, request.organization_id, known).await?),
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
    let (tokens, asked_at) = tokens(kept);
    let grant =
        Grant { request: &request, is_stored: true, integration: &integration, identity, tokens, asked_at };
    Ok(Completed::Connected(connect(hub, actor, &grant).await?))
}

fn tokens(kept: KeptTokens) -> (Tokens, Instant) {
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
fn empty(hub: &Hub, request: &AuthorizationRequest, integration: &Integration) -> Connection {
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

/// Everything of which a connection is made.
pub(super) struct Grant<'a> {
    pub request: &'a AuthorizationRequest,
    /// Whether the request is a row that must be ended with the connection; pasted tokens have none.
    pub is_stored: bool,
    pub integration: &'a Integration,
    pub identity: Identity,
    pub tokens: Tokens,
    pub asked_at: Instant,
}

/// Makes or renews the connection; when a removal or another tab was faster, looks again and does it once more.
pub(super) async fn connect(hub: &Hub, actor: &Actor, grant: &Grant<'_>) -> Result<ConnectionId> {
    let person = signed_in(actor)?;
    for _ in 0..3 {
        let known = match store::live_connection(hub, person, grant.integration.id).await? {
            Some(known) => connection::get(hub, person.organization, known).await?,
            None => empty(hub, grant.request, grant.integration),
        };
        let target = filled(hub, known, grant).await?;
        if let Some(announced) = write(hub, actor, &target, grant).await? {
            hub.coherence().settle(hub.db(), announced).await?;
            hub.wake().now();
            return Ok(target.id);
        }
        let request = grant.is_stored.then(|| store::get(hub, person, grant.request.id));
        if let Some(request) = request
            && let Some(Outcome::Connected(connection)) = request.await?.outcome
        {
            return Ok(connection);
        }
    }
    Err(conflict(
        "This account is being connected in another window. Look at your connections, then try again.",
    ))
}

async fn filled(hub: &Hub, mut target: Connection, grant: &Grant<'_>) -> Result<Connection> {
    let fresh = FreshTokens::seal(hub, &target, &grant.tokens, grant.asked_at).await?;
    let can_refresh = fresh.refresh_token.is_some();
    target.scopes = grant.tokens.scope.clone().map_or_else(|| grant.request.scopes.clone(), Scopes);
    target.provider_account_id.clone_from(&grant.identity.id);
    target.provider_account.clone_from(&grant.identity.address);
    target.provider_tenant.clone_from(&grant.identity.tenant);
    target.access_token = Some(fresh.access_token);
    target.access_expires_at = Some(fresh.access_expires_at);
    target.refresh_token = fresh.refresh_token;
    target.refresh_expires_at = fresh.refresh_expires_at;
    target.refreshed_at = fresh.refreshed_at;
    target.next_care_at = can_refresh.then(|| next_care(fresh.refreshed_at));
    Ok(target)
}

/// Writes connection, end of the request, trail and test at once; nothing when somebody else was faster.
async fn write(
    hub: &Hub,
    actor: &Actor,
    target: &Connection,
    grant: &Grant<'_>,
) -> Result<Option<Announcement>> {
    let mut tx = hub.db().begin().await?;
    if grant.is_stored && !store::end_connected(&mut tx, grant.request, target.id).await? {
        return Ok(None);
    }
    if !upsert(hub, &mut tx, target).await? {
        return Ok(None);
    }
    let is_new = target.token_version == 0;
    let act = Act {
        action: if is_new { "connection.authorized" } else { "connection.reauthorized" },
        subject: "connection",
        subject_id: target.id.to_string(),
        details: json!({ "provider": target.provider, "account": target.provider_account, "scopes": target.scopes.to_string() }),
    };
    audit::record(hub, &mut tx, actor, act).await?;
    testing::enqueue(hub, &mut tx, target).await?;
    let announced = hub.coherence().announce(&mut tx, format!("connection:{}", target.id)).await?;
    tx.commit().await?;
    Ok(Some(announced))
}

/// A new row, or the old one with new tokens: whoever refreshes the old ones at this moment finds another
/// version and leaves it alone. `false` when it was removed meanwhile, or another one was made.
async fn upsert(hub: &Hub, tx: &mut Tx, target: &Connection) -> Result<bool> {
    let row = target.clone();
    let now = hub.now();
    let written = tx.sql(
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
         refresh_attempt = NULL, refresh_until = NULL, told = 0 WHERE connection.removed_at IS NULL",
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
    .await;
    match written {
        Ok(rows) => Ok(rows == 1),
        Err(error) if platform::db::is_unique_violation(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
