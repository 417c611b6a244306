//! What a person does with a plan: confirm its losses, approve it, apply it, delete it.

use axum::{
    Extension,
    extract::{Path, State},
    response::Response,
};
use platform::{Actor, Error, Fault, Hub, Result, web::done};

use super::plan_id;
use crate::{planning, runs};

const LIST: &str = "/admin/directory/plans";

/// Confirms that the losses are meant.
pub(super) async fn confirm(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    let confirmed = planning::confirm(&hub, &actor, plan_id(&id)?).await;
    back(confirmed, &id, "Confirmed. What the plan takes away is meant.")
}

/// Approves somebody else's plan.
pub(super) async fn approve(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    let approved = planning::approve(&hub, &actor, plan_id(&id)?).await;
    back(approved, &id, "Approved. The plan can be applied now.")
}

/// Starts to carry the plan out.
pub(super) async fn apply(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    match runs::apply(&hub, &actor, plan_id(&id)?).await {
        Ok(run) => Ok(done(&format!("/admin/directory/runs/{run}"), "The plan is being carried out.")),
        Err(error) => back(Err(error), &id, ""),
    }
}

/// Deletes a plan that was never applied.
pub(super) async fn delete(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    match planning::delete(&hub, &actor, plan_id(&id)?).await {
        Ok(()) => Ok(done(LIST, "The plan was deleted. Nobody was changed by it.")),
        Err(error) => back(Err(error), &id, ""),
    }
}

/// Back to the plan with what was done, or why it was not.
fn back(ended: Result<(), Error>, id: &str, words: &str) -> Result<Response> {
    let path = format!("{LIST}/{id}");
    match ended {
        Ok(()) => Ok(done(&path, words)),
        // While the page was open, the plan went on; the page shows how it stands now.
        Err(error) if error.fault == Fault::Conflict => Ok(done(&path, &error.say)),
        Err(error) => Err(error),
    }
}
