//! The list of appointment types: where each stands, its link, and its next free time.

use std::time::Duration;

use askama::Template;
use axum::{Extension, extract::State, response::IntoResponse};
use platform::{
    Actor, Hub, Instant, Result, Role,
    id::AccountId,
    web::{Page, Shell},
};

use crate::{
    appointment_type::{self, AppointmentType},
    claim::Span,
    offer, site,
    web::host::{People, desk, words},
};

/// How far ahead the next free time is looked for.
const AHEAD_DAYS: u64 = 28;
/// For how many types; working them out takes a moment each.
const LOOKED_UP: usize = 25;

/// The next time on offer, as far as it was looked for.
enum Next {
    At(Instant),
    None,
    NotLooked,
}

/// One type.
struct Row {
    it: AppointmentType,
    link: String,
    hosts: String,
    next: Next,
}

impl Row {
    fn places(&self) -> String {
        let names: Vec<&str> =
            self.it.places.0.iter().map(|place| super::form::place_title(place.kind)).collect();
        names.join(", ")
    }

    fn durations(&self) -> String {
        words::lengths(&self.it.durations.0)
    }
}

#[derive(Template)]
#[template(path = "host/types.html")]
struct ListPage {
    shell: Shell,
    rows: Vec<Row>,
    ahead: u64,
}

/// One's own types; for administrators all of them.
pub(super) async fn list(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let person = desk(&actor)?;
    let own = (!actor.has_role(Role::Administrator)).then_some(person.account);
    let types = appointment_type::list(&hub, person.organization, own).await?;
    let people = People::of(&hub, person.organization).await?;
    let site = site::slug(&hub, person.organization).await?;
    let mut rows = Vec::new();
    for (index, it) in types.into_iter().enumerate() {
        let hosts = appointment_type::hosts(&hub, hub.db(), person.organization, it.id).await?;
        let hosts: Vec<AccountId> = hosts.into_iter().map(|host| host.account_id).collect();
        let next = if index < LOOKED_UP { next(&hub, &it).await? } else { Next::NotLooked };
        let link = hub.settings().url(&it.path(&site));
        rows.push(Row { hosts: people.names(&hosts), link, next, it });
    }
    Ok(Page(ListPage { shell, rows, ahead: AHEAD_DAYS }))
}

async fn next(hub: &Hub, it: &AppointmentType) -> Result<Next> {
    if !it.active {
        return Ok(Next::NotLooked);
    }
    let span = Span { start: hub.now(), end: hub.now().after(Duration::from_secs(AHEAD_DAYS * 86_400)) };
    let times = offer::times(hub, it, it.usual_duration(), span).await?;
    Ok(times.first().map_or(Next::None, |time| Next::At(time.start)))
}
