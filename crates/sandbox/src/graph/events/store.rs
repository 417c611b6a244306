//! What happens to events inside a mailbox: made, changed, taken away; whole series or one occurrence.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use super::read::Changes;
use super::series::{Exception, read_occurrence_id};
use super::{Event, Moment, wire};
use crate::graph::failure::Failure;
use crate::graph::mailbox::Mailbox;

/// Where an id leads: to an event, or to one date of a series.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Whole(usize),
    Occurrence(usize, Date),
}

/// Finds an event by either of its ids; in a calendar when one is named.
pub(super) fn place(mailbox: &Mailbox, calendar: &str, id: &str) -> Result<Place, Failure> {
    let position = |id: &str| {
        let fits = |event: &Event| event.is(id) && (calendar.is_empty() || event.calendar_id == calendar);
        mailbox.events.iter().position(fits)
    };
    if let Some(index) = position(id) {
        return Ok(Place::Whole(index));
    }
    let (master, date) = read_occurrence_id(id).ok_or_else(Failure::item_not_found)?;
    let index = position(&master).ok_or_else(Failure::item_not_found)?;
    Ok(Place::Occurrence(index, date))
}

/// The event at a place; a date that was cancelled or never was is not found.
pub(super) fn read(mailbox: &Mailbox, place: Place) -> Result<Event, Failure> {
    match place {
        Place::Whole(index) => Ok(mailbox.events[index].clone()),
        Place::Occurrence(index, date) => {
            mailbox.events[index].member(date).ok_or_else(Failure::item_not_found)
        }
    }
}

/// Makes an event; a title is not needed, start and end are.
pub(super) fn create(
    mailbox: &mut Mailbox,
    calendar_id: String,
    transaction: Option<(String, String)>,
    changes: Changes,
    now: Timestamp,
) -> Result<Event, Failure> {
    let (Some(start), Some(end)) = (changes.start.clone(), changes.end.clone()) else {
        return Err(invalid_property());
    };
    let number = mailbox.next();
    let is_all_day = changes.is_all_day.unwrap_or(false);
    let uid = mailbox.id("040000008200E00074C5B7101A82E008", number).to_uppercase();
    let mut event = Event {
        id: mailbox.id("AAMkA", number),
        immutable_id: mailbox.id("AAkAL", number),
        uid: uid.replace(['_', '-', '='], "0"),
        calendar_id,
        change_key: String::new(),
        version: 0,
        series_version: 0,
        created: now,
        modified: now,
        start,
        end,
        is_all_day,
        transaction,
        online_since: None,
        recurrence: None,
        exceptions: std::collections::BTreeMap::new(),
        member: None,
        properties: Vec::new(),
        fields: wire::defaults(is_all_day),
    };
    apply(mailbox, &mut event, changes, now)?;
    mailbox.keep(event.clone())?;
    Ok(event)
}

/// Changes the event at a place; gives what it was and what it is.
pub(super) fn update(
    mailbox: &mut Mailbox,
    place: Place,
    changes: Changes,
    now: Timestamp,
) -> Result<(Event, Event), Failure> {
    let before = read(mailbox, place)?;
    let mut after = before.clone();
    match place {
        Place::Whole(index) => {
            apply(mailbox, &mut after, changes, now)?;
            mailbox.replace(index, after.clone());
        }
        Place::Occurrence(index, date) => {
            if changes.recurrence.is_some() {
                let message = "An occurrence cannot have a recurrence of its own.";
                return Err(Failure::invalid("ErrorInvalidRequest", message));
            }
            apply(mailbox, &mut after, changes, now)?;
            mailbox.events[index].check_neighbours(date, &after.start)?;
            if let Some(member) = &mut after.member {
                member.is_exception = true;
            }
            except(mailbox, index, date, Exception::Changed(Box::new(after.clone())), now);
        }
    }
    Ok((before, after))
}

/// Takes the event at a place away: a whole series, or one date of it.
pub(super) fn remove(mailbox: &mut Mailbox, place: Place, now: Timestamp) -> Result<Event, Failure> {
    let event = read(mailbox, place)?;
    match place {
        Place::Whole(index) => drop(mailbox.remove(index)),
        Place::Occurrence(index, date) => except(mailbox, index, date, Exception::Cancelled, now),
    }
    Ok(event)
}

/// Enters an exception into a series; its master gets a new version with it.
fn except(mailbox: &mut Mailbox, index: usize, date: Date, exception: Exception, now: Timestamp) {
    let mut master = mailbox.events[index].clone();
    master.exceptions.insert(date, exception);
    touch(mailbox, &mut master, now);
    mailbox.replace(index, master);
}

