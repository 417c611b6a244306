//! The rows of authorization requests.

use std::time::Duration;

use platform::{
    Actor, Hub, Result,
    actor::Person,
    audit::{self, Act},
    db::Tx,
    not_found, record,
};
use serde_json::json;

use super::{AuthorizationRequest, Outcome, RequestId};
use crate::{ConnectionId, IntegrationId};

macro_rules! columns {
    () => {
        "organization_id, id, integration_id, account_id, connection_id, session, verifier, nonce, scopes, \
         started_at, expires_at, consumed_at, tokens, outcome"
    };
}

/// How long an unfinished request is worth mentioning.
const WORTH_MENTIONING: Duration = Duration::from_secs(14 * 86_400);

record! {
    struct LiveConnection {
        id: ConnectionId,
    }
}

/// The connection that this person already has with this integration.
pub(super) async fn live_connection(
    hub: &Hub,
    person: &Person,
    integration: IntegrationId,
) -> Result<Option<ConnectionId>> {
    let row: Option<LiveConnection> = hub
        .db()
        .sql(
            "SELECT id FROM connection WHERE organization_id = $1 AND integration_id = $2 AND account_id = $3 \
             AND removed_at IS NULL",
        )
        .bind(person.organization)
        .bind(integration)
        .bind(person.account)
        .maybe(hub.db())
        .await?;
    Ok(row.map(|row| row.id))
}

pub(super) async fn insert(
    hub: &Hub,
    actor: &Actor,
    request: &AuthorizationRequest,
    state_hash: String,
) -> Result<()> {
    let mut tx = hub.db().begin().await?;
    let row = request.clone();
    // Earlier requests of the same person for the same integration are moot.
    tx.sql(
        "UPDATE authorization_request SET outcome = $4 WHERE organization_id = $1 AND account_id = $2 \
         AND integration_id = $3 AND consumed_at IS NULL AND outcome IS NULL",
    )
    .bind(row.organization_id)
    .bind(row.account_id)
    .bind(row.integration_id)
    .bind(Outcome::Dismissed)
    .execute(&mut tx)
    .await?;
    tx.sql(
        "INSERT INTO authorization_request (organization_id, id, integration_id, account_id, connection_id, session, \
         state_hash, verifier, nonce, scopes, started_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(row.organization_id)
    .bind(row.id)
    .bind(row.integration_id)
    .bind(row.account_id)
    .bind(row.connection_id)
    .bind(row.session)
    .bind(state_hash)
    .bind(row.verifier)
    .bind(row.nonce)
    .bind(row.scopes)
    .bind(row.started_at)
    .bind(row.expires_at)
    .execute(&mut tx)
    .await?;
    let act = Act {
        action: "authorization.started",
        subject: "integration",
        subject_id: request.integration_id.to_string(),
        details: json!({ "request": request.id, "connection": request.connection_id }),
    };
    audit::record(hub, &mut tx, actor, act).await?;
    tx.commit().await?;
    Ok(())
}

/// The request with this state, whoever it belongs to and whatever became of it.
pub(super) async fn find_by_state(hub: &Hub, state_hash: &str) -> Result<Option<AuthorizationRequest>> {
    let text = concat!("SELECT ", columns!(), " FROM authorization_request WHERE state_hash = $1");
    Ok(hub.db().sql(text).bind(state_hash.to_owned()).maybe(hub.db()).await?)
}

/// Uses the request up; only one caller ever gets `true`.
pub(super) async fn consume(hub: &Hub, request: &AuthorizationRequest) -> Result<bool> {
    let consumed = hub
        .db()
        .sql(
            "UPDATE authorization_request SET consumed_at = $3 WHERE organization_id = $1 AND id = $2 AND consumed_at IS NULL",
        )
        .bind(request.organization_id)
        .bind(request.id)
        .bind(hub.now())
        .execute(hub.db())
        .await?;
    Ok(consumed == 1)
}

/// Keeps the provider's sealed answer with the request; the verifier is no longer needed.
pub(super) async fn keep_tokens(hub: &Hub, request: &AuthorizationRequest, sealed: String) -> Result<()> {
    hub.db()
        .sql("UPDATE authorization_request SET tokens = $3, verifier = NULL WHERE organization_id = $1 AND id = $2")
        .bind(request.organization_id)
        .bind(request.id)
        .bind(sealed)
        .execute(hub.db())
        .await?;
    Ok(())
}

/// Writes how the request ended; secrets go unless the person still has to confirm.
pub(super) async fn end(hub: &Hub, request: &AuthorizationRequest, outcome: Outcome) -> Result<()> {
    let keeps_tokens = matches!(outcome, Outcome::OtherAccount { .. });
    hub.db()
        .sql(
            "UPDATE authorization_request SET outcome = $3, verifier = NULL, \
             tokens = CASE WHEN $4 THEN tokens ELSE NULL END WHERE organization_id = $1 AND id = $2",
        )
        .bind(request.organization_id)
        .bind(request.id)
        .bind(outcome)
        .bind(keeps_tokens)
        .execute(hub.db())
        .await?;
    Ok(())
}

/// Ends the request with its connection, in the caller's transaction; `false` when it has ended already.
pub(super) async fn end_connected(
    tx: &mut Tx,
    request: &AuthorizationRequest,
    connection: ConnectionId,
) -> Result<bool> {
    let ended = tx
        .sql(
            "UPDATE authorization_request SET outcome = $3, verifier = NULL, tokens = NULL \
             WHERE organization_id = $1 AND id = $2 AND tokens IS NOT NULL",
        )
        .bind(request.organization_id)
        .bind(request.id)
        .bind(Outcome::Connected(connection))
        .execute(tx)
        .await?;
    Ok(ended == 1)
}

/// The person's own request.
pub(crate) async fn get(hub: &Hub, person: &Person, id: RequestId) -> Result<AuthorizationRequest> {
    let text = concat!(
        "SELECT ",
        columns!(),
        " FROM authorization_request WHERE organization_id = $1 AND id = $2 AND account_id = $3"
    );
    let row =
        hub.db().sql(text).bind(person.organization).bind(id).bind(person.account).maybe(hub.db()).await?;
    row.ok_or_else(|| not_found("authorization"))
}

/// The person's requests that were started and never finished, newest first.
pub(crate) async fn unfinished(hub: &Hub, person: &Person) -> Result<Vec<AuthorizationRequest>> {
    let text = concat!(
        "SELECT ",
        columns!(),
        " FROM authorization_request WHERE organization_id = $1 AND account_id = $2 AND outcome IS NULL AND (tokens IS NOT NULL OR (consumed_at IS NULL AND expires_at <= $3)) AND started_at > $4 ORDER BY started_at DESC LIMIT 20"
    );
    let now = hub.now();
    let rows = hub
        .db()
        .sql(text)
        .bind(person.organization)
        .bind(person.account)
        .bind(now)
        .bind(now.before(WORTH_MENTIONING))
        .all(hub.db())
        .await?;
    Ok(rows)
}
