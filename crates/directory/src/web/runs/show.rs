//! One run: live while it is under way, a report afterwards.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, Query, State},
    response::IntoResponse,
};
use platform::{
    Actor, Hub, Result,
    web::{Page, Shell},
};
use serde::Deserialize;

use super::{
    live::LATEST,
    run,
    view::{LiveView, RowView, names},
};
use crate::{
    planning::{self, Plan, PlanId},
    runs::{self, RunRowState, RunState, UndoPlan},
    web::{query, words},
};

/// How many rows one page shows.
const PAGE: usize = 50;

/// The filter of rows as it stands in the address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    show: String,
    after: String,
}

#[derive(Template)]
#[template(path = "directory/run.html")]
struct ShowPage {
    shell: Shell,
    live: LiveView,
    plan: Plan,
    undo: Option<UndoPlan>,
    badge: (&'static str, &'static str),
    /// How long it was worked on.
    worked: String,
    rows: Vec<RowView>,
    asked: Asked,
    choices: Vec<(&'static str, &'static str)>,
    next: Option<String>,
}

impl ShowPage {
    fn is_paused(&self) -> bool {
        self.live.run.state == RunState::Paused
    }

    fn is_stopped(&self) -> bool {
        self.live.run.state == RunState::Stopped
    }

    /// The undo plan that can be applied.
    fn standing_undo(&self) -> Option<PlanId> {
        self.undo.and_then(|undo| if let UndoPlan::Standing(plan) = undo { Some(plan) } else { None })
    }

    fn past_undo(&self) -> Option<PlanId> {
        self.undo.and_then(|undo| if let UndoPlan::Past(plan) = undo { Some(plan) } else { None })
    }
}

/// The page of a run.
pub(super) async fn show(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let run = run(&hub, &actor, &id).await?;
    let names = names(&hub, &run).await?;
    let plan = planning::get(&hub, run.organization_id, run.plan_id).await?;
    let is_over = run.ended_at.is_some();
    let state = asked.show.parse::<RunRowState>().ok();
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let after = asked.after.parse().unwrap_or(0);
    let mut rows = runs::rows(&hub, run.organization_id, run.id, state, after, limit).await?;
    let has_more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows
        .last()
        .filter(|_| has_more)
        .map(|last| query(&[("show", &asked.show), ("after", &last.number.to_string())]));
    Ok(Page(ShowPage {
        undo: runs::asked_for(&hub, &run).await?,
        badge: words::run_badge(&run),
        worked: words::length(run.worked / 1_000_000),
        live: LiveView::of(&hub, run, if is_over { 0 } else { LATEST }, &names).await?,
        plan,
        rows: rows.into_iter().map(|row| RowView::new(row, &names)).collect(),
        asked,
        choices: choices(),
        next,
        shell,
    }))
}

fn choices() -> Vec<(&'static str, &'static str)> {
    vec![
        ("", "everybody"),
        ("failed", "failed"),
        ("done", "done"),
        ("unchanged", "unchanged"),
        ("begun", "under way"),
        ("waiting", "tried again by itself"),
        ("open", "to do"),
        ("left", "left as they are"),
    ]
}
