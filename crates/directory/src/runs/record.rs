//! How a row ended, written down: the row, the audit trail and what is known of the person, in one transaction.

use futures_util::{FutureExt, future::BoxFuture};
use platform::{
    Actor, Hub, Result,
    audit::{self, Act},
    db::Tx,
};
use serde_json::json;

use super::{
    model::{Run, RunRowState},
    row::Work,
    store::{self, Ended, Part},
};
use crate::{
    people,
    plan::{Change, Known},
    sites,
};

/// So many rows are read at a time.
const PAGE: i64 = 200;

/// Writes down the end of a row.
pub(super) fn end<'a>(
    work: &'a Work,
    part: &'a Part,
    ended: &'a Ended,
    now: &'a Known,
) -> BoxFuture<'a, Result<()>> {
    write(work, part, ended, now, None).boxed()
}

async fn write(
    work: &Work,
    part: &Part,
    ended: &Ended,
    now: &Known,
    unknown: Option<Act<'static>>,
) -> Result<()> {
    let (hub, run) = (&work.hub, &work.run);
    let mut tx = hub.db().begin().await?;
    let Some(earlier) = store::end(hub, &mut tx, run, part, ended).await? else { return Ok(()) };
    // A row that is tried again finds what it changed the first time, which was counted and told then.
    let fresh: Vec<Change> = ended.done.iter().filter(|change| !earlier.contains(change)).cloned().collect();
    if !now.record.0.is_empty() {
        people::take_over(&mut tx, run.organization_id, hub.now(), &now.record).await?;
    }
    sites::count_licences(&mut tx, run.organization_id, &fresh).await?;
    if let Some(act) = unknown.or_else(|| changed(work, part, ended, &fresh)) {
        let system = Actor::system(run.organization_id);
        audit::record_for(hub, &mut tx, run.organization_id, &system, act).await?;
    }
    tx.commit().await?;
    for (site, membership) in &now.sites {
        sites::remember(hub, run.organization_id, now.record.id(), site, membership).await?;
    }
    Ok(())
}

/// What the audit trail says of the changes that were made, each with before and after.
fn changed(work: &Work, part: &Part, ended: &Ended, fresh: &[Change]) -> Option<Act<'static>> {
    let subject_id = ended.person_id.clone().unwrap_or_default();
    let act = || of_person(&work.run, part, "directory.person_changed", subject_id, fresh);
    (!fresh.is_empty()).then(act)
}

fn of_person(
    run: &Run,
    part: &Part,
    action: &'static str,
    subject_id: String,
    changes: &[Change],
) -> Act<'static> {
    let details =
        json!({ "email": part.email, "run": run.id, "started_by": run.started_by, "changes": changes });
    Act { action, subject: "person", subject_id, details }
}

/// Writes down that a row has failed without its person having been read back.
pub(super) async fn give_up(work: &Work, part: &Part, say: &str, is_begun: bool) -> Result<()> {
    let (ended, act) = unknown(&work.run, part, say, is_begun);
    write(work, part, &ended, &Known::default(), act).boxed().await
}

/// The same of every row of a stopped run that is not at its end: they cannot be looked at once more before a person acts,
/// and whoever stopped the run does not wait for that.
pub(super) async fn abandon(hub: &Hub, tx: &mut Tx, run: &Run, say: &str) -> Result<()> {
    let system = Actor::system(run.organization_id);
    loop {
        let parts = store::unfinished(tx, run, PAGE).await?;
        if parts.is_empty() {
            return Ok(());
        }
        for part in &parts {
            let (ended, act) = unknown(run, part, say, part.before.is_some());
            store::end(hub, tx, run, part, &ended).await?;
            if let Some(act) = act {
                audit::record_for(hub, tx, run.organization_id, &system, act).await?;
            }
        }
    }
}

/// How a row ends of which nobody knows what was changed, and what the audit trail tells: what may have happened.
fn unknown(run: &Run, part: &Part, say: &str, is_begun: bool) -> (Ended, Option<Act<'static>>) {
    let unknown = "It is not known how much of this row was changed; retry the failed rows to find out.";
    let problem = if is_begun { format!("{say}\n{unknown}") } else { say.to_owned() };
    let state = RunRowState::Failed;
    let ended = Ended { state, done: Vec::new(), problem: Some(problem), person_id: None };
    let subject_id = part.person_id.clone().unwrap_or_default();
    let asked = || of_person(run, part, "directory.person_change_unknown", subject_id, &part.changes.0);
    (ended, is_begun.then(asked))
}
