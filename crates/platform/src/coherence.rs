//! Keeps what several processes remember in step, so that a fresh token costs no database read and yet a
//! removed connection stops answering everywhere at once.
//!
//! Who changes something that others may remember announces it in the same transaction and, after the
//! commit, waits until every living process has forgotten it. A process may trust its memory only while its
//! lease is fresh; one that cannot renew its lease reads the database again. So when "removed" is answered,
//! no process answers the token any more.
//!
//! With SQLite there is one process (the data folder is locked), so forgetting locally is enough.

use std::{
    sync::{
        Mutex, PoisonError, RwLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use sqlx::postgres::PgListener;
use tokio::time::Instant as Tick;
use uuid::Uuid;

use crate::{
    Hub, Result,
    db::{Db, Tx},
};

/// How long others wait for a silent process before they go on without it.
const LEASE: Duration = Duration::from_secs(3);
/// How long after its last renewal a process trusts its memory: shorter than the lease, so that by the time
/// others stop waiting, it has stopped answering.
const TRUST: Duration = Duration::from_millis(2000);
const RENEW: Duration = Duration::from_millis(500);
const CHANNEL: &str = "switchboard_forget";

type Listener = Box<dyn Fn(&str) + Send + Sync>;

/// What one process remembers, kept in step with the others.
pub struct Coherence {
    node: Uuid,
    listeners: RwLock<Vec<Listener>>,
    renewed: Mutex<Option<Tick>>,
    seen: AtomicI64,
}

/// An announcement that has been written and waits for its commit.
#[must_use = "call `settle` after the commit, or other processes may still remember"]
pub struct Announcement {
    sequence: Option<i64>,
    topic: String,
}

impl Coherence {
    pub(crate) fn new(node: Uuid) -> Self {
        Self { node, listeners: RwLock::default(), renewed: Mutex::default(), seen: AtomicI64::new(0) }
    }

    /// Registers what to forget when a topic is announced by any process.
    pub fn on_forget(&self, listener: impl Fn(&str) + Send + Sync + 'static) {
        self.listeners.write().unwrap_or_else(PoisonError::into_inner).push(Box::new(listener));
    }

    /// Whether this process may answer from memory at this moment.
    pub fn may_trust_memory(&self, db: &Db) -> bool {
        match db {
            Db::Sqlite { .. } => true,
            Db::Postgres(_) => {
                let renewed = *self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
                renewed.is_some_and(|at| at.elapsed() < TRUST)
            }
        }
    }

    /// Writes into `tx` that `topic` must be forgotten by everyone.
    pub async fn announce(&self, tx: &mut Tx, topic: String) -> Result<Announcement> {
        let Tx::Postgres(_) = tx else { return Ok(Announcement { sequence: None, topic }) };
        // The counter's row lock orders announcements by commit, so a process that has seen number n has
        // seen all before it.
        let next = "UPDATE coherence_counter SET value = value + 1 RETURNING value";
        let row: Option<(i64,)> = tx.sql(next).returning(&mut *tx).await?;
        let (sequence,) = row.unwrap_or_default();
        tx.sql("INSERT INTO coherence_event (sequence, topic, at) VALUES ($1, $2, CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT))")
            .bind(sequence)
            .bind(topic.clone())
            .execute(&mut *tx)
            .await?;
        tx.sql("SELECT pg_notify('switchboard_forget', '')").execute(&mut *tx).await?;
        Ok(Announcement { sequence: Some(sequence), topic })
    }

    /// Forgets here and waits until every living process has forgotten; call after the commit.
    pub async fn settle(&self, db: &Db, announcement: Announcement) -> Result<()> {
        self.forget(&announcement.topic);
        let Some(sequence) = announcement.sequence else { return Ok(()) };
        let behind = "SELECT COUNT(*) FROM coherence_node WHERE id <> $1 AND seen < $2 \
                      AND lease_until > CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)";
        let deadline = Tick::now() + LEASE + RENEW;
        let mut pause = Duration::from_millis(2);
        while Tick::now() < deadline {
            let (waiting,): (i64,) =
                db.sql(behind).bind(self.node.to_string()).bind(sequence).one(db).await?;
            if waiting == 0 {
                break;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(50));
        }
        Ok(())
    }

    fn forget(&self, topic: &str) {
        for listener in self.listeners.read().unwrap_or_else(PoisonError::into_inner).iter() {
            listener(topic);
        }
    }

    /// Forgets what others announced since the last look, then renews this process's lease.
    async fn catch_up(&self, db: &Db) -> Result<()> {
        let started = Tick::now();
        let seen = self.seen.load(Ordering::SeqCst);
        let events: Vec<(i64, String)> = db
            .sql("SELECT sequence, topic FROM coherence_event WHERE sequence > $1 ORDER BY sequence")
            .bind(seen)
            .all(db)
            .await?;
        for (sequence, topic) in &events {
            self.forget(topic);
            self.seen.store(*sequence, Ordering::SeqCst);
        }
        let renew = "INSERT INTO coherence_node (id, seen, lease_until) \
                     VALUES ($1, $2, CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT) + $3) \
                     ON CONFLICT (id) DO UPDATE SET seen = excluded.seen, lease_until = excluded.lease_until";
        db.sql(renew)
            .bind(self.node.to_string())
            .bind(self.seen.load(Ordering::SeqCst))
            .bind(i64::try_from(LEASE.as_micros()).unwrap_or(0))
            .execute(db)
            .await?;
        *self.renewed.lock().unwrap_or_else(PoisonError::into_inner) = Some(started);
        Ok(())
    }

    /// Joins. Announcements may have been missed before, so everything is forgotten, after reading where the
    /// others stand: what is remembered from here on is newer than all that is skipped.
    async fn join(&self, db: &Db) -> Result<()> {
        let (value,): (i64,) = db.sql("SELECT value FROM coherence_counter").one(db).await?;
        self.forget("*");
        self.seen.store(value, Ordering::SeqCst);
        self.catch_up(db).await
    }

    async fn sweep(&self, db: &Db) -> Result<()> {
        let hour_ago = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT) - 3600000000";
        for table in ["coherence_event WHERE at", "coherence_node WHERE lease_until"] {
            let text = format!("DELETE FROM {table} < {hour_ago}");
            db.sql(sqlx::AssertSqlSafe(text)).execute(db).await?;
        }
        Ok(())
    }

    async fn leave(&self, db: &Db) -> Result<()> {
        db.sql("DELETE FROM coherence_node WHERE id = $1").bind(self.node.to_string()).execute(db).await?;
        Ok(())
    }
}

/// Keeps this process in step until the hub stops; returns at once on SQLite.
pub async fn keep_in_step(hub: Hub) {
    let Some(pool) = hub.db().postgres().cloned() else { return };
    while !hub.stop().is_cancelled() {
        let failed = tokio::select! {
            () = hub.stop().cancelled() => break,
            failed = follow(&hub, &pool) => failed,
        };
        if let Err(error) = failed {
            tracing::warn!(?error, "cannot follow what other processes change; answering from the database");
        }
        tokio::time::sleep(RENEW).await;
    }
    if let Err(error) = hub.coherence().leave(hub.db()).await {
        tracing::debug!(?error, "the lease of this process will end by itself");
    }
}

async fn follow(hub: &Hub, pool: &sqlx::PgPool) -> Result<()> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    hub.coherence().join(hub.db()).await?;
    let mut until_sweep = 0_u32;
    loop {
        match tokio::time::timeout(RENEW, listener.recv()).await {
            Ok(received) => drop(received?),
            Err(_) => until_sweep += 1,
        }
        hub.coherence().catch_up(hub.db()).await?;
        if until_sweep >= 600 {
            until_sweep = 0;
            hub.coherence().sweep(hub.db()).await?;
        }
    }
}
