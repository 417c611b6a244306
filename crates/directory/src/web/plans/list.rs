//! The list of plans.

use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    response::IntoResponse,
};
use platform::{
    Actor, Hub, Instant, Result,
    web::{Page, Shell},
};

use crate::{
    planning::{self, Plan, PlanState},
    settings::{self, Directory},
    web::{
        organization,
        paging::{self, Before},
        words,
    },
};

/// A plan as a row shows it.
struct Row {
    plan: Plan,
    source: String,
    badge: (&'static str, &'static str),
    summary: String,
}

impl Row {
    fn new(plan: Plan, directory: Option<&Directory>, now: Instant) -> Self {
        let badge = words::plan_badge(&plan, directory, now);
        Self { source: words::source(&plan), badge, summary: summary(&plan), plan }
    }
}

/// What it would do, in a line.
fn summary(plan: &Plan) -> String {
    if plan.state == PlanState::Working {
        return words::people(plan.wished);
    }
    let counts = &plan.counts;
    let parts = [
        (counts.create, "created"),
        (counts.change, "changed"),
        (counts.unchanged, "as wished"),
        (counts.refused, "refused"),
    ];
    words::counts(&parts).unwrap_or_else(|| words::people(plan.wished))
}

#[derive(Template)]
#[template(path = "directory/plans.html")]
struct ListPage {
    shell: Shell,
    is_known: bool,
    rows: Vec<Row>,
    is_first: bool,
    next: Option<String>,
}

/// The page of plans.
pub(super) async fn list(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Query(before): Query<Before>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let organization = organization(&actor)?;
    let before = before.id();
    let plans = planning::list(&hub, organization, before, paging::ASKED).await?;
    let (plans, next) = paging::page(plans, |plan| plan.id.to_string());
    let (directory, now) = (settings::find(&hub, organization).await?, hub.now());
    Ok(Page(ListPage {
        is_known: directory.as_ref().is_some_and(|directory| directory.generation > 0),
        rows: plans.into_iter().map(|plan| Row::new(plan, directory.as_ref(), now)).collect(),
        is_first: before.is_none(),
        next,
        shell,
    }))
}
