//! My appointments → Week: hours, appointments, held times and what Outlook knows, on one page.

mod grid;
mod view;

use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use jiff::{ToSpan, civil::Date, tz::TimeZone};
use platform::{
    Actor, Hub, Instant, Result, Role,
    id::{AccountId, OrganizationId},
    web::{Page, Routes, Shell},
};
use serde::Deserialize;

use super::{BOTH, People, desk, hours, store, words};
use crate::{
    availability::{self, Availability},
    booking::{self, Booking},
    claim::{self, Span},
    steps,
};

pub(super) fn routes() -> Routes {
    Routes::default().get("/my/week", BOTH, show)
}

#[derive(Deserialize)]
struct Asked {
    start: Option<String>,
    host: Option<String>,
}

#[derive(Template)]
#[template(path = "host/week.html")]
struct WeekPage {
    shell: Shell,
    other: Option<String>,
    choice: Vec<(String, String)>,
    account: String,
    title: String,
    zone: String,
    previous: String,
    next: String,
    today: String,
    days: Vec<view::Day>,
    /// The first and the last hour that are drawn.
    first: u16,
    last: u16,
    troubles: Vec<String>,
    meetings: Option<steps::MeetingsUsed>,
}

impl WeekPage {
    fn hours(&self) -> impl Iterator<Item = String> {
        (self.first..self.last).map(|hour| format!("{hour:02}:00"))
    }
}

/// Everything that is known of a host's week.
struct Known {
    zone: TimeZone,
    hours: Availability,
    bookings: Vec<Booking>,
    steps: Vec<store::StepRow>,
    holds: Vec<claim::Claimed>,
    outlook: calendars::HostBusy,
}

/// The week of a host.
async fn show(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Query(asked): Query<Asked>,
    shell: Shell,
) -> Result<Response> {
    let person = desk(&actor)?;
    let people = People::of(&hub, person.organization).await?;
    let Some(account) = people.chosen(&actor, asked.host.as_deref())? else {
        return Ok(hours::nobody(shell, "Week"));
    };
    let hours = availability::of(&hub, person.organization, account).await?;
    let zone = slots::zone(&hours.time_zone).unwrap_or(TimeZone::UTC);
    let today = words::date(hub.now(), &zone);
    let monday = monday_of(asked.start.as_deref().and_then(words::parse_date).unwrap_or(today));
    let known = known(&hub, person.organization, (hours, zone), monday).await?;
    let query = if account == person.account { String::new() } else { format!("&host={account}") };
    let link =
        |date: Option<Date>| date.map_or_else(String::new, |date| format!("/my/week?start={date}{query}"));
    let days = view::days(&known, monday, today);
    let (first, last) = grid::range(&days);
    let page = WeekPage {
        other: (account != person.account).then(|| people.name(account)),
        choice: if actor.has_role(Role::Administrator) { people.choice() } else { Vec::new() },
        account: account.to_string(),
        title: title(monday),
        zone: known.hours.time_zone.clone(),
        previous: link(monday.checked_sub(7.days()).ok()),
        next: link(monday.checked_add(7.days()).ok()),
        today: link(Some(monday_of(today))),
        troubles: known.outlook.calendars.iter().filter_map(|calendar| trouble(calendar, &shell)).collect(),
        meetings: steps::meetings_used(&hub, person.organization, account).await?,
        days,
        first,
        last,
        shell,
    };
    Ok(Page(page).into_response())
}

async fn known(
    hub: &Hub,
    organization: OrganizationId,
    (hours, zone): (Availability, TimeZone),
    monday: Date,
) -> Result<Known> {
    let account: AccountId = hours.account_id;
    let end = monday.checked_add(7.days()).ok().and_then(|end| words::midnight(end, &zone));
    let (from, to) = words::midnight(monday, &zone).zip(end).unwrap_or((hub.now(), hub.now()));
    let key = (organization, account);
    let bookings = booking::hosted_between(hub, key, (from, to), false).await?;
    // One that began before the week still stands in it.
    let first: Instant = bookings.iter().map(|booking| booking.starts_at).min().unwrap_or(from).min(from);
    let steps = store::steps_between(hub, key, (first, to)).await?;
    let mut holds = claim::living(hub, organization, &[account], Span { start: from, end: to }, &[]).await?;
    holds.retain(|claim| claim.owner_kind == "hold");
    let mut outlook = calendars::busy(hub, organization, &[account], from, to).await?;
    let none = calendars::HostBusy { account, busy: Vec::new(), calendars: Vec::new() };
    let outlook = outlook.pop().unwrap_or(none);
    Ok(Known { zone, hours, bookings, steps, holds, outlook })
}

fn monday_of(date: Date) -> Date {
    let back = i64::from(date.weekday().to_monday_zero_offset());
    date.checked_sub(back.days()).unwrap_or(date)
}

fn title(monday: Date) -> String {
    let sunday = monday.checked_add(6.days()).unwrap_or(monday);
    let first = if monday.month() == sunday.month() { "%-d" } else { "%-d %B" };
    format!("{} to {}", monday.strftime(first), sunday.strftime("%-d %B %Y"))
}

/// What must be said of a calendar whose times may be wrong.
pub(super) fn trouble(calendar: &calendars::CalendarHealth, shell: &Shell) -> Option<String> {
    use calendars::WhenUnreadable::{Closed, LastKnown, Open};
    if calendar.trouble.is_none() && !calendar.is_stale {
        return None;
    }
    let age = match calendar.read_at {
        Some(at) => format!("was read last {}", shell.ago(&at)),
        None => "has not been read yet".to_owned(),
    };
    let why = calendar.trouble.as_ref().map_or_else(String::new, |trouble| format!(" {trouble}"));
    let then = match calendar.policy {
        Closed => "Until it can be read, nobody can book.".to_owned(),
        LastKnown { minutes } => {
            let length = words::length(i64::from(minutes));
            format!("What is known counts for {length} after the last reading; then nobody can book.")
        }
        Open => "What is known goes on counting, however old it is.".to_owned(),
    };
    Some(format!("“{}” {age}.{why} {then}", calendar.name))
}
