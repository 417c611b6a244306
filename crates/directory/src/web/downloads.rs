//! Files to take away: people in each layout, a plan as JSON, a run's result; and the page that says how lists are
//! written.

use askama::Template;
use axum::{
    Extension,
    body::{Body, Bytes},
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use futures_util::Stream;
use http::{HeaderValue, header};
use platform::{
    Actor, Hub, Result, not_found,
    web::{Page, Routes, Shell},
};
use rosters::Layout;
use serde::Deserialize;

use super::{ADMIN, organization, people::Asked, plans, runs};
use crate::{planning, settings, sites};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/admin/directory/files", ADMIN, files)
        .get("/admin/directory/files/{layout}", ADMIN, export)
        .get("/admin/directory/plans/{id}/document", ADMIN, document)
        .get("/admin/directory/runs/{id}/result.csv", ADMIN, result)
}

#[derive(Template)]
#[template(path = "directory/files.html")]
struct FilesPage {
    shell: Shell,
    is_known: bool,
    sites: Vec<String>,
}

/// How lists are written, and the people as they are in each layout.
async fn files(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let organization = organization(&actor)?;
    let is_known = settings::find(&hub, organization).await?.is_some_and(|it| it.generation > 0);
    let known = if is_known { sites::list(&hub, organization).await? } else { Vec::new() };
    Ok(Page(FilesPage { shell, is_known, sites: known.into_iter().map(|site| site.site).collect() }))
}

#[derive(Deserialize)]
struct Wanted {
    site: Option<String>,
}

/// The people as they are, as a list in this layout.
async fn export(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(layout): Path<String>,
    Query(wanted): Query<Wanted>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let layout = match layout.as_str() {
        "switchboard.csv" => Layout::Plain,
        "control-hub.csv" => Layout::ControlHub,
        "meetings.csv" => Layout::Meetings,
        _ => return Err(not_found("layout")),
    };
    let organization = organization(&actor)?;
    settings::known(&hub, organization).await?;
    let site = wanted.site.filter(|site| !site.is_empty() && layout == Layout::Meetings);
    let name = match (layout, &site) {
        (Layout::ControlHub, _) => "people-control-hub.csv".to_owned(),
        (Layout::Meetings, Some(site)) => format!("people-{site}.csv"),
        (Layout::Meetings, None) => "people-meetings.csv".to_owned(),
        _ => "people.csv".to_owned(),
    };
    let pieces = planning::export(&hub, organization, (layout, site.as_deref()), asked.filter(500)).await?;
    // A meeting site's own files are UTF-16.
    let kind =
        if layout == Layout::Meetings { "text/csv; charset=utf-16le" } else { "text/csv; charset=utf-8" };
    Ok(file(&name, kind, pieces))
}

/// A plan as JSON, which can be applied by its id elsewhere.
async fn document(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    let plan = plans::plan(&hub, &actor, &id).await?;
    let pieces = planning::document(&hub, plan.organization_id, plan.id).await?;
    Ok(file(&format!("plan-{}.json", plan.id), "application/json", pieces))
}

/// What became of each row of a run.
async fn result(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    let run = runs::run(&hub, &actor, &id).await?;
    let pieces = crate::runs::result_csv(&hub, run.organization_id, run.id).await?;
    Ok(file(&format!("result-{}.csv", run.id), "text/csv; charset=utf-8", pieces))
}

/// An answer that the browser stores under this name, sent piece by piece as it is made.
fn file<P>(name: &str, kind: &'static str, pieces: impl Stream<Item = Result<P>> + Send + 'static) -> Response
where
    P: Into<Bytes> + 'static,
{
    let mut response = Body::from_stream(pieces).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let safe: String = name.chars().filter(|it| it.is_ascii_alphanumeric() || ".-_".contains(*it)).collect();
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{safe}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}
