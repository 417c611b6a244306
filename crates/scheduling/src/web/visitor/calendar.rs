//! A month of days with free times, and the times of one day: the same for booking and for moving. Days are those of
//! the visitor's zone.

use std::{collections::BTreeMap, time::Duration};

use jiff::{ToSpan, civil::Date, tz::TimeZone};
use platform::{Hub, Instant, Result};

use super::{limits, visit::Visit, way::Way};
use crate::{
    appointment_type::AppointmentType,
    booking::Booking,
    claim::Span,
    offer::{self, Ask},
    texts::{Text, dates},
};

/// How far ahead one can turn where a type names no horizon.
const MONTHS_AHEAD: i32 = 24;
/// How many months are looked through for the next free time, the first few on their own: mostly it is among them.
const MONTHS_SEARCHED: i32 = 12;

/// Where the times come from.
pub(super) enum Source<'a> {
    /// A type with a duration.
    Type(&'a AppointmentType, i64),
    /// What a booking can be moved to.
    Booking(&'a Booking, &'a AppointmentType),
}

impl Source<'_> {
    fn appointment_type(&self) -> &AppointmentType {
        match self {
            Self::Type(it, _) | Self::Booking(_, it) => it,
        }
    }

    /// The starts on offer in a span, and whether all calendars behind them could be read lately.
    async fn times(&self, hub: &Hub, span: Span) -> Result<(Vec<Instant>, bool)> {
        let (ask, present) = match self {
            Self::Type(it, duration) => (Ask::new(it, *duration, span), None),
            Self::Booking(booking, it) => {
                let ask = Ask {
                    only: Some(&booking.hosts.0),
                    except: vec![booking.id.to_string()],
                    ..Ask::new(it, booking.minutes(), span)
                };
                (ask, Some(booking.starts_at))
            }
        };
        let board = offer::board(hub, &ask).await?;
        let mut calendars = board.hosts.iter().flat_map(|host| &host.calendars);
        let is_known = calendars.all(|calendar| calendar.trouble.is_none() && !calendar.is_stale);
        let starts = board.times().into_iter().map(|time| time.start);
        Ok((starts.filter(|start| Some(*start) != present).collect(), is_known))
    }
}

/// Where the calendar stands: its page, and where a pressed time is sent.
pub(super) struct Place<'a> {
    pub page: &'a str,
    pub form: &'a str,
    pub zone: TimeZone,
    /// Whether a pressed time is only asked for: its page asks once more.
    pub asks: bool,
}

/// The calendar, ready for its template.
pub(super) struct Calendar {
    pub title: String,
    pub previous: Option<String>,
    pub next: Option<String>,
    pub weekdays: Vec<(String, String)>,
    pub weeks: Vec<Vec<Day>>,
    pub chosen: Option<Chosen>,
    /// Why there is nothing to choose, and where there is.
    pub empty: Option<Empty>,
    pub form: TimeForm,
    pub zone: Zone,
    /// What is known of the hosts' calendars may be old.
    pub is_stale: bool,
}

