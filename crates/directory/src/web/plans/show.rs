//! One plan: how far it is, what it would do to whom, what it takes away, and whether it can be applied.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, Query, State},
    response::IntoResponse,
};
use platform::{
    Actor, Fault, Hub, Result,
    web::{Page, Shell},
};
use serde::Deserialize;

use super::{plan, store};
use crate::{
    plan::{Refusal, RowKind, StockLine},
    planning::{self, Plan, PlanRow, PlanState, RowFilter},
    runs::RunId,
    settings,
    web::{
        changes::{ChangeView, Names},
        query, words,
    },
};

/// How many rows one page shows.
const PAGE: usize = 50;

/// The filter of rows as it stands in the address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    show: String,
    q: String,
    after: String,
}

impl Asked {
    fn filter(&self) -> RowFilter {
        let search: String = self.q.trim().chars().take(200).collect();
        RowFilter {
            kind: self.show.parse::<RowKind>().ok(),
            refused: self.show == "with_refusals",
            partly_refused: self.show == "partly_refused",
            losses: self.show == "losses",
            search: (!search.is_empty()).then_some(search),
        }
    }
}

/// One person's part of the plan.
struct RowView {
    row: PlanRow,
    badge: (&'static str, &'static str),
    changes: Vec<ChangeView>,
    refused: Vec<Refusal>,
}

impl RowView {
    fn new(row: PlanRow, names: &Names) -> Self {
        Self {
            badge: words::kind_badge(row.kind),
            changes: ChangeView::all(&row.changes.0, names),
            refused: row.refused.0.clone(),
            row,
        }
    }

    /// Where the person is known and can be opened.
    fn person(&self) -> Option<&String> {
        self.row.person_id.as_ref()
    }

    fn name(&self) -> &str {
        if self.row.name.is_empty() { &self.row.email } else { &self.row.name }
    }
}

#[derive(Template)]
#[template(path = "directory/plan.html")]
struct ShowPage {
    shell: Shell,
    plan: Plan,
    source: String,
    badge: (&'static str, &'static str),
    run: Option<RunId>,
    stock: Vec<StockLine>,
    /// What must happen before it can be applied.
    blocked: Option<String>,
    needs_confirmation: bool,
    can_approve: bool,
    rows: Vec<RowView>,
    asked: Asked,
    choices: Vec<(&'static str, String)>,
    next: Option<String>,
}

impl ShowPage {
    fn is_working(&self) -> bool {
        self.plan.state == PlanState::Working
    }

    fn is_ready(&self) -> bool {
        self.plan.state == PlanState::Ready
    }

    fn has_failed(&self) -> bool {
        self.plan.state == PlanState::Failed
    }

    /// Whether there is something to do.
    fn does_anything(&self) -> bool {
        self.plan.does_something()
    }

    /// What applying it will do, in words.
    fn consequences(&self) -> String {
        let counts = &self.plan.counts;
        let mut said = Vec::new();
        if counts.change > 0 {
            said.push(format!("changes {}", words::people(counts.change)));
        }
        if counts.create > 0 {
            said.push(format!("creates {}", words::people(counts.create)));
        }
        let mut text = format!("Applying this plan {}.", said.join(" and "));
        if counts.losses > 0 {
            text.push_str(" It takes something away from ");
            text.push_str(&words::people(counts.losses));
            text.push('.');
        }
        if counts.deactivations > 0 {
            text.push_str(" After it, ");
            text.push_str(&words::people(counts.deactivations));
            text.push_str(" can no longer sign in.");
        }
        let requests = words::some(counts.requests, "request", "requests");
        text + &format!(" It needs {requests} to Webex, which takes {}.", words::length(counts.seconds))
    }

    /// The counts with their words and the filter that shows them.
    fn tiles(&self) -> Vec<(String, &'static str, &'static str)> {
        let counts = &self.plan.counts;
        let all = [
            (counts.create, "to create", "create"),
            (counts.change, "to change", "change"),
            (counts.unchanged, "as wished already", "unchanged"),
            (counts.refused, "refused", "refused"),
            (counts.partly_refused, "in part refused", "partly_refused"),
            (counts.losses, "lose something", "losses"),
        ];
        let shown = all.into_iter().filter(|(number, ..)| *number > 0);
        shown.map(|(number, what, filter)| (words::count(number), what, filter)).collect()
    }
}

/// The page of a plan.
pub(super) async fn show(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let plan = plan(&hub, &actor, &id).await?;
    let organization = plan.organization_id;
    let is_settled = matches!(plan.state, PlanState::Ready | PlanState::Applied);
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut rows = if is_settled {
        let after = asked.after.parse().unwrap_or(0);
        planning::rows(&hub, organization, plan.id, asked.filter(), after, limit).await?
    } else {
        Vec::new()
    };
    let has_more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows
        .last()
        .filter(|_| has_more)
        .map(|last| query(&[("show", &asked.show), ("q", &asked.q), ("after", &last.number.to_string())]));
    let names = planning::names(&hub, organization).await?;
    let blocked = match planning::may_apply(&hub, &plan).await {
        Ok(()) => None,
        Err(error) if error.fault == Fault::Conflict => Some(error.say),
        Err(error) => return Err(error),
    };
    let directory = settings::find(&hub, organization).await?;
    let is_expired = plan.is_expired(directory.as_ref(), hub.now());
    let is_ready = plan.state == PlanState::Ready;
    // What can be decided of a plan that cannot be applied any more would be in vain.
    let is_open = is_ready && !is_expired;
    let lacks_approval = directory.as_ref().is_some_and(|it| plan.lacks_approval(it));
    let own = actor.person().map(|person| person.account);
    Ok(Page(ShowPage {
        source: words::source(&plan),
        badge: words::plan_badge(&plan, directory.as_ref(), hub.now()),
        run: store::run_of(&hub, organization, plan.id).await?,
        stock: plan.stock.0.values().cloned().collect(),
        blocked: blocked.filter(|_| is_ready),
        needs_confirmation: is_open && plan.needs_confirmation(),
        can_approve: is_open && plan.does_something() && lacks_approval && plan.created_account != own,
        rows: rows.into_iter().map(|row| RowView::new(row, &names)).collect(),
        choices: choices(),
        asked,
        next,
        plan,
        shell,
    }))
}

fn choices() -> Vec<(&'static str, String)> {
    let all = [
        ("", "everybody"),
        ("create", "to create"),
        ("change", "to change"),
        ("losses", "lose something"),
        ("with_refusals", "something is refused"),
        ("partly_refused", "refused in part"),
        ("refused", "refused altogether"),
        ("unchanged", "as wished already"),
    ];
    all.map(|(value, text)| (value, text.to_owned())).to_vec()
}

#[derive(Template)]
#[template(path = "directory/planning.html")]
struct ProgressFragment {
    plan: Plan,
}

/// How far the plan is, for the page to follow.
pub(super) async fn progress(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<impl IntoResponse> {
    Ok(Page(ProgressFragment { plan: plan(&hub, &actor, &id).await? }))
}
