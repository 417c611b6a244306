//! The form: who books, how to meet, what the type asks. What was typed is never lost.

use std::collections::HashMap;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use platform::{Hub, Instant, Result, web::Form};

use super::{
    hold::instant,
    limits,
    types::{Found, HOLD_OVER, go},
    visit::{Frame, Visit, show, show_with},
    words,
};
use crate::{
    appointment_type::{Place, PlaceKind, Question, QuestionKind},
    booking::{
        self, Booking, ChosenPlace, NewBooking, Offering, Refusal, VisitorInput, manage_token,
        offered_places_at,
    },
    hold::{self, Hold},
    texts::{Text, dates},
};

/// A field that people do not see; programs that fill in everything fill it in too.
const TRAP: &str = "website";

#[derive(Template)]
#[template(path = "visitor/details.html")]
struct DetailsPage {
    frame: Frame,
    name: String,
    when: String,
    zone: String,
    length: String,
    start: Instant,
    held: Option<Held>,
    form: String,
    release: String,
    /// What is wrong, in one sentence.
    problem: Option<String>,
    /// Shown in place of the held time when that is gone.
    alternatives: Option<Vec<(Instant, String)>>,
    contact: Vec<Field>,
    places: Vec<PlaceChoice>,
    place_error: String,
    questions: Vec<Field>,
}

/// How long the time is kept.
struct Held {
    text: String,
    seconds: u64,
    /// How long that is, shown only where a script keeps it true; its room is there from the beginning.
    left: String,
    /// The same words with a nought, in whose place the script puts the minutes.
    nought: String,
}

/// One field of the form.
struct Field {
    name: String,
    label: String,
    kind: &'static str,
    is_needed: bool,
    hint: String,
    autocomplete: &'static str,
    value: String,
    options: Vec<String>,
    error: String,
}

struct PlaceChoice {
    /// What the form sends: the place itself, because its position would mean another one once the type is changed.
    value: String,
    label: String,
    hint: String,
    is_chosen: bool,
}

/// What was typed, by field.
type Typed = HashMap<String, String>;

/// `GET /book/{site}/{type}/details`: the form for a held time.
pub(super) async fn details(
    State(hub): State<Hub>,
    visit: Visit,
    Path((site, slug)): Path<(String, String)>,
) -> Response {
    let page = async {
        let found = Found::at(&hub, &visit, (&site, &slug)).await?;
        let Some(hold) = held(&hub, &visit, &found).await? else {
            return Ok(go(&visit.way.onward().because(HOLD_OVER).to(&found.path())));
        };
        if let Some(id) = hold.booking_id {
            let booking = booking::get(&hub, found.it.organization_id, id).await?;
            return to_booking(&hub, &visit, &booking).await;
        }
        if !found.it.active {
            // Its own page says that nothing can be booked; there is nothing typed yet to be kept.
            return Ok(go(&visit.way.onward().to(&found.path())));
        }
        let form = Shown { start: hold.starts_at, typed: &Typed::new(), refusal: None, hold: Some(&hold) };
        Ok(show(&page(&hub, &visit, &found, form).await?))
    };
    visit.answer(page.await)
}

/// The hold that the address names, if it is one of this type.
async fn held(hub: &Hub, visit: &Visit, found: &Found) -> Result<Option<Hold>> {
    let Some(token) = &visit.way.hold else { return Ok(None) };
    Ok(hold::find(hub, hub.db(), token).await?.filter(|hold| hold.type_id == found.it.id))
}

/// `POST /book/{site}/{type}/details`: books.
pub(super) async fn book(
    State(hub): State<Hub>,
    visit: Visit,
    Path((site, slug)): Path<(String, String)>,
    form: Result<Form<Vec<(String, String)>>>,
) -> Response {
    let booked = async {
        let found = Found::at(&hub, &visit, (&site, &slug)).await?;
        let typed: Typed = form?.0.into_iter().collect();
        send(&hub, &visit, &found, &typed).await
    };
    visit.answer(booked.await)
}

