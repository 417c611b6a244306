//! Moving a booking: one of the free times of a day, or any time the host likes.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use jiff::{
    Timestamp, ToSpan,
    civil::{Date, Time},
};
use platform::{
    Actor, Fault, Hub, Instant, Result,
    error::invalid_field,
    web::{FieldErrors, Form, Page, Shell, done},
};
use serde::Deserialize;

use super::visible;
use crate::{
    appointment_type,
    booking::{self, Booking, Mover, Refusal},
    claim::Span,
    texts::Language,
    web::host::{fields::Fields, words},
};

#[derive(Deserialize)]
pub(super) struct Asked {
    date: Option<String>,
}

#[derive(Template)]
#[template(path = "host/move.html")]
struct MovePage {
    shell: Shell,
    booking: Booking,
    date: Date,
    /// When it is planned for now.
    now_at: String,
    day: String,
    previous: String,
    next: String,
    /// Value and words of each free time.
    times: Vec<(String, String)>,
    typed_date: String,
    typed_time: String,
    errors: FieldErrors,
    error: Option<String>,
    /// Free times near the one that was refused.
    alternatives: Vec<(String, String)>,
}

/// What is shown again.
#[derive(Default)]
struct Again {
    date: String,
    time: String,
    errors: FieldErrors,
    error: Option<String>,
    alternatives: Vec<Instant>,
}

/// The free times of a day, and a field for any other.
pub(super) async fn choose(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    shell: Shell,
) -> Result<Response> {
    let booking = visible(&hub, &actor, &id).await?;
    if !booking.is_confirmed() || booking.ends_at <= hub.now() {
        return Ok(done(&format!("/my/bookings/{id}"), "This appointment cannot be moved any more."));
    }
    let date = asked.date.as_deref().and_then(words::parse_date);
    Ok(Page(page(&hub, shell, booking, date, Again::default()).await?).into_response())
}

/// Moves it.
pub(super) async fn relocate(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    shell: Shell,
    Form(fields): Form<Fields>,
) -> Result<Response> {
    let booking = visible(&hub, &actor, &id).await?;
    let (date, time) = (fields.text("date"), fields.text("time"));
    let moved = match start(&shell, &fields) {
        Ok(start) => {
            let key = (booking.organization_id, booking.id);
            booking::reschedule(&hub, &actor, key, (start, None), Mover::Host).await
        }
        Err(error) => Err(Refusal::Other(error)),
    };
    let refusal = match moved {
        Ok(moved) => {
            let words = format!(
                "Moved to {}. The visitor gets a mail.",
                words::weekday_and_time(moved.starts_at, &shell.zone)
            );
            return Ok(done(&format!("/my/bookings/{id}"), &words));
        }
        Err(refusal) => refusal,
    };
    let say = match &refusal {
        Refusal::Taken { .. } => {
            "Another appointment, or a time held for a visitor, is in the way. Choose another time."
                .to_owned()
        }
        refusal => refusal.text(Language::En),
    };
    let alternatives = match &refusal {
        Refusal::Taken { alternatives } => alternatives.clone(),
        _ => Vec::new(),
    };
    let error = refusal.into_error();
    let status = match error.fault {
        Fault::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Fault::Conflict => StatusCode::CONFLICT,
        _ => return Err(error),
    };
    let shown = words::parse_date(&date);
    let again = Again { date, time, errors: FieldErrors::of(&error), error: Some(say), alternatives };
    Ok((status, Page(page(&hub, shell, booking, shown, again).await?)).into_response())
}

/// The chosen time: one of the buttons, or what was typed, read in the reader's zone.
fn start(shell: &Shell, fields: &Fields) -> Result<Instant> {
    if let Ok(start) = fields.text("start").parse::<Timestamp>() {
        return Ok(start.into());
    }
    let date = words::parse_date(&fields.text("date"))
        .ok_or_else(|| invalid_field("date", "Write a date such as 2026-12-24."))?;
    let time = fields.text("time");
    let time = Time::strptime("%H:%M", time.trim())
        .map_err(|_| invalid_field("time", "Write a time of the day, such as 09:30."))?;
    let start = shell.zone.to_ambiguous_timestamp(date.to_datetime(time)).compatible();
    start.map(Into::into).map_err(|_| invalid_field("date", "This date cannot be used."))
}

async fn page(
    hub: &Hub,
    shell: Shell,
    booking: Booking,
    date: Option<Date>,
    again: Again,
) -> Result<MovePage> {
    let today = words::date(hub.now(), &shell.zone);
    let date = date.unwrap_or_else(|| words::date(booking.starts_at, &shell.zone)).max(today);
    let it = appointment_type::get(hub, booking.organization_id, booking.type_id).await?;
    let tomorrow = date.tomorrow().unwrap_or(date);
    let span = words::midnight(date, &shell.zone).zip(words::midnight(tomorrow, &shell.zone));
    let times = match span {
        Some((start, end)) => booking::times_for(hub, (&booking, &it), Span { start, end }, true).await?,
        None => Vec::new(),
    };
    let link = |date: Date| format!("/my/bookings/{}/move?date={date}", booking.id);
    let previous = date.checked_sub(1.day()).ok().filter(|before| *before >= today);
    Ok(MovePage {
        now_at: words::weekday_and_time(booking.starts_at, &shell.zone),
        day: words::long_date(date),
        previous: previous.map(link).unwrap_or_default(),
        next: link(tomorrow),
        times: times.iter().map(|at| (at.to_string(), words::clock(*at, &shell.zone))).collect(),
        typed_date: if again.date.is_empty() { date.to_string() } else { again.date },
        typed_time: again.time,
        errors: again.errors,
        error: again.error,
        alternatives: again
            .alternatives
            .iter()
            .map(|at| (at.to_string(), words::weekday_and_time(*at, &shell.zone)))
            .collect(),
        date,
        booking,
        shell,
    })
}
