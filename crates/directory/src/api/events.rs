//! A run while it is under way: the run as `get_run` answers it, sent whenever that changes, for some minutes.

use axum::{
    Extension,
    extract::{Path, State},
    response::Response,
};
use platform::{Actor, Hub, Result, api::Problem, bug};

use super::{id, organization, run_body::RunBody, runs::body};
use crate::{events, runs};

const TAG: &str = "Directory runs";

/// Watches a run: an event with the run as `get_run` answers it, whenever it has changed.
///
/// The stream ends when the run is over, after about ten minutes, and when the server stops: ask again while the last
/// event's `ended_at` is null.
#[utoipa::path(get, path = "/api/v1/directory/runs/{id}/events", tag = TAG, operation_id = "watch_run",
    params(("id" = uuid::Uuid, Path, description = "the run's id")), security(("api_key" = ["directory:read"])),
    responses(
        (status = 200, content_type = "text/event-stream", body = RunBody),
        (status = 503, body = Problem, content_type = "application/problem+json",
            description = "Too many watch runs just now: wait as `Retry-After` says, or ask for the run itself."),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn watch_run(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(run): Path<String>,
) -> Result<Response> {
    let run = runs::get(&hub, organization(&actor)?, id(&run, "run")?).await?;
    events::watch(&hub, &run, |hub, run| async move {
        let told = serde_json::to_string(&body(&hub, run).await?);
        told.map_err(|error| bug("a run could not be written as JSON").because(error))
    })
}
