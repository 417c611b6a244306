//! The calendar page: everybody's week in Outlook and at Webex, and the forms with which an owner moves or deletes
//! an entry by hand.

use askama::Template;
use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::Form;
use http::{HeaderMap, StatusCode};
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::control::{Problem, wants_page};
use crate::graph::{self, Entry};
use crate::pages::page;
use crate::routes::Routes;
use crate::seed::Person;
use crate::webex;
use crate::world::{Shared, World};

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/_sandbox/calendars", calendars)
        .get("/_sandbox/calendars/entry", entry)
        .post("/_sandbox/calendars/move", move_entry)
        .post("/_sandbox/calendars/delete", delete_entry)
}

#[derive(Template)]
#[template(path = "control/calendars.html")]
struct CalendarsPage {
    people: Vec<PersonWeek>,
    everybody: Vec<(String, String)>,
    chosen: String,
    monday: Date,
    before: Date,
    after: Date,
}

#[derive(Template)]
#[template(path = "control/entry.html")]
struct EntryPage {
    person: String,
    name: String,
    entry: Shown,
    problem: Option<String>,
}

#[derive(Serialize)]
struct PersonWeek {
    email: String,
    name: String,
    timezone: String,
    days: Vec<Day>,
}

#[derive(Serialize)]
struct Day {
    date: Date,
    entries: Vec<Shown>,
}

/// An entry in the person's own time.
#[derive(Serialize)]
struct Shown {
    source: &'static str,
    when: String,
    start: DateTime,
    end: DateTime,
    #[serde(flatten)]
    entry: Entry,
}

impl Day {
    fn title(&self) -> String {
        self.date.strftime("%A, %-d %b").to_string()
    }
}

impl Shown {
    /// As `datetime-local` fields write times.
    fn field(at: &DateTime) -> String {
        at.strftime("%Y-%m-%dT%H:%M").to_string()
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Choice {
    /// A day of the week to show.
    week: Option<Date>,
    /// Only this person, also without entries.
    #[serde(default)]
    person: String,
    id: String,
}

#[derive(Deserialize)]
struct Change {
    person: String,
    id: String,
    #[serde(default)]
    start: String,
    #[serde(default)]
    end: String,
}

/// GET /_sandbox/calendars: a week; of one person, or of everybody who has entries in it.
async fn calendars(
    State(world): State<Shared>,
    headers: HeaderMap,
    Query(choice): Query<Choice>,
) -> Response {
    let people = world.core().people.clone();
    let today = choice.week.unwrap_or_else(|| world.clock.now().to_zoned(TimeZone::UTC).date());
    let monday = shifted(today, -i64::from(today.weekday().since(Weekday::Monday)));
    let wanted = people.iter().filter(|person| choice.person.is_empty() || person.email == choice.person);
    let weeks: Vec<PersonWeek> = wanted
        .map(|person| week(&world, person, monday))
        .filter(|week| !choice.person.is_empty() || week.days.iter().any(|day| !day.entries.is_empty()))
        .collect();
    if !wants_page(&headers) {
        return Json(json!({"monday": monday, "people": weeks})).into_response();
    }
    let shown = CalendarsPage {
        people: weeks,
        everybody: people.iter().map(|person| (person.email.clone(), person.display_name())).collect(),
        chosen: choice.person,
        monday,
        before: shifted(monday, -7),
        after: shifted(monday, 7),
    };
    page(StatusCode::OK, &shown)
}

fn shifted(date: Date, days: i64) -> Date {
    date.checked_add(days.days()).unwrap_or(date)
}

fn week(world: &World, person: &Person, monday: Date) -> PersonWeek {
    let zone = TimeZone::get(&person.timezone).unwrap_or(TimeZone::UTC);
    let days = (0..7).map(|day| {
        let date = shifted(monday, day);
        Day { date, entries: day_of(world, person, date, &zone) }
    });
    PersonWeek {
        email: person.email.clone(),
        name: person.display_name(),
        timezone: person.timezone.clone(),
        days: days.collect(),
    }
}

fn day_of(world: &World, person: &Person, date: Date, zone: &TimeZone) -> Vec<Shown> {
    let edge = |date: Date| {
        date.to_zoned(zone.clone()).map_or(Timestamp::UNIX_EPOCH, |midnight| midnight.timestamp())
    };
    let (from, to) = (edge(date), edge(shifted(date, 1)));
    let outlook = graph::entries(world, person, from, to).into_iter().map(|entry| ("Outlook", entry));
    let meetings = webex::entries(world, &person.email, from, to).into_iter().map(|entry| ("Webex", entry));
    let mut all: Vec<Shown> =
        outlook.chain(meetings).map(|(source, entry)| shown(source, entry, zone)).collect();
    all.sort_by_key(|shown| (!shown.entry.is_all_day, shown.entry.start));
    all
}

fn shown(source: &'static str, entry: Entry, zone: &TimeZone) -> Shown {
    let (start, end) = (zone.to_datetime(entry.start), zone.to_datetime(entry.end));
    let when = if entry.is_all_day {
        "all day".to_owned()
    } else {
        format!("{}–{}", start.strftime("%H:%M"), end.strftime("%H:%M"))
    };
    Shown { source, when, start, end, entry }
}

/// GET /_sandbox/calendars/entry: one Outlook entry with its forms.
async fn entry(State(world): State<Shared>, Query(choice): Query<Choice>) -> Result<Response, Problem> {
    Ok(page(StatusCode::OK, &entry_page(&world, &choice.person, &choice.id, None)?))
}

fn entry_page(world: &World, email: &str, id: &str, problem: Option<String>) -> Result<EntryPage, Problem> {
    let missing = || Problem::missing("There is no such entry. It may have been deleted.");
    let person = world.person(email).ok_or_else(missing)?;
    let zone = TimeZone::get(&person.timezone).unwrap_or(TimeZone::UTC);
    let entry = graph::entry(world, &person, id).ok_or_else(missing)?;
    let (person, name) = (person.email.clone(), person.display_name());
    Ok(EntryPage { person, name, entry: shown("Outlook", entry, &zone), problem })
}

/// POST /_sandbox/calendars/move: new times in the owner's zone.
async fn move_entry(State(world): State<Shared>, Form(form): Form<Change>) -> Result<Response, Problem> {
    let times = match (form.start.parse::<DateTime>(), form.end.parse::<DateTime>()) {
        (Ok(start), Ok(end)) => Ok((start, end)),
        _ => Err("Give a start and an end, such as 2030-03-05T09:30.".to_owned()),
    };
    match times.and_then(|times| graph::move_entry(&world, &form.person, &form.id, times).map(|()| times.0)) {
        Ok(start) => Ok(back(&form.person, start.date())),
        Err(problem) => {
            let again = entry_page(&world, &form.person, &form.id, Some(problem))?;
            Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &again))
        }
    }
}

/// POST /_sandbox/calendars/delete
async fn delete_entry(State(world): State<Shared>, Form(form): Form<Change>) -> Result<Response, Problem> {
    let entry = entry_page(&world, &form.person, &form.id, None)?;
    graph::delete_entry(&world, &form.person, &form.id).map_err(|problem| Problem::missing(&problem))?;
    Ok(back(&form.person, entry.entry.start.date()))
}

fn back(person: &str, day: Date) -> Response {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("person", person).append_pair("week", &day.to_string());
    Redirect::to(&format!("/_sandbox/calendars?{}", query.finish())).into_response()
}
