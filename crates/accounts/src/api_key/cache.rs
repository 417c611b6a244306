//! Recognizing a key on every request without asking the database every time. What is remembered may be used only
//! while coherence says so, and a revocation makes every process forget before it is answered.

use std::{
    collections::HashMap,
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use aws_lc_rs::digest::{SHA256, digest};
use platform::{Hub, Instant, Result, actor::Key, id::OrganizationId, random::fingerprint, record};

use super::{ApiKeyId, PREFIX, parse_scopes};

/// A remembered key is read again after this, and its last use noted.
const REREAD: Duration = Duration::from_secs(600);
/// Keys remembered at most; then memory starts afresh.
const MOST: usize = 10_000;

type Hash = [u8; 32];

/// The keys this process has seen lately.
#[derive(Default)]
struct Cache {
    keys: RwLock<HashMap<Hash, Remembered>>,
    /// Counts what was forgotten: a key read before a revocation must not be remembered after it.
    forgotten: AtomicU64,
    listening: OnceLock<()>,
}

#[derive(Clone)]
struct Remembered {
    key: Arc<Key>,
    until: Instant,
}

record! {
    struct Row {
        organization_id: OrganizationId,
        id: ApiKeyId,
        name: String,
        scopes: String,
        expires_at: Option<Instant>,
        last_used_at: Option<Instant>,
    }
}

/// What is announced when a key must be forgotten.
pub(super) fn topic(id: ApiKeyId) -> String {
    format!("api_key:{id}")
}

/// The key with this secret, if it is live.
pub(crate) async fn recognize(hub: &Hub, presented: &str) -> Result<Option<Arc<Key>>> {
    if presented.len() != PREFIX.len() + 43 || !presented.starts_with(PREFIX) {
        return Ok(None);
    }
    let cache = cache(hub);
    let mut hash = Hash::default();
    hash.copy_from_slice(digest(&SHA256, presented.as_bytes()).as_ref());
    if hub.coherence().may_trust_memory(hub.db())
        && let Some(key) = cache.get(&hash, hub.now())
    {
        return Ok(Some(key));
    }
    // Rare, and large: on the heap of its own it does not weigh on every request.
    Box::pin(read_anew(hub, &cache, presented, hash)).await
}

async fn read_anew(hub: &Hub, cache: &Cache, presented: &str, hash: Hash) -> Result<Option<Arc<Key>>> {
    let forgotten = cache.forgotten.load(Ordering::SeqCst);
    let Some(row) = read(hub, presented).await? else { return Ok(None) };
    let now = hub.now();
    if row.last_used_at.is_none_or(|at| now.since(at) >= REREAD) {
        note_use(hub, &row, now).await?;
    }
    let reread = now.after(REREAD);
    let until = row.expires_at.map_or(reread, |end| end.min(reread));
    let key = Arc::new(Key {
        organization: row.organization_id,
        id: row.id.0,
        name: row.name,
        scopes: parse_scopes(&row.scopes),
    });
    cache.remember(hash, Remembered { key: key.clone(), until }, forgotten);
    Ok(Some(key))
}

async fn read(hub: &Hub, presented: &str) -> Result<Option<Row>> {
    let row = hub
        .db()
        .sql(
            "SELECT organization_id, id, name, scopes, expires_at, last_used_at FROM api_key \
             WHERE secret_hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)",
        )
        .bind(fingerprint(presented))
        .bind(hub.now())
        .maybe(hub.db())
        .await?;
    Ok(row)
}

async fn note_use(hub: &Hub, row: &Row, now: Instant) -> Result<()> {
    hub.db()
        .sql("UPDATE api_key SET last_used_at = $3 WHERE organization_id = $1 AND id = $2")
        .bind(row.organization_id)
        .bind(row.id)
        .bind(now)
        .execute(hub.db())
        .await?;
    Ok(())
}

/// The cache of this process; it listens for revocations from its first use on.
fn cache(hub: &Hub) -> Arc<Cache> {
    let cache = hub.memory::<Cache>();
    cache.listening.get_or_init(|| {
        let weak = Arc::downgrade(&cache);
        hub.coherence().on_forget(move |topic| {
            if let Some(cache) = weak.upgrade() {
                cache.forget(topic);
            }
        });
    });
    cache
}

impl Cache {
    fn get(&self, hash: &Hash, now: Instant) -> Option<Arc<Key>> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.get(hash).filter(|known| known.until > now).map(|known| Arc::clone(&known.key))
    }

    /// Remembers a key, unless something was forgotten since it was read.
    fn remember(&self, hash: Hash, known: Remembered, forgotten: u64) {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        if self.forgotten.load(Ordering::SeqCst) != forgotten {
            return;
        }
        if keys.len() >= MOST {
            keys.clear();
        }
        keys.insert(hash, known);
    }

    fn forget(&self, topic: &str) {
        if topic != "*" && !topic.starts_with("api_key:") {
            return;
        }
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        match topic.strip_prefix("api_key:") {
            Some(id) => keys.retain(|_, known| known.key.id.to_string() != id),
            None => keys.clear(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remembered(id: u128) -> Remembered {
        let key = Key {
            organization: OrganizationId(uuid::Uuid::nil()),
            id: uuid::Uuid::from_u128(id),
            name: String::new(),
            scopes: Vec::new(),
        };
        Remembered { key: Arc::new(key), until: Instant::from_micros(10) }
    }

    #[test]
    fn a_key_read_before_a_revocation_is_not_remembered_after_it() {
        let cache = Cache::default();
        let before = cache.forgotten.load(Ordering::SeqCst);
        cache.forget(&topic(ApiKeyId(uuid::Uuid::from_u128(1))));
        cache.remember([1; 32], remembered(1), before);
        assert!(cache.get(&[1; 32], Instant::from_micros(5)).is_none());
    }

    #[test]
    fn what_is_announced_is_forgotten_and_nothing_else() {
        let cache = Cache::default();
        let now = Instant::from_micros(5);
        cache.remember([1; 32], remembered(1), 0);
        cache.remember([2; 32], remembered(2), 0);
        cache.forget("connection:1");
        assert!(cache.get(&[1; 32], now).is_some());
        assert!(cache.get(&[1; 32], Instant::from_micros(10)).is_none(), "an expired entry is not used");
        cache.forget(&topic(ApiKeyId(uuid::Uuid::from_u128(1))));
        assert!(cache.get(&[1; 32], now).is_none() && cache.get(&[2; 32], now).is_some());
        cache.forget("*");
        assert!(cache.get(&[2; 32], now).is_none());
    }
}
