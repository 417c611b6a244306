//! Durable jobs: written in the transaction of the act that needs them, run at least once by any process,
//! with stored back-off. Handlers are idempotent, so "again" is always safe.

mod run;
mod schedule;

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::sync::Notify;

use crate::{Error, Hub, Instant, Result, bug, db::Tx, id::OrganizationId, ids, record};

pub use run::{run_due, work};
pub use schedule::tick;

ids! {
    /// One job.
    JobId,
}

/// A job to be written.
pub struct NewJob<'a> {
    pub organization: OrganizationId,
    /// Names the handler, as `room.verb`.
    pub kind: &'a str,
    /// While a job of this kind with the same key waits, another one is not written.
    pub dedupe: Option<String>,
    pub payload: Value,
    pub run_at: Instant,
}

/// Writes a job into `tx`; it runs after the commit. One that waits already is only moved to the earlier instant; that
/// also holds it until the commit, so that nobody runs it before what it shall see is there.
pub async fn enqueue(hub: &Hub, tx: &mut Tx, job: NewJob<'_>) -> Result<()> {
    tx.sql(
        "INSERT INTO job (organization_id, id, kind, dedupe, payload, run_at, attempts, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, 0, $7) \
         ON CONFLICT (organization_id, kind, dedupe) WHERE done_at IS NULL AND dead_at IS NULL \
         DO UPDATE SET run_at = CASE WHEN excluded.run_at < job.run_at THEN excluded.run_at ELSE job.run_at END",
    )
    .bind(job.organization)
    .bind(JobId::new(hub))
    .bind(job.kind.to_owned())
    .bind(job.dedupe)
    .bind(job.payload.to_string())
    .bind(job.run_at)
    .bind(hub.now())
    .execute(&mut *tx)
    .await?;
    Ok(())
}

/// Wakes the job runner of this process after a commit; others notice within a second.
#[derive(Default)]
pub struct Wake(Notify);

impl Wake {
    pub fn now(&self) {
        self.0.notify_one();
    }

    pub(crate) async fn within(&self, longest: Duration) {
        // A timeout here only means that nobody called.
        let _ = tokio::time::timeout(longest, self.0.notified()).await;
    }
}

record! {
    /// A job that this process has claimed.
    pub struct JobRow {
        organization_id: OrganizationId,
        id: JobId,
        kind: String,
        payload: String,
        attempts: i64,
    }
}

/// What a handler is handed.
pub struct Job {
    pub organization: OrganizationId,
    payload: Value,
    /// How many attempts were made before this one.
    pub earlier_attempts: i64,
}

impl Job {
    /// The payload as the type that was enqueued.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_value(self.payload.clone())
            .map_err(|error| bug("a job's payload has another shape").because(error))
    }
}

/// Turns a payload type into JSON for [`NewJob`].
pub fn payload(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

type Work = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;
type Handler = Arc<dyn Fn(Hub, Job) -> Work + Send + Sync>;
type Reconciler = Arc<dyn Fn(Hub) -> Work + Send + Sync>;

/// Which room handles which kind of job, and what is looked after regularly.
#[derive(Clone, Default)]
pub struct Jobs {
    handlers: Vec<(&'static str, Handler)>,
    reconcilers: Vec<(&'static str, Duration, Reconciler)>,
    /// Rounds over what this process alone has: its memory, its disk.
    own_rounds: Vec<(&'static str, Duration, Reconciler)>,
}

impl Jobs {
    /// Handles jobs of `kind`.
    #[must_use]
    pub fn on<F>(
        mut self,
        kind: &'static str,
        handler: impl Fn(Hub, Job) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        self.handlers.push((kind, Arc::new(move |hub, job| Box::pin(handler(hub, job)))));
        self
    }

    /// Calls `reconcile` every `period` on one of the processes.
    #[must_use]
    pub fn every<F>(
        mut self,
        period: Duration,
        name: &'static str,
        reconcile: impl Fn(Hub) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        self.reconcilers.push((name, period, Arc::new(move |hub| Box::pin(reconcile(hub)))));
        self
    }

    /// Calls `round` every `period` on each process, and once more when it stops: for what only this process has.
    #[must_use]
    pub fn on_each_process<F>(
        mut self,
        period: Duration,
        name: &'static str,
        round: impl Fn(Hub) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        self.own_rounds.push((name, period, Arc::new(move |hub| Box::pin(round(hub)))));
        self
    }

    /// Both rooms' jobs.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.handlers.extend(other.handlers);
        self.reconcilers.extend(other.reconcilers);
        self.own_rounds.extend(other.own_rounds);
        self
    }
}

/// Deletes jobs that were done a week ago; given-up ones stay for a person to look at.
pub async fn sweep(hub: Hub) -> Result<()> {
    hub.db()
        .sql("DELETE FROM job WHERE done_at < $1")
        .bind(hub.now().before(Duration::from_secs(7 * 86_400)))
        .execute(hub.db())
        .await?;
    Ok(())
}

/// How many jobs (of one organization, or of all) wait to be run, and how many need a person to look at them.
pub async fn backlog(hub: &Hub, organization: Option<OrganizationId>) -> Result<(i64, i64)> {
    let counts = "SELECT COUNT(CASE WHEN dead_at IS NULL THEN 1 END), COUNT(CASE WHEN dead_at IS NOT NULL THEN 1 END) \
                  FROM job WHERE done_at IS NULL AND (CAST($1 AS TEXT) IS NULL OR organization_id = $1)";
    Ok(hub.db().sql(counts).bind(organization).one(hub.db()).await?)
}
