//! Lengths and dates as hosts write and read them.

use jiff::{civil::Date, tz::TimeZone};
use platform::Instant;

const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;

/// A length in its largest whole units: `1 hour 30 minutes`, `2 days`.
pub(super) fn length(minutes: i64) -> String {
    let mut rest = minutes.max(0);
    let mut parts = Vec::new();
    let units = [(WEEK, "week"), (DAY, "day"), (HOUR, "hour"), (1, "minute")];
    for (size, unit) in units {
        // Eight days are eight days; only whole weeks are weeks.
        let is_odd_week = size == WEEK && rest % WEEK != 0;
        if rest < size || is_odd_week {
            continue;
        }
        let count = rest / size;
        rest %= size;
        parts.push(format!("{count} {unit}{}", if count == 1 { "" } else { "s" }));
    }
    if parts.is_empty() { "0 minutes".to_owned() } else { parts.join(" ") }
}

/// The minutes in a text such as `90 minutes`, `1 h 30 min`, `2 days`. A number alone is minutes where `bare` says so.
pub(super) fn parse_length(text: &str, bare: bool) -> Option<i64> {
    let mut minutes: i64 = 0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len());
        let number: i64 = rest.get(..digits).filter(|it| (1..=7).contains(&it.len()))?.parse().ok()?;
        rest = rest.get(digits..)?.trim_start();
        let letters = rest.find(|it: char| !it.is_alphabetic()).unwrap_or(rest.len());
        let (unit, after) = rest.split_at(letters);
        let size = match unit.to_lowercase().as_str() {
            "m" | "min" | "mins" | "minute" | "minutes" => 1,
            "h" | "hr" | "hrs" | "hour" | "hours" => HOUR,
            "d" | "day" | "days" => DAY,
            "w" | "week" | "weeks" => WEEK,
            "" if bare || number == 0 => 1,
            _ => return None,
        };
        minutes += number * size;
        rest = after.trim_start();
    }
    Some(minutes)
}

/// Several lengths with commas between them; an empty text has none.
pub(super) fn parse_lengths(text: &str, bare: bool) -> Option<Vec<i64>> {
    let parts = text.split([',', ';']).map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| parse_length(part, bare)).collect()
}

/// Several lengths as they are typed.
pub(super) fn lengths(minutes: &[i64]) -> String {
    minutes.iter().map(|it| length(*it)).collect::<Vec<_>>().join(", ")
}

/// `Monday, 23 November 2026`.
pub(super) fn long_date(date: Date) -> String {
    date.strftime("%A, %-d %B %Y").to_string()
}

/// `Mon 23 Nov`.
pub(super) fn short_date(date: Date) -> String {
    date.strftime("%a %-d %b").to_string()
}

/// An instant with its weekday: `Tue 24 Nov 2026, 10:00 CET`.
pub(super) fn weekday_and_time(at: Instant, zone: &TimeZone) -> String {
    format!("{} {}", at.timestamp().to_zoned(zone.clone()).strftime("%a"), at.in_zone(zone))
}

/// The time on the wall, `09:30`.
pub(super) fn clock(at: Instant, zone: &TimeZone) -> String {
    at.timestamp().to_zoned(zone.clone()).strftime("%H:%M").to_string()
}

/// The date on the wall.
pub(super) fn date(at: Instant, zone: &TimeZone) -> Date {
    at.timestamp().to_zoned(zone.clone()).date()
}

/// The instant at which a date begins in a zone.
pub(super) fn midnight(date: Date, zone: &TimeZone) -> Option<Instant> {
    let start = zone.to_ambiguous_timestamp(date.at(0, 0, 0, 0)).compatible().ok()?;
    Some(Instant::from(start))
}

/// A date as it is sent (`2026-11-23`), of this century.
pub(super) fn parse_date(text: &str) -> Option<Date> {
    text.trim().parse::<Date>().ok().filter(|date| (2000..2100).contains(&date.year()))
}

/// Every zone that can be chosen; `value` is among them whatever it is, so that a form keeps what was sent.
pub(super) fn zones(value: &str) -> Vec<(String, String)> {
    let is_place = |name: &String| name.contains('/') && !name.starts_with("Etc/");
    let mut names: Vec<String> =
        jiff::tz::db().available().map(|name| name.to_string()).filter(is_place).collect();
    names.push("UTC".into());
    if !names.iter().any(|name| name == value) {
        names.insert(0, value.to_owned());
    }
    names.into_iter().map(|name| (name.clone(), name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_they_are_written() {
        for minutes in [0, 5, 30, 60, 90, 1439, 1440, 2880, 8 * 1440, 14 * 1440, 60 * 1440] {
            assert_eq!(parse_length(&length(minutes), false), Some(minutes), "{}", length(minutes));
        }
        assert_eq!((length(90), length(7 * DAY)), ("1 hour 30 minutes".into(), "1 week".into()));
        assert_eq!(parse_lengths("30, 1h, 1h30min", true), Some(vec![30, 60, 90]));
        assert_eq!(parse_lengths(" ", true), Some(vec![]));
    }

    #[test]
    fn a_date_is_said_with_its_weekday() {
        let at = Instant::from("2026-11-24T09:00:00Z".parse::<jiff::Timestamp>().unwrap());
        let said = weekday_and_time(at, &TimeZone::get("Europe/Berlin").unwrap());
        assert!(said.starts_with("Tue ") && said.contains("10:00"), "{said}");
    }

    #[test]
    fn what_is_no_length_is_refused() {
        for text in
            ["", "soon", "-5", "1.5 hours", "5 parsecs", "99999999999 days", "30", "hour", "1 ½ h", "5 m 3"]
        {
            assert_eq!(parse_length(text, false), None, "{text}");
        }
    }
}
