//! The rows of connection tests.

use platform::{Hub, Result, db::Tx, id::OrganizationId, not_found};

use super::{ConnectionTest, Steps, TestId};
use crate::{Connection, ConnectionId};

const SELECT: &str = "SELECT organization_id, id, connection_id, started_at, finished_at, steps FROM connection_test \
                      WHERE organization_id = $1 AND ";

pub(super) async fn insert(
    hub: &Hub,
    tx: &mut Tx,
    connection: &Connection,
    id: TestId,
    steps: Steps,
) -> Result<()> {
    tx.sql(
        "INSERT INTO connection_test (organization_id, id, connection_id, started_at, steps) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(connection.organization_id)
    .bind(id)
    .bind(connection.id)
    .bind(hub.now())
    .bind(steps)
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn save(
    hub: &Hub,
    (organization, id): (OrganizationId, TestId),
    steps: Steps,
) -> Result<()> {
    hub.db()
        .sql("UPDATE connection_test SET steps = $3 WHERE organization_id = $1 AND id = $2")
        .bind(organization)
        .bind(id)
        .bind(steps)
        .execute(hub.db())
        .await?;
    Ok(())
}

pub(super) async fn finish(hub: &Hub, (organization, id): (OrganizationId, TestId)) -> Result<()> {
    hub.db()
        .sql("UPDATE connection_test SET finished_at = $3 WHERE organization_id = $1 AND id = $2")
        .bind(organization)
        .bind(id)
        .bind(hub.now())
        .execute(hub.db())
        .await?;
    Ok(())
}

/// One run of this connection's test.
pub(crate) async fn get(
    hub: &Hub,
    organization: OrganizationId,
    connection: ConnectionId,
    id: TestId,
) -> Result<ConnectionTest> {
    let text = format!("{SELECT} connection_id = $2 AND id = $3");
    let row = hub
        .db()
        .sql(platform::db::built(text))
        .bind(organization)
        .bind(connection)
        .bind(id)
        .maybe(hub.db())
        .await?;
    row.ok_or_else(|| not_found("connection test"))
}

/// The newest run.
pub(crate) async fn latest(
    hub: &Hub,
    organization: OrganizationId,
    connection: ConnectionId,
) -> Result<Option<ConnectionTest>> {
    let text = format!("{SELECT} connection_id = $2 ORDER BY started_at DESC, id DESC LIMIT 1");
    Ok(hub.db().sql(platform::db::built(text)).bind(organization).bind(connection).maybe(hub.db()).await?)
}
