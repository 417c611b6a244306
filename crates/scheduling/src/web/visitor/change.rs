//! Moving and cancelling by the visitor's link.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use platform::{Hub, Instant, Result, web::Form};
use serde::Deserialize;

use super::{
    booked::Mine,
    calendar::{Calendar, Place, Source, date_of, month_value},
    hold::instant,
    limits,
    types::go,
    visit::{Frame, Visit, show, show_with},
    words,
};
use crate::booking::{Canceller, Mover, Refusal, cancel as cancel_booking, reschedule};

#[derive(Template)]
#[template(path = "visitor/move.html")]
struct MovePage {
    frame: Frame,
    name: String,
    when: String,
    zone: String,
    calendar: Calendar,
    problem: Option<String>,
    form: String,
    alternatives: Vec<(Instant, String)>,
    back: String,
}

/// `GET /booking/{token}/move`: the calendar of the same hosts.
pub(super) async fn move_page(State(hub): State<Hub>, visit: Visit, Path(token): Path<String>) -> Response {
    let page = async {
        let mine = Mine::at(&hub, &token).await?;
        let visit = mine.speaks(visit.clone());
        if mine.may_change(&hub).is_err() {
            return Ok(go(&mine.to(&visit, "")));
        }
        Ok(show(&calendar_page(&hub, &visit, &mine, None).await?))
    };
    visit.answer(page.await)
}

async fn calendar_page(hub: &Hub, visit: &Visit, mine: &Mine, refusal: Option<&Refusal>) -> Result<MovePage> {
    let (page, zone) = (format!("{}/move", mine.path), mine.zone(visit));
    let place = Place { page: &page, form: &page, zone: zone.clone() };
    let mut at = visit.clone();
    if at.way.day.is_none() && at.way.month.is_none() {
        // Most people move to a time near the former one.
        at.way.month = Some(month_value(date_of(mine.booking.starts_at, &zone)));
    }
    let mut calendar = Calendar::read(hub, &at, &Source::Booking(&mine.booking, &mine.it), &place).await?;
    // The zone of the booking is the visitor's own; the browser need not be asked.
    calendar.zone.is_guessed = false;
    let alternatives = match refusal {
        Some(Refusal::Taken { alternatives }) => {
            alternatives.iter().map(|at| (*at, words::start(visit.language, *at, &zone))).collect()
        }
        _ => Vec::new(),
    };
    let problem = refusal.map(|refusal| match refusal {
        Refusal::Taken { .. } => visit.say("calendar-taken"),
        refusal => refusal.text(visit.language),
    });
    Ok(MovePage {
        frame: mine.frame(visit, &page),
        name: mine.booking.type_name.clone(),
        when: mine.when(visit),
        zone: mine.zone_name(visit),
        form: calendar.form.clone(),
        calendar,
        problem,
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
                let page = calendar_page(&hub, &visit, &mine, Some(&refusal)).await?;
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
        if mine.may_change(&hub).is_err() {
            return Ok(go(&mine.to(&visit, "")));
        }
        Ok(show(&cancel_form(&visit, &mine, ("", String::new()))))
    };
    visit.answer(page.await)
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
            // Also when it was cancelled before, is over, or it is too late: its page says so, and what to do.
            _ => Ok(go(&mine.to(&visit, ""))),
        }
    };
    visit.answer(cancelled.await)
}
