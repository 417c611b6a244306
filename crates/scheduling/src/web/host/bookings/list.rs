//! The list of bookings: coming, past and cancelled ones, found by visitor.

use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    response::IntoResponse,
};
use platform::{
    Actor, Hub, Result, Role,
    web::{Page, Shell},
};
use serde::Deserialize;

use crate::{
    booking::{self, Booking},
    steps,
    web::host::{
        People, desk,
        store::{self, Part, Wanted},
        types::place_title,
        words,
    },
};

/// How many bookings one page shows.
const PAGE: i64 = 25;
/// Nobody turns so many pages; a search finds more.
const MOST_PAGES: i64 = 400;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    part: String,
    q: String,
    page: String,
    host: String,
}

struct Row {
    booking: Booking,
    when: String,
    hosts: String,
    place: &'static str,
    state: (&'static str, &'static str),
}

#[derive(Template)]
#[template(path = "host/bookings.html")]
struct ListPage {
    shell: Shell,
    rows: Vec<Row>,
    tabs: Vec<(&'static str, &'static str, bool)>,
    part: &'static str,
    search: String,
    choice: Vec<(String, String)>,
    host: String,
    is_administrator: bool,
    /// What follows `?part=…&page=` in links to other pages of the list.
    kept: String,
    page: i64,
    has_more: bool,
}

/// One's own bookings; for administrators those of everybody.
pub(super) async fn list(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Query(asked): Query<Asked>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let person = desk(&actor)?;
    let people = People::of(&hub, person.organization).await?;
    let is_administrator = actor.has_role(Role::Administrator);
    let host = match asked.host.as_str() {
        "" if is_administrator => None,
        "" => Some(person.account),
        asked => people.chosen(&actor, Some(asked))?,
    };
    let (part, name) = match asked.part.as_str() {
        "past" => (Part::Past, "past"),
        "cancelled" => (Part::Cancelled, "cancelled"),
        _ => (Part::Coming, "coming"),
    };
    let page = asked.page.parse().unwrap_or(1).clamp(1, MOST_PAGES);
    let search: String = asked.q.trim().chars().take(100).collect();
    let wanted = Wanted { host, part, search: search.clone(), skip: (page - 1) * PAGE, limit: PAGE + 1 };
    let mut ids = store::listed(&hub, person.organization, &wanted).await?;
    let has_more = ids.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    ids.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let mut rows = Vec::new();
    for id in ids {
        let booking = booking::get(&hub, person.organization, id).await?;
        let steps = steps::of_booking(&hub, person.organization, id).await?;
        rows.push(Row {
            when: words::weekday_and_time(booking.starts_at, &shell.zone),
            hosts: people.names(&booking.hosts.0),
            place: place_title(booking.place.kind),
            state: super::steps_view::summary(&booking, &steps),
            booking,
        });
    }
    let tabs = [("coming", "Coming"), ("past", "Past"), ("cancelled", "Cancelled")];
    let mut kept = form_urlencoded(&[("q", &search), ("host", &asked.host)]);
    if !kept.is_empty() {
        kept.insert(0, '&');
    }
    Ok(Page(ListPage {
        rows,
        tabs: tabs.map(|(tab, title)| (tab, title, tab == name)).to_vec(),
        part: name,
        search,
        choice: if is_administrator { people.choice() } else { Vec::new() },
        host: asked.host,
        is_administrator,
        kept,
        page,
        has_more,
        shell,
    }))
}

/// Pairs of a query, those without a value left out.
fn form_urlencoded(pairs: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs.iter().filter(|(_, value)| !value.is_empty()));
    query.finish()
}
