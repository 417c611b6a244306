//! Patterns of recurring events (Graph "recurrencePattern" and "recurrenceRange"): read, written, and turned into
//! dates. Dates are civil dates in the event's own zone.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan as _};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::graph::failure::Failure;

/// Beyond this many dates nobody asks.
const MOST_DATES: usize = 10_000;
/// Periods that are tried for one series; a pattern such as 31 February has no date at all.
const MOST_PERIODS: i64 = 20_000;
const LONGEST_INTERVAL: i64 = 999;
const DAYS: [(&str, Weekday); 7] = [
    ("sunday", Weekday::Sunday),
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
];
const INDEXES: [&str; 5] = ["first", "second", "third", "fourth", "last"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Daily,
    Weekly,
    AbsoluteMonthly,
    RelativeMonthly,
    AbsoluteYearly,
    RelativeYearly,
}

const KINDS: [(&str, Kind); 6] = [
    ("daily", Kind::Daily),
    ("weekly", Kind::Weekly),
    ("absoluteMonthly", Kind::AbsoluteMonthly),
    ("relativeMonthly", Kind::RelativeMonthly),
    ("absoluteYearly", Kind::AbsoluteYearly),
    ("relativeYearly", Kind::RelativeYearly),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Never,
    On(Date),
    After(usize),
}

/// When an event repeats; kept in files as Graph writes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "Value", into = "Value")]
pub(super) struct Recurrence {
    kind: Kind,
    interval: i64,
    days: Vec<Weekday>,
    first_day: Weekday,
    day_of_month: i8,
    month: i8,
    /// Position in the month: 0 the first … 3 the fourth, 4 the last.
    index: usize,
    pub(super) start: Date,
    end: End,
}

impl Recurrence {
    /// Reads a `patternedRecurrence`; what a pattern does not use is ignored.
    pub(super) fn read(value: &Value) -> Result<Self, Failure> {
        let (pattern, range) = (&value["pattern"], &value["range"]);
        let kind = named(&KINDS, &pattern["type"]).ok_or_else(invalid)?;
        let days: Option<Vec<Weekday>> =
            pattern["daysOfWeek"].as_array().into_iter().flatten().map(|day| named(&DAYS, day)).collect();
        let index = pattern["index"].as_str().unwrap_or("first");
        let recurrence = Self {
            kind,
            interval: pattern["interval"].as_i64().ok_or_else(invalid)?,
            days: days.ok_or_else(invalid)?,
            first_day: named(&DAYS, &pattern["firstDayOfWeek"]).unwrap_or(Weekday::Sunday),
            day_of_month: small(&pattern["dayOfMonth"]),
            month: small(&pattern["month"]),
            index: INDEXES.iter().position(|known| index.eq_ignore_ascii_case(known)).ok_or_else(invalid)?,
            start: date(&range["startDate"])?,
            end: end(range)?,
        };
        if recurrence.is_complete() { Ok(recurrence) } else { Err(invalid()) }
    }

    fn is_complete(&self) -> bool {
        let by_day = matches!(self.kind, Kind::Weekly | Kind::RelativeMonthly | Kind::RelativeYearly);
        let by_date = matches!(self.kind, Kind::AbsoluteMonthly | Kind::AbsoluteYearly);
        let by_month = matches!(self.kind, Kind::AbsoluteYearly | Kind::RelativeYearly);
        let ends_in_time = match self.end {
            End::Never => true,
            End::On(last) => last >= self.start,
            End::After(count) => (1..=999).contains(&count),
        };
        (1..=LONGEST_INTERVAL).contains(&self.interval)
            && (!by_day || !self.days.is_empty())
            && (!by_date || (1..=31).contains(&self.day_of_month))
            && (!by_month || (1..=12).contains(&self.month))
            && ends_in_time
    }

    /// The JSON form; unused fields carry zero values, as Graph sends them.
    pub(super) fn json(&self, zone: &str) -> Value {
        let days: Vec<&str> = self.days.iter().filter_map(|day| name_of(&DAYS, day)).collect();
        let (kind, last, count) = match self.end {
            End::Never => ("noEnd", "0001-01-01".to_owned(), 0),
            End::On(last) => ("endDate", last.to_string(), 0),
            End::After(count) => ("numbered", "0001-01-01".to_owned(), count),
        };
        json!({
            "pattern": {
                "type": name_of(&KINDS, &self.kind),
                "interval": self.interval,
                "month": self.month,
                "dayOfMonth": self.day_of_month,
                "daysOfWeek": days,
                "firstDayOfWeek": name_of(&DAYS, &self.first_day),
                "index": INDEXES[self.index],
            },
            "range": {
                "type": kind,
                "startDate": self.start.to_string(),
                "endDate": last,
                "recurrenceTimeZone": zone,
                "numberOfOccurrences": count,
            },
        })
    }

