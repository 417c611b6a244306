//! Days and times as people of a language write them. Clocks show 24 hours in every language.

use jiff::{Zoned, civil::Date, tz::TimeZone};
use platform::Instant;

use super::{Language, Text};

/// `Wednesday, 25 November 2026`.
pub(crate) fn day(language: Language, date: Date) -> String {
    Text::plain("date-day")
        .with("weekday", weekday(language, date))
        .with("day", date.day().to_string())
        .with("month", month_name(language, date))
        .with("year", date.year().to_string())
        .in_language(language)
}

/// `November 2026`.
pub(crate) fn month(language: Language, date: Date) -> String {
    format!("{} {}", month_name(language, date), date.year())
}

/// `Wednesday`.
pub(crate) fn weekday(language: Language, date: Date) -> String {
    let number = date.weekday().to_monday_one_offset();
    Text::plain("mail-weekday").number("number", i64::from(number)).in_language(language)
}

/// `14:10`.
pub(crate) fn clock(at: &Zoned) -> String {
    at.strftime("%H:%M").to_string()
}

/// How far a zone's clocks are from UTC at an instant: `UTC+1`, `UTC+5:30`.
pub(crate) fn offset(zone: &TimeZone, at: Instant) -> String {
    let minutes = zone.to_offset(at.timestamp()).seconds() / 60;
    if minutes == 0 {
        return "UTC".into();
    }
    let (sign, size) = (if minutes < 0 { '−' } else { '+' }, minutes.abs());
    match size % 60 {
        0 => format!("UTC{sign}{}", size / 60),
        rest => format!("UTC{sign}{}:{rest:02}", size / 60),
    }
}

/// Whether clocks are changed on this day, so that a time needs its offset to be plain.
pub(crate) fn is_clock_change(zone: &TimeZone, date: Date) -> bool {
    let at = |date: Date| date.to_zoned(zone.clone()).map(|start| start.offset());
    match (at(date), date.tomorrow().map(at)) {
        (Ok(start), Ok(Ok(end))) => start != end,
        _ => false,
    }
}

/// From when to when: `Wednesday, 25 November 2026, 10:00–10:30`, with both days where there are two, and with
/// offsets on days when clocks change.
pub(crate) fn span(language: Language, (start, end): (Instant, Instant), zone: &TimeZone) -> String {
    let local = |at: Instant| at.timestamp().to_zoned(zone.clone());
    let (from, to) = (local(start), local(end));
    let time = |at: &Zoned, instant: Instant| {
        if is_clock_change(zone, at.date()) {
            format!("{} ({})", clock(at), offset(zone, instant))
        } else {
            clock(at)
        }
    };
    let (begin, finish) = (time(&from, start), time(&to, end));
    if from.date() == to.date() {
        return format!("{}, {begin}–{finish}", day(language, from.date()));
    }
    format!("{}, {begin} – {}, {finish}", day(language, from.date()), day(language, to.date()))
}

/// A length in minutes, in hours where it is whole hours.
pub(crate) fn length(language: Language, minutes: i64) -> String {
    let (unit, count) =
        if minutes >= 60 && minutes % 60 == 0 { ("hours", minutes / 60) } else { ("minutes", minutes) };
    Text::plain("date-length").with("unit", unit).number("count", count).in_language(language)
}

/// A number with its thousands apart, as the language writes it.
pub(crate) fn count(language: Language, number: usize) -> String {
    let mark = match language {
        Language::En => ',',
        Language::De => '.',
    };
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(mark);
        }
        out.push(digit);
    }
    out
}

/// The weekdays from Monday, as the head of a calendar: short and in full.
pub(crate) fn week(language: Language) -> Vec<(String, String)> {
    let words = |number| {
        let full = Text::plain("mail-weekday").number("number", number).in_language(language);
        (full.chars().take(2).collect(), full)
    };
    (1..=7).map(words).collect()
}

fn month_name(language: Language, date: Date) -> String {
    Text::plain("mail-month").number("number", i64::from(date.month())).in_language(language)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse::<jiff::Timestamp>().unwrap().into()
    }

    #[test]
    fn days_are_written_as_the_language_writes_them() {
        let date: Date = "2026-11-25".parse().unwrap();
        assert_eq!(day(Language::En, date), "Wednesday, 25 November 2026");
        assert_eq!(day(Language::De, date), "Mittwoch, 25. November 2026");
        assert_eq!(month(Language::De, "2027-03-01".parse().unwrap()), "März 2027");
        assert_eq!(week(Language::De)[0], ("Mo".into(), "Montag".into()));
        assert_eq!(length(Language::En, 60), "1 hour");
        assert_eq!(length(Language::De, 90), "90 Minuten");
        assert_eq!((count(Language::En, 999), count(Language::De, 12_345)), ("999".into(), "12.345".into()));
    }

    #[test]
    fn times_carry_their_offset_on_the_day_when_clocks_change() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let twice = |start: &str, end: &str| span(Language::En, (at(start), at(end)), &berlin);
        assert_eq!(
            twice("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"),
            "Sunday, 25 October 2026, 02:30 (UTC+2)–02:30 (UTC+1)"
        );
        assert_eq!(
            twice("2026-11-25T09:00:00Z", "2026-11-25T09:30:00Z"),
            "Wednesday, 25 November 2026, 10:00–10:30"
        );
        assert_eq!(offset(&TimeZone::get("Asia/Kolkata").unwrap(), at("2026-01-01T00:00:00Z")), "UTC+5:30");
        assert_eq!(
            offset(&TimeZone::get("America/St_Johns").unwrap(), at("2026-01-01T00:00:00Z")),
            "UTC−3:30"
        );
    }
}
