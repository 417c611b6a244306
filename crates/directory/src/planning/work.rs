//! Working a plan out, in the background: page after page, each of them whole or not at all, by one server at a time.
//! What was worked out stays, so that a crash or a provider that does not answer costs no more than the page under way.

use std::time::Duration;

use platform::{Error, Fault, Hub, Result, jobs::Job};

use super::{
    ask::{self, Payload},
    estimate,
    model::Plan,
    page::{self, Desk},
    rules, scarce, store,
};

/// How long one plan is worked on at a stretch; a longer one goes on in another job.
const STRETCH: Duration = Duration::from_secs(40);
/// How long whoever works on a plan has it to themselves. Longer than a stretch, shorter than a job's own lease.
const LEASE: Duration = Duration::from_secs(60);
/// So often in a row a plan cannot go on before it has failed. Gaps are as long as the provider asks for.
const MOST_FAILURES: i64 = 10;
/// So many attempts of the job that fail by our own fault.
const MOST_ATTEMPTS: i64 = 4;

/// How far the work came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    Complete,
    /// There is more; it goes on at once.
    Unfinished,
    /// Somebody else works on it by now, or it is deleted.
    Overtaken,
}

/// Job handler.
pub(super) async fn run(hub: Hub, job: Job) -> Result<()> {
    let Payload { plan } = job.payload()?;
    let Some(plan) = store::take(&hub, job.organization, plan, LEASE).await? else { return Ok(()) };
    let ended = match tokio::time::timeout(STRETCH, go_on(&hub, plan.clone())).await {
        Ok(ended) => ended,
        Err(_) => Ok(Ended::Unfinished),
    };
    match ended {
        Ok(Ended::Complete | Ended::Overtaken) => Ok(()),
        Ok(Ended::Unfinished) => {
            let mut tx = hub.db().begin().await?;
            store::release(&mut tx, &plan, None, false).await?;
            ask::enqueue(&hub, &mut tx, plan.organization_id, plan.id).await?;
            tx.commit().await?;
            Ok(())
        }
        Err(error) => trouble(&hub, &plan, job.earlier_attempts, error).await,
    }
}

async fn go_on(hub: &Hub, mut plan: Plan) -> Result<Ended> {
    let mut desk = Desk::of(hub, &mut plan).await?;
    while plan.gathering.is_some() {
        if !rules::gather(hub, &mut plan, &desk.catalog).await? {
            return Ok(Ended::Overtaken);
        }
    }
    while plan.planned < plan.wished {
        if !page::work_out(hub, &mut desk, &mut plan).await? {
            return Ok(Ended::Overtaken);
        }
    }
    if !scarce::refuse_excess(hub, &desk, &mut plan).await? {
        return Ok(Ended::Overtaken);
    }
    estimate::complete(hub, &mut plan).await?;
    store::complete(hub, &plan).await?;
    Ok(Ended::Complete)
}

/// Writes down why a plan cannot go on. Passing trouble is tried again, a bounded number of times; for all else a person
/// has to do something first.
async fn trouble(hub: &Hub, plan: &Plan, earlier_attempts: i64, error: Error) -> Result<()> {
    let failed = match error.fault {
        Fault::Later(_) => {
            store::get(hub, plan.organization_id, plan.id).await?.failures + 1 >= MOST_FAILURES
        }
        // The database was away, not the provider.
        Fault::Storage => false,
        Fault::Bug => earlier_attempts + 1 >= MOST_ATTEMPTS,
        _ => true,
    };
    let say = if failed { format!("{} Then make the plan again.", error.say) } else { error.say.clone() };
    let mut tx = hub.db().begin().await?;
    store::release(&mut tx, plan, Some(&say), failed).await?;
    tx.commit().await?;
    let is_told = failed && error.fault != Fault::Bug;
    if is_told { Ok(()) } else { Err(error) }
}
