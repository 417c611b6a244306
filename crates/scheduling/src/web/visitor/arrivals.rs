//! What follows a booking, as its visitor sees it: the meeting's link, the host's calendar, the mail.

use platform::{Hub, Result};

use super::visit::Visit;
use crate::{
    booking::{Booking, MeetingSecrets, meeting_secrets},
    steps::{self, Step, StepKind, StepState},
    texts::Text,
};

/// What follows and what has come.
pub(super) struct Arriving {
    pub steps: Vec<Arrival>,
    /// Nothing will change by itself: the page may rest.
    pub is_settled: bool,
    /// Something will change within seconds; what is late takes minutes, and is not worth loading a page for so often.
    pub is_quick: bool,
    /// How to take part, once that is known.
    pub meeting: Option<MeetingView>,
    /// What there is in place of a link that is not there yet.
    pub no_link: Option<String>,
}

/// One thing that follows.
pub(super) struct Arrival {
    pub text: String,
    /// `done`, `waiting`, `late` or `failed`.
    pub class: &'static str,
}

/// How to take part in an online meeting.
pub(super) struct MeetingView {
    pub join_url: String,
    pub number: Option<String>,
    pub secrets: MeetingSecrets,
}

/// Reads what has arrived.
pub(super) async fn arriving(hub: &Hub, visit: &Visit, booking: &Booking) -> Result<Arriving> {
    let is_over = !booking.is_confirmed() || booking.ends_at <= hub.now();
    if is_over {
        return Ok(Arriving {
            steps: Vec::new(),
            is_settled: true,
            is_quick: false,
            meeting: None,
            no_link: None,
        });
    }
    let steps = steps::of_booking(hub, booking.organization_id, booking.id).await?;
    let kinds = [StepKind::Meeting, StepKind::Calendar, StepKind::VisitorMail];
    let standing: Vec<(StepKind, Standing)> =
        kinds.into_iter().filter_map(|kind| Some((kind, Standing::of(&steps, kind)?))).collect();
    let meeting = meeting(hub, booking).await?;
    let is_quick = standing.iter().any(|(_, standing)| *standing == Standing::Waiting);
    let is_settled = !steps.iter().any(|step| kinds.contains(&step.kind) && goes_on(step));
    let link = standing.iter().find(|(kind, _)| *kind == StepKind::Meeting).map(|(_, standing)| *standing);
    let no_link = match link {
        _ if meeting.is_some() || !booking.place.kind.is_online() => None,
        // The step itself says it, with what it means for the appointment.
        Some(Standing::Failed | Standing::Late) => None,
        _ => Some(visit.say("booked-link-follows")),
    };
    let all_done = standing.iter().all(|(_, standing)| *standing == Standing::Done);
    let arrival = |(kind, standing): (StepKind, Standing)| Arrival {
        text: Text::plain(standing.text(kind, meeting.is_some()))
            .with("email", &*booking.visitor.email)
            .in_language(visit.language),
        class: standing.class(),
    };
    let is_quiet = all_done && booking.updated_at.after(QUIET) < hub.now();
    let steps = if is_quiet { Vec::new() } else { standing.into_iter().map(arrival).collect() };
    Ok(Arriving { steps, is_settled, is_quick, meeting, no_link })
}

/// Whether a step may become something else by itself; also one that needs a person is tried again, because nobody says
/// when that person has acted.
fn goes_on(step: &Step) -> bool {
    match step.state {
        StepState::Waiting => true,
        StepState::Failed => step.next_attempt_at.is_some(),
        StepState::Done | StepState::NotNeeded => false,
    }
}

/// This long after a change the page no longer says what followed it.
const QUIET: std::time::Duration = std::time::Duration::from_secs(600);

async fn meeting(hub: &Hub, booking: &Booking) -> Result<Option<MeetingView>> {
    let Some(meeting) = &booking.meeting else { return Ok(None) };
    let Some(join_url) =
        meeting.join_url.clone().filter(|url| url.starts_with("https://") || url.starts_with("http://"))
    else {
        return Ok(None);
    };
    let secrets = meeting_secrets(hub, booking).await?;
    Ok(Some(MeetingView { join_url, number: meeting.number.clone(), secrets }))
}

/// Where a kind of step stands, over all hosts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Done,
    Waiting,
    /// It failed before and is tried again.
    Late,
    /// A person must act.
    Failed,
}

impl Standing {
    /// The worst of all hosts'; nothing where there is nothing to do.
    fn of(steps: &[Step], kind: StepKind) -> Option<Self> {
        steps.iter().filter(|step| step.kind == kind).filter_map(Self::of_one).max()
    }

    fn of_one(step: &Step) -> Option<Self> {
        match step.state {
            StepState::Done => Some(Self::Done),
            StepState::Waiting if step.last_error.is_some() => Some(Self::Late),
            StepState::Waiting => Some(Self::Waiting),
            StepState::Failed => Some(Self::Failed),
            StepState::NotNeeded => None,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Waiting => "waiting",
            Self::Late => "late",
            Self::Failed => "failed",
        }
    }

    /// What it says; of a meeting whose link is there already, that it is brought up to date.
    fn text(self, kind: StepKind, has_link: bool) -> &'static str {
        match (kind, self) {
            (StepKind::Meeting, Self::Done) => "step-meeting-done",
            (StepKind::Meeting, Self::Waiting) if has_link => "step-update-waiting",
            (StepKind::Meeting, Self::Late) if has_link => "step-update-late",
            (StepKind::Meeting, Self::Failed) if has_link => "step-update-failed",
            (StepKind::Meeting, Self::Waiting) => "step-meeting-waiting",
            (StepKind::Meeting, Self::Late) => "booked-link-follows-late",
            (StepKind::Meeting, Self::Failed) => "booked-link-manual",
            (StepKind::Calendar, Self::Done) => "step-calendar-done",
            (StepKind::Calendar, Self::Waiting) => "step-calendar-waiting",
            (StepKind::Calendar, Self::Late) => "step-calendar-late",
            (StepKind::Calendar, Self::Failed) => "step-calendar-failed",
            (StepKind::VisitorMail | StepKind::HostMail, Self::Done) => "step-mail-done",
            (StepKind::VisitorMail | StepKind::HostMail, Self::Waiting) => "step-mail-waiting",
            (StepKind::VisitorMail | StepKind::HostMail, Self::Late) => "step-mail-late",
            (StepKind::VisitorMail | StepKind::HostMail, Self::Failed) => "step-mail-failed",
        }
    }
}
