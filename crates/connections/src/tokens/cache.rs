//! Opened tokens in this process's memory, so that a fresh token costs no database read; and the count of who
//! read which token, written down in batches.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError, RwLock},
};

use platform::{
    Actor, Hub, Instant, Result,
    actor::Who,
    audit::{self, Act},
    id::OrganizationId,
};
use serde_json::json;
use uuid::Uuid;

use super::AccessToken;
use crate::{ConnectionId, IntegrationId};

type Key = (OrganizationId, ConnectionId);

/// The most tokens that are remembered; beyond it the memory starts anew.
const MOST: usize = 200_000;

/// What this process remembers about tokens.
#[derive(Default)]
pub(super) struct Cache {
    tokens: RwLock<HashMap<Key, Remembered>>,
    reads: Mutex<HashMap<(ConnectionId, Uuid), Reads>>,
}

#[derive(Clone)]
struct Remembered {
    integration: IntegrationId,
    /// Until then the token is handed out without looking at the database.
    fresh_until: Instant,
    token: AccessToken,
}

/// How often one key read one token since the last writing.
struct Reads {
    organization: OrganizationId,
    entry: Uuid,
    since: Instant,
    times: i64,
    last_at: Instant,
}

/// A new entry of the audit trail is begun after this many seconds.
const ENTRY_SECONDS: i64 = 3600;

impl Cache {
    pub(super) fn get(&self, key: Key, now: Instant) -> Option<AccessToken> {
        let tokens = self.tokens.read().unwrap_or_else(PoisonError::into_inner);
        tokens.get(&key).filter(|known| known.fresh_until > now).map(|known| known.token.clone())
    }

    pub(super) fn put(&self, key: Key, integration: IntegrationId, fresh_until: Instant, token: AccessToken) {
        let mut tokens = self.tokens.write().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() >= MOST {
            tokens.clear();
        }
        tokens.insert(key, Remembered { integration, fresh_until, token });
    }

    fn forget(&self, topic: &str) {
        let mut tokens = self.tokens.write().unwrap_or_else(PoisonError::into_inner);
        match topic.split_once(':') {
            Some(("connection", id)) => tokens.retain(|(_, connection), _| connection.to_string() != id),
            Some(("integration", id)) => tokens.retain(|_, known| known.integration.to_string() != id),
            None if topic == "*" => tokens.clear(),
            _ => {}
        }
    }
}

/// Forgets what any process announces as changed.
pub(super) fn listen(hub: &Hub) {
    let cache = hub.memory::<Cache>();
    hub.coherence().on_forget(move |topic| cache.forget(topic));
}

/// Notes that a program read this token: the first read of an hour at once, the others as a count.
pub(super) async fn note_read(hub: &Hub, actor: &Actor, connection: ConnectionId) -> Result<()> {
    let Who::Key(key) = &actor.who else { return Ok(()) };
    let now = hub.now();
    let cache = hub.memory::<Cache>();
    {
        let mut reads = cache.reads.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = reads.get_mut(&(connection, key.id))
            && now.seconds() - known.since.seconds() < ENTRY_SECONDS
        {
            known.times += 1;
            known.last_at = now;
            return Ok(());
        }
    }
    let mut tx = hub.db().begin().await?;
    let act = Act {
        action: "token.read",
        subject: "connection",
        subject_id: connection.to_string(),
        details: json!({}),
    };
    let entry = audit::record_for(hub, &mut tx, key.organization, actor, act).await?;
    tx.commit().await?;
    let fresh = Reads { organization: key.organization, entry, since: now, times: 0, last_at: now };
    let earlier =
        cache.reads.lock().unwrap_or_else(PoisonError::into_inner).insert((connection, key.id), fresh);
    match earlier {
        Some(reads) => write(hub, &reads).await,
        None => Ok(()),
    }
}

/// Writes the counts that have grown since the last time; hours that are over are forgotten.
pub(crate) async fn write_read_counts(hub: Hub) -> Result<()> {
    let now = hub.now();
    let grown: Vec<Reads> = {
        let cache = hub.memory::<Cache>();
        let mut reads = cache.reads.lock().unwrap_or_else(PoisonError::into_inner);
        let grown = reads
            .values_mut()
            .filter(|reads| reads.times > 0)
            .map(|reads| Reads { times: std::mem::take(&mut reads.times), ..*reads })
            .collect();
        reads.retain(|_, reads| now.seconds() - reads.since.seconds() < ENTRY_SECONDS);
        grown
    };
    for reads in &grown {
        write(&hub, reads).await?;
    }
    Ok(())
}

async fn write(hub: &Hub, reads: &Reads) -> Result<()> {
    audit::add_repetitions(hub, reads.organization, reads.entry, reads.times, reads.last_at).await
}
