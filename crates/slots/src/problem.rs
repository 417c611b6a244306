//! The question: for which period, for how long an appointment, with which hosts.
//!
//! Rules and overrides are stored as JSON in exactly the form that is read here; a whole problem can be read, not written.

use jiff::{
    Timestamp,
    civil::{Date, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::TimeOfDay;

/// One question. All lengths are elapsed minutes of 60 seconds; all periods include their start and exclude their end.
#[derive(Debug, Clone, Deserialize)]
pub struct Problem {
    pub mode: Mode,
    /// Only times from here on are offered …
    pub from: Timestamp,
    /// … and only before this one.
    pub to: Timestamp,
    /// The moment of asking.
    pub now: Timestamp,
    /// How long the appointment lasts.
    pub duration: u32,
    /// How far apart the starts within a window are.
    pub step: u32,
    /// How long the host has to be free of busy times before the appointment.
    pub before_buffer: u32,
    /// How long the host has to be free of busy times after the appointment.
    pub after_buffer: u32,
    /// How far ahead of `now` an appointment starts at the least.
    pub min_notice: u32,
    /// Appointments start earlier than this after `now`; any time where there is none.
    #[serde(deserialize_with = "stated")]
    pub max_advance: Option<u32>,
    pub hosts: Vec<Host>,
}

/// Who has to be free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// At least one host.
    Any,
    /// Every host.
    All,
}

/// One host's hours and busy times.
#[derive(Debug, Clone, Deserialize)]
pub struct Host {
    /// Comes back in the answer; different for every host.
    pub id: i64,
    /// The zone in which rules and overrides are meant.
    #[serde(rename = "tz", deserialize_with = "named")]
    pub zone: TimeZone,
    pub weekly: Vec<Rule>,
    pub overrides: Vec<Override>,
    /// In any order; they may overlap. Read from JSON, each has its place in the list as its cause.
    #[serde(deserialize_with = "numbered")]
    pub busy: Vec<Busy>,
}

/// Hours that return every week: `{"days":[1,2],"start":"09:00","end":"12:00"}`, Monday being 1 and Sunday 7 (ISO 8601).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Rule {
    #[serde(with = "iso")]
    pub days: Vec<Weekday>,
    pub start: TimeOfDay,
    pub end: TimeOfDay,
}

/// The hours of one date, in place of every weekly rule: `{"date":"2026-12-24","windows":[["09:00","12:00"]]}`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Override {
    pub date: Date,
    /// None close the date.
    pub windows: Vec<Window>,
}

/// A part of a date, as the clock on the wall shows it. JSON has it as a pair: `["09:00","12:00"]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(from = "(TimeOfDay, TimeOfDay)", into = "(TimeOfDay, TimeOfDay)")]
pub struct Window {
    pub start: TimeOfDay,
    pub end: TimeOfDay,
}

/// A period in which a host cannot be booked. One that is empty or reversed is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy {
    pub start: Timestamp,
    pub end: Timestamp,
    /// Means something to the caller only; it comes back in explanations.
    pub cause: u32,
}

impl From<(TimeOfDay, TimeOfDay)> for Window {
    fn from((start, end): (TimeOfDay, TimeOfDay)) -> Self {
        Self { start, end }
    }
}

impl From<Window> for (TimeOfDay, TimeOfDay) {
    fn from(window: Window) -> Self {
        (window.start, window.end)
    }
}

/// Like any field, it has to be there: whoever mistypes its name must not get an answer to another question.
fn stated<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    Option::deserialize(deserializer)
}

fn named<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TimeZone, D::Error> {
    let name = String::deserialize(deserializer)?;
    crate::zone(&name)
        .ok_or_else(|| D::Error::custom(format_args!("{name:?} is not a time zone of the tz database")))
}

fn numbered<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Busy>, D::Error> {
    let pairs: Vec<(Timestamp, Timestamp)> = Vec::deserialize(deserializer)?;
    Ok((0..).zip(pairs).map(|(cause, (start, end))| Busy { start, end, cause }).collect())
}

/// Weekdays as the numbers of ISO 8601.
mod iso {
    use super::{Deserialize, Deserializer, Serializer, Weekday};

    pub(super) fn serialize<S: Serializer>(days: &[Weekday], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(days.iter().map(|day| day.to_monday_one_offset()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Weekday>, D::Error> {
        let numbers: Vec<i8> = Vec::deserialize(deserializer)?;
        let day = |number| {
            Weekday::from_monday_one_offset(number).map_err(|_| {
                serde::de::Error::custom(format_args!("{number} is no weekday: 1 is Monday and 7 is Sunday"))
            })
        };
        numbers.into_iter().map(day).collect()
    }
}
