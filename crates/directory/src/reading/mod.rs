//! Reading the organization: everybody page by page, then licences, then what each meeting site offers. What was read
//! before stays until the new reading is complete.

mod one;
mod outcome;
mod round;
mod store;

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use platform::{
    Actor, Hub, Instant, Result,
    audit::{self, Act},
    db::Tx,
    id::OrganizationId,
    jobs::{self, Job, NewJob},
};
use serde_json::{Value, json};

use crate::settings;
pub(crate) use one::person;

/// Job: go on reading.
pub(crate) const READ_JOB: &str = "directory.read";
/// How long is read at a stretch; a longer reading goes on in another job.
const STRETCH: Duration = Duration::from_secs(40);
/// How long a reader has the organization to itself. Longer than a stretch, shorter than a job's own lease.
const LEASE: Duration = Duration::from_secs(60);

/// Job handler of [`READ_JOB`].
pub(crate) async fn run(hub: Hub, job: Job) -> Result<()> {
    let organization = job.organization;
    if !store::take(&hub, organization).await? {
        // Somebody else reads; they go on by themselves.
        return Ok(());
    }
    let Some(directory) = settings::find(&hub, organization).await? else { return Ok(()) };
    let steps = AtomicUsize::new(0);
    let ended = match tokio::time::timeout(STRETCH, round::go_on(&hub, &directory, &steps)).await {
        Ok(ended) => ended,
        Err(_) if steps.load(Ordering::Relaxed) == 0 => Ok(round::Ended::Stuck),
        Err(_) => Ok(round::Ended::Unfinished),
    };
    outcome::write(&hub, &directory, ended).await
}

/// Writes the job that reads on; while one waits, another is not written.
async fn soon(hub: &Hub, tx: &mut Tx, organization: OrganizationId, at: Instant) -> Result<()> {
    let job = NewJob {
        organization,
        kind: READ_JOB,
        dedupe: Some("read".to_owned()),
        payload: Value::Null,
        run_at: at,
    };
    jobs::enqueue(hub, tx, job).await
}

/// Round: starts the readings that are due.
pub(crate) async fn read_due(hub: Hub) -> Result<()> {
    for organization in store::due(&hub).await? {
        let mut tx = hub.db().begin().await?;
        soon(&hub, &mut tx, organization, hub.now()).await?;
        tx.commit().await?;
    }
    hub.wake().now();
    Ok(())
}

/// A person wants it read now. If the connected administrator belongs to another organization than the one that was read,
/// this accepts the other one.
///
/// # Errors
/// Says who has to connect what.
pub(crate) async fn read_now(hub: &Hub, actor: &Actor) -> Result<()> {
    let organization =
        actor.organization().ok_or_else(|| platform::sign_in("Sign in to read the organization."))?;
    settings::administrator(hub, organization).await?;
    let mut tx = hub.db().begin().await?;
    settings::ensure(&mut tx, organization).await?;
    let accepted = store::ask_now(hub, &mut tx, organization).await?;
    let act = Act {
        action: "directory.reading_asked",
        subject: "directory",
        subject_id: organization.to_string(),
        details: json!({ "accepts_organization": accepted }),
    };
    audit::record(hub, &mut tx, actor, act).await?;
    soon(hub, &mut tx, organization, hub.now()).await?;
    tx.commit().await?;
    hub.wake().now();
    Ok(())
}