/// Where a pressed time is sent, and how.
#[derive(Clone)]
pub(super) struct TimeForm {
    pub action: String,
    /// `post`, or `get` where nothing is done yet.
    pub method: &'static str,
    /// What the address carries, for a form that is sent by GET.
    pub hidden: Vec<(&'static str, String)>,
}

/// One cell of the month.
pub(super) struct Day {
    pub number: i8,
    /// Where its times are shown; nothing for a day without any.
    pub link: Option<String>,
    /// What a screen reader says.
    pub label: String,
    pub is_chosen: bool,
    pub is_today: bool,
    /// It belongs to the month before or after.
    pub is_outside: bool,
}

/// The day whose times are shown.
pub(super) struct Chosen {
    pub title: String,
    pub times: Vec<Time>,
}

/// One start.
pub(super) struct Time {
    pub start: Instant,
    pub clock: String,
    /// The offset, on days when clocks change.
    pub offset: Option<String>,
}

/// A month without free times.
pub(super) struct Empty {
    pub text: String,
    pub next: Option<(String, String)>,
}

/// The visitor's zone and how to choose another one.
pub(super) struct Zone {
    pub name: String,
    pub offset: String,
    /// Whether the visitor has not said anything yet, so that the browser may.
    pub is_guessed: bool,
    pub change: String,
    /// Every zone, once the visitor wants another one.
    pub all: Vec<(String, bool)>,
    pub page: String,
    pub hidden: Vec<(&'static str, String)>,
}

/// Days by which a month is known.
struct Bounds {
    today: Date,
    first: Date,
    last: Date,
}

impl Calendar {
    /// Reads the month that the address asks for, or the first one with free times.
    pub(super) async fn read(
        hub: &Hub,
        visit: &Visit,
        source: &Source<'_>,
        place: &Place<'_>,
    ) -> Result<Self> {
        limits::admit_look(hub, &visit.actor.origin)?;
        let bounds = Bounds::of(hub, source.appointment_type(), &place.zone);
        let asked = asked_day(&visit.way);
        let explicit = asked.or_else(|| asked_month(&visit.way));
        let mut month = explicit.map_or(bounds.first, first_of).clamp(bounds.first, bounds.last);
        let (mut days, mut is_known) = read_month(hub, source, &place.zone, month).await?;
        let mut next = None;
        if days.is_empty() {
            next = next_free(hub, source, &place.zone, (month, &bounds)).await?;
            if let (None, Some(date)) = (explicit, next) {
                month = first_of(date);
                (days, is_known) = read_month(hub, source, &place.zone, month).await?;
            }
        }
        let chosen = asked.filter(|day| first_of(*day) == month).or_else(|| days.keys().next().copied());
        let view = View { visit, place, bounds: &bounds, month, chosen, days: &days };
        Ok(Self {
            title: dates::month(visit.language, month),
            previous: view.turned(-1),
            next: view.turned(1),
            weekdays: dates::week(visit.language),
            weeks: view.weeks(),
            chosen: chosen.filter(|_| !days.is_empty()).map(|day| view.times(day)),
            empty: days.is_empty().then(|| view.empty(next)),
            form: TimeForm::of(visit, place),
            zone: zone(hub, visit, place),
            is_stale: !is_known,
        })
    }
}

impl TimeForm {
    fn of(visit: &Visit, place: &Place<'_>) -> Self {
        let way = Way { month: None, ..visit.way.onward() };
        if place.asks {
            return Self { action: place.form.to_owned(), method: "get", hidden: way.fields().collect() };
        }
        Self { action: way.to(place.form), method: "post", hidden: Vec::new() }
    }
}

/// Whether the address asks for a day or month that cannot be shown, such as one in the past.
pub(super) fn asks_in_vain(hub: &Hub, visit: &Visit, it: &AppointmentType, zone: &TimeZone) -> bool {
    let bounds = Bounds::of(hub, it, zone);
    let way = &visit.way;
    let is_good_day = way.day.is_none()
        || asked_day(way).is_some_and(|day| day >= bounds.today && first_of(day) <= bounds.last);
    let is_good_month = way.month.is_none()
        || asked_month(way).is_some_and(|month| (bounds.first..=bounds.last).contains(&month));
    !is_good_day || !is_good_month
}

impl Bounds {
    fn of(hub: &Hub, it: &AppointmentType, zone: &TimeZone) -> Self {
        let now = hub.now();
        let today = now.timestamp().to_zoned(zone.clone()).date();
        let farthest = it.max_advance.and_then(|minutes| u64::try_from(minutes).ok()).map(|minutes| {
            let at = now.after(Duration::from_secs(minutes.saturating_mul(60)));
            at.timestamp().to_zoned(zone.clone()).date()
        });
        let first = first_of(today);
        let most = first.saturating_add(MONTHS_AHEAD.months());
        Self { today, first, last: farthest.map_or(most, first_of).clamp(first, most) }
    }
}

/// What the cells of a month are made of.
struct View<'a> {
    visit: &'a Visit,
    place: &'a Place<'a>,
    bounds: &'a Bounds,
    month: Date,
    chosen: Option<Date>,
    days: &'a BTreeMap<Date, Vec<Instant>>,
}

impl View<'_> {
    fn turned(&self, months: i32) -> Option<String> {
        let month = self.month.saturating_add(months.months());
        let is_there = (self.bounds.first..=self.bounds.last).contains(&month);
        let way = Way { month: Some(month_value(month)), day: None, ..self.visit.way.onward() };
        is_there.then(|| way.to(self.place.page))
    }

    /// Always six weeks from Monday, so that nothing moves from month to month.
    fn weeks(&self) -> Vec<Vec<Day>> {
        let lead = i32::from(self.month.weekday().to_monday_zero_offset());
        let start = self.month.saturating_sub(lead.days());
        let week = |week: i32| {
            (0..7).map(move |day| start.saturating_add((week * 7 + day).days())).map(|date| self.day(date))
        };
        (0..6).map(|number| week(number).collect()).collect()
    }

    fn day(&self, date: Date) -> Day {
        let language = self.visit.language;
        let is_outside = first_of(date) != self.month;
        let free = if is_outside { 0 } else { self.days.get(&date).map_or(0, Vec::len) };
        let label = Text::plain("calendar-day")
            .with("day", dates::day(language, date))
            .number("count", i64::try_from(free).unwrap_or(i64::MAX));
        Day {
            number: date.day(),
            link: (free > 0).then(|| format!("{}#times", self.day_link(date))),
            label: label.in_language(language),
            is_chosen: self.chosen == Some(date),
            is_today: date == self.bounds.today,
            is_outside,
        }
    }

    fn day_link(&self, date: Date) -> String {
        Way { month: None, day: Some(date.to_string()), ..self.visit.way.onward() }.to(self.place.page)
    }

