//! A run, its rows and its progress.

use platform::{Instant, id::OrganizationId, ids, record};
use serde::{Deserialize, Serialize};

use crate::planning::{PlanId, StoredChanges, words};

ids! {
    /// A run.
    RunId,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RunState {
    /// Rows are being worked on, or will be as soon as a server is free.
    Running,
    /// A person, or trouble that a person must mend, holds it; `reason` says which.
    Paused,
    /// A person ended it before all rows were done.
    Stopped,
    /// Every row was done or has failed.
    Done,
}

/// How far a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RunRowState {
    /// Not begun.
    Open,
    /// Begun: `before` is known, something may have been sent.
    Begun,
    /// Passing trouble; tried again by itself.
    Waiting,
    Done,
    /// Everything was as wished already.
    Unchanged,
    Failed,
    /// The run was stopped before its turn.
    Left,
}

words!(RunState { Running => "running", Paused => "paused", Stopped => "stopped", Done => "done" });
words!(RunRowState {
    Open => "open", Begun => "begun", Waiting => "waiting", Done => "done",
    Unchanged => "unchanged", Failed => "failed", Left => "left",
});

record! {
    /// A run as stored.
    #[derive(Clone, Debug)]
    pub(crate) struct Run {
        organization_id: OrganizationId,
        id: RunId,
        plan_id: PlanId,
        state: RunState,
        /// Why it is paused, waits or was stopped, in words.
        reason: Option<String>,
        started_by: String,
        /// The plan that takes it back, once asked for.
        undo_plan: Option<PlanId>,
        created_at: Instant,
        /// Since when it is being worked on, as far as `worked` does not count it yet; none while nobody works on it.
        working_since: Option<Instant>,
        /// Microseconds it was worked on before that.
        worked: i64,
        ended_at: Option<Instant>,
        /// Somebody works on it until then.
        working_until: Option<Instant>,
        /// Nothing can be done before that; `reason` says why, if it is trouble.
        waits_until: Option<Instant>,
        /// How often in a row it had to wait for the provider.
        failures: i64,
        /// Rows.
        total: i64,
        /// Requests sent, and how many of them the provider refused because they were too many.
        requests: i64,
        refused: i64,
    }
}

record! {
    /// One person's part of a run, with what was planned.
    #[derive(Clone, Debug)]
    pub(crate) struct RunRow {
        number: i64,
        file_row: Option<i64>,
        person_id: Option<String>,
        email: String,
        name: String,
        state: RunRowState,
        /// What was planned.
        changes: StoredChanges,
        /// What was really changed: from what was there to what was read back.
        done: StoredChanges,
        /// Why it failed or waits, in plain words, with the provider's reason.
        problem: Option<String>,
        attempts: i64,
        next_attempt_at: Option<Instant>,
        ended_at: Option<Instant>,
    }
}

/// How far a run is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub(crate) struct Progress {
    pub total: i64,
    pub done: i64,
    pub unchanged: i64,
    pub failed: i64,
    /// Under way, or to be looked at once more because they were.
    pub begun: i64,
    pub waiting: i64,
    pub left: i64,
    /// Rows ended per minute, over the last minute of work.
    pub rows_per_minute: f64,
    /// Seconds until the end at this rate; absent while nothing is known or nothing is left.
    pub seconds_left: Option<i64>,
    pub requests: i64,
    /// Requests that the provider refused because they were too many.
    pub refused: i64,
}
