//! Booking: the promise is written in one transaction with the claim on the hosts' time and the steps that follow.

use jiff::tz::TimeZone;
use platform::{
    Actor, Error, Hub, Instant, actor::Who, audit, audit::Act, db::Tx, id::AccountId, random::fingerprint,
    record,
};
use serde_json::json;

use super::{
    Answers, Booking, BookingId, BookingState, ChosenPlace, Refusal, Visitor, VisitorInput, Wrong,
    offered_places, sealed, store,
};
use crate::{
    appointment_type::{self, AppointmentType, HostMode, Place, PlaceKind},
    claim::{self, Owner},
    hold::{self, Hold},
    ids::Accounts,
    offer::{self, Ask},
    steps,
};

/// A wish to book.
#[derive(Clone)]
pub(crate) struct NewBooking {
    pub start: Instant,
    /// In minutes.
    pub duration: i64,
    /// The chosen one of the type's places. The only one there is when absent.
    pub place: Option<ChosenPlace>,
    pub visitor: VisitorInput,
    /// The token of the hold under which the form was filled in.
    pub hold: Option<String>,
    /// A program's own key for this request: pressing twice books once.
    pub idempotency_key: Option<String>,
}

/// What is known to be right about a wish before the database is asked to keep it.
struct Checked {
    place: Place,
    visitor: Visitor,
    answers: Answers,
    /// The hold, living or run out; it ties the request to its booking in any case.
    hold: Option<Hold>,
}

record! {
    struct Earlier {
        fingerprint: String,
        booking_id: BookingId,
    }
}

/// Books a time of a type. The same hold or the same key books once and answers the same booking again.
pub(crate) async fn book(
    hub: &Hub,
    actor: &Actor,
    it: &AppointmentType,
    wish: &NewBooking,
) -> Result<Booking, Refusal> {
    if let Some(earlier) = booked_before(hub, actor, it, wish).await? {
        return Ok(earlier);
    }
    match book_now(hub, actor, it, wish).await {
        // The same request may have won against itself.
        Err(refusal @ Refusal::Taken { .. }) => booked_before(hub, actor, it, wish).await?.ok_or(refusal),
        booked => booked,
    }
}

async fn book_now(
    hub: &Hub,
    actor: &Actor,
    it: &AppointmentType,
    wish: &NewBooking,
) -> Result<Booking, Refusal> {
    if !it.active {
        return Err(Refusal::Closed);
    }
    let checked = check(hub, it, wish).await?;
    let ask = Ask {
        except: checked.hold.iter().map(|hold| hold.id.to_string()).collect(),
        place: Some(&checked.place),
        ..Ask::new(it, wish.duration, hold::at(wish.start))
    };
    let held = checked.hold.as_ref().filter(|hold| hold.is_living(hub.now()) && fits_mode(it, &hold.hosts.0));
    let candidates = match held {
        Some(hold) if serves(hub, it, &hold.hosts.0, &checked.place).await? => hold.hosts.0.clone(),
        _ => hold::candidates(hub, &ask, wish.start).await?,
    };
    let writing = || write(hub, actor, it, (wish, &checked), &candidates);
    let booking = match writing().await {
        Err(Refusal::Other(error)) if error.is_collision() => writing().await?,
        written => written?,
    };
    match booking {
        Some(booking) => {
            hub.wake().now();
            Ok(booking)
        }
        None => Err(hold::taken(hub, &ask, wish.start).await?),
    }
}

/// Whether the held hosts are as many as the type needs now; its mode may have changed meanwhile.
fn fits_mode(it: &AppointmentType, hosts: &[AccountId]) -> bool {
    it.mode != HostMode::All || hosts.len() > 1
}

/// What this request has booked already, if it comes a second time.
async fn booked_before(
    hub: &Hub,
    actor: &Actor,
    it: &AppointmentType,
    wish: &NewBooking,
) -> Result<Option<Booking>, Refusal> {
    if let Some(token) = &wish.hold
        && let Some(hold) = hold::find(hub, hub.db(), token).await?
        && let Some(booking) = hold.booking_id
        && hold.organization_id == it.organization_id
    {
        let booking = store::get(hub, it.organization_id, booking).await?;
        let is_same = hold.type_id == it.id
            && hold.starts_at == wish.start
            && booking.visitor_email == wish.visitor.email.trim().to_lowercase();
        return if is_same { Ok(Some(booking)) } else { Err(Refusal::KeyReused) };
    }
    let Some(key) = &wish.idempotency_key else { return Ok(None) };
    let text = "SELECT fingerprint, booking_id FROM idempotency WHERE organization_id = $1 AND key_hash = $2";
    let statement = hub.db().sql(text).bind(it.organization_id).bind(key_of(actor, key));
    let earlier: Option<Earlier> = statement.maybe(hub.db()).await.map_err(Error::from)?;
    match earlier {
        None => Ok(None),
        Some(earlier) if earlier.fingerprint != print(it, wish) => Err(Refusal::KeyReused),
        Some(earlier) => Ok(Some(store::get(hub, it.organization_id, earlier.booking_id).await?)),
    }
}