    fn times(&self, date: Date) -> Chosen {
        let zone = &self.place.zone;
        let needs_offset = dates::is_clock_change(zone, date);
        let time = |start: &Instant| Time {
            start: *start,
            clock: dates::clock(&start.timestamp().to_zoned(zone.clone())),
            offset: needs_offset.then(|| dates::offset(zone, *start)),
        };
        let times = self.days.get(&date).into_iter().flatten().map(time).collect();
        Chosen { title: dates::day(self.visit.language, date), times }
    }

    fn empty(&self, next: Option<Date>) -> Empty {
        let language = self.visit.language;
        let month = dates::month(language, self.month);
        let Some(date) = next else {
            let text = Text::plain("calendar-nothing-free").in_language(language);
            return Empty { text, next: None };
        };
        Empty {
            text: Text::plain("calendar-empty-month").with("month", month).in_language(language),
            next: Some((dates::day(language, date), self.day_link(date))),
        }
    }
}

async fn read_month(
    hub: &Hub,
    source: &Source<'_>,
    zone: &TimeZone,
    month: Date,
) -> Result<(BTreeMap<Date, Vec<Instant>>, bool)> {
    read_days(hub, source, zone, (month, month.saturating_add(1.month()))).await
}

/// The free times from one day until before another one, by day, and whether all calendars are known.
async fn read_days(
    hub: &Hub,
    source: &Source<'_>,
    zone: &TimeZone,
    (from, until): (Date, Date),
) -> Result<(BTreeMap<Date, Vec<Instant>>, bool)> {
    let span = Span { start: midnight(from, zone), end: midnight(until, zone) };
    let (times, is_known) = source.times(hub, span).await?;
    let mut days: BTreeMap<Date, Vec<Instant>> = BTreeMap::new();
    for start in times {
        days.entry(start.timestamp().to_zoned(zone.clone()).date()).or_default().push(start);
    }
    Ok((days, is_known))
}

/// The next day with free times after an empty month, or else the first one before it. Month by month: the times of many
/// hosts in many months at once are more than are worked out for anybody.
async fn next_free(
    hub: &Hub,
    source: &Source<'_>,
    zone: &TimeZone,
    (empty, bounds): (Date, &Bounds),
) -> Result<Option<Date>> {
    let end = bounds.last.saturating_add(1.month());
    let after = (1..=MONTHS_SEARCHED).map(|ahead| empty.saturating_add(ahead.months()));
    let after = after.take_while(|month| *month < end);
    let before = (0..MONTHS_SEARCHED).map(|ahead| bounds.first.saturating_add(ahead.months()));
    let before = before.take_while(|month| *month < empty);
    for month in after.chain(before) {
        let (days, _) = read_days(hub, source, zone, (month, month.saturating_add(1.month()))).await?;
        if let Some(day) = days.keys().next() {
            return Ok(Some(*day));
        }
    }
    Ok(None)
}

fn zone(hub: &Hub, visit: &Visit, place: &Place<'_>) -> Zone {
    let name = place.zone.iana_name().unwrap_or("UTC").to_owned();
    let all = if visit.way.pick { every_zone() } else { Vec::new() };
    let way = Way { zone: None, ..visit.way.onward() };
    Zone {
        offset: dates::offset(&place.zone, hub.now()),
        is_guessed: !visit.has_zone() && !visit.way.pick,
        change: Way { pick: true, ..visit.way.onward() }.to(place.page) + "#zone",
        all: all.into_iter().map(|zone| (zone == name, zone)).map(|(is, zone)| (zone, is)).collect(),
        page: place.page.to_owned(),
        hidden: way.fields().collect(),
        name,
    }
}

/// The names of all zones, without those that only repeat another one's offset.
fn every_zone() -> Vec<String> {
    let all = jiff::tz::TimeZoneDatabase::bundled();
    let mut names: Vec<String> = all.available().map(|name| name.as_str().to_owned()).collect();
    names.retain(|name| name == "UTC" || name.contains('/'));
    names
}

/// The date of a start in a zone.
pub(super) fn date_of(start: Instant, zone: &TimeZone) -> Date {
    start.timestamp().to_zoned(zone.clone()).date()
}

fn midnight(date: Date, zone: &TimeZone) -> Instant {
    date.to_zoned(zone.clone()).map_or(Instant::from_micros(0), |start| start.timestamp().into())
}

fn asked_day(way: &Way) -> Option<Date> {
    way.day.as_deref()?.parse().ok()
}

fn asked_month(way: &Way) -> Option<Date> {
    format!("{}-01", way.month.as_deref()?).parse().ok()
}

fn first_of(date: Date) -> Date {
    date.first_of_month()
}

/// A date's month as the address carries it.
pub(super) fn month_value(date: Date) -> String {
    date.strftime("%Y-%m").to_string()
}
