//! Why is this time not offered? Every time of a day with what stands against it, from the board that makes the offers.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, Query, State},
    response::IntoResponse,
};
use jiff::{ToSpan, tz::TimeZone};
use platform::{
    Actor, Hub, Instant, Result, Role,
    actor::Person,
    id::AccountId,
    web::{Page, Shell},
};
use serde::Deserialize;

use super::{visible, why_words::Explainer};
use crate::{
    appointment_type::AppointmentType,
    claim::Span,
    offer::{self, Ask, Board, TimeExplained},
    web::host::{People, desk, week, words},
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    date: String,
    duration: String,
    zone: String,
    time: String,
}

/// Consecutive times with the same answer.
pub(super) struct Group {
    times: Vec<String>,
    is_offered: bool,
    /// Against the time whoever hosts, and per host; words may carry a link.
    reasons: Vec<Reason>,
    hosts: Vec<(String, Vec<Reason>)>,
}

/// One thing that stands against a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reason {
    pub(super) text: String,
    /// Where to look or what to do: words and path.
    pub(super) link: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "host/why.html")]
struct WhyPage {
    shell: Shell,
    it: AppointmentType,
    day: String,
    date: String,
    time: String,
    duration: String,
    durations: Vec<(String, String)>,
    zone: String,
    zones: Vec<(String, String)>,
    previous: String,
    next: String,
    groups: Vec<Group>,
    offered: usize,
    all: usize,
    troubles: Vec<String>,
    notes: Vec<String>,
}

/// The times of one day.
pub(super) async fn why(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let person = desk(&actor)?;
    let (it, _) = visible(&hub, &actor, &id).await?;
    let mut notes = Vec::new();
    let zone = chosen_zone(&asked.zone, person, &mut notes);
    let today = words::date(hub.now(), &zone);
    let parsed = words::parse_date(&asked.date);
    if parsed.is_none() && !asked.date.is_empty() {
        notes.push("The date could not be read, so today is shown. Write it like 2026-12-24.".to_owned());
    }
    let date = parsed.unwrap_or(today);
    let known = asked.duration.parse().ok().filter(|minutes| it.durations.0.contains(minutes));
    let duration = known.unwrap_or_else(|| it.usual_duration());
    let tomorrow = date.tomorrow().unwrap_or(date);
    let span = words::midnight(date, &zone).zip(words::midnight(tomorrow, &zone));
    let (start, end) = span.unwrap_or((hub.now(), hub.now()));
    let board = offer::board(&hub, &Ask::new(&it, duration, Span { start, end })).await?;
    let people = People::of(&hub, person.organization).await?;
    let mut times = board.explain();
    let (all, offered) = (times.len(), times.iter().filter(|time| time.offered).count());
    let wanted = asked.time.trim().to_owned();
    if !wanted.is_empty() {
        times.retain(|time| words::clock(time.start, &zone).starts_with(&wanted));
        if times.is_empty() {
            notes.push(format!(
                "{wanted} is not a start of this type on this day: starts are {} apart.",
                words::length(it.step)
            ));
        }
    }
    let explainer = Explainer { hub: &hub, actor: &actor, it: &it, zone: &zone };
    let groups = groups(&explainer, &people, &times).await?;
    let link = |date: jiff::civil::Date| {
        format!(
            "/my/appointment-types/{}/why?date={date}&duration={duration}&zone={}",
            it.id,
            zone_name(&zone)
        )
    };
    Ok(Page(WhyPage {
        day: words::long_date(date),
        date: date.to_string(),
        time: wanted,
        duration: duration.to_string(),
        durations: it.durations.0.iter().map(|it| (it.to_string(), words::length(*it))).collect(),
        zones: words::zones(zone_name(&zone)),
        zone: zone_name(&zone).to_owned(),
        previous: date.checked_sub(1.day()).map(link).unwrap_or_default(),
        next: link(tomorrow),
        troubles: troubles(&actor, &board, &people, &shell),
        groups,
        offered,
        all,
        notes,
        it,
        shell,
    }))
}

fn chosen_zone(name: &str, person: &Person, notes: &mut Vec<String>) -> TimeZone {
    let found = slots::zone(name.trim());
    if found.is_none() && !name.is_empty() {
        notes.push("This time zone is not known, so your own is used.".to_owned());
    }
    found.unwrap_or_else(|| person.zone.clone())
}

fn zone_name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("UTC")
}

/// Calendars whose times may be wrong; their names are for their owner and administrators.
fn troubles(actor: &Actor, board: &Board, people: &People, shell: &Shell) -> Vec<String> {
    let mut troubles = Vec::new();
    for host in &board.hosts {
        let name = people.name(host.account);
        for calendar in &host.calendars {
            let Some(trouble) = week::trouble(calendar, shell) else { continue };
            troubles.push(if sees_calendars(actor, host.account) {
                format!("{name}: {trouble}")
            } else {
                format!("{name}: a calendar cannot be read at the moment.")
            });
        }
    }
    troubles
}

/// Whether this person may read the names of that host's calendars.
pub(super) fn sees_calendars(actor: &Actor, host: AccountId) -> bool {
    let is_own = actor.person().is_some_and(|person| person.account == host);
    is_own || actor.has_role(Role::Administrator)
}

async fn groups(explainer: &Explainer<'_>, people: &People, times: &[TimeExplained]) -> Result<Vec<Group>> {
    let mut groups: Vec<Group> = Vec::new();
    for time in times {
        let mut reasons = Vec::new();
        for because in &time.reasons {
            reasons.push(explainer.words(None, because).await?);
        }
        let mut hosts = Vec::new();
        for host in &time.hosts {
            let mut own = Vec::new();
            for because in &host.reasons {
                own.push(explainer.words(Some(host.account), because).await?);
            }
            hosts.push((people.name(host.account), own));
        }
        let clock = words::clock(Instant::from(time.start.timestamp()), explainer.zone);
        match groups.last_mut() {
            Some(last)
                if last.is_offered == time.offered && last.reasons == reasons && last.hosts == hosts =>
            {
                last.times.push(clock);
            }
            _ => groups.push(Group { times: vec![clock], is_offered: time.offered, reasons, hosts }),
        }
    }
    Ok(groups)
}

impl Group {
    /// One time, or the first and the last of several.
    fn title(&self) -> String {
        match self.times.as_slice() {
            [first, .., last] => format!("{first} to {last}"),
            [only] => only.clone(),
            [] => String::new(),
        }
    }

    fn count(&self) -> usize {
        self.times.len()
    }

    /// The names are needed only where there are several hosts.
    fn has_names(&self) -> bool {
        self.hosts.len() > 1
    }
}
