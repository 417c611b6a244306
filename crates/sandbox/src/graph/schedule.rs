//! Free and busy times of several people (Graph "getSchedule").

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::ask::{Ask, Body, find_person};
use super::calendars::READ;
use super::events::{Event, Moment};
use super::failure::Failure;
use super::mailbox::{windows_zone, working_hours};
use super::zone::minutes_between;
use crate::entra::base;
use crate::seed::Person;
use crate::world::{Shared, World, lock};

const MOST_ADDRESSES: usize = 20;
const LONGEST_WINDOW: SignedDuration = SignedDuration::from_hours(62 * 24);
/// Minutes of a slot.
const SLOT: std::ops::RangeInclusive<i64> = 5..=1_440;
const DEFAULT_SLOT: i64 = 30;

/// The window and the length of its slots in minutes.
struct Window {
    from: Timestamp,
    to: Timestamp,
    slot: i64,
}

/// POST /me/calendar/getSchedule
pub(super) async fn get_schedule(
    State(world): State<Shared>,
    ask: Ask,
    body: Body,
) -> Result<Response, Failure> {
    let asking = ask.mailbox(&world, &READ)?;
    let addresses: Vec<&str> =
        body.get("schedules").as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if addresses.is_empty() || addresses.len() > MOST_ADDRESSES {
        let message = format!("The property schedules must hold between 1 and {MOST_ADDRESSES} addresses.");
        return Err(Failure::invalid("ErrorInvalidParameter", message));
    }
    let window = window(&body)?;
    let found: Vec<Value> =
        addresses.iter().map(|address| schedule(&world, &ask, &asking, address, &window)).collect();
    let context =
        format!("{}/v1.0/$metadata#Collection(microsoft.graph.scheduleInformation)", base(&world.base_url));
    Ok(ask.preferences.applied_to(Json(json!({"@odata.context": context, "value": found})).into_response()))
}

fn window(body: &Body) -> Result<Window, Failure> {
    let edge = |name| Moment::read(body.get(name)).map(|moment| moment.instant());
    let (Some(from), Some(to)) = (edge("startTime")?, edge("endTime")?) else {
        return Err(Failure::invalid("ErrorInvalidParameter", "The time window could not be read."));
    };
    if to <= from || to.duration_since(from) >= LONGEST_WINDOW {
        let message =
            "The requested time duration specified for FreeBusyViewOptions.TimeWindow is not valid.";
        return Err(Failure::invalid("ErrorInvalidTimeInterval", message));
    }
    let slot = match body.get("availabilityViewInterval") {
        Value::Null => DEFAULT_SLOT,
        value => value.as_i64().unwrap_or_default(),
    };
    if !SLOT.contains(&slot) {
        let message = "The AvailabilityViewInterval must be between 5 and 1440 minutes.";
        return Err(Failure::invalid("ErrorInvalidMergedFreeBusyInterval", message));
    }
    Ok(Window { from, to, slot })
}

/// One address; an unknown one carries an error while the call as a whole succeeds.
fn schedule(world: &World, ask: &Ask, asking: &Person, address: &str, window: &Window) -> Value {
    let person = find_person(world, address)
        .filter(|person| person.microsoft.as_ref().is_some_and(|account| !account.no_mailbox));
    let Some(person) = person else {
        return json!({
            "scheduleId": address,
            "scheduleItems": [],
            "availabilityView": "",
            "error": {
                "message": "Unable to resolve e-mail address to an Active Directory object.",
                "responseCode": "ErrorMailRecipientNotFound",
            },
        });
    };
    let events: Vec<Event> = {
        let mut state = lock(&world.graph);
        state.mailbox(&person).view(None, window.from, window.to)
    };
    let in_detail = asking.email.eq_ignore_ascii_case(&person.email);
    json!({
        "scheduleId": address,
        "availabilityView": view(&events, window),
        "scheduleItems": events.iter().map(|event| item(event, ask, in_detail)).collect::<Vec<_>>(),
        "workingHours": working_hours(&windows_zone(&person)),
    })
}

fn item(event: &Event, ask: &Ask, in_detail: bool) -> Value {
    let zone = ask.preferences.zone.as_ref();
    let mut item = json!({
        "status": event.text("showAs"),
        "start": event.start.json(zone, event.is_all_day),
        "end": event.end.json(zone, event.is_all_day),
    });
    // Colleagues see when, not what.
    if in_detail {
        item["isPrivate"] =
            matches!(event.text("sensitivity"), "private" | "personal" | "confidential").into();
        item["subject"] = event.text("subject").into();
        item["location"] = event.fields["location"]["displayName"].clone();
    }
    item
}

/// One digit per slot: 0 free, 1 tentative, 2 busy, 3 out of office, 4 working elsewhere; the highest counts.
fn view(events: &[Event], window: &Window) -> String {
    let minutes = minutes_between(window.from, window.to);
    let slots = (minutes + window.slot - 1) / window.slot;
    let digit = |slot: i64| {
        let at = |slot: i64| window.from.saturating_add(SignedDuration::from_mins(slot * window.slot));
        let (Ok(from), Ok(to)) = (at(slot), at(slot + 1)) else { return '0' };
        let weights = events.iter().filter(|event| event.overlaps(from, to)).map(weight);
        weights.max().unwrap_or('0')
    };
    (0..slots).map(digit).collect()
}

fn weight(event: &Event) -> char {
    match event.text("showAs") {
        "tentative" => '1',
        "busy" => '2',
        "oof" => '3',
        "workingElsewhere" => '4',
        _ => '0',
    }
}
