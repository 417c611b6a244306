//! Cancelling a booking: the time falls free at once, and meeting, calendar and mail follow.

use platform::{Actor, Error, Hub, audit, audit::Act, id::OrganizationId};
use serde_json::json;

use super::{
    Booking, BookingId, BookingState, Refusal, Wrong,
    reschedule::{Mover, check_may_change},
    store,
};
use crate::{
    appointment_type,
    claim::{self, Owner},
    steps,
};

/// The most characters of a reason.
const LONGEST_REASON: usize = 500;

/// Who cancels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Canceller {
    Visitor,
    Host,
    Outlook,
    Program,
}

impl Canceller {
    fn as_str(self) -> &'static str {
        match self {
            Self::Visitor => "visitor",
            Self::Host => "host",
            Self::Outlook => "outlook",
            Self::Program => "program",
        }
    }

    fn mover(self) -> Mover {
        match self {
            Self::Visitor => Mover::Visitor,
            Self::Host | Self::Program => Mover::Host,
            Self::Outlook => Mover::Outlook,
        }
    }
}

/// Cancels a booking; a second time is refused in words and changes nothing.
pub(crate) async fn cancel(
    hub: &Hub,
    actor: &Actor,
    (organization, id): (OrganizationId, BookingId),
    (by, reason): (Canceller, &str),
) -> Result<Booking, Refusal> {
    let reason = reason.trim();
    let length = reason.chars().count();
    if length > LONGEST_REASON {
        return Err(vec![("reason".to_owned(), Wrong::TooLong { length, most: LONGEST_REASON })].into());
    }
    let reason: String = reason.chars().map(|it| if it.is_control() { ' ' } else { it }).collect();
    let booking = store::get(hub, organization, id).await?;
    let it = appointment_type::get(hub, organization, booking.type_id).await?;
    let mut tx = hub.db().begin().await.map_err(Error::from)?;
    let mut cancelled = store::lock(hub, &mut tx, organization, id).await?;
    check_may_change(hub, &cancelled, &it, by.mover())?;
    claim::release(&mut tx, organization, Owner::Booking(id.0)).await?;
    cancelled.state = BookingState::Cancelled;
    cancelled.wish += 1;
    cancelled.sequence += 1;
    cancelled.proposal = None;
    cancelled.cancelled_at = Some(hub.now());
    cancelled.cancelled_by = Some(by.as_str().to_owned());
    cancelled.cancel_reason = (!reason.is_empty()).then_some(reason);
    cancelled.updated_at = hub.now();
    store::set_cancelled(&mut tx, &cancelled).await?;
    steps::want(hub, &mut tx, &cancelled).await?;
    let act = Act {
        action: "booking.cancelled",
        subject: "booking",
        subject_id: id.to_string(),
        details: json!({ "by": by.as_str() }),
    };
    audit::record_for(hub, &mut tx, organization, actor, act).await?;
    tx.commit().await.map_err(Error::from)?;
    hub.wake().now();
    Ok(cancelled)
}
