//! A booking as the API shows it.

use platform::{Instant, id::AccountId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    appointment_type::{Answer, Place, TypeId},
    booking::{Booking, BookingId, BookingState, ProposedChange},
    steps::{Step, StepKind, StepState},
    texts::Language,
};

/// A booking.
#[derive(Serialize, ToSchema)]
pub(super) struct BookingBody {
    #[schema(value_type = String, format = Uuid)]
    pub(super) id: BookingId,
    #[schema(value_type = String, format = Uuid)]
    type_id: TypeId,
    /// The type's name when it was booked.
    type_name: String,
    state: BookingState,
    #[schema(value_type = String, format = DateTime)]
    start: Instant,
    #[schema(value_type = String, format = DateTime)]
    end: Instant,
    place: Place,
    /// The organizer first.
    #[schema(value_type = Vec<uuid::Uuid>)]
    hosts: Vec<AccountId>,
    visitor: VisitorBody,
    answers: Vec<Answer>,
    /// The online meeting, once it is made.
    meeting: Option<MeetingBody>,
    /// A change in Outlook that waits for the host's decision.
    proposal: Option<ProposalBody>,
    cancellation: Option<CancellationBody>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Instant,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Instant,
}

/// Who booked.
#[derive(Serialize, ToSchema)]
struct VisitorBody {
    name: String,
    email: String,
    phone: Option<String>,
    /// The IANA name of the zone in which the visitor reads times.
    zone: String,
    language: Language,
}

/// The online meeting, without what only its participants may know.
#[derive(Serialize, ToSchema)]
struct MeetingBody {
    join_url: Option<String>,
    /// The meeting number for those who dial in.
    number: Option<String>,
}

/// What a host's entry in Outlook says instead.
#[derive(Serialize, ToSchema)]
struct ProposalBody {
    #[schema(value_type = String, format = Uuid)]
    account_id: AccountId,
    /// The entry's start; absent when it was deleted.
    #[schema(value_type = Option<String>, format = DateTime)]
    start: Option<Instant>,
    #[schema(value_type = Option<String>, format = DateTime)]
    end: Option<Instant>,
    /// Why the booking did not simply follow.
    obstacle: Option<String>,
}

/// When, by whom and why it was cancelled.
#[derive(Serialize, ToSchema)]
struct CancellationBody {
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
    /// `visitor`, `host`, `outlook` or `program`.
    by: Option<String>,
    reason: Option<String>,
}

/// A booking that was just made.
#[derive(Serialize, ToSchema)]
pub(super) struct BookedBody {
    #[serde(flatten)]
    pub(super) booking: BookingBody,
    /// The visitor's own link to move or cancel it; whoever has it can.
    pub(super) manage_url: String,
}

/// A booking with the steps that make it true outside.
#[derive(Serialize, ToSchema)]
pub(super) struct BookingWithSteps {
    #[serde(flatten)]
    booking: BookingBody,
    steps: Vec<StepBody>,
}

/// One thing that has to become true for a booking.
#[derive(Serialize, ToSchema)]
struct StepBody {
    kind: StepKind,
    /// The host it is about.
    #[schema(value_type = String, format = Uuid)]
    account_id: AccountId,
    state: StepState,
    attempts: i64,
    /// What went wrong last, and what to do, in words.
    last_error: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    next_attempt_at: Option<Instant>,
    detail: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Instant,
}

impl From<Booking> for BookingBody {
    fn from(booking: Booking) -> Self {
        let cancellation = booking.cancelled_at.map(|at| CancellationBody {
            at,
            by: booking.cancelled_by,
            reason: booking.cancel_reason,
        });
        let proposal = booking.proposal.map(|proposal| {
            let (start, end) = match proposal.change {
                ProposedChange::Moved { start, end } => (Some(start), Some(end)),
                ProposedChange::Deleted => (None, None),
            };
            ProposalBody { account_id: proposal.account, start, end, obstacle: proposal.obstacle }
        });
        Self {
            id: booking.id,
            type_id: booking.type_id,
            type_name: booking.type_name,
            state: booking.state,
            start: booking.starts_at,
            end: booking.ends_at,
            place: booking.place,
            hosts: booking.hosts.0,
            visitor: VisitorBody {
                name: booking.visitor.name,
                email: booking.visitor.email,
                phone: booking.visitor.phone,
                zone: booking.visitor.zone,
                language: booking.visitor.language,
            },
            answers: booking.answers.0,
            meeting: booking
                .meeting
                .map(|meeting| MeetingBody { join_url: meeting.join_url, number: meeting.number }),
            proposal,
            cancellation,
            created_at: booking.created_at,
            updated_at: booking.updated_at,
        }
    }
}

impl BookingWithSteps {
    pub(super) fn new(booking: Booking, steps: Vec<Step>) -> Self {
        let step = |step: Step| StepBody {
            kind: step.kind,
            account_id: step.account_id,
            state: step.state,
            attempts: step.attempts,
            last_error: step.last_error,
            next_attempt_at: step.next_attempt_at,
            detail: step.detail,
            updated_at: step.updated_at,
        };
        Self { booking: booking.into(), steps: steps.into_iter().map(step).collect() }
    }
}