async fn send(hub: &Hub, visit: &Visit, found: &Found, typed: &Typed) -> Result<Response> {
    let origin = &visit.actor.origin;
    limits::admit_press(hub, origin)?;
    let hold = held(hub, visit, found).await?;
    let pressed = typed.get("start").and_then(|text| instant(text));
    let Some(start) = pressed.or_else(|| hold.as_ref().map(|hold| hold.starts_at)) else {
        return Ok(go(&visit.way.onward().because(HOLD_OVER).to(&found.path())));
    };
    let shown = |refusal| Shown { start, typed, refusal, hold: hold.as_ref() };
    if typed.get(TRAP).is_some_and(|text| !text.is_empty()) {
        let mut page = page(hub, visit, found, shown(None)).await?;
        page.problem = Some(visit.say("details-trap"));
        return Ok(show_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let is_repeated = hold.as_ref().is_some_and(|hold| hold.booking_id.is_some());
    if !is_repeated {
        limits::admit_booking(hub, origin)?;
    }
    match booking::book(hub, &visit.actor, &found.it, &wish(visit, found, start, typed)).await {
        Ok(booking) => {
            limits::released(hub, origin);
            to_booking(hub, visit, &booking).await
        }
        Err(Refusal::Other(error)) => Err(error),
        Err(refusal) => {
            let status = match &refusal {
                Refusal::Fields(_) => StatusCode::UNPROCESSABLE_ENTITY,
                _ => StatusCode::CONFLICT,
            };
            Ok(show_with(status, &page(hub, visit, found, shown(Some(&refusal))).await?))
        }
    }
}

fn wish(visit: &Visit, found: &Found, start: Instant, typed: &Typed) -> NewBooking {
    let text = |name: &str| typed.get(name).cloned().unwrap_or_default();
    let answer = |question: &Question| {
        (question.key.clone(), typed.get(&format!("answer_{}", question.key)).cloned().unwrap_or_default())
    };
    NewBooking {
        start,
        duration: found.duration(visit),
        place: typed.get("place").map(|value| ChosenPlace::Itself(place_of(value))),
        visitor: VisitorInput {
            name: text("name"),
            email: text("email"),
            phone: text("phone"),
            zone: found.zone(visit).iana_name().unwrap_or("UTC").to_owned(),
            language: visit.language,
            answers: found.it.questions.0.iter().map(answer).collect(),
        },
        hold: visit.way.hold.clone(),
        // One form books once, also when it books another time than the held one.
        idempotency_key: visit.way.hold.as_ref().map(|token| format!("form:{token}")),
    }
}

/// To the page of the booking, on the visitor's way.
async fn to_booking(hub: &Hub, visit: &Visit, booking: &Booking) -> Result<Response> {
    Ok(go(&visit.way.leaving().to(&format!("/booking/{}", manage_token(hub, booking).await?))))
}

/// What the form shows: the time, what was typed, and what is wrong.
#[derive(Clone, Copy)]
struct Shown<'a> {
    start: Instant,
    typed: &'a Typed,
    refusal: Option<&'a Refusal>,
    hold: Option<&'a Hold>,
}

async fn page(hub: &Hub, visit: &Visit, found: &Found, shown: Shown<'_>) -> Result<DetailsPage> {
    let (zone, language, path) = (found.zone(visit), visit.language, found.path());
    let duration = found.duration(visit);
    let end = shown.start.after(hold::minutes(duration));
    let alternatives = match shown.refusal {
        Some(Refusal::Taken { alternatives }) => {
            Some(alternatives.iter().map(|at| (*at, words::start(language, *at, &zone))).collect())
        }
        _ => None,
    };
    let offerings = offered_places_at(hub, &found.it, (shown.start, duration), shown.hold).await?;
    let details = format!("{path}/details");
    Ok(DetailsPage {
        frame: found.frame(visit, &details),
        name: found.it.name.clone(),
        when: dates::span(language, (shown.start, end), &zone),
        zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        length: dates::length(language, duration),
        start: shown.start,
        held: shown
            .hold
            .filter(|hold| alternatives.is_none() && hold.starts_at == shown.start)
            .map(|hold| keeping(hub, visit, found, hold)),
        form: visit.way.to(&details),
        release: visit.way.to(&format!("{path}/release")),
        problem: shown.refusal.map(|refusal| match refusal {
            Refusal::KeyReused => visit.say("details-booked-before"),
            Refusal::Taken { alternatives } if alternatives.is_empty() => {
                visit.say("details-taken-nothing-near")
            }
            refusal => refusal.text(language),
        }),
        alternatives,
        contact: contact(visit, &offerings, shown),
        places: places(visit, &offerings, shown),
        place_error: error(visit, shown, "place"),
        questions: found.it.questions.0.iter().map(|it| question(visit, it, shown)).collect(),
    })
}

/// How long the time is kept, or that it no longer is.
fn keeping(hub: &Hub, visit: &Visit, found: &Found, hold: &Hold) -> Held {
    let until = dates::clock(&hold.expires_at.timestamp().to_zoned(found.zone(visit)));
    let text = if hold.is_living(hub.now()) {
        Text::plain("details-held-until").with("time", until).in_language(visit.language)
    } else {
        visit.say("details-no-longer-held")
    };
    let seconds = hold.expires_at.since(hub.now()).as_secs();
    let minutes_left = |count: u64| {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        Text::plain("details-minutes-left").number("count", count).in_language(visit.language)
    };
    let left = match seconds.div_ceil(60) {
        0 | 1 => visit.say("details-minute-left"),
        minutes => minutes_left(minutes),
    };
    Held { text, seconds, left, nought: minutes_left(0) }
}

fn error(visit: &Visit, shown: Shown<'_>, field: &str) -> String {
    shown.refusal.and_then(|refusal| refusal.field(field, visit.language)).unwrap_or_default()
}

fn contact(visit: &Visit, offerings: &[Offering], shown: Shown<'_>) -> Vec<Field> {
    let field = |name: &str, kind, autocomplete| Field {
        name: name.to_owned(),
        label: visit.say(&format!("details-{name}")),
        kind,
        is_needed: true,
        hint: String::new(),
        autocomplete,
        value: shown.typed.get(name).cloned().unwrap_or_default(),
        options: Vec::new(),
        error: error(visit, shown, name),
    };
    let mut fields = vec![field("name", "text", "name"), field("email", "email", "email")];
    let mut ready = offerings.iter().filter(|offering| offering.is_ready).map(|offering| offering.place.kind);
    if ready.clone().any(|kind| kind == PlaceKind::Phone) {
        let is_needed = ready.all(|kind| kind == PlaceKind::Phone);
        let hint = if is_needed { "details-phone-call" } else { "details-phone-only-for-calls" };
        fields.push(Field { is_needed, hint: visit.say(hint), ..field("phone", "tel", "tel") });
    }
    fields
}

/// The ways to meet that can be had at this time; nothing to choose where there is one.
fn places(visit: &Visit, offerings: &[Offering], shown: Shown<'_>) -> Vec<PlaceChoice> {
    let ready = || offerings.iter().filter(|offering| offering.is_ready).map(|offering| &offering.place);
    let typed = shown.typed.get("place").map(|value| place_of(value));
    // What can no longer be had leaves nothing chosen, so that the visitor looks again.
    let chosen = typed.as_ref().or_else(|| ready().next());
    let choice = |place: &Place| PlaceChoice {
        value: place_value(place),
        label: words::place_name(visit.language, place),
        hint: match place.kind {
            PlaceKind::Webex | PlaceKind::Teams => visit.say("details-online-hint"),
            PlaceKind::Phone => visit.say("details-phone-hint"),
            PlaceKind::InPerson => String::new(),
        },
        is_chosen: chosen == Some(place),
    };
    ready().map(choice).collect()
}

/// A place as the form carries it: `in_person:Room 4`.
fn place_value(place: &Place) -> String {
    format!("{}:{}", place.kind, place.detail)
}

/// The place that a form carried; without a kind it is taken for a location.
fn place_of(value: &str) -> Place {
    let (kind, detail) = value.split_once(':').unwrap_or((value, ""));
    match kind.parse() {
        Ok(kind) => Place { kind, detail: detail.to_owned() },
        Err(_) => Place { kind: PlaceKind::InPerson, detail: value.to_owned() },
    }
}

fn question(visit: &Visit, it: &Question, shown: Shown<'_>) -> Field {
    let name = format!("answer_{}", it.key);
    Field {
        label: it.label.clone(),
        kind: it.kind.as_str(),
        is_needed: it.required,
        hint: String::new(),
        autocomplete: "off",
        value: shown.typed.get(&name).cloned().unwrap_or_default(),
        options: if it.kind == QuestionKind::Choice { it.options.clone() } else { Vec::new() },
        error: error(visit, shown, &name),
        name,
    }
}
