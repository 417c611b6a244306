//! What people do with a run: pause, go on, stop, retry; and what the run does with itself.

use platform::{
    Actor, Hub, Result,
    audit::{self, Act},
    conflict,
    db::Tx,
    not_found,
};
use serde_json::{Value, json};

use super::{
    apply::{is_alone, organization, under_way},
    model::{Run, RunId, RunState},
    store, work,
};
use crate::{planning::in_words, settings};

/// Lets the rows under way end and starts no others.
pub(crate) async fn pause(hub: &Hub, actor: &Actor, id: RunId) -> Result<()> {
    let (mut tx, run) = found(hub, actor, id).await?;
    match run.state {
        RunState::Paused => return Ok(()),
        RunState::Running => {}
        RunState::Stopped | RunState::Done => return Err(over()),
    }
    set(&mut tx, &run, RunState::Paused, Some(format!("Paused by {}.", in_words(actor)))).await?;
    told(hub, &mut tx, actor, &run, ("directory.run_paused", json!({}))).await?;
    tx.commit().await?;
    Ok(())
}

/// Goes on with a paused run.
pub(crate) async fn resume(hub: &Hub, actor: &Actor, id: RunId) -> Result<()> {
    let organization = organization(actor)?;
    if store::find(hub, organization, id).await?.is_some_and(|run| run.state == RunState::Paused) {
        settings::administrator(hub, organization).await?;
    }
    let (mut tx, run) = found(hub, actor, id).await?;
    match run.state {
        RunState::Running => return Ok(()),
        RunState::Paused => {}
        RunState::Stopped | RunState::Done => return Err(over()),
    }
    set(&mut tx, &run, RunState::Running, None).await?;
    // Whoever presses Resume does not want to wait for what was to be tried later.
    wait_no_more(&mut tx, &run).await?;
    told(hub, &mut tx, actor, &run, ("directory.run_resumed", json!({}))).await?;
    work::enqueue(hub, &mut tx, run.organization_id, run.id, hub.now()).await?;
    tx.commit().await?;
    hub.wake().now();
    Ok(())
}

/// Ends a run; rows not begun are left as they are. Rows that were begun are looked at once more, so that it is known
/// what was changed.
pub(crate) async fn stop(hub: &Hub, actor: &Actor, id: RunId) -> Result<()> {
    let (mut tx, run) = found(hub, actor, id).await?;
    match run.state {
        RunState::Stopped => return Ok(()),
        RunState::Running | RunState::Paused => {}
        RunState::Done => return Err(over()),
    }
    set(&mut tx, &run, RunState::Stopped, Some(format!("Stopped by {}.", in_words(actor)))).await?;
    let text = "UPDATE directory_run_row SET state = 'left', next_attempt_at = NULL, problem = NULL \
                WHERE organization_id = $1 AND run_id = $2 AND before IS NULL AND state IN ('open', 'waiting')";
    tx.sql(text).bind(run.organization_id).bind(run.id).execute(&mut tx).await?;
    wait_no_more(&mut tx, &run).await?;
    told(hub, &mut tx, actor, &run, ("directory.run_stopped", json!({}))).await?;
    if run.working_until.is_none() && store::remaining(&mut tx, hub.now(), &run).await?.0 == 0 {
        ended(hub, &mut tx, &run).await?;
    } else {
        work::enqueue(hub, &mut tx, run.organization_id, run.id, hub.now()).await?;
    }
    tx.commit().await?;
    hub.wake().now();
    Ok(())
}

/// What was to be tried later is tried now.
async fn wait_no_more(tx: &mut Tx, run: &Run) -> Result<()> {
    let text = "UPDATE directory_run_row SET next_attempt_at = NULL \
                WHERE organization_id = $1 AND run_id = $2 AND state IN ('begun', 'waiting')";
    tx.sql(text).bind(run.organization_id).bind(run.id).execute(&mut *tx).await?;
    Ok(())
}

