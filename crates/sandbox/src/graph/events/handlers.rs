//! The calls on events.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;

use super::invitation::{self, News};
use super::read::Changes;
use super::store::{self, Place};
use super::{Event, wire};
use crate::entra::base;
use crate::graph::ask::{Ask, Body, Paging, with_context};
use crate::graph::calendars::{READ, WRITE};
use crate::graph::failure::Failure;
use crate::graph::mailbox::Mailbox;
use crate::graph::notifications::{Change, tell};
use crate::graph::zone::read_instant;
use crate::seed::Person;
use crate::world::{Shared, World, lock};

/// GET /me/events and /me/calendars/{calendar}/events
pub(in crate::graph) async fn list_events(
    State(world): State<Shared>,
    ask: Ask,
) -> Result<Response, Failure> {
    let person = ask.mailbox(&world, &READ)?;
    let found = select(&world, &ask, &person)?;
    let context = format!("users('{}')/events", person.entra_id());
    ask.collection(&world, &Paging::outlook(context), found)
}

/// GET /me/calendarView and /me/calendars/{calendar}/calendarView
pub(in crate::graph) async fn calendar_view(
    State(world): State<Shared>,
    ask: Ask,
) -> Result<Response, Failure> {
    let person = ask.mailbox(&world, &READ)?;
    let (from, to) = window(&ask)?;
    let found: Vec<Value> = {
        let mut state = lock(&world.graph);
        let mailbox = state.mailbox(&person);
        // Without a calendar in the path it is the default one that is shown (Graph "List calendarView").
        let calendar = match ask.param("calendar") {
            "" => mailbox.default_calendar().ok_or_else(Failure::item_not_found)?,
            id => mailbox.calendar(id)?,
        };
        let found = mailbox.view(Some(&calendar.id), from, to);
        found.iter().map(|event| wire::json(event, &ask, &person, base(&world.base_url))).collect()
    };
    let context = format!("users('{}')/calendarView", person.entra_id());
    ask.collection(&world, &Paging::outlook(context), found)
}

pub(super) fn window(ask: &Ask) -> Result<(Timestamp, Timestamp), Failure> {
    let edge = |name| ask.options.other(name).map(|text| read_instant(text).ok_or(name)).transpose();
    match (edge("startdatetime"), edge("enddatetime")) {
        (Ok(Some(from)), Ok(Some(to))) if from <= to => Ok((from, to)),
        (Err(_), _) | (_, Err(_)) => Err(Failure::invalid(
            "ErrorInvalidParameter",
            "The value of the parameter StartDateTime or EndDateTime is not a date and time.",
        )),
        (Ok(Some(_)), Ok(Some(_))) => Err(Failure::invalid(
            "ErrorInvalidParameter",
            "The end of the time window lies before its start.",
        )),
        _ => Err(Failure::invalid(
            "ErrorInvalidParameter",
            "This request requires a time window specified by the query string parameters StartDateTime and \
             EndDateTime.",
        )),
    }
}

/// Events of the calendar in the path (all calendars without one), oldest start first.
fn select(world: &World, ask: &Ask, person: &Person) -> Result<Vec<Value>, Failure> {
    let mut state = lock(&world.graph);
    let mailbox = state.mailbox(person);
    let calendar = match ask.param("calendar") {
        "" => None,
        id => Some(mailbox.calendar(id)?.id.clone()),
    };
    let here = |event: &&Event| calendar.as_ref().is_none_or(|id| *id == event.calendar_id);
    let mut found: Vec<&Event> = mailbox.events.iter().filter(here).collect();
    found.sort_by_key(|event| event.start.instant());
    let base = base(&world.base_url);
    Ok(found.into_iter().map(|event| wire::json(event, ask, person, base)).collect())
}

/// GET /me/events/{event}, also below its calendar
pub(in crate::graph) async fn get_event(State(world): State<Shared>, ask: Ask) -> Result<Response, Failure> {
    let person = ask.mailbox(&world, &READ)?;
    let event = {
        let mut state = lock(&world.graph);
        let mailbox = state.mailbox(&person);
        store::read(mailbox, find(mailbox, &ask)?)?
    };
    Ok(answer(&world, &ask, &person, &event, StatusCode::OK))
}

fn answer(world: &World, ask: &Ask, person: &Person, event: &Event, status: StatusCode) -> Response {
    let context = format!("users('{}')/events/$entity", person.entra_id());
    let json = wire::json(event, ask, person, base(&world.base_url));
    ask.one(status, with_context(world, &context, json))
}

/// The event of the path: in its calendar when one is named, whatever calendar otherwise.
fn find(mailbox: &Mailbox, ask: &Ask) -> Result<Place, Failure> {
    store::place(mailbox, ask.param("calendar"), ask.param("event"))
}

