//! Numbers, lengths and states as these pages say them.

use std::borrow::Borrow;

use platform::Instant;

use crate::{
    plan::RowKind,
    planning::{Plan, PlanState, Source},
    runs::{Run, RunRowState, RunState},
    settings::Directory,
    sites::Way,
};

/// A whole number with its thousands divided: `12,480`.
pub(super) fn count(number: impl Into<i64>) -> String {
    let number = number.into();
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

/// Those that are not zero, each with its word: `3 done, 1 failed`; nothing where all are.
pub(super) fn counts(parts: &[(i64, &str)]) -> Option<String> {
    let said = parts.iter().filter(|(number, _)| *number > 0);
    let said: Vec<String> = said.map(|(number, what)| format!("{} {what}", count(*number))).collect();
    (!said.is_empty()).then(|| said.join(", "))
}

/// [`count`] of a number that is not whole.
pub(super) fn rounded(number: f64) -> String {
    let text = format!("{number:.0}");
    text.parse::<i64>().map_or(text, count)
}

/// The same for templates, which hand numbers over in either way.
pub(super) fn number(number: impl Borrow<i64>) -> String {
    count(*number.borrow())
}

/// `1 person`, `12,480 people`.
pub(super) fn people(number: i64) -> String {
    some(number, "person", "people")
}

/// A number with the word that fits it.
pub(super) fn some(number: i64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A length of time, as roughly as it is known.
pub(super) fn length(seconds: i64) -> String {
    let minutes = (seconds.max(0) + 30) / 60;
    match minutes {
        0 => "less than a minute".to_owned(),
        1..60 => format!("about {}", some(minutes, "minute", "minutes")),
        _ if minutes % 60 == 0 => format!("about {}", some(minutes / 60, "hour", "hours")),
        _ => format!(
            "about {} {}",
            some(minutes / 60, "hour", "hours"),
            some(minutes % 60, "minute", "minutes")
        ),
    }
}

/// Where a plan came from.
pub(super) fn source(plan: &Plan) -> String {
    match (plan.source, &plan.file_name) {
        (Source::File, Some(name)) => format!("the file {name}"),
        (Source::File, None) => "a file".to_owned(),
        (Source::People, _) => "people picked in the page".to_owned(),
        (Source::Rules, _) => "the standing rules".to_owned(),
        (Source::Api, _) => "a program".to_owned(),
        (Source::Undo, _) => "a run that is taken back".to_owned(),
    }
}

/// A plan's state as a badge; `directory` where its settings are known.
pub(super) fn plan_badge(
    plan: &Plan,
    directory: Option<&Directory>,
    now: Instant,
) -> (&'static str, &'static str) {
    match plan.state {
        PlanState::Ready if plan.is_expired(directory, now) => ("off", "expired"),
        PlanState::Ready if plan.does_something() && directory.is_some_and(|it| plan.lacks_approval(it)) => {
            ("attention", "waits for approval")
        }
        PlanState::Working => ("waiting", "being worked out"),
        PlanState::Ready => ("ok", "ready"),
        PlanState::Failed => ("failed", "failed"),
        PlanState::Applied => ("off", "applied"),
    }
}

/// A run's state as a badge.
pub(super) fn run_badge(run: &Run) -> (&'static str, &'static str) {
    match run.state {
        RunState::Running => ("waiting", "running"),
        RunState::Paused => ("attention", "paused"),
        RunState::Stopped if run.ended_at.is_none() => ("waiting", "stopping"),
        RunState::Stopped => ("off", "stopped"),
        RunState::Done => ("ok", "ended"),
    }
}

/// What a plan does with a person, as a badge.
pub(super) fn kind_badge(kind: RowKind) -> (&'static str, &'static str) {
    match kind {
        RowKind::Create => ("on", "to create"),
        RowKind::Change => ("waiting", "to change"),
        RowKind::Unchanged => ("off", "as wished"),
        RowKind::Refused => ("attention", "refused"),
    }
}

/// What became of a row, as a badge.
pub(super) fn row_badge(state: RunRowState) -> (&'static str, &'static str) {
    match state {
        RunRowState::Open => ("off", "to do"),
        RunRowState::Begun => ("waiting", "under way"),
        RunRowState::Waiting => ("waiting", "tried again"),
        RunRowState::Done => ("ok", "done"),
        RunRowState::Unchanged => ("off", "unchanged"),
        RunRowState::Failed => ("failed", "failed"),
        RunRowState::Left => ("off", "left"),
    }
}

/// The API of a site.
pub(super) fn way(way: Way) -> &'static str {
    match way {
        Way::Rest => "REST",
        Way::Xml => "XML",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_divided() {
        let said: Vec<String> = [0, 7, 999, 1_000, 123_456, 1_234_567, -1_200].map(count).into();
        assert_eq!(said, ["0", "7", "999", "1,000", "123,456", "1,234,567", "-1,200"]);
        assert_eq!((people(1), people(1_000)), ("1 person".into(), "1,000 people".into()));
        assert_eq!([5_904.4, 12_480.5, 0.4].map(rounded), ["5,904", "12,480", "0"]);
    }

    #[test]
    fn lengths_are_said_as_roughly_as_they_are_known() {
        let said: Vec<String> = [0, 29, 30, 95, 3_600, 3_700, 9_000].map(length).into();
        let expected = [
            "less than a minute",
            "less than a minute",
            "about 1 minute",
            "about 2 minutes",
            "about 1 hour",
            "about 1 hour 2 minutes",
            "about 2 hours 30 minutes",
        ];
        assert_eq!(said, expected);
    }
}
