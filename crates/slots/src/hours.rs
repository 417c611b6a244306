//! When a host works, as instants: rules and overrides of the dates around the period, mapped through the zone.
//!
//! Inside this room an instant is a number of whole seconds since 1970 in UTC. Windows begin and end on minutes, and
//! everything they are compared with can be rounded to seconds without changing an answer (see [`up`] and [`down`]).

use std::collections::BTreeMap;

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};

use crate::problem::{Host, Problem, Window};

/// `[start, end)` in seconds.
pub(crate) type Span = (i64, i64);

pub(crate) const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;
/// How far outside the period dates are looked at, in days.
const AROUND: i64 = 2;

/// The first whole second at or after this instant.
pub(crate) fn up(instant: Timestamp) -> i64 {
    down(instant) + i64::from(instant.subsec_nanosecond().rem_euclid(1_000_000_000) > 0)
}

/// The last whole second at or before this instant.
pub(crate) fn down(instant: Timestamp) -> i64 {
    instant.as_second() - i64::from(instant.subsec_nanosecond() < 0)
}

/// The instant of this second, or the nearest that exists.
pub(crate) fn instant(second: i64) -> Timestamp {
    let limit = if second < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_second(second).unwrap_or(limit)
}

/// The host's windows around the problem's period, by start. They may overlap where the clocks change.
pub(crate) fn windows(problem: &Problem, host: &Host) -> Vec<Span> {
    let zone = &host.zone;
    // A window of the date before may reach into the first one.
    let date = |second| zone.to_datetime(instant(second)).date();
    let first = date(down(problem.from) - (AROUND + 1) * DAY);
    let last = date(up(problem.to) + (AROUND + 1) * DAY);
    let overrides: BTreeMap<Date, &[Window]> =
        host.overrides.iter().map(|on| (on.date, on.windows.as_slice())).collect();
    let weekly: [Vec<Window>; 7] = std::array::from_fn(|day| weekly_windows(host, day));
    let mut mapped = Vec::new();
    let mut next = Some(first);
    while let Some(date) = next.filter(|date| *date <= last) {
        next = date.tomorrow().ok();
        if let Some(windows) = overrides.get(&date) {
            map(zone, date, &merge_windows(windows.to_vec()), &mut mapped);
        } else {
            let day = usize::try_from(date.weekday().to_monday_zero_offset()).ok();
            let windows = day.and_then(|day| weekly.get(day));
            map(zone, date, windows.map_or(&[], Vec::as_slice), &mut mapped);
        }
    }
    mapped.sort_unstable();
    mapped
}

/// The merged windows of a weekday, Monday being 0.
fn weekly_windows(host: &Host, day: usize) -> Vec<Window> {
    let on_day = host.weekly.iter().filter(|rule| {
        rule.days.iter().any(|weekday| usize::try_from(weekday.to_monday_zero_offset()) == Ok(day))
    });
    merge_windows(on_day.map(|rule| Window { start: rule.start, end: rule.end }).collect())
}

/// Sorts windows of one date and joins those that overlap or touch on the wall clock.
fn merge_windows(mut windows: Vec<Window>) -> Vec<Window> {
    windows.sort_unstable_by_key(|window| (window.start, window.end));
    let mut merged: Vec<Window> = Vec::with_capacity(windows.len());
    for window in windows {
        match merged.last_mut() {
            Some(last) if window.start <= last.end => last.end = last.end.max(window.end),
            _ => merged.push(window),
        }
    }
    merged
}

/// Both ends are mapped on their own; what a gap swallows whole is dropped.
fn map(zone: &TimeZone, date: Date, windows: &[Window], mapped: &mut Vec<Span>) {
    for window in windows {
        let start = to_second(zone, date, window.start.minutes());
        let end = to_second(zone, date, window.end.minutes());
        mapped.extend(start.zip(end).filter(|(start, end)| start < end));
    }
}

/// The second at which the wall clock shows this time; none beyond the years that have a name.
fn to_second(zone: &TimeZone, date: Date, minutes: u16) -> Option<i64> {
    let date = if minutes < 24 * 60 { date } else { date.tomorrow().ok()? };
    let (hour, minute) = (i8::try_from(minutes / 60 % 24).ok()?, i8::try_from(minutes % 60).ok()?);
    let local: DateTime = date.at(hour, minute, 0, 0);
    Some(zone.to_ambiguous_timestamp(local).compatible().ok()?.as_second())
}

/// The dates that this period touches in a zone, each from its midnight to the next.
pub(crate) fn days(zone: &TimeZone, (from, to): Span) -> Vec<Span> {
    let date = |second| zone.to_datetime(instant(second)).date();
    let (mut next, last) = (Some(date(from)), date(to));
    let mut days = Vec::new();
    while let Some(date) = next.filter(|date| *date <= last) {
        next = date.tomorrow().ok();
        days.extend(to_second(zone, date, 0).zip(to_second(zone, date, 24 * 60)));
    }
    days
}

/// Joins spans that overlap or touch; they come sorted by start.
pub(crate) fn join(spans: impl IntoIterator<Item = Span>) -> Vec<Span> {
    let mut joined: Vec<Span> = Vec::new();
    for (start, end) in spans {
        match joined.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    joined
}
