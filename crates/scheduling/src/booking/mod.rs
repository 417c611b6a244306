//! Bookings: promises to visitors, and the steps that make them true outside.

mod book;
mod cancel;
mod place;
mod refusal;
mod reschedule;
mod sealed;
mod store;
mod visitor;

use platform::{
    Instant,
    id::{AccountId, OrganizationId},
    ids, json_column, record,
};
use serde::{Deserialize, Serialize};

pub(crate) use book::{NewBooking, book, forget_keys};
pub(crate) use cancel::{Canceller, cancel};
pub(crate) use place::{ChosenPlace, Offering, offered_places, offered_places_at};
pub(crate) use refusal::{Refusal, Wrong};
pub(crate) use reschedule::{Mover, check_may_change, reschedule, times_for};
pub(crate) use sealed::{by_manage_token, manage_link, manage_token, meeting_secrets, seal_meeting_secrets};
pub(crate) use store::{BookingFilter, find, get, hosted_between, list, lock, set_meeting, set_proposal};
pub(crate) use visitor::VisitorInput;

use crate::{
    appointment_type::{Answer, Place, TypeId, by_name},
    ids::Accounts,
    texts::Language,
};

ids! {
    /// One booking.
    BookingId,
}

/// Where a booking stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BookingState {
    Confirmed,
    Cancelled,
}

impl BookingState {
    pub(crate) const ALL: [Self; 2] = [Self::Confirmed, Self::Cancelled];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Cancelled => "cancelled",
        }
    }
}

by_name!(BookingState, "booking state");

/// The person who booked; they have no account, only links.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Visitor {
    pub name: String,
    pub email: String,
    /// As it was written, with digits, spaces and `+ ( ) / . -` only.
    pub phone: Option<String>,
    /// The IANA name of the zone in which the visitor reads times.
    pub zone: String,
    pub language: Language,
}
json_column!(Visitor);

/// What the visitor answered, with the questions as they were then.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Answers(pub Vec<Answer>);
json_column!(Answers);

/// The meeting behind an online booking, without what is secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Meeting {
    /// The id at the provider: Webex's meeting id, or nothing for Teams, whose meeting belongs to the entry.
    pub id: Option<String>,
    /// The connection it was made with; it is changed and deleted with the same one.
    pub connection: Option<connections::ConnectionId>,
    pub join_url: Option<String>,
    /// The meeting number for those who dial in.
    pub number: Option<String>,
}
json_column!(Meeting);

/// What only participants and the host may see; sealed in the database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MeetingSecrets {
    pub password: Option<String>,
    /// The same for telephones and video systems: digits only.
    #[serde(default)]
    pub phone_password: Option<String>,
    pub sip_address: Option<String>,
    /// Numbers to dial, such as `+1-415-655-0002`, with their labels.
    #[serde(default)]
    pub phone_numbers: Vec<(String, String)>,
    pub access_code: Option<String>,
}

/// A change that a host made in Outlook and that waits for the host's decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Proposal {
    pub account: AccountId,
    pub change: ProposedChange,
    pub at: Instant,
    /// Why it was not simply followed, when the type would: another booking is in the way.
    pub obstacle: Option<String>,
}
json_column!(Proposal);

/// What the entry in Outlook says instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProposedChange {
    Moved { start: Instant, end: Instant },
    Deleted,
}

record! {
    /// A booking as stored.
    #[derive(Clone, Debug)]
    pub(crate) struct Booking {
        organization_id: OrganizationId,
        id: BookingId,
        type_id: TypeId,
        /// The type's name when it was booked.
        type_name: String,
        state: BookingState,
        starts_at: Instant,
        ends_at: Instant,
        place: Place,
        visitor: Visitor,
        /// The visitor's address in the form in which addresses are compared.
        visitor_email: String,
        answers: Answers,
        /// The organizer first.
        hosts: Accounts,
        /// Grows with every change that meeting, calendar and mail must follow.
        wish: i64,
        /// The SEQUENCE of the invitation (RFC 5546, section 2.1.4).
        sequence: i64,
        /// The token of the visitor's link, sealed.
        manage_token: String,
        meeting: Option<Meeting>,
        /// Sealed [`MeetingSecrets`].
        meeting_secrets: Option<String>,
        proposal: Option<Proposal>,
        cancelled_at: Option<Instant>,
        /// `visitor`, `host`, `outlook` or `program`.
        cancelled_by: Option<String>,
        cancel_reason: Option<String>,
        created_at: Instant,
        updated_at: Instant,
    }
}

impl Booking {
    pub(crate) fn is_confirmed(&self) -> bool {
        self.state == BookingState::Confirmed
    }

    /// Whose calendar and whose meeting it is.
    pub(crate) fn organizer(&self) -> Option<AccountId> {
        self.hosts.0.first().copied()
    }

    /// How long it lasts, in minutes.
    pub(crate) fn minutes(&self) -> i64 {
        i64::try_from(self.ends_at.since(self.starts_at).as_secs() / 60).unwrap_or(i64::MAX)
    }

    /// The name of its entries and invitations everywhere outside.
    pub(crate) fn key(&self) -> String {
        format!("booking:{}", self.id)
    }
}
