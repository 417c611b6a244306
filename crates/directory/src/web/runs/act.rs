//! What a person does with a run: pause, go on, stop, try failed rows again, take it back.

use axum::{
    Extension,
    extract::{Path, State},
    response::Response,
};
use platform::{Actor, Error, Fault, Hub, Result, web::done};

use super::run_id;
use crate::runs;

/// Lets the rows under way end and starts no others.
pub(super) async fn pause(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    let paused = runs::pause(&hub, &actor, run_id(&id)?).await;
    back(paused, &id, "Paused. Rows that were under way are brought to their end.")
}

/// Goes on.
pub(super) async fn resume(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    back(runs::resume(&hub, &actor, run_id(&id)?).await, &id, "The run goes on.")
}

/// Ends the run before all rows are done.
pub(super) async fn stop(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    let stopped = runs::stop(&hub, &actor, run_id(&id)?).await;
    back(stopped, &id, "Stopped. Rows that were not begun are left as they are.")
}

/// Takes the failed rows up once more.
pub(super) async fn retry(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    let again = runs::retry_failed(&hub, &actor, run_id(&id)?).await;
    back(again, &id, "The failed rows are tried again.")
}

/// Asks for the plan that restores what was there before.
pub(super) async fn undo(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    match runs::undo(&hub, &actor, run_id(&id)?).await {
        Ok(plan) => Ok(done(
            &format!("/admin/directory/plans/{plan}"),
            "This plan restores what was there before the run. Nothing has changed yet: look at it, then apply it.",
        )),
        Err(error) => back(Err(error), &id, ""),
    }
}

/// Back to the run with what was done, or why it was not.
fn back(ended: Result<(), Error>, id: &str, words: &str) -> Result<Response> {
    let path = format!("/admin/directory/runs/{id}");
    match ended {
        Ok(()) => Ok(done(&path, words)),
        // While the page was open, the run went on; the page shows how it stands now.
        Err(error) if error.fault == Fault::Conflict => Ok(done(&path, &error.say)),
        Err(error) => Err(error),
    }
}
