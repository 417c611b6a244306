//! The keeper: looks after tokens that nobody asks for, so that no authorization dies of being unused.

use futures_util::{StreamExt, stream};
use platform::{Fault, Hub, Result, record};

use super::{journal, refresh};
use crate::ConnectionId;
use platform::id::OrganizationId;

/// How many connections one round takes at a time, and how many refreshes run side by side.
const BATCH: i64 = 200;
const SIDE_BY_SIDE: usize = 8;

record! {
    #[derive(Clone)]
    struct Due {
        organization_id: OrganizationId,
        id: ConnectionId,
        token_version: i64,
    }
}

/// One round: adopts what the journal holds, then refreshes whatever is due.
pub(crate) async fn keep(hub: Hub) -> Result<()> {
    journal::adopt_all(&hub).await?;
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
    match refresh::refresh(hub, due.organization_id, due.id, due.token_version).await {
        Ok(()) => {}
        // Whatever the provider said is written at the connection, with the next attempt.
        Err(error) if error.fault != Fault::Bug => {
            tracing::debug!(?error, connection = %due.id, "not refreshed now");
        }
        Err(error) => tracing::error!(?error, connection = %due.id, "the keeper failed on a connection"),
    }
}

/// Connections whose time has come, of integrations that can refresh. A troubled app is tried again, with one
/// connection at a time, when its rest is over.
async fn due(hub: &Hub) -> Result<Vec<Due>> {
    let rows = hub
        .db()
        .sql(
            "SELECT c.organization_id, c.id, c.token_version FROM connection c \
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
