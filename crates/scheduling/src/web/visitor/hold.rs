//! Choosing a time holds it while the form is filled in; choosing another one lets it go.

use axum::{
    extract::{Path, State},
    response::Response,
};
use jiff::Timestamp;
use platform::{Hub, Instant, Result, web::Form};
use serde::Deserialize;

use super::{
    calendar::date_of,
    limits,
    types::{Found, go, refused},
    visit::Visit,
    way::Way,
};
use crate::{
    booking::Refusal,
    hold::{self, Ticket},
};

#[derive(Deserialize)]
pub(super) struct Pressed {
    #[serde(default)]
    start: String,
}

/// `POST /book/{site}/{type}/hold`: holds the pressed time.
pub(super) async fn hold(
    State(hub): State<Hub>,
    visit: Visit,
    Path((site, slug)): Path<(String, String)>,
    form: Result<Form<Pressed>>,
) -> Response {
    let pressed = async {
        let found = Found::at(&hub, &visit, (&site, &slug)).await?;
        take(&hub, &visit, &found, instant(&form?.0.start)).await
    };
    visit.answer(pressed.await)
}

async fn take(hub: &Hub, visit: &Visit, found: &Found, start: Option<Instant>) -> Result<Response> {
    let nothing = || Refusal::Taken { alternatives: Vec::new() };
    let Some(start) = start else { return refused(hub, visit, found, (None, nothing())).await };
    let origin = &visit.actor.origin;
    limits::admit_hold(hub, origin)?;
    // Whoever changes their mind gives the former time back.
    let previous = match visit.last_hold() {
        Some(token) => {
            hold::find(hub, hub.db(), &token).await?.filter(|it| it.is_living(hub.now())).map(|_| token)
        }
        None => None,
    };
    match hold::hold(hub, &found.it, (start, found.duration(visit)), previous.as_deref()).await {
        Ok(ticket) => {
            if previous.is_some() {
                limits::released(hub, origin);
            }
            Ok(held(hub, visit, found, (start, &ticket)))
        }
        Err(refusal) => refused(hub, visit, found, (Some(start), refusal)).await,
    }
}

fn held(hub: &Hub, visit: &Visit, found: &Found, (start, ticket): (Instant, &Ticket)) -> Response {
    limits::held(hub, &visit.actor.origin, ticket.expires_at);
    let way = Way {
        hold: Some(ticket.token.clone()),
        zone: found.zone(visit).iana_name().map(str::to_owned),
        duration: Some(found.duration(visit).to_string()),
        day: Some(date_of(start, &found.zone(visit)).to_string()),
        ..visit.way.onward()
    };
    let mut response = go(&way.to(&format!("{}/details", found.path())));
    visit.remember_hold(&ticket.token, &mut response);
    response
}

/// `POST /book/{site}/{type}/release`: lets the held time go and shows the calendar again.
pub(super) async fn release(
    State(hub): State<Hub>,
    visit: Visit,
    Path((site, slug)): Path<(String, String)>,
) -> Response {
    let released = async {
        let found = Found::at(&hub, &visit, (&site, &slug)).await?;
        limits::admit_press(&hub, &visit.actor.origin)?;
        if let Some(token) = &visit.way.hold {
            let held = hold::find(&hub, hub.db(), token).await?;
            if held.is_some_and(|held| held.is_living(hub.now()) && held.type_id == found.it.id) {
                hold::release(&hub, token).await?;
                limits::released(&hub, &visit.actor.origin);
            }
        }
        Ok(go(&visit.way.onward().to(&found.path())))
    };
    visit.answer(released.await)
}

/// The instant that a button stands for.
pub(super) fn instant(text: &str) -> Option<Instant> {
    text.trim().parse::<Timestamp>().ok().map(Instant::from)
}
