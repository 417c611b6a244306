//! VTIMEZONE (RFC 5545 §3.6.5): what the clocks of a zone do around an appointment.
//!
//! A zone is described for the years around the appointment only. Where every one of them follows the same rule it is
//! written as a rule, as calendars expect it; otherwise each change of the clocks is written with its date.

use jiff::{
    Span, Timestamp,
    civil::{DateTime, Weekday},
    tz::{Offset, TimeZone, TimeZoneDatabase},
};

use crate::{Refused, text::Lines};

/// The bundled tzdata, never the machine's: an old one knows nothing of laws made since.
pub(crate) fn find(name: &str) -> Result<TimeZone, Refused> {
    TimeZoneDatabase::bundled().get(name).map_err(|_| Refused::Zone(name.chars().take(100).collect()))
}

/// One change of the clocks.
#[derive(Clone)]
struct Change {
    /// What the clocks showed at that instant, before they were changed.
    onset: DateTime,
    from: Offset,
    to: Offset,
    name: String,
}

impl Change {
    /// Decided by what the clocks do and not by tzdata's flag: Dublin's winter time is its "daylight" time there.
    fn is_forward(&self) -> bool {
        self.to > self.from
    }

    fn is_last_of_month(&self) -> bool {
        self.onset.day() + 7 > self.onset.days_in_month()
    }

    fn week(&self) -> i8 {
        (self.onset.day() - 1) / 7 + 1
    }
}

/// Describes `zone` from a year before `start` to a year after `end`.
pub(crate) fn write(lines: &mut Lines, name: &str, zone: &TimeZone, (start, end): (Timestamp, Timestamp)) {
    let (from, to) = window(start, end);
    let changes = changes(zone, from, to);
    lines.raw("BEGIN", "VTIMEZONE");
    lines.raw("TZID", name);
    lines.raw("X-LIC-LOCATION", name);
    if let Some(rules) = yearly(&changes, from, to) {
        for (change, rule) in rules {
            observance(lines, &change, Some(&rule));
        }
    } else {
        observance(lines, &at_rest(zone, from), None);
        for change in &changes {
            observance(lines, change, None);
        }
    }
    lines.raw("END", "VTIMEZONE");
}

/// Whole years, so that a rule has its turn in each of them.
fn window(start: Timestamp, end: Timestamp) -> (DateTime, DateTime) {
    let year = |at: Timestamp| at.to_zoned(TimeZone::UTC).year();
    (
        jiff::civil::date(year(start) - 1, 1, 1).at(0, 0, 0, 0),
        jiff::civil::date(year(end) + 2, 1, 1).at(0, 0, 0, 0),
    )
}

fn changes(zone: &TimeZone, from: DateTime, to: DateTime) -> Vec<Change> {
    let (Ok(from), Ok(to)) = (instant(from), instant(to)) else { return Vec::new() };
    zone.following(from)
        .take_while(|change| change.timestamp() < to)
        .filter_map(|change| {
            let before = zone.to_offset(change.timestamp().checked_sub(Span::new().seconds(1)).ok()?);
            let onset = before.to_datetime(change.timestamp());
            let (to, name) = (change.offset(), change.abbreviation().to_owned());
            // Some changes rename the time and leave the clocks alone.
            (before != to).then_some(Change { onset, from: before, to, name })
        })
        .collect()
}

/// The time that is kept before the first change.
fn at_rest(zone: &TimeZone, from: DateTime) -> Change {
    let info = instant(from).map(|at| zone.to_offset_info(at));
    let (offset, name) =
        info.map_or((Offset::UTC, String::new()), |info| (info.offset(), info.abbreviation().to_owned()));
    Change { onset: jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0), from: offset, to: offset, name }
}

fn instant(at: DateTime) -> Result<Timestamp, jiff::Error> {
    Ok(at.to_zoned(TimeZone::UTC)?.timestamp())
}

/// Forward and back once a year, by one rule each; nothing when any year of the window does otherwise.
fn yearly(changes: &[Change], from: DateTime, to: DateTime) -> Option<Vec<(Change, String)>> {
    let years = usize::try_from(to.year() - from.year()).ok()?;
    let (forward, back): (Vec<_>, Vec<_>) = changes.iter().cloned().partition(Change::is_forward);
    if forward.len() != years || back.len() != years {
        return None;
    }
    [forward, back].into_iter().map(|changes| Some((changes.first()?.clone(), rule(&changes)?))).collect()
}

/// The rule (RFC 5545 §3.3.10) behind changes that happened in consecutive years.
fn rule(changes: &[Change]) -> Option<String> {
    let first = changes.first()?;
    let alike = changes.windows(2).all(|pair| {
        let (a, b) = (&pair[0], &pair[1]);
        (a.onset.month(), a.onset.weekday(), a.onset.time(), a.from, a.to)
            == (b.onset.month(), b.onset.weekday(), b.onset.time(), b.from, b.to)
            && a.onset.year() + 1 == b.onset.year()
    });
    let week = if changes.iter().all(Change::is_last_of_month) {
        -1
    } else {
        Some(first.week()).filter(|&week| week < 5 && changes.iter().all(|change| change.week() == week))?
    };
    let day = match first.onset.weekday() {
        Weekday::Monday => "MO",
        Weekday::Tuesday => "TU",
        Weekday::Wednesday => "WE",
        Weekday::Thursday => "TH",
        Weekday::Friday => "FR",
        Weekday::Saturday => "SA",
        Weekday::Sunday => "SU",
    };
    alike.then(|| format!("FREQ=YEARLY;BYMONTH={};BYDAY={week}{day}", first.onset.month()))
}

fn observance(lines: &mut Lines, change: &Change, rule: Option<&str>) {
    let kind = if change.is_forward() { "DAYLIGHT" } else { "STANDARD" };
    lines.raw("BEGIN", kind);
    lines.raw("DTSTART", &change.onset.strftime("%Y%m%dT%H%M%S").to_string());
    lines.raw("TZOFFSETFROM", &offset(change.from));
    lines.raw("TZOFFSETTO", &offset(change.to));
    if !change.name.is_empty() {
        lines.text("TZNAME", &change.name);
    }
    if let Some(rule) = rule {
        lines.raw("RRULE", rule);
    }
    lines.raw("END", kind);
}

/// `+0530` (RFC 5545 §3.3.14).
fn offset(offset: Offset) -> String {
    let seconds = offset.seconds().unsigned_abs();
    let sign = if offset.seconds() < 0 { '-' } else { '+' };
    let (hours, minutes, rest) = (seconds / 3600, seconds % 3600 / 60, seconds % 60);
    if rest == 0 {
        format!("{sign}{hours:02}{minutes:02}")
    } else {
        format!("{sign}{hours:02}{minutes:02}{rest:02}")
    }
}
