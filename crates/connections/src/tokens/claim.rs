//! The refresh right: one refresh per connection at a time, across tasks, processes and machines.
//!
//! In this process a lock per connection lets one task through; among processes a lease in the connection's
//! row does. The lease is a column, not a transaction: no transaction stays open while the provider is asked.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use platform::{Hub, Result, id::OrganizationId, new_id};
use tokio::sync::{Mutex as Lock, OwnedMutexGuard};
use uuid::Uuid;

use crate::{Connection, ConnectionId, connection::columns};

/// Longer than both secrets together may take at the provider (two times twenty seconds), with room for clocks of
/// several machines that differ by more than `doctor` lets pass.
const LEASE: Duration = Duration::from_secs(120);

/// The locks of refreshes under way in this process.
#[derive(Default)]
struct Locks(Mutex<HashMap<ConnectionId, Weak<Lock<()>>>>);

/// Waits until no other task of this process refreshes this connection.
pub(super) async fn lock_here(hub: &Hub, id: ConnectionId) -> OwnedMutexGuard<()> {
    let lock = {
        let locks = hub.memory::<Locks>();
        let mut locks = locks.0.lock().unwrap_or_else(PoisonError::into_inner);
        locks.retain(|_, lock| lock.strong_count() > 0);
        let known = locks.get(&id).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            let lock = Arc::new(Lock::new(()));
            locks.insert(id, Arc::downgrade(&lock));
            lock
        })
    };
    lock.lock_owned().await
}

/// On SQLite one process serves at a time, so at its start nobody has a right to refresh: what an earlier process
/// took with it when it was killed is given back. On PostgreSQL the rights of the dead end by their time.
pub(super) async fn release_all(hub: &Hub) -> Result<()> {
    if hub.db().postgres().is_none() {
        let free = "UPDATE connection SET refresh_attempt = NULL, refresh_until = NULL WHERE refresh_until IS NOT NULL";
        hub.db().sql(free).execute(hub.db()).await?;
    }
    Ok(())
}

/// The right to refresh, with the row as it was read under it.
pub(super) struct Claim {
    pub attempt: Uuid,
    pub connection: Connection,
}

/// Takes the right, unless somebody has it or the tokens are no longer those of `version`. The attempt is
/// journaled in the same transaction, before the provider hears of it.
pub(super) async fn claim(
    hub: &Hub,
    organization: OrganizationId,
    id: ConnectionId,
    version: i64,
) -> Result<Option<Claim>> {
    let now = hub.now();
    let attempt = new_id(hub.clock(), hub.random());
    let mut tx = hub.db().begin().await?;
    let text = concat!(
        "UPDATE connection SET refresh_attempt = $4, refresh_until = $5, last_attempt_at = $6 \
         WHERE organization_id = $1 AND id = $2 AND token_version = $3 AND removed_at IS NULL \
         AND (refresh_until IS NULL OR refresh_until < $6) RETURNING ",
        columns!()
    );
    let row = tx
        .sql(text)
        .bind(organization)
        .bind(id)
        .bind(version)
        .bind(attempt.to_string())
        .bind(now.after(LEASE))
        .bind(now)
        .returning(&mut tx)
        .await?;
    let Some(connection) = row else { return Ok(None) };
    tx.sql(
        "INSERT INTO refresh_attempt (organization_id, id, connection_id, token_version, started_at) \
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(organization)
    .bind(attempt.to_string())
    .bind(id)
    .bind(version)
    .bind(now)
    .execute(&mut tx)
    .await?;
    tx.commit().await?;
    Ok(Some(Claim { attempt, connection }))
}
