//! Moving and cancelling by the visitor's link.

use std::time::Duration;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use platform::{Hub, Instant, Result, web::Form};
use serde::Deserialize;

use super::{
    booked::{CANCELLED_BEFORE, Mine, way_on},
    calendar::{Calendar, Place, Source, TimeForm, date_of},
    hold::instant,
    limits,
    types::go,
    visit::{Frame, Visit, show, show_with},
    way::Way,
    words,
};
use crate::{
    booking::{Booking, Canceller, Mover, Refusal, cancel as cancel_booking, reschedule},
    hold::minutes,
    texts::dates,
};

/// How often one booking can be moved by its link, in [`MOVES_IN`]: each move sends mails, and the visitor's address is
/// whatever was typed.
const MOST_MOVES: i64 = 10;
const MOVES_IN: Duration = Duration::from_secs(86_400);

#[derive(Template)]
#[template(path = "visitor/move.html")]
struct MovePage {
    frame: Frame,
    name: String,
    when: String,
    zone: String,
    has_link: bool,
    calendar: Calendar,
    problem: Option<String>,
    form: TimeForm,
    alternatives: Vec<(Instant, String)>,
    back: String,
}

/// The last question before it is moved.
#[derive(Template)]
#[template(path = "visitor/move_sure.html")]
struct SurePage {
    frame: Frame,
    name: String,
    when: String,
    new_when: String,
    zone: String,
    has_link: bool,
    start: Instant,
    form: String,
    another: String,
    back: String,
}

/// `GET /booking/{token}/move`: the calendar of the same hosts; with a time, the question whether to move to it.
pub(super) async fn move_page(State(hub): State<Hub>, visit: Visit, Path(token): Path<String>) -> Response {
    let page = async {
        let mine = Mine::at(&hub, &token).await?;
        let visit = mine.speaks(visit.clone());
        if mine.may_change(&hub).is_err() {
            return Ok(go(&mine.to(&visit, "")));
        }
        let problem = was_moved_often(&hub, &mine.booking).await?.then(|| too_often(&visit));
        if let (None, Some(start)) = (&problem, visit.way.start.as_deref().and_then(instant)) {
            return Ok(show(&sure_page(&visit, &mine, start)));
        }
        Ok(show(&calendar_page(&hub, &visit, &mine, problem).await?))
    };
    visit.answer(page.await)
}

fn has_link(booking: &Booking) -> bool {
    booking.meeting.as_ref().is_some_and(|meeting| meeting.join_url.is_some())
}

fn sure_page(visit: &Visit, mine: &Mine, start: Instant) -> SurePage {
    let page = format!("{}/move", mine.path);
    let zone = mine.zone(visit);
    let end = start.after(minutes(mine.booking.minutes()));
    let day = date_of(start, &zone).to_string();
    SurePage {
        frame: mine.frame(visit, &page),
        name: mine.booking.type_name.clone(),
        when: mine.when(visit),
        new_when: dates::span(visit.language, (start, end), &zone),
        zone: mine.zone_name(visit),
        has_link: has_link(&mine.booking),
        start,
        form: mine.to(visit, "/move"),
        another: Way { day: Some(day), month: None, ..visit.way.onward() }.to(&page),
        back: mine.to(visit, ""),
    }
}

/// Why it was not moved, and the times to which it can be.
struct Problem {
    say: String,
    alternatives: Vec<Instant>,
}

impl Problem {
    fn of(visit: &Visit, refusal: Refusal) -> Self {
        match refusal {
            Refusal::Taken { alternatives } => Self { say: visit.say("calendar-taken"), alternatives },
            refusal => Self { say: refusal.text(visit.language), alternatives: Vec::new() },
        }
    }
}

fn too_often(visit: &Visit) -> Problem {
    Problem { say: visit.say("move-too-often"), alternatives: Vec::new() }
}

/// Whether visitors have moved this booking as often as they may for now, on whichever server.
async fn was_moved_often(hub: &Hub, booking: &Booking) -> Result<bool> {
    let text = "SELECT COUNT(*) FROM audit_entry WHERE organization_id = $1 AND subject = 'booking' AND subject_id = $2 \
                AND action = 'booking.moved' AND at > $3 AND details LIKE '%\"by\":\"visitor\"%'";
    let statement = hub.db().sql(text).bind(booking.organization_id).bind(booking.id.to_string());
    let (moves,): (i64,) = statement.bind(hub.now().before(MOVES_IN)).one(hub.db()).await?;
    Ok(moves >= MOST_MOVES)
}

async fn calendar_page(hub: &Hub, visit: &Visit, mine: &Mine, problem: Option<Problem>) -> Result<MovePage> {
    let (page, zone) = (format!("{}/move", mine.path), mine.zone(visit));
    let place = Place { page: &page, form: &page, zone: zone.clone(), asks: true };
    let mut at = visit.clone();
    if at.way.day.is_none() && at.way.month.is_none() {
        // Most people move to a time near the former one.
        at.way.day = Some(date_of(mine.booking.starts_at, &zone).to_string());
    }
    let mut calendar = Calendar::read(hub, &at, &Source::Booking(&mine.booking, &mine.it), &place).await?;
    // The zone of the booking is the visitor's own; the browser need not be asked.
    calendar.zone.is_guessed = false;
    let alternatives = problem.iter().flat_map(|problem| &problem.alternatives);
    let alternatives = alternatives.map(|at| (*at, words::start(visit.language, *at, &zone))).collect();
    Ok(MovePage {
        frame: mine.frame(visit, &page),
        name: mine.booking.type_name.clone(),
        when: mine.when(visit),
        zone: mine.zone_name(visit),
        has_link: has_link(&mine.booking),
        form: calendar.form.clone(),
        calendar,
        problem: problem.map(|problem| problem.say),
        alternatives,
        back: mine.to(visit, ""),
    })
}

