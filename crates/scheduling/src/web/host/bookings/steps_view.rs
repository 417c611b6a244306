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

/// One step as it is shown.
pub(super) struct StepView {
    /// A state of the page's steps: `waiting`, `running`, `ok`, `failed`, `skipped`.
    pub(super) state: &'static str,
    pub(super) title: String,
    pub(super) detail: String,
    /// What went wrong last, while it is not done.
    pub(super) error: String,
}

/// The worst of the steps, as a badge.
pub(super) fn summary(booking: &Booking, steps: &[Step]) -> (&'static str, &'static str) {
    let has = |state| steps.iter().any(|step| step.state == state);
    if booking.proposal.is_some() {
        ("attention", "changed in Outlook")
    } else if has(StepState::Failed) {
        ("failed", "needs you")
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
    // A mail without a server waits for a person, not for its time.
    let is_held = |step: &Step| {
        let is_mail = matches!(step.kind, StepKind::VisitorMail | StepKind::HostMail);
        is_mail && step.next_attempt_at.is_none() && step.last_error.is_some()
    };
    let is_soon = |step: &&Step| !is_held(step) && step.next_attempt_at.is_none_or(|at| at.since(now) < SOON);
    !steps.iter().filter(|step| step.state == StepState::Waiting).any(|step| is_soon(&step))
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
        title: held.to_owned(),
        detail: at.map_or_else(String::new, |at| shell.when(&at)),
        error: String::new(),
    };
    let with_names = booking.hosts.0.len() > 1;
    let view = |step: &Step| {
        let name = if with_names { format!(" ({})", people.name(step.account_id)) } else { String::new() };
        StepView {
            state: state(step),
            title: format!("{}{name}", title(booking, step)),
            detail: detail(shell, step),
            error: match step.state {
                StepState::Waiting | StepState::Failed => step.last_error.clone().unwrap_or_default(),
                StepState::Done | StepState::NotNeeded => String::new(),
            },
        }
    };
    std::iter::once(first).chain(steps.iter().map(view)).collect()
}

fn state(step: &Step) -> &'static str {
    match step.state {
        StepState::Waiting if step.next_attempt_at.is_some() => "waiting",
        StepState::Waiting => "running",
        StepState::Done => "ok",
        StepState::Failed => "failed",
        StepState::NotNeeded => "skipped",
    }
}

fn title(booking: &Booking, step: &Step) -> &'static str {
    let provider = if booking.place.kind == PlaceKind::Teams { "Teams meeting" } else { "Webex meeting" };
    match (step.kind, booking.is_confirmed()) {
        (StepKind::Meeting, _) => provider,
        (StepKind::Calendar, true) => "Entry in Outlook",
        (StepKind::Calendar, false) => "Entry taken out of Outlook",
        (StepKind::VisitorMail, _) => "Mail to the visitor",
        (StepKind::HostMail, _) => "Mail to the host",
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
    parts.join(" ")
}
