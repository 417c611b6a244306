//! The form of a host's hours: rows of periods per weekday, rows of dates, read with a word for each wrong one.

use jiff::civil::{Date, Weekday};
use platform::error::FieldError;
use slots::{Override, Rule, TimeOfDay, Window};

use crate::{
    availability::{Availability, AvailabilityInput},
    web::host::{fields::Fields, words},
};

/// The weekdays with their names in the form.
const DAYS: [(&str, &str, Weekday); 7] = [
    ("mon", "Monday", Weekday::Monday),
    ("tue", "Tuesday", Weekday::Tuesday),
    ("wed", "Wednesday", Weekday::Wednesday),
    ("thu", "Thursday", Weekday::Thursday),
    ("fri", "Friday", Weekday::Friday),
    ("sat", "Saturday", Weekday::Saturday),
    ("sun", "Sunday", Weekday::Sunday),
];
const TIME: &str = "Write a time of the day, such as 09:00 or 17:30.";
const ENDS: &str = "This ends before it starts.";
const OVERLAPS: &str =
    "This overlaps with another period of the same day. Make one of the two, or change a time.";

/// One weekday with its periods.
#[derive(Clone, Debug)]
pub(super) struct DayRow {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    day: Weekday,
    /// From and to, as typed; empty ones are not used.
    pub(super) periods: Vec<(String, String)>,
}

/// One date with hours of its own.
#[derive(Clone, Debug, Default)]
pub(super) struct DateRow {
    pub(super) date: String,
    /// Periods with commas between them; empty when the date is closed.
    pub(super) hours: String,
    pub(super) is_past: bool,
}

/// Everything in the form, as text.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    pub(super) version: String,
    pub(super) time_zone: String,
    pub(super) days: Vec<DayRow>,
    pub(super) dates: Vec<DateRow>,
    pub(super) email_hidden: bool,
}

impl Typed {
    /// The hours as they are now.
    pub(super) fn of(hours: &Availability, today: Date) -> Self {
        let days = DAYS.map(|(name, title, day)| {
            let rules = hours.weekly.0.iter().filter(|rule| rule.days.contains(&day));
            let mut periods: Vec<_> =
                rules.map(|rule| (rule.start.to_string(), rule.end.to_string())).collect();
            periods.sort();
            DayRow { name, title, day, periods }
        });
        let date = |it: &Override| DateRow {
            date: it.date.to_string(),
            hours: it.windows.iter().copied().map(period).collect::<Vec<_>>().join(", "),
            is_past: it.date < today,
        };
        Self {
            version: hours.version.to_string(),
            time_zone: hours.time_zone.clone(),
            days: days.to_vec(),
            dates: hours.overrides.0.iter().map(date).collect(),
            email_hidden: hours.email_hidden,
        }
        .with_blank_rows("")
    }

    /// A form as it was sent.
    pub(super) fn sent(fields: &Fields) -> Self {
        let days = DAYS.map(|(name, title, day)| {
            let period =
                |row| (fields.text(&format!("{name}-{row}-from")), fields.text(&format!("{name}-{row}-to")));
            DayRow { name, title, day, periods: (0..fields.rows(name).min(20)).map(period).collect() }
        });
        let date = |row| DateRow {
            date: fields.text(&format!("date-{row}-date")),
            hours: fields.text(&format!("date-{row}-hours")),
            is_past: fields.has(&format!("date-{row}-past")),
        };
        Self {
            version: fields.text("version"),
            time_zone: fields.text("time_zone"),
            days: days.to_vec(),
            dates: (0..fields.rows("date")).map(date).collect(),
            email_hidden: fields.has("email_hidden"),
        }
        .with_blank_rows(&fields.text("add"))
    }

    /// Every weekday and the dates have an empty row, and one more where it was asked for.
    fn with_blank_rows(mut self, more: &str) -> Self {
        for day in &mut self.days {
            let has_blank = day.periods.iter().any(|(from, to)| from.is_empty() && to.is_empty());
            if more == day.name || (day.periods.is_empty() && !has_blank) {
                day.periods.push((String::new(), String::new()));
            }
        }
        if more == "date" || !self.dates.iter().any(|row| row.date.is_empty() && !row.is_past) {
            self.dates.push(DateRow::default());
        }
        self
    }

