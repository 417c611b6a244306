//! Who read which token: one entry of the audit trail per program, connection and hour, with a count.
//!
//! The first read of an hour is in the trail before the token is answered; many first reads at a time share one
//! transaction. Later reads only count, and the counts are written down every few seconds.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use platform::{
    Actor, Hub, Instant, Result,
    actor::{Key, Who},
    audit::{self, Act, Repetitions},
    bug,
    id::OrganizationId,
};
use serde_json::json;
use tokio::sync::{Mutex as Lock, oneshot};
use uuid::Uuid;

use crate::ConnectionId;

/// A new entry of the audit trail is begun after this many seconds.
const ENTRY_SECONDS: i64 = 3600;

/// The reads of this process.
#[derive(Default)]
struct Reads {
    known: Mutex<HashMap<(ConnectionId, Uuid), Counted>>,
    waiting: Mutex<Vec<FirstRead>>,
    writing: Lock<()>,
}

/// How often one key read one token since the last writing.
struct Counted {
    organization: OrganizationId,
    entry: Uuid,
    since: Instant,
    times: i64,
    last_at: Instant,
}

/// A first read that waits to be written.
struct FirstRead {
    organization: OrganizationId,
    key: Uuid,
    actor: Actor,
    connection: ConnectionId,
    written: oneshot::Sender<()>,
}

/// Notes that a program reads this token; when it answers, the trail knows.
pub(super) async fn note(hub: &Hub, actor: &Actor, connection: ConnectionId) -> Result<()> {
    let Who::Key(key) = &actor.who else { return Ok(()) };
    let reads = hub.memory::<Reads>();
    if reads.count(connection, key.id, hub.now()) {
        return Ok(());
    }
    // Rare, and large: on the heap of its own it does not weigh on every request.
    Box::pin(write_first(hub, &reads, (key, actor), connection)).await
}

/// Writes the first read of an hour, together with those that wait already.
async fn write_first(
    hub: &Hub,
    reads: &Reads,
    (key, actor): (&Key, &Actor),
    connection: ConnectionId,
) -> Result<()> {
    let (written, mut was_written) = oneshot::channel();
    let first =
        FirstRead { organization: key.organization, key: key.id, actor: actor.clone(), connection, written };
    reads.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(first);
    let _turn = reads.writing.lock().await;
    // Whoever had the turn before has written ours too, unless it came too late for that.
    if was_written.try_recv().is_err() {
        write_waiting(hub, reads).await?;
    }
    Ok(())
}

impl Reads {
    /// Counts a read of an entry that exists; `false` when there is none for this hour.
    fn count(&self, connection: ConnectionId, key: Uuid, now: Instant) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match known.get_mut(&(connection, key)) {
            Some(counted) if now.seconds() - counted.since.seconds() < ENTRY_SECONDS => {
                counted.times += 1;
                counted.last_at = now;
                true
            }
            _ => false,
        }
    }
}

async fn write_waiting(hub: &Hub, reads: &Reads) -> Result<()> {
    let batch = std::mem::take(&mut *reads.waiting.lock().unwrap_or_else(PoisonError::into_inner));
    if batch.is_empty() {
        return Err(bug("the reading of a token could not be written down"));
    }
    let now = hub.now();
    let mut entries = Vec::with_capacity(batch.len());
    let mut tx = hub.db().begin().await?;
    for read in &batch {
        let act = Act {
            action: "token.read",
            subject: "connection",
            subject_id: read.connection.to_string(),
            details: json!({}),
        };
        entries.push(audit::record_for(hub, &mut tx, read.organization, &read.actor, act).await?);
    }
    tx.commit().await?;
    let mut known = reads.known.lock().unwrap_or_else(PoisonError::into_inner);
    for (read, entry) in batch.into_iter().zip(entries) {
        let fresh = Counted { organization: read.organization, entry, since: now, times: 0, last_at: now };
        known.insert((read.connection, read.key), fresh);
        // Its reader may have gone away; the trail is right all the same.
        let _ = read.written.send(());
    }
    Ok(())
}

/// Writes the counts that have grown since the last time; hours that are over are forgotten.
pub(crate) async fn write_read_counts(hub: Hub) -> Result<()> {
    let now = hub.now();
    let grown: Vec<Repetitions> = {
        let reads = hub.memory::<Reads>();
        let mut known = reads.known.lock().unwrap_or_else(PoisonError::into_inner);
        let grown = known.values_mut().filter(|counted| counted.times > 0).map(Counted::take).collect();
        known.retain(|_, counted| now.seconds() - counted.since.seconds() < ENTRY_SECONDS);
        grown
    };
    audit::add_repetitions(&hub, &grown).await
}

impl Counted {
    /// What came since the last writing; counting goes on from zero.
    fn take(&mut self) -> Repetitions {
        Repetitions {
            organization: self.organization,
            entry: self.entry,
            times: std::mem::take(&mut self.times),
            last_at: self.last_at,
        }
    }
}