/// GET /me/events/{event}/instances: the occurrences and exceptions of a series in a window.
pub(in crate::graph) async fn list_instances(
    State(world): State<Shared>,
    ask: Ask,
) -> Result<Response, Failure> {
    let person = ask.mailbox(&world, &READ)?;
    let (from, to) = window(&ask)?;
    let found: Vec<Value> = {
        let mut state = lock(&world.graph);
        let mailbox = state.mailbox(&person);
        let master = store::read(mailbox, find(mailbox, &ask)?)?;
        let found = master.occurrences(from, to);
        found.iter().map(|event| wire::json(event, &ask, &person, base(&world.base_url))).collect()
    };
    let context = format!("users('{}')/events('{}')/instances", person.entra_id(), ask.param("event"));
    ask.collection(&world, &Paging::outlook(context), found)
}

/// POST /me/events and /me/calendars/{calendar}/events
pub(in crate::graph) async fn create_event(
    State(world): State<Shared>,
    ask: Ask,
    body: Body,
) -> Result<Response, Failure> {
    let person = ask.mailbox(&world, &WRITE)?;
    let changes = Changes::read(&body.0)?;
    check_teams(&world, &person, &changes)?;
    let (event, is_new) = create(&world, &ask, &person, changes)?;
    if is_new {
        invitation::mail(&world, &person, &event, News::Invited);
        tell(&world, &person, &event, Change::Created);
    }
    // A repeated transactionId answers with the event that the first request made.
    Ok(answer(&world, &ask, &person, &event, StatusCode::CREATED))
}

/// Online meetings need a licence; how Graph words the refusal is not documented.
fn check_teams(world: &World, person: &Person, changes: &Changes) -> Result<(), Failure> {
    let wanted = changes.fields.get("isOnlineMeeting") == Some(&Value::Bool(true));
    if wanted && !world.switches().has_teams(&person.email) {
        let message = "The online meeting provider is not allowed for this calendar.";
        return Err(Failure::invalid("ErrorInvalidRequest", message));
    }
    Ok(())
}

fn create(world: &World, ask: &Ask, person: &Person, changes: Changes) -> Result<(Event, bool), Failure> {
    let transaction = changes.transaction_id.clone().map(|id| (ask.bearer.client_id.clone(), id));
    let mut state = lock(&world.graph);
    let mailbox = state.mailbox(person);
    let same = |event: &&Event| transaction.is_some() && event.transaction == transaction;
    if let Some(event) = mailbox.events.iter().find(same) {
        return Ok((event.clone(), false));
    }
    let calendar = match ask.param("calendar") {
        "" => mailbox.default_calendar().ok_or_else(Failure::item_not_found)?,
        id => mailbox.calendar(id)?,
    };
    if !calendar.can_edit {
        return Err(Failure::access_denied());
    }
    let calendar_id = calendar.id.clone();
    Ok((store::create(mailbox, calendar_id, transaction, changes, world.clock.now())?, true))
}

/// PATCH /me/events/{event}, also below its calendar
pub(in crate::graph) async fn update_event(
    State(world): State<Shared>,
    ask: Ask,
    body: Body,
) -> Result<Response, Failure> {
    let person = ask.mailbox(&world, &WRITE)?;
    let changes = Changes::read(&body.0)?;
    check_teams(&world, &person, &changes)?;
    let (before, after) = update(&world, &ask, &person, changes)?;
    if invitation::matters(&before, &after) {
        invitation::mail(&world, &person, &after, News::Updated);
    }
    tell(&world, &person, &after, Change::Updated);
    Ok(answer(&world, &ask, &person, &after, StatusCode::OK))
}

fn update(world: &World, ask: &Ask, person: &Person, changes: Changes) -> Result<(Event, Event), Failure> {
    let mut state = lock(&world.graph);
    let mailbox = state.mailbox(person);
    let place = find(mailbox, ask)?;
    check_version(ask, &store::read(mailbox, place)?)?;
    store::update(mailbox, place, changes, world.clock.now())
}

fn check_version(ask: &Ask, event: &Event) -> Result<(), Failure> {
    let matches = ask.if_match.as_deref().is_none_or(|wanted| wanted == "*" || wanted == wire::etag(event));
    if matches {
        return Ok(());
    }
    let message = "The send or update operation could not be performed because the change key passed in the \
                   request does not match the current change key for the item.";
    Err(Failure::new(StatusCode::PRECONDITION_FAILED, "ErrorIrresolvableConflict", message))
}

/// DELETE /me/events/{event}, also below its calendar
pub(in crate::graph) async fn delete_event(
    State(world): State<Shared>,
    ask: Ask,
) -> Result<Response, Failure> {
    let person = ask.mailbox(&world, &WRITE)?;
    let event = {
        let mut state = lock(&world.graph);
        let mailbox = state.mailbox(&person);
        let place = find(mailbox, &ask)?;
        check_version(&ask, &store::read(mailbox, place)?)?;
        store::remove(mailbox, place, world.clock.now())?
    };
    invitation::mail(&world, &person, &event, News::Cancelled);
    tell(&world, &person, &event, Change::Deleted);
    Ok(StatusCode::NO_CONTENT.into_response())
}