    /// What was said, as far as it can be read, and everything that is wrong with it.
    pub(super) fn read(&self) -> (AvailabilityInput, Vec<FieldError>) {
        let mut wrong = Vec::new();
        if accounts::parse_zone(&self.time_zone).is_err() {
            let message = "This time zone is not known. Choose one from the list.";
            wrong.push(FieldError { field: "time_zone".to_owned(), message: message.to_owned() });
        }
        let input = AvailabilityInput {
            time_zone: self.time_zone.clone(),
            weekly: self.read_days(&mut wrong),
            overrides: self.read_dates(&mut wrong),
            email_hidden: self.email_hidden,
            version: self.version.parse().unwrap_or(-1),
        };
        (input, wrong)
    }

    /// Days with the same period share a rule.
    fn read_days(&self, wrong: &mut Vec<FieldError>) -> Vec<Rule> {
        let mut rules: Vec<Rule> = Vec::new();
        for row in &self.days {
            let mut windows = Vec::new();
            for (index, (from, to)) in row.periods.iter().enumerate() {
                if from.trim().is_empty() && to.trim().is_empty() {
                    continue;
                }
                match window(from, to).and_then(|window| apart(window, &windows)) {
                    Ok(window) => windows.push(window),
                    Err(message) => wrong.push(FieldError {
                        field: format!("{}-{index}", row.name),
                        message: message.to_owned(),
                    }),
                }
            }
            for Window { start, end } in windows {
                match rules.iter_mut().find(|rule| rule.start == start && rule.end == end) {
                    Some(rule) => rule.days.push(row.day),
                    None => rules.push(Rule { days: vec![row.day], start, end }),
                }
            }
        }
        rules
    }

    fn read_dates(&self, wrong: &mut Vec<FieldError>) -> Vec<Override> {
        let mut dates: Vec<Override> = Vec::new();
        for (index, row) in self.dates.iter().enumerate() {
            if row.date.trim().is_empty() && row.hours.trim().is_empty() {
                continue;
            }
            let mut say = |part: &str, message: &str| {
                wrong.push(FieldError { field: format!("date-{index}-{part}"), message: message.to_owned() });
            };
            let date = words::parse_date(&row.date);
            match date {
                None => say("date", "Write a date such as 2026-12-24."),
                Some(date) if dates.iter().any(|known| known.date == date) => {
                    say("date", "This date is listed twice. Put all its hours into one line.");
                }
                Some(_) => {}
            }
            let periods = row.hours.split([',', ';']).map(str::trim).filter(|part| !part.is_empty());
            let windows: Result<Vec<Window>, &str> =
                periods.map(parse_period).try_fold(Vec::new(), |mut windows, period| {
                    windows.push(apart(period?, &windows)?);
                    Ok(windows)
                });
            match (windows, date) {
                (Err(message), _) => say("hours", message),
                (Ok(windows), Some(date)) => dates.push(Override { date, windows }),
                (Ok(_), None) => {}
            }
        }
        dates
    }
}

/// The period, if no other one of its day holds a part of it.
fn apart(window: Window, others: &[Window]) -> Result<Window, &'static str> {
    let overlaps = others.iter().any(|other| window.start < other.end && other.start < window.end);
    if overlaps { Err(OVERLAPS) } else { Ok(window) }
}

fn period(window: Window) -> String {
    format!("{}–{}", window.start, window.end)
}

/// A period such as `09:00–12:00`, with any dash.
fn parse_period(text: &str) -> Result<Window, &'static str> {
    const PERIODS: &str = "Write periods such as 09:00–12:00, with commas between several.";
    let (from, to) = text.split_once(['-', '–', '—']).ok_or(PERIODS)?;
    window(from, to).map_err(|message| if message == TIME { PERIODS } else { message })
}

fn window(from: &str, to: &str) -> Result<Window, &'static str> {
    let (start, end) = (time(from).ok_or(TIME)?, time(to).ok_or(TIME)?);
    if start < end { Ok(Window { start, end }) } else { Err(ENDS) }
}

/// A time as people write it: `9`, `9:30`, `09.30`.
fn time(text: &str) -> Option<TimeOfDay> {
    let text = text.trim();
    let (hours, minutes) = text.split_once([':', '.']).unwrap_or((text, "00"));
    if hours.is_empty() || hours.len() > 2 {
        return None;
    }
    format!("{hours:0>2}:{minutes}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, meant) in [("9", "09:00"), ("9:30", "09:30"), (" 09.30 ", "09:30"), ("24:00", "24:00")] {
            assert_eq!(time(text).map(|it| it.to_string()).as_deref(), Some(meant), "{text}");
        }
        for text in ["", "25:00", "9:3", "nine", "12:60", ":30", "099:00"] {
            assert_eq!(time(text), None, "{text}");
        }
        assert_eq!(parse_period("14 - 15"), window("14:00", "15:00"));
        assert_eq!(parse_period("15:00–14:00"), Err(ENDS));
    }
}
