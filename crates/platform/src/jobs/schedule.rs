//! What is looked after regularly: whoever moves a schedule row forward first does the round.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use super::Jobs;
use crate::{Hub, Instant, Result};

/// How often the schedule is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Looks at the schedule until the hub stops.
pub(super) async fn keep(hub: &Hub, jobs: &Jobs) {
    while !hub.stop().is_cancelled() {
        if let Err(error) = tick(hub, jobs).await {
            tracing::error!(?error, "the schedule could not be read");
        }
        tokio::select! {
            () = hub.stop().cancelled() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
    for (name, _, round) in &jobs.own_rounds {
        report(name, round(hub.clone()).await);
    }
}

/// Makes the rounds that are due: the shared ones on one process only, the own ones on each.
pub async fn tick(hub: &Hub, jobs: &Jobs) -> Result<()> {
    for (name, period, reconcile) in &jobs.reconcilers {
        if !claim(hub, name, *period).await? {
            continue;
        }
        report(name, reconcile(hub.clone()).await);
    }
    for (name, period, round) in &jobs.own_rounds {
        if hub.memory::<OwnRounds>().is_due(name, *period, hub.now()) {
            report(name, round(hub.clone()).await);
        }
    }
    Ok(())
}

fn report(name: &str, ended: Result<()>) {
    if let Err(error) = ended {
        tracing::error!(?error, name, "a regular round failed; the next one comes by itself");
    }
}

/// When this process last made the rounds that every process makes for itself.
#[derive(Default)]
struct OwnRounds(Mutex<HashMap<String, Instant>>);

impl OwnRounds {
    /// Whether the round is due; then it counts as made.
    fn is_due(&self, name: &str, period: Duration, now: Instant) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = last.get(name).is_none_or(|at| now.since(*at) >= period);
        if is_due {
            last.insert(name.to_owned(), now);
        }
        is_due
    }
}

async fn claim(hub: &Hub, name: &str, period: Duration) -> Result<bool> {
    let now = hub.now();
    let known: Option<(Instant,)> = hub
        .db()
        .sql("SELECT next_at FROM schedule WHERE name = $1")
        .bind(name.to_owned())
        .maybe(hub.db())
        .await?;
    let claimed = match known {
        Some((next_at,)) if next_at > now => 0,
        Some((next_at,)) => {
            hub.db()
                .sql("UPDATE schedule SET next_at = $3 WHERE name = $1 AND next_at = $2")
                .bind(name.to_owned())
                .bind(next_at)
                .bind(now.after(period))
                .execute(hub.db())
                .await?
        }
        None => {
            hub.db()
                .sql("INSERT INTO schedule (name, next_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
                .bind(name.to_owned())
                .bind(now.after(period))
                .execute(hub.db())
                .await?
        }
    };
    Ok(claimed == 1)
}
