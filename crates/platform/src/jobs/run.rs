//! Claims due jobs, runs them side by side and writes down how each ended.

use std::{collections::HashMap, panic::AssertUnwindSafe, time::Duration};

use futures_util::{FutureExt, StreamExt, stream};
use tokio::task::{self, JoinSet};

use super::{Job, JobRow, Jobs, schedule};
use crate::{Error, Fault, Hub, Instant, Result, bug};

/// How many jobs one process runs at a time.
const SIDE_BY_SIDE: i64 = 8;
/// How many of them may be of one kind, so that slow ones never keep all the others waiting. More than half: at most one
/// kind has used up its part.
const MOST_OF_A_KIND: i64 = 5;
/// How long a claimed job may take before another process may take it over.
const LEASE: Duration = Duration::from_secs(120);
/// After this many failed attempts a job waits for a person.
const MOST_ATTEMPTS: i64 = 12;
const IDLE: Duration = Duration::from_secs(1);

/// Runs jobs and regular rounds until the hub stops, then lets what is under way end.
pub async fn work(hub: Hub, jobs: Jobs) {
    tokio::join!(schedule::keep(&hub, &jobs), run_jobs(&hub, &jobs));
}

/// A slow job never keeps the others waiting: each runs as its own task, up to a number of them.
async fn run_jobs(hub: &Hub, jobs: &Jobs) {
    if jobs.handlers.is_empty() {
        // Claiming what nobody here can do would only keep it from those who can.
        return;
    }
    let mut running = JoinSet::new();
    let mut kinds: HashMap<task::Id, String> = HashMap::new();
    while !hub.stop().is_cancelled() {
        match claim_some(hub, kinds.values().cloned().collect()).await {
            Ok(claimed) => {
                for row in claimed {
                    let (hub, jobs, kind) = (hub.clone(), jobs.clone(), row.kind.clone());
                    let task = running.spawn(async move { run_one(&hub, &jobs, row).await });
                    kinds.insert(task.id(), kind);
                }
            }
            Err(error) => tracing::error!(?error, "jobs could not be claimed"),
        }
        tokio::select! {
            () = hub.stop().cancelled() => {}
            () = hub.wake().within(IDLE) => {}
            Some(ended) = running.join_next_with_id() => {
                kinds.remove(&ended.map_or_else(|error| error.id(), |(id, ())| id));
            }
        }
    }
    while running.join_next().await.is_some() {}
}

/// Runs the jobs that are due now, once, and waits for them; answers how many there were.
pub async fn run_due(hub: &Hub, jobs: &Jobs) -> Result<usize> {
    let claimed = claim_some(hub, Vec::new()).await?;
    let count = claimed.len();
    stream::iter(claimed).for_each_concurrent(None, |row| run_one(hub, jobs, row)).await;
    Ok(count)
}

/// Claims what the slots take that are free beside jobs of the `running` kinds.
async fn claim_some(hub: &Hub, mut running: Vec<String>) -> Result<Vec<JobRow>> {
    let mut claimed = Vec::new();
    loop {
        let (most, without) = room(&running);
        let some = claim(hub, most, without.as_deref()).await?;
        if some.is_empty() {
            return Ok(claimed);
        }
        running.extend(some.iter().map(|row| row.kind.clone()));
        claimed.extend(some);
    }
}

/// How many jobs may be claimed at once beside those that run, and of which kind none.
fn room(running: &[String]) -> (i64, Option<String>) {
    let count = |some: usize| i64::try_from(some).unwrap_or(SIDE_BY_SIDE);
    let free = SIDE_BY_SIDE - count(running.len());
    let of_kind = |kind: &String| count(running.iter().filter(|it| *it == kind).count());
    let full = running.iter().find(|kind| of_kind(kind) >= MOST_OF_A_KIND);
    let others = running.iter().filter(|kind| Some(*kind) != full);
    let most = others.map(of_kind).max().unwrap_or_default();
    // Whatever is claimed may be of one kind.
    (free.min(MOST_OF_A_KIND - most), full.cloned())
}

/// A claimed job gives its key back: what changes while it runs deserves a job of its own.
/// `FOR UPDATE SKIP LOCKED` lets several processes claim side by side on PostgreSQL; SQLite has one writer.
async fn claim(hub: &Hub, most: i64, without: Option<&str>) -> Result<Vec<JobRow>> {
    let claim = hub.db().pick(
        "WITH due AS MATERIALIZED (SELECT organization_id AS due_organization, id AS due_id FROM job \
         WHERE done_at IS NULL AND dead_at IS NULL AND run_at <= $1 AND (lease_until IS NULL OR lease_until < $1) \
         AND kind <> $4 ORDER BY run_at LIMIT $3) \
         UPDATE job SET lease_until = $2, attempts = attempts + 1, dedupe = NULL FROM due \
         WHERE job.organization_id = due.due_organization AND job.id = due.due_id \
         RETURNING organization_id, id, kind, payload, attempts",
        "WITH due AS MATERIALIZED (SELECT organization_id AS due_organization, id AS due_id FROM job \
         WHERE done_at IS NULL AND dead_at IS NULL AND run_at <= $1 AND (lease_until IS NULL OR lease_until < $1) \
         AND kind <> $4 ORDER BY run_at LIMIT $3 FOR UPDATE SKIP LOCKED) \
         UPDATE job SET lease_until = $2, attempts = attempts + 1, dedupe = NULL FROM due \
         WHERE job.organization_id = due.due_organization AND job.id = due.due_id \
         RETURNING organization_id, id, kind, payload, attempts",
    );
    if most <= 0 || !anything_due(hub, without).await? {
        return Ok(Vec::new());
    }
    let now = hub.now();
    let mut tx = hub.db().begin().await?;
    let statement = tx.sql(claim).bind(now).bind(now.after(LEASE)).bind(most);
    let rows = statement.bind(without.unwrap_or_default().to_owned()).all(&mut tx).await?;
    tx.commit().await?;
    Ok(rows)
}

