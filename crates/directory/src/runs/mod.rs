//! Runs: a plan carried out row by row. Each row is read again before anything is changed, written, and read back; a
//! crash loses nothing and repeats nothing; what was done is reported, and can be taken back.

mod model;

use platform::{Actor, Hub, Result, id::OrganizationId, jobs::Job};

pub(crate) use model::{Progress, Run, RunId, RunRow, RunRowState, RunState};

use crate::planning::PlanId;

/// Job: go on with a run.
pub(crate) const RUN_JOB: &str = "directory.run";

fn unbuilt<T>() -> Result<T> {
    Err(platform::bug("not built yet"))
}

/// Job handler of [`RUN_JOB`].
pub(crate) async fn run(_hub: Hub, _job: Job) -> Result<()> {
    unbuilt()
}

/// Starts carrying a plan out.
///
/// # Errors
/// A conflict when the plan may not be applied (`planning::may_apply`) or another run of the organization is under way.
pub(crate) async fn apply(_hub: &Hub, _actor: &Actor, _plan: PlanId) -> Result<RunId> {
    unbuilt()
}

/// Lets the rows under way end and starts no others.
pub(crate) async fn pause(_hub: &Hub, _actor: &Actor, _id: RunId) -> Result<()> {
    unbuilt()
}

/// Goes on with a paused run.
pub(crate) async fn resume(_hub: &Hub, _actor: &Actor, _id: RunId) -> Result<()> {
    unbuilt()
}

/// Ends a run; rows not begun are left as they are.
pub(crate) async fn stop(_hub: &Hub, _actor: &Actor, _id: RunId) -> Result<()> {
    unbuilt()
}

/// Takes the failed rows of an ended run up once more, in the same run.
pub(crate) async fn retry_failed(_hub: &Hub, _actor: &Actor, _id: RunId) -> Result<()> {
    unbuilt()
}

/// Asks for the plan that restores what was there before this run.
pub(crate) async fn undo(_hub: &Hub, _actor: &Actor, _id: RunId) -> Result<PlanId> {
    unbuilt()
}

/// The run, or a "not found" for the asker.
pub(crate) async fn get(_hub: &Hub, _organization: OrganizationId, _id: RunId) -> Result<Run> {
    unbuilt()
}

/// Runs, newest first.
pub(crate) async fn list(
    _hub: &Hub,
    _organization: OrganizationId,
    _before: Option<RunId>,
    _limit: i64,
) -> Result<Vec<Run>> {
    unbuilt()
}

/// How far a run is, counted now.
pub(crate) async fn progress(_hub: &Hub, _run: &Run) -> Result<Progress> {
    unbuilt()
}

/// Rows of a run in their order, those after `after`; with what was planned for each.
pub(crate) async fn rows(
    _hub: &Hub,
    _organization: OrganizationId,
    _id: RunId,
    _state: Option<RunRowState>,
    _after: i64,
    _limit: i64,
) -> Result<Vec<RunRow>> {
    unbuilt()
}

/// The rows that ended last, newest first.
pub(crate) async fn latest(
    _hub: &Hub,
    _organization: OrganizationId,
    _id: RunId,
    _limit: i64,
) -> Result<Vec<RunRow>> {
    unbuilt()
}
