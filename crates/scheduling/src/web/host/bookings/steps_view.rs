//! A booking's steps in words: the time is held, then meeting, calendar and mails follow.

use std::time::Duration;

use platform::{Instant, web::Shell};

use crate::{
    appointment_type::PlaceKind,
    booking::Booking,
    steps::{Step, StepKind, StepState},
    web::host::People,
};

/// A page waits on its own for what is tried again this soon.
const SOON: Duration = Duration::from_secs(60);
/// What comes this soon needs no time of the day.
const NOW: Duration = Duration::from_secs(30);
/// From so many attempts on, people are told that it is tried again.
const SEVERAL: i64 = 2;

/// One step as it is shown.
pub(super) struct StepView {
    /// A state of the page's steps: `waiting`, `retrying`, `running`, `ok`, `failed`, `skipped`.
    pub(super) state: &'static str,
    /// The state in words, where the usual ones do not say what happened.
    pub(super) label: &'static str,
    pub(super) title: String,
    pub(super) detail: String,
    /// What went wrong last, while it is not done.
    pub(super) error: String,
    /// Where everything that is not done is tried again; at the first step in trouble.
    pub(super) retry: Option<String>,
}

/// The worst of the steps, as a badge.
pub(super) fn summary(booking: &Booking, steps: &[Step]) -> (&'static str, &'static str) {
    let has = |state| steps.iter().any(|step| step.state == state);
    if booking.proposal.is_some() {
        ("attention", "changed in Outlook")
    } else if has(StepState::Failed) {
        ("failed", "needs you")
    } else if steps.iter().any(is_tried_again) {
        ("attention", "being tried again")
    } else if has(StepState::Waiting) {
        ("waiting", "under way")
    } else if booking.is_confirmed() {
        ("ok", "all done")
    } else {
        ("removed", "cancelled")
    }
}

/// Whether nothing will change by itself within a moment.
pub(super) fn is_settled(steps: &[Step], now: Instant) -> bool {
    let is_soon = |step: &&Step| !is_held(step) && step.next_attempt_at.is_none_or(|at| at.since(now) < SOON);
    !steps.iter().filter(|step| step.state == StepState::Waiting).any(|step| is_soon(&step))
}

fn is_mail(step: &Step) -> bool {
    matches!(step.kind, StepKind::VisitorMail | StepKind::HostMail)
}

/// A mail without a server waits for a person, not for its time.
fn is_held(step: &Step) -> bool {
    is_mail(step) && step.next_attempt_at.is_none() && step.last_error.is_some()
}

/// It failed more than once, and goes on by itself.
fn is_tried_again(step: &Step) -> bool {
    step.state == StepState::Waiting
        && step.attempts >= SEVERAL
        && step.last_error.is_some()
        && !is_held(step)
}

/// What the rest of the page shows besides the steps, in short: when this changes, the page has to be loaded anew.
pub(super) fn gist(booking: &Booking, steps: &[Step]) -> String {
    let (_, words) = summary(booking, steps);
    let link = booking.meeting.as_ref().and_then(|meeting| meeting.join_url.as_deref()).unwrap_or_default();
    format!("{words}/{}/{}/{link}", booking.sequence, can_retry(booking, steps))
}

/// Whether there is anything to try again: also an entry that was not needed, because a calendar may receive bookings by
/// now.
pub(super) fn can_retry(booking: &Booking, steps: &[Step]) -> bool {
    let is_open = |step: &Step| matches!(step.state, StepState::Waiting | StepState::Failed);
    let is_left_out = |step: &Step| step.kind == StepKind::Calendar && step.state == StepState::NotNeeded;
    steps.iter().any(|step| is_open(step) || (booking.is_confirmed() && is_left_out(step)))
}

/// Every step, the held time first.
pub(super) fn views(shell: &Shell, booking: &Booking, steps: &[Step], people: &People) -> Vec<StepView> {
    let held = if booking.is_confirmed() { "Time held" } else { "Time given back" };
    let at = if booking.is_confirmed() { Some(booking.created_at) } else { booking.cancelled_at };
    let first = StepView {
        state: "ok",
        label: "",
        title: held.to_owned(),
        detail: at.map_or_else(String::new, |at| shell.when(&at)),
        error: String::new(),
        retry: None,
    };
    let in_trouble = steps.iter().position(is_in_trouble);
    let waits_for_link =
        steps.iter().any(|it| it.kind == StepKind::Meeting && it.state == StepState::Waiting);
    let with_names = booking.hosts.0.len() > 1;
    let view = |(index, step): (usize, &Step)| {
        let name = if with_names { format!(" ({})", people.name(step.account_id)) } else { String::new() };
        StepView {
            state: state(step, booking.is_confirmed() && waits_for_link),
            label: label(booking, step),
            title: format!("{}{name}", title(booking, step)),
            detail: detail(shell, step),
            error: match step.state {
                StepState::Waiting | StepState::Failed => step.last_error.clone().unwrap_or_default(),
                StepState::Done | StepState::NotNeeded => String::new(),
            },
            retry: (in_trouble == Some(index)).then(|| format!("/my/bookings/{}/retry", booking.id)),
        }
    };
    std::iter::once(first).chain(steps.iter().enumerate().map(view)).collect()
}

