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

/// Rows to work on: first those that take something away, because the licences may be the ones that others are to get, and
/// before these the ones that give no licence; of each kind those that were begun come first, because something may have been
/// changed. Then those whose wait is over, so that odd ones never keep the others. Whatever was taken is free before
/// anything is given.
pub(super) struct Feed {
    stages: VecDeque<Stage>,
    after: i64,
    page: VecDeque<Part>,
    /// Nothing more is handed out until the rows under way are through.
    holds: bool,
}

/// Rows that go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stage {
    state: RunRowState,
    kind: Kind,
    /// Whether the next stage waits until these rows are through.
    holds: bool,
}

/// What plans count on (see [`crate::plan::Claims`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Rows that take something away and give no licence.
    Takes,
    /// Those that give licences and take others away.
    Exchanges,
    /// All that are left.
    Any,
}

impl Kind {
    /// Whether only rows are meant that take something away.
    fn loses(self) -> Option<bool> {
        (self != Self::Any).then_some(true)
    }

    fn has(self, changes: &[Change]) -> bool {
        match self {
            Self::Takes => !gives_licence(changes),
            Self::Exchanges => swaps(changes),
            Self::Any => true,
        }
    }
}

impl Feed {
    pub(super) fn of(work: &Work) -> Self {
        let stage = |state, kind, holds| Stage { state, kind, holds };
        let waiting = stage(RunRowState::Waiting, Kind::Any, false);
        let stages = match work.run.state {
            RunState::Running => vec![
                stage(RunRowState::Begun, Kind::Takes, false),
                stage(RunRowState::Open, Kind::Takes, true),
                stage(RunRowState::Begun, Kind::Exchanges, false),
                stage(RunRowState::Open, Kind::Exchanges, true),
                // Nothing is under way now, so whatever is begun was left like that.
                stage(RunRowState::Begun, Kind::Any, false),
                stage(RunRowState::Open, Kind::Any, false),
                waiting,
            ],
            _ => vec![stage(RunRowState::Begun, Kind::Any, false), waiting],
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
            let rows = (stage.state, stage.kind.loses());
            let page = store::due(&work.hub, &work.run, rows, self.after, PAGE).await?;
            if let Some(last) = page.last() {
                self.after = last.number;
                self.page = page.into_iter().filter(|part| stage.kind.has(&part.changes.0)).collect();
            } else {
                self.holds = stage.holds;
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
        let kind = |changes: &[Change]| [Kind::Takes, Kind::Exchanges].into_iter().find(|it| it.has(changes));
        assert_eq!(kind(&[licence(false), attendee]), Some(Kind::Takes), "a host becomes an attendee");
        assert_eq!(kind(&[licence(true), licence(false)]), Some(Kind::Exchanges));
        assert_eq!(kind(&[licence(true), sign_in]), None, "what is lost is no licence");
    }
}
