//! The hub: the handle with everything a room needs, cheap to clone.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    Clock, Random, coherence::Coherence, db::Db, jobs::Wake, keys::Keys, outbound::Outbound,
    web::BannerSource,
};

/// What the operator decided that every room needs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address under which people and providers reach this server; no trailing slash in its path.
    pub public_url: Url,
    /// Where local files live: the key, the SQLite database, the journal of token refreshes.
    pub data_dir: PathBuf,
    /// Origins outside this server where forms may end: the providers' sign-in pages.
    pub form_targets: Vec<String>,
    /// The name shown in page titles, mails and at providers.
    pub product_name: String,
}

impl Settings {
    /// The absolute address of `path` (which starts with `/`).
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_str().trim_end_matches('/'))
    }

    /// The redirect URL to register at every provider.
    pub fn redirect_url(&self) -> String {
        self.url("/oauth/callback")
    }

    /// Whether browsers reach us over TLS, so that cookies can demand it.
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}

/// Everything a room is handed.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    parts: HubParts,
    coherence: Coherence,
    wake: Wake,
    memory: RwLock<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

/// What a hub is made of; the wiring builds it from the configuration, tests by hand.
pub struct HubParts {
    pub db: Db,
    pub keys: Keys,
    pub clock: Clock,
    pub random: Random,
    pub outbound: Outbound,
    pub settings: Settings,
    /// What each room wants to say on top of every page.
    pub banners: Vec<BannerSource>,
    /// Cancelled when the process is to stop.
    pub stop: CancellationToken,
}

impl Hub {
    pub fn new(parts: HubParts) -> Self {
        let coherence = Coherence::new(crate::new_id(&parts.clock, &parts.random));
        Self(Arc::new(Inner { parts, coherence, wake: Wake::default(), memory: RwLock::default() }))
    }

    pub fn db(&self) -> &Db {
        &self.0.parts.db
    }

    pub fn keys(&self) -> &Keys {
        &self.0.parts.keys
    }

    pub fn clock(&self) -> &Clock {
        &self.0.parts.clock
    }

    /// The present instant.
    pub fn now(&self) -> crate::Instant {
        self.0.parts.clock.now()
    }

    pub fn random(&self) -> &Random {
        &self.0.parts.random
    }

    /// The client for requests to providers.
    pub fn outbound(&self) -> &Outbound {
        &self.0.parts.outbound
    }

    pub fn settings(&self) -> &Settings {
        &self.0.parts.settings
    }

    pub fn banners(&self) -> &[BannerSource] {
        &self.0.parts.banners
    }

    /// Keeps what processes remember in step.
    pub fn coherence(&self) -> &Coherence {
        &self.0.coherence
    }

    /// Wakes the job runner of this process.
    pub fn wake(&self) -> &Wake {
        &self.0.wake
    }

    /// Cancelled when the process is to stop.
    pub fn stop(&self) -> &CancellationToken {
        &self.0.parts.stop
    }

    /// A room's own memory in this process (caches, in-flight work), made on first use.
    pub fn memory<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let id = TypeId::of::<T>();
        let known = self.0.memory.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        let any = known.unwrap_or_else(|| {
            let mut memory = self.0.memory.write().unwrap_or_else(PoisonError::into_inner);
            memory.entry(id).or_insert_with(|| Arc::new(T::default())).clone()
        });
        any.downcast().unwrap_or_default()
    }
}
