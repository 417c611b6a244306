//! What a host's hours come to on single dates.

use jiff::{ToSpan, civil::Date, tz::TimeZone};
use platform::Instant;
use slots::Window;

use crate::{availability::Availability, web::host::words};

const DAYS: usize = 14;
/// The width of a drawn day.
const WIDTH: u16 = 288;
const MINUTES_A_DAY: u16 = 1440;

/// One day of the preview.
pub(super) struct Day {
    pub(super) title: String,
    pub(super) hours: String,
    /// Start and width of each period, in the drawing's own units.
    pub(super) bars: Vec<(u16, u16)>,
    /// What is special about it.
    pub(super) remark: &'static str,
}

/// The open periods of a date, joined, and whether the date has hours of its own.
pub(in crate::web::host) fn windows(hours: &Availability, date: Date) -> (Vec<Window>, bool) {
    let own = hours.overrides.0.iter().find(|on| on.date == date);
    let mut windows: Vec<Window> = if let Some(on) = own {
        on.windows.clone()
    } else {
        let rules = hours.weekly.0.iter().filter(|rule| rule.days.contains(&date.weekday()));
        rules.map(|rule| Window { start: rule.start, end: rule.end }).collect()
    };
    windows.sort_by_key(|window| (window.start, window.end));
    let mut joined: Vec<Window> = Vec::new();
    for window in windows {
        match joined.last_mut() {
            Some(last) if window.start <= last.end => last.end = last.end.max(window.end),
            _ => joined.push(window),
        }
    }
    (joined, own.is_some())
}

/// The coming two weeks, from today in the host's zone.
pub(super) fn coming(hours: &Availability, now: Instant) -> Vec<Day> {
    let zone = slots::zone(&hours.time_zone).unwrap_or(TimeZone::UTC);
    let today = words::date(now, &zone);
    today.series(1.day()).take(DAYS).map(|date| day(hours, &zone, date)).collect()
}

fn day(hours: &Availability, zone: &TimeZone, date: Date) -> Day {
    let (windows, is_own) = windows(hours, date);
    let text: Vec<String> = windows.iter().map(|it| format!("{}–{}", it.start, it.end)).collect();
    let bar = |it: &Window| {
        let at = |minutes: u16| minutes / (MINUTES_A_DAY / WIDTH);
        (at(it.start.minutes()), at(it.end.minutes()) - at(it.start.minutes()))
    };
    Day {
        title: words::short_date(date),
        hours: if text.is_empty() { "closed".to_owned() } else { text.join(", ") },
        bars: windows.iter().map(bar).collect(),
        remark: match (is_own, changes_clocks(zone, date)) {
            (true, _) => "own hours on this date",
            (false, true) => "the clocks change",
            (false, false) => "",
        },
    }
}

fn changes_clocks(zone: &TimeZone, date: Date) -> bool {
    let next = date.tomorrow().ok().and_then(|next| words::midnight(next, zone));
    let length = words::midnight(date, zone).zip(next).map(|(start, end)| end.since(start).as_secs());
    length.is_some_and(|seconds| seconds != 86_400)
}
