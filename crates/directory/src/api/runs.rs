//! Runs: started, watched, held, taken back.

use axum::{
    Extension,
    extract::{Path, Query, State},
};
use http::StatusCode;
use platform::{
    Actor, Hub, Result,
    api::{Cursor, Json, List, Problem},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    id, organization,
    plan_body::PlanBody,
    plans::{self, after_number},
    run_body::{RunBody, RunRowBody},
};
use crate::{
    planning,
    runs::{self, Run, RunId, RunRowState},
};

const TAG: &str = "Directory runs";

/// Which rows of a run are listed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct RowsQuery {
    #[param(value_type = Option<String>)]
    state: Option<RunRowState>,
    /// The `next` of the page before; absent for the first page.
    after: Option<String>,
    /// How many items at most; 1 to 200, 50 when absent.
    limit: Option<i64>,
}

pub(super) async fn body(hub: &Hub, run: Run) -> Result<RunBody> {
    let progress = runs::progress(hub, &run).await?;
    Ok(RunBody::new(run, progress))
}

/// The run as it is now.
pub(super) async fn now(hub: &Hub, actor: &Actor, run: RunId) -> Result<Json<RunBody>> {
    Ok(Json(body(hub, runs::get(hub, organization(actor)?, run).await?).await?))
}

/// Carries a plan out. It goes on in the background, also after a restart, until it is done, paused or stopped.
#[utoipa::path(post, path = "/api/v1/directory/plans/{id}/runs", tag = TAG, operation_id = "apply_plan",
    params(("id" = uuid::Uuid, Path, description = "the plan's id")), security(("api_key" = ["directory:write"])),
    responses(
        (status = 201, body = RunBody),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn apply_plan(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(plan): Path<String>,
) -> Result<(StatusCode, Json<RunBody>)> {
    let run = runs::apply(&hub, &actor, id(&plan, "plan")?).await?;
    Ok((StatusCode::CREATED, now(&hub, &actor, run).await?))
}

/// Lists runs, newest first.
#[utoipa::path(get, path = "/api/v1/directory/runs", tag = TAG, operation_id = "list_runs", params(Cursor),
    security(("api_key" = ["directory:read"])),
    responses(
        (status = 200, body = List<RunBody>),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn list_runs(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Query(cursor): Query<Cursor>,
) -> Result<Json<List<RunBody>>> {
    let before = cursor.after.as_deref().map(|text| id(text, "run")).transpose()?;
    let runs = runs::list(&hub, organization(&actor)?, before, cursor.limit() + 1).await?;
    let mut bodies = Vec::with_capacity(runs.len());
    for run in runs {
        bodies.push(body(&hub, run).await?);
    }
    Ok(Json(List::from_rows(bodies, &cursor, RunBody::id)))
}

/// Reads one run with its progress.
#[utoipa::path(get, path = "/api/v1/directory/runs/{id}", tag = TAG, operation_id = "get_run",
    params(("id" = uuid::Uuid, Path, description = "the run's id")), security(("api_key" = ["directory:read"])),
    responses(
        (status = 200, body = RunBody),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn get_run(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(run): Path<String>,
) -> Result<Json<RunBody>> {
    now(&hub, &actor, id(&run, "run")?).await
}

/// Lists a run's rows: what was planned for each person, what was done, and why not.
#[utoipa::path(get, path = "/api/v1/directory/runs/{id}/rows", tag = TAG, operation_id = "list_run_rows",
    params(("id" = uuid::Uuid, Path, description = "the run's id"), RowsQuery),
    security(("api_key" = ["directory:read"])),
    responses(
        (status = 200, body = List<RunRowBody>),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn list_run_rows(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(run): Path<String>,
    Query(query): Query<RowsQuery>,
) -> Result<Json<List<RunRowBody>>> {
    let organization = organization(&actor)?;
    let run = runs::get(&hub, organization, id(&run, "run")?).await?;
    let cursor = Cursor { after: query.after, limit: query.limit };
    let after = after_number(&cursor)?;
    let rows = runs::rows(&hub, organization, run.id, query.state, after, cursor.limit() + 1).await?;
    let names = planning::names(&hub, organization).await?;
    let bodies = rows.into_iter().map(|row| RunRowBody::new(row, &names)).collect();
    Ok(Json(List::from_rows(bodies, &cursor, RunRowBody::number)))
}

/// Pauses a run: rows under way end, no others begin.
#[utoipa::path(post, path = "/api/v1/directory/runs/{id}/pause", tag = TAG, operation_id = "pause_run",
    params(("id" = uuid::Uuid, Path, description = "the run's id")), security(("api_key" = ["directory:write"])),
    responses(
        (status = 200, body = RunBody),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn pause_run(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(run): Path<String>,
) -> Result<Json<RunBody>> {
    let run = id(&run, "run")?;
    runs::pause(&hub, &actor, run).await?;
    now(&hub, &actor, run).await
}

/// Goes on with a paused run.
#[utoipa::path(post, path = "/api/v1/directory/runs/{id}/resume", tag = TAG, operation_id = "resume_run",
    params(("id" = uuid::Uuid, Path, description = "the run's id")), security(("api_key" = ["directory:write"])),
    responses(
        (status = 200, body = RunBody),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn resume_run(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(run): Path<String>,
) -> Result<Json<RunBody>> {
    let run = id(&run, "run")?;
    runs::resume(&hub, &actor, run).await?;
    now(&hub, &actor, run).await
}

/// Ends a run; rows that have not begun are left as they are.
#[utoipa::path(post, path = "/api/v1/directory/runs/{id}/stop", tag = TAG, operation_id = "stop_run",
    params(("id" = uuid::Uuid, Path, description = "the run's id")), security(("api_key" = ["directory:write"])),
    responses(
        (status = 200, body = RunBody),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn stop_run(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(run): Path<String>,
) -> Result<Json<RunBody>> {
    let run = id(&run, "run")?;
    runs::stop(&hub, &actor, run).await?;
    now(&hub, &actor, run).await
}

/// Takes the failed rows of an ended run up once more.
#[utoipa::path(post, path = "/api/v1/directory/runs/{id}/retry", tag = TAG, operation_id = "retry_run",
    params(("id" = uuid::Uuid, Path, description = "the run's id")), security(("api_key" = ["directory:write"])),
    responses(
        (status = 200, body = RunBody),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn retry_run(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(run): Path<String>,
) -> Result<Json<RunBody>> {
    let run = id(&run, "run")?;
    runs::retry_failed(&hub, &actor, run).await?;
    now(&hub, &actor, run).await
}

/// Asks for the plan that restores what was there before a run. Like every plan it changes nothing until it is applied.
#[utoipa::path(post, path = "/api/v1/directory/runs/{id}/undo", tag = TAG, operation_id = "undo_run",
    params(("id" = uuid::Uuid, Path, description = "the run's id")), security(("api_key" = ["directory:write"])),
    responses(
        (status = 201, body = PlanBody),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn undo_run(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(run): Path<String>,
) -> Result<(StatusCode, Json<PlanBody>)> {
    let plan = runs::undo(&hub, &actor, id(&run, "run")?).await?;
    let plan = planning::get(&hub, organization(&actor)?, plan).await?;
    Ok((StatusCode::CREATED, Json(plans::body(&hub, plan).await?)))
}
