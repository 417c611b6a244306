//! Runs and their rows as programs see them.

use platform::Instant;
use serde::Serialize;
use utoipa::ToSchema;

use super::plan_body::{ChangeBody, Names};
use crate::{
    planning::PlanId,
    runs::{Progress, Run, RunId, RunRow, RunRowState, RunState},
};

/// A run: a plan being carried out, or that was.
#[derive(PartialEq, Serialize, ToSchema)]
#[schema(as = RunBody)]
pub(super) struct RunBody {
    #[schema(value_type = String, format = Uuid)]
    id: RunId,
    #[schema(value_type = String, format = Uuid)]
    plan_id: PlanId,
    pub(super) state: RunState,
    /// Why it is paused, waits or was stopped, in words.
    reason: Option<String>,
    started_by: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Instant,
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Instant>,
    /// The plan that takes it back, once it was asked for.
    #[schema(value_type = Option<String>, format = Uuid)]
    undo_plan_id: Option<PlanId>,
    progress: Progress,
}

impl RunBody {
    pub(super) fn new(run: Run, progress: Progress) -> Self {
        Self {
            id: run.id,
            plan_id: run.plan_id,
            state: run.state,
            reason: run.reason,
            started_by: run.started_by,
            created_at: run.created_at,
            ended_at: run.ended_at,
            undo_plan_id: run.undo_plan,
            progress,
        }
    }

    pub(super) fn id(&self) -> String {
        self.id.to_string()
    }
}

/// One person's part of a run.
#[derive(Serialize, ToSchema)]
#[schema(as = RunRowBody)]
pub(super) struct RunRowBody {
    number: i64,
    /// The row of the file, counted as a spreadsheet does.
    row: Option<i64>,
    person_id: Option<String>,
    email: String,
    name: String,
    state: RunRowState,
    /// What was planned.
    planned: Vec<ChangeBody>,
    /// What was really changed: from what was there to what was read back.
    done: Vec<ChangeBody>,
    /// Why it failed or waits, in plain words.
    problem: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Instant>,
}

impl RunRowBody {
    pub(super) fn new(row: RunRow, names: &Names) -> Self {
        Self {
            number: row.number,
            row: row.file_row,
            person_id: row.person_id,
            email: row.email,
            name: row.name,
            state: row.state,
            planned: ChangeBody::all(&row.changes.0, names),
            done: ChangeBody::all(&row.done.0, names),
            problem: row.problem,
            ended_at: row.ended_at,
        }
    }

    pub(super) fn number(&self) -> String {
        self.number.to_string()
    }
}