/// A key belongs to the program or person that chose it.
fn key_of(actor: &Actor, key: &str) -> String {
    let whose = match &actor.who {
        Who::Key(key) => key.id.to_string(),
        Who::Person(person) => person.account.to_string(),
        Who::Anyone | Who::System(_) => "visitor".to_owned(),
    };
    fingerprint(&format!("{whose} {key}"))
}

/// What makes two requests the same one.
fn print(it: &AppointmentType, wish: &NewBooking) -> String {
    let visitor = &wish.visitor;
    let parts = json!([
        it.id,
        wish.start.micros(),
        wish.duration,
        wish.place,
        visitor.name,
        visitor.email,
        visitor.phone,
        visitor.zone,
        visitor.language,
        visitor.answers,
    ]);
    fingerprint(&parts.to_string())
}

/// Everything that is wrong with the wish itself, at once.
async fn check(hub: &Hub, it: &AppointmentType, wish: &NewBooking) -> Result<Checked, Refusal> {
    let mut wrong = Vec::new();
    if !it.durations.0.contains(&wish.duration) {
        wrong.push(("duration".to_owned(), Wrong::Duration));
    }
    let places = offered_places(hub, it).await?;
    let chosen = ChosenPlace::among(wish.place.as_ref(), &places);
    let place = chosen.map_err(|why| wrong.push(("place".to_owned(), why))).ok();
    let needs_phone = place.is_some_and(|place| place.kind == PlaceKind::Phone);
    let visitor = wish.visitor.check(it, needs_phone, &mut wrong);
    let (Some(place), Some((visitor, answers)), true) = (place, visitor, wrong.is_empty()) else {
        return Err(wrong.into());
    };
    let hold = match &wish.hold {
        Some(token) => hold::find(hub, hub.db(), token).await?,
        None => None,
    };
    if hold.as_ref().is_some_and(|hold| hold.booking_id.is_some()) {
        // Booked since we looked; the caller finds out by whom.
        return Err(Refusal::Taken { alternatives: Vec::new() });
    }
    let fits = |hold: &Hold| {
        hold.type_id == it.id
            && hold.starts_at == wish.start
            && hold.ends_at == wish.start.after(hold::minutes(wish.duration))
    };
    Ok(Checked { place: place.clone(), visitor, answers, hold: hold.filter(fits) })
}

/// Whether the host who makes the meeting can serve this place.
async fn serves(
    hub: &Hub,
    it: &AppointmentType,
    hosts: &[AccountId],
    place: &Place,
) -> Result<bool, Refusal> {
    let organizer: Vec<AccountId> = hosts.iter().take(1).copied().collect();
    let ready = offer::readiness(hub, it.organization_id, std::slice::from_ref(place), &organizer).await?;
    Ok(ready.iter().all(|host| host.places.contains(place)))
}

/// One transaction: claim, caps, booking, steps, key. `None` when somebody else was faster.
async fn write(
    hub: &Hub,
    actor: &Actor,
    it: &AppointmentType,
    (wish, checked): (&NewBooking, &Checked),
    candidates: &[AccountId],
) -> Result<Option<Booking>, Refusal> {
    let organization = it.organization_id;
    let id = BookingId::new(hub);
    let token = hub.random().token();
    let zones = offer::zones(hub, it, candidates).await?;
    let (manage_hash, manage_token) = sealed::seal_manage_token(hub, (organization, id), &token).await?;
    let mut tx = hub.db().begin().await.map_err(Error::from)?;
    if !note_key(hub, &mut tx, (actor, it), wish, id).await? {
        return Ok(None);
    }
    let Some(hosts) = take(hub, &mut tx, it, (wish, checked, id), candidates).await? else { return Ok(None) };
    let zones: Vec<_> = zones.into_iter().filter(|(account, _)| hosts.contains(account)).collect();
    if !pass_caps(hub, &mut tx, it, wish.start, &zones).await? {
        return Ok(None);
    }
    let now = hub.now();
    let booking = Booking {
        organization_id: organization,
        id,
        type_id: it.id,
        type_name: it.name.clone(),
        state: BookingState::Confirmed,
        starts_at: wish.start,
        ends_at: wish.start.after(hold::minutes(wish.duration)),
        place: checked.place.clone(),
        visitor_email: checked.visitor.email.to_lowercase(),
        visitor: checked.visitor.clone(),
        answers: checked.answers.clone(),
        hosts: Accounts(hosts),
        wish: 1,
        sequence: 0,
        manage_token,
        meeting: None,
        meeting_secrets: None,
        proposal: None,
        cancelled_at: None,
        cancelled_by: None,
        cancel_reason: None,
        created_at: now,
        updated_at: now,
    };
    store::insert(&mut tx, &booking, manage_hash).await?;
    steps::want(hub, &mut tx, &booking).await?;
    let act = Act {
        action: "booking.made",
        subject: "booking",
        subject_id: id.to_string(),
        details: json!({ "appointment_type": it.name, "starts_at": booking.starts_at }),
    };
    audit::record_for(hub, &mut tx, organization, actor, act).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(Some(booking))
}

