//! The list of runs.

use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    response::IntoResponse,
};
use platform::{
    Actor, Hub, Result,
    web::{Page, Shell},
};

use crate::{
    planning,
    runs::{self, Progress, Run},
    web::{
        organization,
        paging::{self, Before},
        words,
    },
};

/// A run as a row shows it.
struct Row {
    plan: String,
    badge: (&'static str, &'static str),
    summary: String,
    run: Run,
}

#[derive(Template)]
#[template(path = "directory/runs.html")]
struct ListPage {
    shell: Shell,
    rows: Vec<Row>,
    is_first: bool,
    next: Option<String>,
}

/// The page of runs.
pub(super) async fn list(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Query(before): Query<Before>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let organization = organization(&actor)?;
    let before = before.id();
    let found = runs::list(&hub, organization, before, paging::ASKED).await?;
    let (found, next) = paging::page(found, |run| run.id.to_string());
    let mut rows = Vec::new();
    for run in found {
        let progress = runs::progress(&hub, &run).await?;
        rows.push(Row {
            plan: planning::get(&hub, organization, run.plan_id).await?.name,
            badge: words::run_badge(&run),
            summary: summary(&progress),
            run,
        });
    }
    Ok(Page(ListPage { shell, rows, is_first: before.is_none(), next }))
}

/// What became of its people, in a line.
fn summary(progress: &Progress) -> String {
    let parts = [
        (progress.done, "done"),
        (progress.unchanged, "unchanged"),
        (progress.failed, "failed"),
        (progress.left, "left as they are"),
    ];
    let people = words::people(progress.total);
    match words::counts(&parts) {
        Some(said) => format!("{people}: {said}"),
        None => people,
    }
}