fn touch(mailbox: &mut Mailbox, event: &mut Event, now: Timestamp) {
    let number = mailbox.next();
    event.change_key = mailbox.change_key(number);
    event.version = number;
    event.modified = now;
}

/// Applies checked changes and gives the event a new version.
fn apply(mailbox: &mut Mailbox, event: &mut Event, changes: Changes, now: Timestamp) -> Result<(), Failure> {
    let moves = changes.start.is_some()
        || changes.end.is_some()
        || changes.is_all_day.is_some_and(|flag| flag != event.is_all_day)
        || changes.recurrence.is_some();
    set_times(event, &changes)?;
    check_times(&event.start, &event.end, event.is_all_day)?;
    set_fields(event, &changes, now);
    for (id, value) in changes.properties {
        event.properties.retain(|(known, _)| *known != id);
        event.properties.push((id, value));
    }
    touch(mailbox, event, now);
    if moves {
        // A series that moves loses its exceptions.
        event.exceptions.clear();
        event.series_version = event.version;
    }
    for exception in event.exceptions.values_mut() {
        if let Exception::Changed(member) = exception {
            member.fields.extend(changes.fields.clone());
            member.version = event.version;
        }
    }
    Ok(())
}

fn set_fields(event: &mut Event, changes: &Changes, now: Timestamp) {
    let mut fields = changes.fields.clone();
    if event.online_since.is_some() {
        // Once online, Outlook ignores further changes (Graph "Outlook calendar and online meetings").
        fields.remove("isOnlineMeeting");
        fields.remove("onlineMeetingProvider");
    }
    event.fields.extend(fields);
    if let Some(place) = changes.fields.get("location").filter(|_| !changes.fields.contains_key("locations"))
    {
        event.fields.insert("locations".to_owned(), Value::Array(vec![place.clone()]));
    }
    if event.fields["isOnlineMeeting"] == true && event.fields["onlineMeetingProvider"] == "unknown" {
        event.fields.insert("onlineMeetingProvider".to_owned(), "teamsForBusiness".into());
    }
    if event.fields["isOnlineMeeting"] == true && event.online_since.is_none() {
        event.online_since = Some(now);
    }
}

fn set_times(event: &mut Event, changes: &Changes) -> Result<(), Failure> {
    let length = event.end.local.duration_since(event.start.local);
    event.start = changes.start.clone().unwrap_or_else(|| event.start.clone());
    event.end = changes.end.clone().unwrap_or_else(|| event.end.clone());
    event.is_all_day = changes.is_all_day.unwrap_or(event.is_all_day);
    let day = event.start.local.date();
    match (&changes.recurrence, &mut event.recurrence) {
        (Some(pattern), _) => {
            if changes.start.is_some() && pattern.start != day {
                let message = "The start date of the range must be the date of the event's start.";
                return Err(Failure::invalid("ErrorRecurrenceInvalid", message));
            }
            event.recurrence = Some(pattern.clone());
        }
        (None, Some(pattern)) if changes.start.is_some() => pattern.start = day,
        _ => return Ok(()),
    }
    // The first occurrence may be later than the first day of the range.
    let first = event.recurrence.as_ref().and_then(super::Recurrence::first).ok_or_else(invalid_property)?;
    if first != day {
        let length =
            if changes.end.is_some() { event.end.local.duration_since(event.start.local) } else { length };
        event.start.local = first.to_datetime(event.start.local.time());
        event.end.local = event.start.local.checked_add(length).map_err(|_| invalid_property())?;
    }
    Ok(())
}

fn check_times(start: &Moment, end: &Moment, is_all_day: bool) -> Result<(), Failure> {
    let refuse = |code, message| Err(Failure::invalid(code, message));
    let (Some(from), Some(to)) = (start.instant(), end.instant()) else {
        return Err(invalid_property());
    };
    if to < from {
        let message = "The end of the event lies before its start.";
        return refuse("ErrorCalendarEndDateIsEarlierThanStartDate", message);
    }
    if is_all_day {
        let whole_days = start.is_midnight() && end.is_midnight() && from < to;
        if !whole_days || start.zone.name != end.zone.name {
            let message = "An all-day event needs a start and an end at midnight in the same time zone, the end \
                           at least one day after the start.";
            return refuse("ErrorInvalidRequest", message);
        }
    }
    Ok(())
}

fn invalid_property() -> Failure {
    Failure::invalid("ErrorPropertyValidationFailure", "At least one property failed validation.")
}
