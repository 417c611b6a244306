//! The job that goes on with a run: for a stretch at a time, under a lease that others respect, with as many rows at once
//! as the provider answers. What it does not get done, the next job does.

mod feed;
mod lease;
mod stretch;

use std::{sync::Arc, time::Duration};

use platform::{
    Error, Fault, Hub, Instant, Result,
    db::Tx,
    id::OrganizationId,
    jobs::{self, Job, NewJob},
    record,
};
use serde::{Deserialize, Serialize};

use super::{
    RUN_JOB,
    model::{Run, RunId, RunState},
    record,
    row::Work,
    store,
    trouble::doubled,
};
use crate::{
    gate::{self, Asker},
    planning, settings, sites,
};
use lease::Lease;
use stretch::Ended;

/// Until a provider that was away is asked again, doubled each time.
const FIRST_PAUSE: Duration = Duration::from_secs(15);
const LONGEST_PAUSE: Duration = Duration::from_secs(10 * 60);

#[derive(Serialize, Deserialize)]
struct Payload {
    run: RunId,
}

/// Writes the job that goes on with a run.
pub(super) async fn enqueue(
    hub: &Hub,
    tx: &mut Tx,
    organization: OrganizationId,
    run: RunId,
    at: Instant,
) -> Result<()> {
    let (dedupe, payload) = (Some(run.to_string()), jobs::payload(&Payload { run }));
    jobs::enqueue(hub, tx, NewJob { organization, kind: RUN_JOB, dedupe, payload, run_at: at }).await
}

/// Job handler of [`RUN_JOB`].
pub(crate) async fn run(hub: Hub, job: Job) -> Result<()> {
    let Payload { run: id } = job.payload()?;
    let Some(mut lease) = Lease::take(&hub, job.organization, id).await? else { return Ok(()) };
    let Some(run) = store::find(&hub, job.organization, id).await? else { return Ok(()) };
    let ended = match prepare(&hub, run.clone()).await {
        Ok(work) => stretch::go_on(Arc::new(work), &mut lease).await,
        Err(error) => Err(error),
    };
    let ended = match ended {
        Ok(ended) => ended,
        Err(error) => match error.fault {
            Fault::AskPerson | Fault::AppTrouble | Fault::Forbidden | Fault::NotFound => {
                Ended::Hold(error.say)
            }
            Fault::Later(at) => Ended::Away { say: error.say, until: Some(at) },
            // The database is away; the job waits for it.
            Fault::Storage => {
                lease.give_back(&hub).await?;
                return Err(error);
            }
            // The run itself remembers how long to wait: nobody who finds it unattended begins sooner.
            _ => {
                tracing::error!(run = %run.id, ?error, "a run could not be worked on; it is tried again later");
                Ended::Away { say: error.say, until: None }
            }
        },
    };
    write_down(&hub, &run, &lease, ended).await
}

/// What all rows need, read once for a stretch.
async fn prepare(hub: &Hub, run: Run) -> Result<Work> {
    let organization = run.organization_id;
    let connection = settings::administrator(hub, organization).await?;
    let asker = Asker { organization, connection: connection.id };
    is_the_same_organization(hub, asker, &run).await?;
    let sites = sites::list(hub, organization).await?;
    Ok(Work {
        asker,
        catalog: sites::catalog(hub, organization).await?,
        sites: sites.into_iter().map(|site| (site.site.clone(), site)).collect(),
        names: planning::names(hub, organization).await?,
        only_looks: run.state != RunState::Running,
        run,
        hub: hub.clone(),
    })
}

/// Somebody may have connected an administrator of another organization meanwhile: nobody of this run would be there.
async fn is_the_same_organization(hub: &Hub, asker: Asker, run: &Run) -> Result<()> {
    let text = "SELECT provider_org FROM directory_plan WHERE organization_id = $1 AND id = $2";
    let plan: Option<(Option<String>,)> =
        hub.db().sql(text).bind(run.organization_id).bind(run.plan_id).maybe(hub.db()).await?;
    let Some(known) = plan.and_then(|plan| plan.0) else { return Ok(()) };
    let found = gate::organizations(hub, asker).await.map_err(|error| match error.api() {
        Some(api) if api.kind == oauth::ApiKind::Forbidden => {
            Error::new(Fault::AskPerson, super::trouble::lost_role(&api.to_string()))
        }
        _ => error.explain(hub),
    })?;
    if found.iter().any(|organization| organization.id == known) {
        return Ok(());
    }
    Err(Error::new(
        Fault::AskPerson,
        "The connected Webex administrator belongs to another organization than the one this plan was made for. Connect an \
         administrator of the same organization under Connections; then press Resume.",
    ))
}

