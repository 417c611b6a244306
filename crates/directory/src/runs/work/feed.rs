//! In which order the rows of a run are worked on.

use std::collections::VecDeque;

use platform::Result;

use crate::{
    plan::{Change, gives_licence, swaps},
    runs::{
        model::{RunRowState, RunState},
        row::Work,
        store::{self, Part},
    },
};

/// How many rows are fetched at once.
const PAGE: i64 = 200;

/// Rows to work on: those that were begun first, because something may have been changed; then those not begun, of which
/// first the ones that take something away, because the licences may be the ones that others are to get, and before these
/// the ones that give no licence; then those whose wait is over, so that odd ones never keep the others. Whatever was taken
/// is free before anything is given.
pub(super) struct Feed {
    stages: VecDeque<Stage>,
    after: i64,
    page: VecDeque<Part>,
    /// Nothing more is handed out until the rows under way are through.
    holds: bool,
}

/// Rows that go together. Plans count on this order (see [`crate::plan::Claims`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    All(RunRowState),
    /// Rows not begun that take something away and give no licence.
    Take,
    /// Those that give licences and take others away.
    Exchange,
    /// All others.
    Give,
}

impl Stage {
    /// The rows in the database, and whether all those that take something away are meant, or none.
    fn rows(self) -> (RunRowState, Option<bool>) {
        match self {
            Self::All(state) => (state, None),
            Self::Take | Self::Exchange => (RunRowState::Open, Some(true)),
            Self::Give => (RunRowState::Open, None),
        }
    }

    fn has(self, changes: &[Change]) -> bool {
        match self {
            Self::Take => !gives_licence(changes),
            Self::Exchange => swaps(changes),
            Self::All(_) | Self::Give => true,
        }
    }

    /// Whether the next stage waits until these rows are through.
    fn comes_first(self) -> bool {
        matches!(self, Self::Take | Self::Exchange)
    }
}

impl Feed {
    pub(super) fn of(work: &Work) -> Self {
        let (begun, waiting) = (Stage::All(RunRowState::Begun), Stage::All(RunRowState::Waiting));
        let stages = match work.run.state {
            RunState::Running => vec![begun, Stage::Take, Stage::Exchange, Stage::Give, waiting],
            _ => vec![begun, waiting],
        };
        Self { stages: stages.into(), after: 0, page: VecDeque::new(), holds: false }
    }

    /// The next row; nothing when there is none, or none yet. `is_idle`: no row is under way.
    pub(super) async fn next(&mut self, work: &Work, is_idle: bool) -> Result<Option<Part>> {
        loop {
            self.holds &= !is_idle;
            if self.holds {
                return Ok(None);
            }
            if let Some(part) = self.page.pop_front() {
                return Ok(Some(part));
            }
            let Some(stage) = self.stages.front().copied() else { return Ok(None) };
            let page = store::due(&work.hub, &work.run, stage.rows(), self.after, PAGE).await?;
            if let Some(last) = page.last() {
                self.after = last.number;
                self.page = page.into_iter().filter(|part| stage.has(&part.changes.0)).collect();
            } else {
                self.holds = stage.comes_first();
                self.stages.pop_front();
                self.after = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Field, Setting};

    #[test]
    fn rows_that_only_take_come_before_exchanges_and_these_before_gifts() {
        let change =
            |field: Field, then: bool| Change { field, now: Setting::Flag(!then), then: Setting::Flag(then) };
        let licence = |then| change(Field::Licence { id: "L".into() }, then);
        let attendee = change(Field::Attendee { site: "l.webex.com".into() }, true);
        let sign_in = change(Field::SignIn, false);
        let stage =
            |changes: &[Change]| [Stage::Take, Stage::Exchange].into_iter().find(|it| it.has(changes));
        assert_eq!(stage(&[licence(false), attendee]), Some(Stage::Take), "a host becomes an attendee");
        assert_eq!(stage(&[licence(true), licence(false)]), Some(Stage::Exchange));
        assert_eq!(stage(&[licence(true), sign_in]), None, "what is lost is no licence");
    }
}
