//! What pages show of a run and its rows.

use platform::{Hub, Result};

use crate::{
    planning,
    runs::{self, Progress, Run, RunRow, RunRowState, RunState},
    web::{
        changes::{ChangeView, Names},
        words,
    },
};

/// One person's part of a run.
pub(super) struct RowView {
    pub(super) row: RunRow,
    pub(super) badge: (&'static str, &'static str),
    /// What was changed, or, as long as nothing was, what is planned.
    pub(super) changes: Vec<ChangeView>,
    /// Whether `changes` have happened.
    pub(super) has_happened: bool,
}

impl RowView {
    pub(super) fn new(row: RunRow, names: &Names) -> Self {
        let is_over = matches!(row.state, RunRowState::Done | RunRowState::Unchanged | RunRowState::Failed);
        let has_happened = is_over || !row.done.0.is_empty();
        let changes = if has_happened { &row.done.0 } else { &row.changes.0 };
        Self {
            badge: words::row_badge(row.state),
            changes: ChangeView::all(changes, names),
            has_happened,
            row,
        }
    }

    pub(super) fn name(&self) -> &str {
        if self.row.name.is_empty() { &self.row.email } else { &self.row.name }
    }
}

/// How far a run is, in numbers and words.
pub(super) struct ProgressView {
    pub(super) progress: Progress,
    state: RunState,
    /// Whether nothing happens any more: a stopped run still brings the rows under way to their end.
    is_over: bool,
}

impl ProgressView {
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Rows that need nothing more.
    pub(super) fn ended(&self) -> i64 {
        let it = &self.progress;
        it.done + it.unchanged + it.failed
    }

    /// `1,200 of 5,000 rows`.
    pub(super) fn rows(&self) -> String {
        format!("{} of {}", words::count(self.ended()), words::some(self.progress.total, "row", "rows"))
    }

    /// Rate and remaining time, as far as they are known, and requests.
    pub(super) fn speed(&self) -> String {
        let it = &self.progress;
        let mut said = Vec::new();
        if it.rows_per_minute >= 1.0 && !self.is_over() {
            said.push(format!("{} rows a minute", words::rounded(it.rows_per_minute)));
        }
        if let Some(seconds) = it.seconds_left.filter(|_| !self.is_over()) {
            said.push(format!("{} left", words::length(seconds)));
        }
        if it.requests > 0 {
            said.push(words::some(it.requests, "request", "requests"));
        }
        if it.refused > 0 {
            said.push(format!("{} refused as too many and sent again", words::count(it.refused)));
        }
        said.join(" · ")
    }

    /// For screen readers, in steps of a tenth, so that they are not told every second.
    pub(super) fn announced(&self) -> String {
        match self.state {
            RunState::Done => "The run has ended.".to_owned(),
            RunState::Stopped => "The run was stopped.".to_owned(),
            RunState::Paused => "The run is paused.".to_owned(),
            RunState::Running => {
                let tenths = self.ended() * 10 / self.progress.total.max(1);
                format!("{} percent done.", tenths * 10)
            }
        }
    }

    /// The counts with their words and the filter that shows them.
    pub(super) fn counts(&self) -> Vec<(String, &'static str, &'static str)> {
        let it = &self.progress;
        let open = it.total - self.ended() - it.begun - it.waiting - it.left;
        let all = [
            (it.done, "done", "done"),
            (it.unchanged, "unchanged", "unchanged"),
            (it.failed, "failed", "failed"),
            (it.begun, "under way", "begun"),
            (it.waiting, "tried again by itself", "waiting"),
            (open, "to do", "open"),
            (it.left, "left as they are", "left"),
        ];
        let shown = all.into_iter().filter(|(number, ..)| *number > 0);
        shown.map(|(number, what, filter)| (words::count(number), what, filter)).collect()
    }
}

/// How far the run is, with the rows that ended last.
pub(super) struct LiveView {
    pub(super) run: Run,
    pub(super) progress: ProgressView,
    pub(super) latest: Vec<RowView>,
}

impl LiveView {
    /// As it is now; `latest` rows at most.
    pub(super) async fn of(hub: &Hub, run: Run, latest: i64, names: &Names) -> Result<Self> {
        let progress = ProgressView {
            progress: runs::progress(hub, &run).await?,
            state: run.state,
            is_over: run.ended_at.is_some(),
        };
        let rows = match latest {
            0 => Vec::new(),
            latest => runs::latest(hub, run.organization_id, run.id, latest).await?,
        };
        Ok(Self { progress, latest: rows.into_iter().map(|row| RowView::new(row, names)).collect(), run })
    }
}

/// The names that changes are shown with.
pub(super) async fn names(hub: &Hub, run: &Run) -> Result<Names> {
    planning::names(hub, run.organization_id).await
}
