//! Plans and their rows as programs see them.

use std::collections::BTreeMap;

use platform::Instant;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    plan::{Change, Field, PlanRules, Refusal, RowKind, Setting, StockLine},
    planning::{self, Counts, Plan, PlanId, PlanRow, PlanState, Remark, Source},
    runs::RunId,
};

/// Names of licences and session types by their ids.
pub(super) type Names = BTreeMap<String, String>;

/// A plan: what would be changed. Nothing is, until it is applied.
#[derive(Serialize, ToSchema)]
#[schema(as = PlanBody)]
pub(super) struct PlanBody {
    #[schema(value_type = String, format = Uuid)]
    id: PlanId,
    name: String,
    source: Source,
    file_name: Option<String>,
    /// What was unusual in the file and was understood.
    remarks: Vec<Remark>,
    state: PlanState,
    /// Why it could not be worked out, in words.
    trouble: Option<String>,
    /// Whether it creates people who are not there.
    create: bool,
    created_by: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Instant,
    /// How many people it is about, and how many of them are worked out.
    people: i64,
    worked_out: i64,
    counts: Counts,
    /// Every licence that the plan touches, before and after.
    stock: Vec<StockBody>,
    /// It takes something from more than this share of its people (in percent) only after it was confirmed.
    most_losses: i64,
    /// Whether somebody has to confirm first that what it takes away is meant.
    needs_confirmation: bool,
    confirmed_by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    confirmed_at: Option<Instant>,
    approved_by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    approved_at: Option<Instant>,
    /// The run that this plan takes back.
    #[schema(value_type = Option<String>, format = Uuid)]
    undoes_run: Option<RunId>,
    /// What still stands against applying it, in words; absent when nothing does.
    obstacle: Option<String>,
}

/// A licence's stock before and after a plan.
#[derive(Serialize, ToSchema)]
struct StockBody {
    id: String,
    name: String,
    /// Absent where there is no limit.
    total: Option<i64>,
    before: i64,
    given: i64,
    taken: i64,
    after: i64,
}

impl From<&StockLine> for StockBody {
    fn from(line: &StockLine) -> Self {
        Self {
            id: line.id.clone(),
            name: line.name.clone(),
            total: line.total,
            before: line.before,
            given: line.given,
            taken: line.taken,
            after: line.after(),
        }
    }
}

impl PlanBody {
    pub(super) fn new(plan: Plan, obstacle: Option<String>) -> Self {
        let needs_confirmation = plan.state == PlanState::Ready && plan.needs_confirmation();
        let PlanRules { create, .. } = plan.rules;
        Self {
            id: plan.id,
            name: plan.name,
            source: plan.source,
            file_name: plan.file_name,
            remarks: plan.remarks.0,
            state: plan.state,
            trouble: plan.trouble,
            create,
            created_by: plan.created_by,
            created_at: plan.created_at,
            people: plan.wished,
            worked_out: plan.planned,
            counts: plan.counts,
            stock: plan.stock.0.values().map(StockBody::from).collect(),
            most_losses: plan.most_losses,
            needs_confirmation,
            confirmed_by: plan.confirmed_by,
            confirmed_at: plan.confirmed_at,
            approved_by: plan.approved_by,
            approved_at: plan.approved_at,
            undoes_run: plan.origin_run,
            obstacle,
        }
    }

    pub(super) fn id(&self) -> String {
        self.id.to_string()
    }
}

/// One field of one person, as it is and as it shall be.
#[derive(Serialize, ToSchema)]
#[schema(as = ChangeBody)]
pub(super) struct ChangeBody {
    #[serde(flatten)]
    field: Field,
    now: Setting,
    then: Setting,
    /// The same in words, with names in place of ids.
    words: ChangeInWords,
}

/// A change as people read it.
#[derive(Serialize, ToSchema)]
struct ChangeInWords {
    field: String,
    now: String,
    then: String,
}

impl ChangeBody {
    pub(super) fn all(changes: &[Change], names: &Names) -> Vec<Self> {
        let body = |change: &Change| Self {
            words: ChangeInWords {
                field: planning::titled(&change.field, names),
                now: planning::shown(&change.field, &change.now, names),
                then: planning::shown(&change.field, &change.then, names),
            },
            field: change.field.clone(),
            now: change.now.clone(),
            then: change.then.clone(),
        };
        changes.iter().map(body).collect()
    }
}

/// One person's part of a plan.
#[derive(Serialize, ToSchema)]
#[schema(as = PlanRowBody)]
pub(super) struct PlanRowBody {
    number: i64,
    /// The row of the file, counted as a spreadsheet does.
    row: Option<i64>,
    /// Webex's id; absent for people who are to be created.
    person_id: Option<String>,
    email: String,
    name: String,
    kind: RowKind,
    /// Whether it takes something away.
    loses: bool,
    changes: Vec<ChangeBody>,
    /// Wishes that cannot be granted, and why.
    refused: Vec<Refusal>,
}

impl PlanRowBody {
    pub(super) fn new(row: PlanRow, names: &Names) -> Self {
        Self {
            number: row.number,
            row: row.file_row,
            person_id: row.person_id,
            email: row.email,
            name: row.name,
            kind: row.kind,
            loses: row.loses,
            changes: ChangeBody::all(&row.changes.0, names),
            refused: row.refused.0,
        }
    }

    pub(super) fn number(&self) -> String {
        self.number.to_string()
    }
}