/// Takes the hosts' time: the hold's own claim, or a new one.
async fn take(
    hub: &Hub,
    tx: &mut Tx,
    it: &AppointmentType,
    (wish, checked, id): (&NewBooking, &Checked, BookingId),
    candidates: &[AccountId],
) -> Result<Option<Vec<AccountId>>, Refusal> {
    if let Some(hold) = &checked.hold {
        if !claim_hold(tx, hold, id).await? {
            return Ok(None);
        }
        if hold.hosts.0 == candidates && hold.is_living(hub.now()) {
            let handed = claim::hand_over(hub, tx, it.organization_id, (hold.id.0, id.0)).await?;
            if handed == u64::try_from(candidates.len()).unwrap_or(0) {
                return Ok(Some(candidates.to_vec()));
            }
        }
        claim::release(tx, it.organization_id, Owner::Hold(hold.id.0)).await?;
        claim::release(tx, it.organization_id, Owner::Booking(id.0)).await?;
    }
    let span = hold::claimed(it, wish.start, wish.duration);
    Ok(hold::take_hosts(hub, tx, it, (candidates, span), (Owner::Booking(id.0), None)).await?)
}

/// Ties the hold to its booking; only one request can.
async fn claim_hold(tx: &mut Tx, hold: &Hold, booking: BookingId) -> Result<bool, Refusal> {
    let text =
        "UPDATE hold SET booking_id = $3 WHERE organization_id = $1 AND id = $2 AND booking_id IS NULL";
    let statement = tx.sql(text).bind(hold.organization_id).bind(hold.id).bind(booking);
    Ok(statement.execute(&mut *tx).await.map_err(Error::from)? == 1)
}

/// Writes the request's key down; false when it is there already.
async fn note_key(
    hub: &Hub,
    tx: &mut Tx,
    (actor, it): (&Actor, &AppointmentType),
    wish: &NewBooking,
    booking: BookingId,
) -> Result<bool, Refusal> {
    let Some(key) = &wish.idempotency_key else { return Ok(true) };
    let text = "INSERT INTO idempotency (organization_id, key_hash, fingerprint, booking_id, created_at) \
                VALUES ($1, $2, $3, $4, $5) ON CONFLICT (organization_id, key_hash) DO NOTHING";
    let statement = tx.sql(text).bind(it.organization_id).bind(key_of(actor, key)).bind(print(it, wish));
    let written = statement.bind(booking).bind(hub.now()).execute(&mut *tx).await.map_err(Error::from)?;
    Ok(written == 1)
}

/// Takes the hosts' turns, one booking at a time, and counts what is there then: no cap is broken by two at once.
async fn pass_caps(
    hub: &Hub,
    tx: &mut Tx,
    it: &AppointmentType,
    start: Instant,
    hosts: &[(AccountId, TimeZone)],
) -> Result<bool, Refusal> {
    let accounts: Vec<AccountId> = hosts.iter().map(|(account, _)| *account).collect();
    for host in hold::in_order(&accounts) {
        if !appointment_type::take_turn(tx, (it.organization_id, it.id), host, hub.now()).await? {
            return Ok(false);
        }
    }
    let counts = offer::count(hub, tx, it, hosts, (hold::at(start), &[])).await?;
    Ok(hosts.iter().all(|(account, zone)| counts.capped(*account, zone, start).is_none()))
}

/// Forgets keys after a month; whoever repeats a request then means another one.
pub(crate) async fn forget_keys(hub: Hub) -> platform::Result<()> {
    const MONTH: std::time::Duration = std::time::Duration::from_secs(31 * 86_400);
    let text = "DELETE FROM idempotency WHERE created_at < $1";
    hub.db().sql(text).bind(hub.now().before(MONTH)).execute(hub.db()).await?;
    Ok(())
}