/// Writes down how the stretch ended, gives the run back, and sees to it that it is gone on with.
async fn write_down(hub: &Hub, run: &Run, lease: &Lease, ended: Ended) -> Result<()> {
    let now = hub.now();
    let mut tx = hub.db().begin().await?;
    let Some(now_is) = lease.end(hub, &mut tx).await? else {
        // Somebody else goes on with it.
        return Ok(());
    };
    match ended {
        Ended::Unfinished => enqueue(hub, &mut tx, run.organization_id, run.id, now).await?,
        Ended::Hold(say) if now_is.state == RunState::Running => hold(hub, &mut tx, run, say).await?,
        Ended::Hold(say) if now_is.state == RunState::Stopped => {
            record::abandon(hub, &mut tx, &now_is, &say).await?;
            through(hub, &mut tx, &now_is).await?;
        }
        // Somebody paused it meanwhile, and it says so.
        Ended::Hold(_) => {}
        Ended::Away { say, until } => away(hub, &mut tx, &now_is, (say, until)).await?,
        Ended::Held | Ended::Through => through(hub, &mut tx, &now_is).await?,
    }
    tx.commit().await?;
    hub.wake().now();
    Ok(())
}

/// The run pauses itself: a person must act.
async fn hold(hub: &Hub, tx: &mut Tx, run: &Run, say: String) -> Result<()> {
    tracing::warn!(run = %run.id, say, "a run has paused itself");
    super::control::pause_for(hub, tx, run, &say).await
}

/// The provider is away, or the rows wait: the run goes on later by itself.
async fn away(hub: &Hub, tx: &mut Tx, run: &Run, (say, until): (String, Option<Instant>)) -> Result<()> {
    if run.state == RunState::Paused {
        return Ok(());
    }
    let pause = doubled(FIRST_PAUSE, run.failures).min(LONGEST_PAUSE).mul_f64(hub.random().jitter());
    let at = hub.now().after(pause).max(until.unwrap_or(hub.now()));
    wait(hub, tx, run, at, Some(say)).await
}

async fn wait(hub: &Hub, tx: &mut Tx, run: &Run, at: Instant, say: Option<String>) -> Result<()> {
    // What a person was told when it was stopped stays.
    let text = "UPDATE directory_run SET waits_until = $3, failures = failures + $4, \
                reason = CASE WHEN state = 'running' THEN $5 ELSE reason END WHERE organization_id = $1 AND id = $2";
    let statement = tx.sql(text).bind(run.organization_id).bind(run.id).bind(at);
    statement.bind(i64::from(say.is_some())).bind(say).execute(&mut *tx).await?;
    enqueue(hub, tx, run.organization_id, run.id, at).await
}

/// No row can be worked on now: all are at their end, or the others have to wait.
async fn through(hub: &Hub, tx: &mut Tx, run: &Run) -> Result<()> {
    if run.state == RunState::Paused {
        return Ok(());
    }
    match store::remaining(tx, hub.now(), run).await? {
        (0, _) => super::control::finish(hub, tx, run).await,
        (_, None) => enqueue(hub, tx, run.organization_id, run.id, hub.now()).await,
        (_, Some(at)) => wait(hub, tx, run, at, None).await,
    }
}

record! {
    struct Unattended {
        organization_id: OrganizationId,
        id: RunId,
    }
}

/// Round: runs that nobody works on although they should be, after a crash for example, get a job.
pub(crate) async fn recover(hub: Hub) -> Result<()> {
    let text = "SELECT organization_id, id FROM directory_run WHERE ended_at IS NULL AND state IN ('running', 'stopped') \
                AND (working_until IS NULL OR working_until < $1) AND (waits_until IS NULL OR waits_until <= $1) LIMIT 100";
    let found: Vec<Unattended> = hub.db().sql(text).bind(hub.now()).all(hub.db()).await?;
    for run in found {
        let mut tx = hub.db().begin().await?;
        enqueue(&hub, &mut tx, run.organization_id, run.id, hub.now()).await?;
        tx.commit().await?;
        hub.wake().now();
    }
    Ok(())
}