fn is_in_trouble(step: &Step) -> bool {
    matches!(step.state, StepState::Waiting | StepState::Failed) && step.last_error.is_some()
}

/// Whether a step stands in the list with a button of its own to try again.
pub(super) fn has_retry(views: &[StepView]) -> bool {
    views.iter().any(|view| view.retry.is_some())
}

/// A mail waits for the meeting it speaks of, and one without a server for that.
fn state(step: &Step, waits_for_link: bool) -> &'static str {
    match step.state {
        StepState::Waiting if is_tried_again(step) => "retrying",
        StepState::Waiting if step.next_attempt_at.is_some() || is_held(step) => "waiting",
        StepState::Waiting if waits_for_link && is_mail(step) => "waiting",
        StepState::Waiting => "running",
        StepState::Done => "ok",
        StepState::Failed => "failed",
        StepState::NotNeeded => "skipped",
    }
}

/// What was taken back is said so; the usual words for all else.
fn label(booking: &Booking, step: &Step) -> &'static str {
    match (step.kind, step.state) {
        (_, StepState::Waiting) if is_tried_again(step) => "Being tried again",
        (StepKind::Meeting | StepKind::Calendar, StepState::Done) if !booking.is_confirmed() => "Removed",
        _ => "",
    }
}

fn title(booking: &Booking, step: &Step) -> &'static str {
    let provider = if booking.place.kind == PlaceKind::Teams { "Teams meeting" } else { "Webex meeting" };
    match step.kind {
        StepKind::Meeting => provider,
        StepKind::Calendar => "Entry in Outlook",
        StepKind::VisitorMail => "Mail to the visitor",
        StepKind::HostMail => "Mail to the host",
    }
}

fn detail(shell: &Shell, step: &Step) -> String {
    let mut parts: Vec<String> = step.detail.iter().filter(|text| !text.is_empty()).cloned().collect();
    if matches!(step.state, StepState::Waiting | StepState::Failed) && step.attempts > 0 {
        let plural = if step.attempts == 1 { "" } else { "s" };
        parts.push(format!("{} attempt{plural} so far.", step.attempts));
    }
    if let Some(at) = step.next_attempt_at.filter(|_| step.state == StepState::Waiting) {
        parts.push(if at.since(shell.now) < NOW {
            "The next attempt comes in a moment.".to_owned()
        } else {
            format!("Next attempt {} ({}).", shell.ago(&at), shell.when(&at))
        });
    }
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use platform::id::AccountId;

    use super::*;
    use crate::booking::BookingId;

    fn step(kind: StepKind, state: StepState) -> Step {
        Step {
            booking_id: BookingId(uuid::Uuid::from_u128(1)),
            kind,
            account_id: AccountId(uuid::Uuid::from_u128(2)),
            state,
            done_wish: 0,
            attempts: 0,
            last_error: None,
            next_attempt_at: None,
            detail: None,
            memo: None,
            updated_at: Instant::from(jiff::Timestamp::UNIX_EPOCH),
        }
    }

    #[test]
    fn a_mail_that_waits_for_a_server_or_a_link_is_not_running() {
        let mail = step(StepKind::VisitorMail, StepState::Waiting);
        assert_eq!((state(&mail, false), state(&mail, true)), ("running", "waiting"));
        let held = Step { last_error: Some("No mail server is configured.".into()), attempts: 3, ..mail };
        assert_eq!(state(&held, false), "waiting");
        assert_eq!(state(&step(StepKind::Meeting, StepState::Waiting), true), "running");
    }

    #[test]
    fn what_failed_more_than_once_is_said_to_be_tried_again() {
        let late = |attempts| Step {
            attempts,
            last_error: Some("Webex does not answer.".into()),
            next_attempt_at: Some(Instant::from(jiff::Timestamp::UNIX_EPOCH)),
            ..step(StepKind::Meeting, StepState::Waiting)
        };
        assert_eq!((state(&late(1), false), state(&late(2), false)), ("waiting", "retrying"));
    }
}
