//! Moving a booking: host and meeting stay, the time changes, and meeting, calendar and mail follow.

use platform::{Actor, Error, Hub, Instant, audit, audit::Act, id::OrganizationId};
use serde_json::json;

use super::{Booking, BookingId, Refusal, Wrong, store};
use crate::{
    appointment_type::{self, AppointmentType, LONGEST_DURATION},
    claim::{self, Owner, Span},
    hold,
    offer::{self, Ask, board},
    steps,
};

/// Who moves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mover {
    /// By the link in the mail: notice, horizon and cut-off count.
    Visitor,
    /// A host or a program: the host's hours and notice are theirs to ignore, other promises are not.
    Host,
    /// The entry was moved in Outlook already; only other promises count, and not their buffers.
    Outlook,
}

/// Moves a booking to another start and, where Outlook says so, another length.
pub(crate) async fn reschedule(
    hub: &Hub,
    actor: &Actor,
    (organization, id): (OrganizationId, BookingId),
    (start, minutes): (Instant, Option<i64>),
    mover: Mover,
) -> Result<Booking, Refusal> {
    let booking = store::get(hub, organization, id).await?;
    let it = appointment_type::get(hub, organization, booking.type_id).await?;
    let duration = minutes.unwrap_or_else(|| booking.minutes());
    if !(1..=LONGEST_DURATION).contains(&duration) {
        return Err(vec![("duration".to_owned(), Wrong::Duration)].into());
    }
    check_may_change(hub, &booking, &it, mover)?;
    // What runs already may be made shorter or longer, as long as it does not end in the past.
    let is_ahead = start > hub.now() || start == booking.starts_at;
    if !is_ahead || start.after(hold::minutes(duration)) <= hub.now() {
        return Err(Refusal::Past);
    }
    if start == booking.starts_at && duration == booking.minutes() {
        return Ok(booking);
    }
    let owner = booking.id.to_string();
    let ask = Ask {
        only: Some(&booking.hosts.0),
        except: vec![owner],
        by_host: mover != Mover::Visitor,
        ..Ask::new(&it, duration, hold::at(start))
    };
    let is_offered =
        || async { Ok::<_, Error>(board(hub, &ask).await?.times().iter().any(|time| time.start == start)) };
    if mover == Mover::Visitor && !is_offered().await? {
        return Err(hold::taken(hub, &ask, start).await?);
    }
    let writing = || write(hub, actor, (&booking, &it), (start, minutes), mover);
    let moved = match writing().await {
        Err(Refusal::Other(error)) if error.is_collision() => writing().await?,
        written => written?,
    };
    match moved {
        Some(moved) => {
            hub.wake().now();
            Ok(moved)
        }
        None => Err(hold::taken(hub, &ask, start).await?),
    }
}

/// Whether it can still be changed, and by this person.
pub(crate) fn check_may_change(
    hub: &Hub,
    booking: &Booking,
    it: &AppointmentType,
    mover: Mover,
) -> Result<(), Refusal> {
    if !booking.is_confirmed() {
        return Err(Refusal::AlreadyCancelled);
    }
    if booking.ends_at <= hub.now() {
        return Err(Refusal::Past);
    }
    let cutoff = booking.starts_at.before(hold::minutes(it.cancel_cutoff));
    if mover == Mover::Visitor && hub.now() > cutoff {
        return Err(Refusal::TooLate { cutoff_minutes: it.cancel_cutoff });
    }
    Ok(())
}

async fn write(
    hub: &Hub,
    actor: &Actor,
    (booking, it): (&Booking, &AppointmentType),
    (start, minutes): (Instant, Option<i64>),
    mover: Mover,
) -> Result<Option<Booking>, Refusal> {
    let organization = booking.organization_id;
    let zones = offer::zones(hub, it, &booking.hosts.0).await?;
    let mut tx = hub.db().begin().await.map_err(Error::from)?;
    let mut moved = store::lock(hub, &mut tx, organization, booking.id).await?;
    check_may_change(hub, &moved, it, mover)?;
    let duration = minutes.unwrap_or_else(|| moved.minutes());
    let owner = Owner::Booking(booking.id.0);
    claim::release(&mut tx, organization, owner).await?;
    let end = start.after(hold::minutes(duration));
    let with_buffers = hold::claimed(it, start, duration);
    let without = Span { start, end };
    let hosts = (organization, booking.hosts.0.as_slice());
    let span = if mover == Mover::Outlook { without } else { with_buffers };
    if hold::take_all(hub, &mut tx, hosts, span, (owner, None)).await?.is_none() {
        return Ok(None);
    }
    if mover == Mover::Visitor {
        // Whoever counts for a cap passes here one at a time.
        for host in hold::in_order(&moved.hosts.0) {
            appointment_type::keep_turn(&mut tx, (organization, it.id), host).await?;
        }
        let except = [booking.id.to_string()];
        let counts = offer::count(hub, &mut tx, it, &zones, (hold::at(start), &except)).await?;
        if zones.iter().any(|(account, zone)| counts.capped(*account, zone, start).is_some()) {
            return Ok(None);
        }
    }
    let before = moved.starts_at;
    moved.starts_at = start;
    moved.ends_at = end;
    moved.wish += 1;
    moved.sequence += 1;
    moved.proposal = None;
    moved.updated_at = hub.now();
    store::settle_times(&mut tx, &moved).await?;
    steps::want(hub, &mut tx, &moved).await?;
    let act = Act {
        action: "booking.moved",
        subject: "booking",
        subject_id: moved.id.to_string(),
        details: json!({ "from": before, "to": start, "by": format!("{mover:?}").to_lowercase() }),
    };
    audit::record_for(hub, &mut tx, organization, actor, act).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(Some(moved))
}

/// The times to which a booking can be moved in a span.
pub(crate) async fn times_for(
    hub: &Hub,
    (booking, it): (&Booking, &AppointmentType),
    span: Span,
    by_host: bool,
) -> platform::Result<Vec<Instant>> {
    let ask = Ask {
        only: Some(&booking.hosts.0),
        except: vec![booking.id.to_string()],
        by_host,
        ..Ask::new(it, booking.minutes(), span)
    };
    let mut times: Vec<Instant> =
        board(hub, &ask).await?.times().into_iter().map(|time| time.start).collect();
    times.retain(|start| *start != booking.starts_at);
    Ok(times)
}
