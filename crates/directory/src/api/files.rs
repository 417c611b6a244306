//! Files to take away: people as a list, a plan as a document, the result of a run.

use axum::{
    Extension,
    body::Body,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use futures_util::Stream;
use http::{HeaderValue, header};
use platform::{Actor, Error, Hub, Result, api::Problem, error::invalid_field};
use rosters::Layout;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{id, organization, people::WhichPeople};
use crate::{planning, runs};

/// How people are written.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ExportQuery {
    /// `plain` (the default), `control_hub` or `meetings`.
    layout: Option<String>,
}

fn layout(name: Option<&str>) -> Result<Layout> {
    Ok(match name {
        None | Some("" | "plain") => Layout::Plain,
        Some("control_hub") => Layout::ControlHub,
        Some("meetings") => Layout::Meetings,
        Some(_) => return Err(invalid_field("layout", "Send plain, control_hub or meetings.")),
    })
}

/// A stream as a file to be saved.
fn file<B: Into<axum::body::Bytes> + 'static>(
    kind: &'static str,
    name: &'static str,
    pieces: impl Stream<Item = Result<B, Error>> + Send + 'static,
) -> Response {
    let mut response = Body::from_stream(pieces).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(name));
    response
}

/// Exports people as a list that can be edited and sent back as a plan.
#[utoipa::path(get, path = "/api/v1/directory/export", tag = "Directory", operation_id = "export_people",
    params(ExportQuery, WhichPeople), security(("api_key" = ["directory:read"])),
    responses(
        (status = 200, content_type = "text/csv", body = String),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn export_people(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Query(query): Query<ExportQuery>,
    Query(which): Query<WhichPeople>,
) -> Result<Response> {
    let organization = organization(&actor)?;
    let layout = layout(query.layout.as_deref())?;
    let filter = which.filter(&hub, organization).await?;
    let pieces = planning::export(&hub, organization, (layout, which.site()), filter).await?;
    Ok(file("text/csv", "attachment; filename=\"people.csv\"", pieces))
}

/// Downloads a plan with all its rows as one JSON document.
///
/// It says what a plan says of itself, and in `rows` every row with its changes; its `format` is `switchboard-plan/1`.
#[utoipa::path(get, path = "/api/v1/directory/plans/{id}/document", tag = "Directory plans",
    operation_id = "download_plan", params(("id" = uuid::Uuid, Path, description = "the plan's id")),
    security(("api_key" = ["directory:read"])),
    responses(
        (status = 200, content_type = "application/json", body = Object),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn download_plan(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(plan): Path<String>,
) -> Result<Response> {
    let pieces = planning::document(&hub, organization(&actor)?, id(&plan, "plan")?).await?;
    Ok(file("application/json", "attachment; filename=\"plan.json\"", pieces))
}

/// Downloads the result of a run, row by row, as CSV.
#[utoipa::path(get, path = "/api/v1/directory/runs/{id}/result", tag = "Directory runs",
    operation_id = "download_result", params(("id" = uuid::Uuid, Path, description = "the run's id")),
    security(("api_key" = ["directory:read"])),
    responses(
        (status = 200, content_type = "text/csv", body = String),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn download_result(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(run): Path<String>,
) -> Result<Response> {
    let pieces = runs::result_csv(&hub, organization(&actor)?, id(&run, "run")?).await?;
    Ok(file("text/csv; charset=utf-8", "attachment; filename=\"result.csv\"", pieces))
}
