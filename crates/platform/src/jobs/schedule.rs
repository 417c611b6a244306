//! What is looked after regularly: whoever moves a schedule row forward first does the round.

use std::time::Duration;

use super::Jobs;
use crate::{Hub, Result};

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
}

/// Runs the reconcilers that are due, each on one process only.
pub async fn tick(hub: &Hub, jobs: &Jobs) -> Result<()> {
    for (name, period, reconcile) in &jobs.reconcilers {
        if !claim(hub, name, *period).await? {
            continue;
        }
        if let Err(error) = reconcile(hub.clone()).await {
            tracing::error!(?error, name, "a regular round failed; the next one comes by itself");
        }
    }
    Ok(())
}

async fn claim(hub: &Hub, name: &str, period: Duration) -> Result<bool> {
    let now = hub.now();
    let known: Option<(crate::Instant,)> = hub
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