/// Takes the failed rows of an ended run up once more, in the same run.
pub(crate) async fn retry_failed(hub: &Hub, actor: &Actor, id: RunId) -> Result<()> {
    let organization = organization(actor)?;
    super::get(hub, organization, id).await?;
    settings::administrator(hub, organization).await?;
    let (mut tx, run) = found(hub, actor, id).await?;
    if run.ended_at.is_none() {
        return Err(conflict("The run is not over yet. When it is, its failed rows can be retried."));
    }
    // What was found before the first change is kept, so that the report and an undo plan still know it; such a row is
    // looked at again also when the run is stopped.
    let text = "UPDATE directory_run_row SET state = CASE WHEN before IS NULL THEN 'open' ELSE 'begun' END, problem = NULL, failures = 0, next_attempt_at = NULL, \
                ended_at = NULL WHERE organization_id = $1 AND run_id = $2 AND state = 'failed'";
    let failed = tx.sql(text).bind(run.organization_id).bind(run.id).execute(&mut tx).await?;
    if failed == 0 {
        return Err(conflict("No row of this run has failed, so there is nothing to retry."));
    }
    set(&mut tx, &run, RunState::Running, None).await?;
    is_alone(&mut tx, run.organization_id, run.id).await?;
    told(hub, &mut tx, actor, &run, ("directory.run_retried", json!({ "rows": failed }))).await?;
    work::enqueue(hub, &mut tx, run.organization_id, run.id, hub.now()).await?;
    tx.commit().await?;
    hub.wake().now();
    Ok(())
}

/// The run pauses itself, because a person must act.
pub(super) async fn pause_for(hub: &Hub, tx: &mut Tx, run: &Run, say: &str) -> Result<()> {
    set(tx, run, RunState::Paused, Some(say.to_owned())).await?;
    let actor = Actor::system(run.organization_id);
    told(hub, tx, &actor, run, ("directory.run_paused", json!({ "reason": say }))).await
}

/// Every row is at its end.
pub(super) async fn finish(hub: &Hub, tx: &mut Tx, run: &Run) -> Result<()> {
    if run.state == RunState::Running {
        set(tx, run, RunState::Done, None).await?;
    }
    ended(hub, tx, run).await
}

async fn ended(hub: &Hub, tx: &mut Tx, run: &Run) -> Result<()> {
    let text =
        "UPDATE directory_run SET ended_at = $3, waits_until = NULL WHERE organization_id = $1 AND id = $2";
    tx.sql(text).bind(run.organization_id).bind(run.id).bind(hub.now()).execute(&mut *tx).await?;
    let actor = Actor::system(run.organization_id);
    told(hub, tx, &actor, run, ("directory.run_ended", json!({ "rows": run.total }))).await
}

async fn set(tx: &mut Tx, run: &Run, state: RunState, reason: Option<String>) -> Result<()> {
    let text = "UPDATE directory_run SET state = $3, reason = $4, waits_until = NULL, failures = 0, ended_at = NULL \
                WHERE organization_id = $1 AND id = $2";
    let statement = tx.sql(text).bind(run.organization_id).bind(run.id).bind(state).bind(reason);
    statement.execute(&mut *tx).await.map_err(under_way)?;
    Ok(())
}

/// The run, and a transaction in which nobody else changes it.
async fn found(hub: &Hub, actor: &Actor, id: RunId) -> Result<(Tx, Run)> {
    let organization = organization(actor)?;
    let mut tx = hub.db().begin().await?;
    let text = "UPDATE directory_run SET state = state WHERE organization_id = $1 AND id = $2";
    tx.sql(text).bind(organization).bind(id).execute(&mut tx).await?;
    let run = store::find_in(&mut tx, organization, id).await?.ok_or_else(|| not_found("run"))?;
    Ok((tx, run))
}

fn over() -> platform::Error {
    conflict("The run is over; it cannot be paused, gone on with or stopped any more.")
}

async fn told(
    hub: &Hub,
    tx: &mut Tx,
    actor: &Actor,
    run: &Run,
    (action, details): (&str, Value),
) -> Result<()> {
    let act = Act { action, subject: "run", subject_id: run.id.to_string(), details };
    audit::record(hub, tx, actor, act).await
}