    /// The dates up to a last one, oldest first.
    pub(super) fn dates(&self, until: Date) -> Vec<Date> {
        let (until, most) = match self.end {
            End::Never => (until, MOST_DATES),
            End::On(last) => (until.min(last), MOST_DATES),
            End::After(count) => (until, count.min(MOST_DATES)),
        };
        let mut found = Vec::new();
        for period in 0..MOST_PERIODS {
            let Some((opens, days)) = self.period(period) else { break };
            if opens > until || found.len() >= most {
                break;
            }
            found.extend(days.into_iter().filter(|day| *day >= self.start && *day <= until));
        }
        found.truncate(most);
        found
    }

    /// The first date of the series, if it has one.
    pub(super) fn first(&self) -> Option<Date> {
        let horizon = self.start.checked_add(Span::new().years(100)).unwrap_or(Date::MAX);
        self.dates_from_one(horizon)
    }

    fn dates_from_one(&self, until: Date) -> Option<Date> {
        let periods = (0..MOST_PERIODS).map_while(|period| self.period(period));
        periods
            .take_while(|(opens, _)| *opens <= until)
            .flat_map(|(_, days)| days)
            .find(|day| *day >= self.start && self.holds(*day))
    }

    fn holds(&self, day: Date) -> bool {
        !matches!(self.end, End::On(last) if day > last)
    }

    /// The first day of a period and the dates inside it, oldest first.
    fn period(&self, number: i64) -> Option<(Date, Vec<Date>)> {
        let steps = number * self.interval;
        match self.kind {
            Kind::Daily => {
                let day = self.start.checked_add(steps.days()).ok()?;
                Some((day, vec![day]))
            }
            Kind::Weekly => {
                let back = self.start.weekday().since(self.first_day);
                let week = self.start.checked_sub(i64::from(back).days()).ok()?;
                let week = week.checked_add(steps.weeks()).ok()?;
                let days = (0..7).filter_map(|day| week.checked_add(day.days()).ok());
                Some((week, days.filter(|day| self.days.contains(&day.weekday())).collect()))
            }
            Kind::AbsoluteMonthly | Kind::RelativeMonthly => {
                let month = self.start.first_of_month().checked_add(steps.months()).ok()?;
                Some((month, self.in_month(month).into_iter().collect()))
            }
            Kind::AbsoluteYearly | Kind::RelativeYearly => {
                let year = Date::new(self.start.year(), self.month, 1).ok()?;
                let month = year.checked_add(steps.years()).ok()?;
                Some((month, self.in_month(month).into_iter().collect()))
            }
        }
    }

    /// The date of a monthly pattern in the month that begins on a day.
    fn in_month(&self, month: Date) -> Option<Date> {
        if matches!(self.kind, Kind::AbsoluteMonthly | Kind::AbsoluteYearly) {
            // Outlook moves the 31st to the last day of shorter months.
            let day = self.day_of_month.min(month.days_in_month());
            return Date::new(month.year(), month.month(), day).ok();
        }
        let last = i64::from(month.days_in_month());
        let days = (0..last).filter_map(|day| month.checked_add(day.days()).ok());
        let fitting: Vec<Date> = days.filter(|day| self.days.contains(&day.weekday())).collect();
        if self.index == 4 { fitting.last().copied() } else { fitting.get(self.index).copied() }
    }
}

impl From<Recurrence> for Value {
    fn from(recurrence: Recurrence) -> Self {
        recurrence.json("UTC")
    }
}

impl TryFrom<Value> for Recurrence {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        Self::read(&value).map_err(|_| "no pattern of a recurring event")
    }
}

fn end(range: &Value) -> Result<End, Failure> {
    match range["type"].as_str() {
        Some("noEnd") => Ok(End::Never),
        Some("endDate") => Ok(End::On(date(&range["endDate"])?)),
        Some("numbered") => {
            let count = range["numberOfOccurrences"].as_u64().and_then(|count| usize::try_from(count).ok());
            Ok(End::After(count.ok_or_else(invalid)?))
        }
        _ => Err(invalid()),
    }
}