#[derive(Deserialize)]
pub(super) struct MoveForm {
    #[serde(default)]
    start: String,
}

/// `POST /booking/{token}/move`.
pub(super) async fn move_booking(
    State(hub): State<Hub>,
    visit: Visit,
    Path(token): Path<String>,
    form: Result<Form<MoveForm>>,
) -> Response {
    let moved = async {
        let mine = Mine::at(&hub, &token).await?;
        let visit = mine.speaks(visit.clone());
        limits::admit_press(&hub, &visit.actor.origin)?;
        limits::admit_booking(&hub, &visit.actor.origin)?;
        if was_moved_often(&hub, &mine.booking).await? {
            let page = calendar_page(&hub, &visit, &mine, Some(too_often(&visit))).await?;
            return Ok(show_with(StatusCode::TOO_MANY_REQUESTS, &page));
        }
        let start = instant(&form?.0.start);
        let outcome = match start {
            Some(start) => {
                let key = (mine.booking.organization_id, mine.booking.id);
                reschedule(&hub, &visit.actor, key, (start, None), Mover::Visitor).await
            }
            None => Err(Refusal::Taken { alternatives: Vec::new() }),
        };
        match outcome {
            Ok(_) => Ok(go(&mine.to(&visit, ""))),
            Err(Refusal::Other(error)) => Err(error),
            // The booking's own page says why nothing can be changed any more.
            Err(_) if mine.may_change(&hub).is_err() => Ok(go(&mine.to(&visit, ""))),
            Err(refusal) => {
                let mut visit = visit.clone();
                visit.way.day = start.map(|at| date_of(at, &mine.zone(&visit)).to_string());
                let problem = Problem::of(&visit, refusal);
                let page = calendar_page(&hub, &visit, &mine, Some(problem)).await?;
                Ok(show_with(StatusCode::CONFLICT, &page))
            }
        }
    };
    visit.answer(moved.await)
}

#[derive(Template)]
#[template(path = "visitor/cancel.html")]
struct CancelPage {
    frame: Frame,
    name: String,
    when: String,
    zone: String,
    form: String,
    back: String,
    reason: String,
    error: String,
}

fn cancel_form(visit: &Visit, mine: &Mine, (reason, error): (&str, String)) -> CancelPage {
    CancelPage {
        frame: mine.frame(visit, &format!("{}/cancel", mine.path)),
        name: mine.booking.type_name.clone(),
        when: mine.when(visit),
        zone: mine.zone_name(visit),
        form: mine.to(visit, "/cancel"),
        back: mine.to(visit, ""),
        reason: reason.to_owned(),
        error,
    }
}

/// `GET /booking/{token}/cancel`: asks once more.
pub(super) async fn cancel_page(State(hub): State<Hub>, visit: Visit, Path(token): Path<String>) -> Response {
    let page = async {
        let mine = Mine::at(&hub, &token).await?;
        let visit = mine.speaks(visit.clone());
        if let Err(refusal) = mine.may_change(&hub) {
            return Ok(back(&visit, &mine, &refusal));
        }
        Ok(show(&cancel_form(&visit, &mine, ("", String::new()))))
    };
    visit.answer(page.await)
}

/// To the page of the booking, which says what has become of it; that it was cancelled before, too.
fn back(visit: &Visit, mine: &Mine, refusal: &Refusal) -> Response {
    match refusal {
        Refusal::AlreadyCancelled => go(&way_on(visit).because(CANCELLED_BEFORE).to(&mine.path)),
        _ => go(&mine.to(visit, "")),
    }
}

#[derive(Deserialize)]
pub(super) struct CancelForm {
    #[serde(default)]
    reason: String,
}

/// `POST /booking/{token}/cancel`.
pub(super) async fn cancel(
    State(hub): State<Hub>,
    visit: Visit,
    Path(token): Path<String>,
    form: Result<Form<CancelForm>>,
) -> Response {
    let cancelled = async {
        let mine = Mine::at(&hub, &token).await?;
        let visit = mine.speaks(visit.clone());
        limits::admit_press(&hub, &visit.actor.origin)?;
        let reason = form?.0.reason;
        let key = (mine.booking.organization_id, mine.booking.id);
        match cancel_booking(&hub, &visit.actor, key, (Canceller::Visitor, &reason)).await {
            Err(Refusal::Other(error)) => Err(error),
            Err(refusal @ Refusal::Fields(_)) => {
                let error = refusal.field("reason", visit.language).unwrap_or_default();
                let page = cancel_form(&visit, &mine, (&reason, error));
                Ok(show_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
            }
            // When it is over, or it is too late, its page says so, and what to do.
            Err(refusal) => Ok(back(&visit, &mine, &refusal)),
            Ok(_) => Ok(go(&mine.to(&visit, ""))),
        }
    };
    visit.answer(cancelled.await)
}