/// A plain read first: an idle process never takes SQLite's write lock.
async fn anything_due(hub: &Hub, without: Option<&str>) -> Result<bool> {
    let due: Option<(String,)> = hub
        .db()
        .sql(
            "SELECT id FROM job WHERE done_at IS NULL AND dead_at IS NULL AND run_at <= $1 \
             AND (lease_until IS NULL OR lease_until < $1) AND kind <> $2 LIMIT 1",
        )
        .bind(hub.now())
        .bind(without.unwrap_or_default().to_owned())
        .maybe(hub.db())
        .await?;
    Ok(due.is_some())
}

async fn run_one(hub: &Hub, jobs: &Jobs, row: JobRow) {
    let ended = match jobs.handlers.iter().find(|(kind, _)| *kind == row.kind) {
        None => Err(bug(format!("no room handles jobs of kind {:?}", row.kind))),
        Some((_, handler)) => {
            let payload = serde_json::from_str(&row.payload).unwrap_or_default();
            let job = Job { organization: row.organization_id, payload, earlier_attempts: row.attempts - 1 };
            AssertUnwindSafe(handler(hub.clone(), job))
                .catch_unwind()
                .await
                .unwrap_or_else(|_| Err(bug(format!("a job of kind {:?} panicked", row.kind))))
        }
    };
    if let Err(error) = write_outcome(hub, &row, ended).await {
        // The lease ends by itself and the job runs again, which is safe.
        tracing::error!(?error, job = %row.id, "a job's outcome could not be written");
    }
}

enum Outcome {
    Done,
    Again { at: Instant, counts: bool, error: Error },
    Dead(Error),
}

fn decide(hub: &Hub, row: &JobRow, ended: Result<()>) -> Outcome {
    let Err(error) = ended else { return Outcome::Done };
    match error.fault {
        // The provider said when: waiting for that is not a failed attempt.
        Fault::Later(at) => Outcome::Again { at, counts: false, error },
        // The database was away, not the job's work.
        Fault::Storage => {
            let at = hub.now().after(back_off(row.attempts, hub.random().jitter()));
            Outcome::Again { at, counts: false, error }
        }
        Fault::Bug if row.attempts < MOST_ATTEMPTS => Outcome::Again {
            at: hub.now().after(back_off(row.attempts, hub.random().jitter())),
            counts: true,
            error,
        },
        _ => Outcome::Dead(error),
    }
}

/// 2, 4, 8 … seconds, at most an hour, spread by the jitter.
fn back_off(attempts: i64, jitter: f64) -> Duration {
    let exponent = u32::try_from(attempts.clamp(1, 11)).unwrap_or(11);
    Duration::from_secs(2_u64.pow(exponent)).min(Duration::from_secs(3600)).mul_f64(jitter)
}

async fn write_outcome(hub: &Hub, row: &JobRow, ended: Result<()>) -> Result<()> {
    let now = hub.now();
    let (run_at, attempts, last_error, done_at, dead_at) = match decide(hub, row, ended) {
        Outcome::Done => (now, row.attempts, None, Some(now), None),
        Outcome::Again { at, counts, error } => {
            tracing::info!(?error, job = %row.id, kind = row.kind, "a job will be tried again");
            (at, row.attempts - i64::from(!counts), Some(error.say), None, None)
        }
        Outcome::Dead(error) => {
            tracing::error!(?error, job = %row.id, kind = row.kind, "a job was given up");
            (now, row.attempts, Some(error.say), None, Some(now))
        }
    };
    hub.db()
        .sql(
            "UPDATE job SET run_at = $3, attempts = $4, last_error = $5, done_at = $6, dead_at = $7, lease_until = NULL \
             WHERE organization_id = $1 AND id = $2",
        )
        .bind(row.organization_id)
        .bind(row.id)
        .bind(run_at)
        .bind(attempts)
        .bind(last_error)
        .bind(done_at)
        .bind(dead_at)
        .execute(hub.db())
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running(kinds: &str) -> Vec<String> {
        kinds.chars().map(String::from).collect()
    }

    #[test]
    fn no_kind_of_job_takes_every_slot() {
        assert_eq!(room(&[]), (5, None));
        assert_eq!(room(&running("aaa")), (2, None));
        assert_eq!(room(&running("aaaaa")), (3, Some("a".into())));
        assert_eq!(room(&running("abaaaba")), (1, Some("a".into())));
        assert_eq!(room(&running("aaabbb")), (2, None));
        assert_eq!(room(&running("aaaaabbb")).0, 0);
    }

    #[test]
    fn back_off_doubles_up_to_an_hour() {
        assert_eq!(back_off(1, 1.0), Duration::from_secs(2));
        assert_eq!(back_off(5, 1.0), Duration::from_secs(32));
        assert_eq!(back_off(40, 1.0), Duration::from_secs(2048));
        assert_eq!(back_off(-3, 0.5), Duration::from_secs(1));
    }
}
