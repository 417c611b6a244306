//! The steps that make a booking true outside: meeting, calendar entries, mails. They are written with the booking and
//! carried out by a job; each compares what should be with what is and closes the gap, so "again" is always safe.

mod back_off;
mod calendar;
mod carry_out;
mod lease;
mod mails;
mod meeting;
mod outlook;
mod posted;
mod retry;
mod scene;
mod store;
mod trouble;
mod words;

use std::time::Duration;

use connections::ConnectionId;
use notifications::MailId;
use platform::{
    Hub, Instant, Result,
    db::Tx,
    id::AccountId,
    jobs::{self, Jobs, NewJob},
    json_column, record,
};
use serde::{Deserialize, Serialize};

use crate::booking::{Booking, BookingId};

pub(crate) use mails::{KINDS, invitation};
pub(crate) use meeting::quota::{Used as MeetingsUsed, used as meetings_used};
pub(crate) use outlook::decide;
pub(crate) use posted::of_booking;
pub(crate) use retry::retry;
use store::Since;

/// How often unfinished steps are looked for.
const LOOK: Duration = Duration::from_secs(5);

/// What carries steps out.
pub(crate) fn jobs() -> Jobs {
    Jobs::default()
        .on(CARRY_OUT, carry_out::run)
        .on(CHECK_MEETING, carry_out::check_meeting)
        .on(calendars::ENTRY_CHANGED, outlook::entry_changed)
        .on(notifications::GIVEN_UP, posted::given_up)
        .every(LOOK, "scheduling.carry_on", carry_out::carry_on)
}

/// The job that carries out a booking's steps.
pub(crate) const CARRY_OUT: &str = "scheduling.carry_out";

/// The job that looks, some time later, whether a booking has more meetings than its own.
const CHECK_MEETING: &str = "scheduling.check_meeting";

/// Their payload.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct CarryOut {
    pub booking: BookingId,
}

/// One thing that has to become true.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StepKind {
    /// The Webex or Teams meeting, with the organizer's account.
    Meeting,
    /// The entry in one host's Outlook calendar.
    Calendar,
    /// The invitation to the visitor; it is kept with the organizer's account.
    VisitorMail,
    /// The message to one host.
    HostMail,
}

impl StepKind {
    pub(crate) const ALL: [Self; 4] = [Self::Meeting, Self::Calendar, Self::VisitorMail, Self::HostMail];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Meeting => "meeting",
            Self::Calendar => "calendar",
            Self::VisitorMail => "visitor_mail",
            Self::HostMail => "host_mail",
        }
    }
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StepState {
    /// Not done yet; with `next_attempt_at`, after a failure that passes.
    Waiting,
    Done,
    /// A person must act; the error says who and how.
    Failed,
    /// There is nothing to do: no calendar receives bookings, no online meeting.
    NotNeeded,
}

impl StepState {
    pub(crate) const ALL: [Self; 4] = [Self::Waiting, Self::Done, Self::Failed, Self::NotNeeded];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::NotNeeded => "not_needed",
        }
    }
}

crate::appointment_type::by_name!(StepKind, "step");
crate::appointment_type::by_name!(StepState, "state of a step");

/// What a step remembers between attempts, whatever the booking wishes meanwhile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Memo {
    /// A meeting's creation was asked for, and whether there is one is not known.
    #[serde(default)]
    pub attempt: Option<Attempt>,
    /// More meetings than one may have been made, or one after nobody looked any more: this connection finds them.
    #[serde(default)]
    pub doubt: Option<ConnectionId>,
    /// What the last mail said.
    #[serde(default)]
    pub told: Option<Told>,
    /// For a mail: the one that told the latest news.
    #[serde(default)]
    pub mail: Option<MailId>,
    /// For an entry: the latest report from Outlook that was looked at.
    #[serde(default)]
    pub report: Option<i64>,
    /// For an entry: the booking's SEQUENCE when it was written last.
    #[serde(default)]
    pub written: Option<i64>,
}
json_column!(Memo);

/// A request to make a meeting whose outcome is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempt {
    /// When the answer was lost, or the request sent where nobody waited for one.
    pub since: Instant,
    /// With which it was made; others may not find the meeting.
    pub connection: ConnectionId,
}

/// What somebody was told last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Told {
    pub sequence: i64,
    pub join_url: Option<String>,
    /// Name and address of the ORGANIZER in the visitor's invitation.
    #[serde(default)]
    pub organizer: Option<(String, String)>,
    /// How often the visitor's invitation changed because a link came later.
    #[serde(default)]
    pub links: i64,
}

record! {
    /// One step of one booking.
    #[derive(Clone, Debug)]
    pub(crate) struct Step {
        booking_id: BookingId,
        kind: StepKind,
        account_id: AccountId,
        state: StepState,
        /// The booking's wish that this step has made true last.
        done_wish: i64,
        attempts: i64,
        last_error: Option<String>,
        next_attempt_at: Option<Instant>,
        /// What a person may want to know: which calendar, which address.
        detail: Option<String>,
        memo: Option<Memo>,
        /// For mails: since when they have been wanted.
        updated_at: Instant,
    }
}

/// Writes down that meeting, entries and mails have to follow what the booking now is, takes back the reminders that
/// would say what it was, and queues the work; in the transaction that changed the booking.
pub(crate) async fn want(hub: &Hub, tx: &mut Tx, booking: &Booking) -> Result<()> {
    notifications::withdraw(hub, tx, booking.organization_id, &booking.key()).await?;
    reopen(hub, tx, booking, Since::Now).await
}

/// The same where the appointment is what it was and only its link is new: a reminder whose time has come is still
/// right, and leaves.
async fn want_again(hub: &Hub, tx: &mut Tx, booking: &Booking) -> Result<()> {
    notifications::withdraw_early(hub, tx, booking.organization_id, &booking.key()).await?;
    reopen(hub, tx, booking, Since::Before).await
}

async fn reopen(hub: &Hub, tx: &mut Tx, booking: &Booking, since: Since) -> Result<()> {
    for (step, account) in needed(booking) {
        store::reopen(hub, tx, booking, (step, account), since).await?;
    }
    queue(hub, tx, booking, hub.now()).await
}

/// Queues the carrying out; while it waits already, nothing is added.
pub(crate) async fn queue(hub: &Hub, tx: &mut Tx, booking: &Booking, run_at: Instant) -> Result<()> {
    queue_job(hub, tx, booking, (CARRY_OUT, run_at)).await
}

async fn queue_job(hub: &Hub, tx: &mut Tx, booking: &Booking, (kind, run_at): (&str, Instant)) -> Result<()> {
    let job = NewJob {
        organization: booking.organization_id,
        kind,
        dedupe: Some(booking.id.to_string()),
        payload: jobs::payload(&CarryOut { booking: booking.id }),
        run_at,
    };
    jobs::enqueue(hub, tx, job).await
}

/// The steps of a booking: the meeting where it is online, an entry and a message for each host, one mail for the
/// visitor.
fn needed(booking: &Booking) -> Vec<(StepKind, AccountId)> {
    let Some(organizer) = booking.organizer() else { return Vec::new() };
    let mut steps = vec![(StepKind::VisitorMail, organizer)];
    if booking.place.kind.is_online() {
        steps.push((StepKind::Meeting, organizer));
    }
    for host in &booking.hosts.0 {
        steps.push((StepKind::Calendar, *host));
        steps.push((StepKind::HostMail, *host));
    }
    steps.sort_unstable();
    steps
}
