//! The keeper: looks after tokens that nobody asks for, so that no authorization dies of being unused.

use futures_util::{StreamExt, stream};
use platform::{Fault, Hub, Result, id::OrganizationId, record};

use super::{outcome, refresh};
use crate::{
    ConnectionId, connection, integrations, reminders,
    trouble::{Trouble, TroubleKind},
};

/// How many connections one round takes at a time, and how many refreshes run side by side.
const BATCH: i64 = 200;
const SIDE_BY_SIDE: usize = 8;

record! {
    #[derive(Clone)]
    struct Due {
        organization_id: OrganizationId,
        id: ConnectionId,
    }
}

/// One round: notices what has ended, then refreshes whatever is due.
pub(crate) async fn keep(hub: Hub) -> Result<()> {
    notice_ended(&hub).await?;
    loop {
        let due = due(&hub).await?;
        let count = due.len();
        stream::iter(due).for_each_concurrent(SIDE_BY_SIDE, |row| look_after(&hub, row)).await;
        if count < usize::try_from(BATCH).unwrap_or(0) || hub.stop().is_cancelled() {
            return Ok(());
        }
    }
}

async fn look_after(hub: &Hub, due: Due) {
    match refresh_unless_pointless(hub, &due).await {
        Ok(()) => {}
        // Whatever the provider said is written at the connection, with the next attempt.
        Err(error) if error.fault != Fault::Bug => {
            tracing::debug!(?error, connection = %due.id, "not refreshed now");
        }
        Err(error) => tracing::error!(?error, connection = %due.id, "the keeper failed on a connection"),
    }
}

/// Reads again first: the connections before this one may have found the app to be wrong.
async fn refresh_unless_pointless(hub: &Hub, due: &Due) -> Result<()> {
    let connection = connection::get(hub, due.organization_id, due.id).await?;
    let integration = integrations::get(hub, due.organization_id, connection.integration_id).await?;
    let app_rests = integration.trouble_until.is_some_and(|until| until > hub.now());
    if app_rests || connection.next_care_at.is_none_or(|at| at > hub.now()) {
        return Ok(());
    }
    refresh::refresh(hub, &connection).await
}

/// Tokens that cannot be renewed (personal ones, or grants without a refresh token) end; their owner is told.
async fn notice_ended(hub: &Hub) -> Result<()> {
    let ended: Vec<Due> = hub
        .db()
        .sql(
            "SELECT organization_id, id FROM connection WHERE refresh_token IS NULL AND access_expires_at <= $1 \
             AND state = 'active' AND removed_at IS NULL LIMIT $2",
        )
        .bind(hub.now())
        .bind(BATCH)
        .all(hub.db())
        .await?;
    for row in ended {
        end(hub, &row).await?;
    }
    Ok(())
}

async fn end(hub: &Hub, row: &Due) -> Result<()> {
    let connection = connection::get(hub, row.organization_id, row.id).await?;
    let owner = accounts::account(hub, row.organization_id, connection.account_id).await?;
    let trouble = Trouble::new(
        TroubleKind::Person,
        "token_ended",
        "The token has ended and cannot be renewed.",
        "Authorize again, or paste a new personal token if this is a trial.",
    );
    let mut tx = hub.db().begin().await?;
    let written = tx
        .sql(
            "UPDATE connection SET state = 'attention', reason = $3, state_since = $4 \
             WHERE organization_id = $1 AND id = $2 AND state = 'active' AND token_version = $5",
        )
        .bind(row.organization_id)
        .bind(row.id)
        .bind(trouble.clone())
        .bind(hub.now())
        .bind(connection.token_version)
        .execute(&mut tx)
        .await?;
    if written == 1 {
        outcome::record_attention(hub, &mut tx, &connection, &trouble).await?;
        reminders::tell_owner(hub, &mut tx, (&connection, &owner), &trouble, 0).await?;
    }
    tx.commit().await?;
    hub.wake().now();
    Ok(())
}

/// Connections whose time has come, of integrations that can refresh. A troubled app is tried again, with one
/// connection at a time, when its rest is over.
async fn due(hub: &Hub) -> Result<Vec<Due>> {
    let rows = hub
        .db()
        .sql(
            "SELECT c.organization_id, c.id FROM connection c \
             JOIN integration i ON i.organization_id = c.organization_id AND i.id = c.integration_id \
             WHERE c.next_care_at <= $1 AND c.removed_at IS NULL AND c.state IN ('active', 'waiting') \
             AND c.refresh_token IS NOT NULL AND (c.refresh_until IS NULL OR c.refresh_until < $1) \
             AND i.enabled AND (i.trouble IS NULL OR i.trouble_until < $1) \
             ORDER BY c.next_care_at LIMIT $2",
        )
        .bind(hub.now())
        .bind(BATCH)
        .all(hub.db())
        .await?;
    Ok(rows)
}
