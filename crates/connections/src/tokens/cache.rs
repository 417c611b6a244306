//! Opened tokens in this process's memory, so that a fresh token costs no database read.

use std::{
    collections::HashMap,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use platform::{Hub, Instant, id::OrganizationId};
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
    /// Grows with every forgetting, so that a row read before it is not remembered after it.
    forgettings: AtomicU64,
}

#[derive(Clone)]
struct Remembered {
    integration: IntegrationId,
    /// Until then the token is handed out without looking at the database.
    fresh_until: Instant,
    token: AccessToken,
}

impl Cache {
    pub(super) fn get(&self, key: Key, now: Instant) -> Option<AccessToken> {
        let tokens = self.tokens.read().unwrap_or_else(PoisonError::into_inner);
        tokens.get(&key).filter(|known| known.fresh_until > now).map(|known| known.token.clone())
    }

    /// Remembers a token whose row was read after `forgettings` had been asked for; not if anything was
    /// forgotten since, for it may have been this.
    pub(super) fn put(
        &self,
        key: Key,
        forgettings: u64,
        (integration, fresh_until): (IntegrationId, Instant),
        token: AccessToken,
    ) {
        let mut tokens = self.tokens.write().unwrap_or_else(PoisonError::into_inner);
        if self.forgettings() != forgettings {
            return;
        }
        if tokens.len() >= MOST {
            tokens.clear();
        }
        tokens.insert(key, Remembered { integration, fresh_until, token });
    }

    /// To be asked before the database is read, and handed to [`Cache::put`].
    pub(super) fn forgettings(&self) -> u64 {
        self.forgettings.load(Ordering::SeqCst)
    }

    fn forget(&self, topic: &str) {
        let mut tokens = self.tokens.write().unwrap_or_else(PoisonError::into_inner);
        let (kind, id) = topic.split_once(':').unwrap_or((topic, ""));
        match (kind, id.parse::<Uuid>()) {
            ("connection", Ok(id)) => tokens.retain(|(_, connection), _| connection.0 != id),
            ("integration", Ok(id)) => tokens.retain(|_, known| known.integration.0 != id),
            ("*", _) => tokens.clear(),
            _ => return,
        }
        // Still under the lock: no older reading can slip in between.
        self.forgettings.fetch_add(1, Ordering::SeqCst);
    }
}

/// Forgets what any process announces as changed.
pub(super) fn listen(hub: &Hub) {
    let cache = hub.memory::<Cache>();
    hub.coherence().on_forget(move |topic| cache.forget(topic));
}