fn date(value: &Value) -> Result<Date, Failure> {
    value.as_str().and_then(|text| text.parse().ok()).ok_or_else(invalid)
}

fn small(value: &Value) -> i8 {
    value.as_i64().and_then(|number| i8::try_from(number).ok()).unwrap_or_default()
}

fn named<T: Copy>(names: &[(&str, T)], value: &Value) -> Option<T> {
    let text = value.as_str()?;
    names.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, item)| *item)
}

fn name_of<T: PartialEq>(names: &[(&'static str, T)], item: &T) -> Option<&'static str> {
    names.iter().find(|(_, known)| known == item).map(|(name, _)| *name)
}

fn invalid() -> Failure {
    let message = "The recurrence pattern or range is not valid.";
    Failure::invalid("ErrorRecurrenceInvalid", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(pattern: &Value, range: &Value) -> Recurrence {
        Recurrence::read(&json!({"pattern": pattern, "range": range})).unwrap()
    }

    fn dates(pattern: &Value, until: &str) -> Vec<String> {
        let range = json!({"type": "noEnd", "startDate": "2030-01-15"});
        let found = series(pattern, &range).dates(until.parse().unwrap());
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_kind_of_pattern_gives_its_dates() {
        let daily = json!({"type": "daily", "interval": 3});
        assert_eq!(dates(&daily, "2030-01-22"), ["2030-01-15", "2030-01-18", "2030-01-21"]);
        let weekly = json!({"type": "weekly", "interval": 2, "daysOfWeek": ["monday", "thursday"], "firstDayOfWeek": "monday"});
        assert_eq!(dates(&weekly, "2030-02-01"), ["2030-01-17", "2030-01-28", "2030-01-31"]);
        let monthly = json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31});
        assert_eq!(dates(&monthly, "2030-04-30"), ["2030-01-31", "2030-02-28", "2030-03-31", "2030-04-30"]);
        let last =
            json!({"type": "relativeMonthly", "interval": 2, "daysOfWeek": ["friday"], "index": "last"});
        assert_eq!(dates(&last, "2030-05-31"), ["2030-01-25", "2030-03-29", "2030-05-31"]);
        let yearly = json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 1, "month": 1});
        assert_eq!(dates(&yearly, "2032-06-01"), ["2031-01-01", "2032-01-01"]);
        let relative = json!({"type": "relativeYearly", "interval": 1, "daysOfWeek": ["thursday"], "month": 11, "index": "fourth"});
        assert_eq!(dates(&relative, "2031-12-31"), ["2030-11-28", "2031-11-27"]);
    }

    #[test]
    fn a_week_begins_where_the_pattern_says() {
        // Tuesday and Sunday, every other week: the first day of the week decides which Sunday is meant.
        let pattern = |first: &str| json!({"type": "weekly", "interval": 2, "daysOfWeek": ["tuesday", "sunday"], "firstDayOfWeek": first});
        assert_eq!(dates(&pattern("monday"), "2030-01-31"), ["2030-01-15", "2030-01-20", "2030-01-29"]);
        assert_eq!(dates(&pattern("sunday"), "2030-01-31"), ["2030-01-15", "2030-01-27", "2030-01-29"]);
    }

    #[test]
    fn a_series_ends_by_date_or_number() {
        let daily = json!({"type": "daily", "interval": 1});
        let far = "2035-01-01".parse().unwrap();
        let range = json!({"type": "numbered", "startDate": "2030-01-15", "numberOfOccurrences": 4});
        assert_eq!(series(&daily, &range).dates(far).len(), 4);
        let range = json!({"type": "endDate", "startDate": "2030-01-15", "endDate": "2030-01-20"});
        assert_eq!(series(&daily, &range).dates(far).len(), 6);
    }

    #[test]
    fn incomplete_patterns_are_refused() {
        let range = json!({"type": "noEnd", "startDate": "2030-01-15"});
        for pattern in [
            json!({"type": "weekly", "interval": 1}),
            json!({"type": "daily", "interval": 0}),
            json!({"type": "absoluteMonthly", "interval": 1}),
            json!({"type": "sometimes", "interval": 1}),
            json!({"type": "weekly", "interval": 1, "daysOfWeek": ["moonday"]}),
        ] {
            let value = json!({"pattern": pattern, "range": range});
            assert!(Recurrence::read(&value).is_err(), "{value}");
        }
        assert!(Recurrence::read(&json!({})).is_err());
    }
}
