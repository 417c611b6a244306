//! Recurring events: a master with its exceptions, shown as occurrences. Occurrences are not kept; their ids name
//! the master and the date, so that they are the same on every look.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Event, Moment};
use crate::graph::failure::Failure;

/// How far a zone or a long event can move an occurrence away from its date.
const SLACK: SignedDuration = SignedDuration::from_hours(72);
const MARK: &str = "Oc";
const TAIL: &str = "AAA=";

/// What makes an event part of a series.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Member {
    pub(super) master: String,
    pub(super) master_immutable: String,
    /// The date it has by the pattern.
    pub(super) date: Date,
    /// The start it has by the pattern.
    pub(super) original: Moment,
    pub(super) is_exception: bool,
}

/// A date of a series that is not as the pattern says.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) enum Exception {
    Cancelled,
    Changed(Box<Event>),
}

impl Event {
    /// What a view of a window shows of it: itself, or its occurrences.
    pub(in crate::graph) fn inside(&self, from: Timestamp, to: Timestamp) -> Vec<Event> {
        if self.recurrence.is_some() {
            return self.occurrences(from, to);
        }
        if self.overlaps(from, to) { vec![self.clone()] } else { Vec::new() }
    }

    /// What a delta query over a window tells of it: a series with its master first.
    pub(super) fn tracked(&self, from: Timestamp, to: Timestamp) -> Vec<Event> {
        let mut found = self.inside(from, to);
        if self.recurrence.is_some() && !found.is_empty() {
            found.insert(0, self.clone());
        }
        found
    }

    /// The occurrences and exceptions that touch a window.
    pub(super) fn occurrences(&self, from: Timestamp, to: Timestamp) -> Vec<Event> {
        let Some(recurrence) = &self.recurrence else { return Vec::new() };
        let length = match (self.start.instant(), self.end.instant()) {
            (Some(start), Some(end)) => end.duration_since(start),
            _ => SignedDuration::ZERO,
        };
        let zone = &self.start.zone;
        let date = |at: Timestamp| zone.local(at).date();
        let first = date(from.saturating_sub(SLACK + length).unwrap_or(Timestamp::MIN));
        let last = date(to.saturating_add(SLACK).unwrap_or(Timestamp::MAX));
        let dates = recurrence.dates(last).into_iter().filter(|day| *day >= first);
        let regular =
            dates.filter(|day| !self.exceptions.contains_key(day)).filter_map(|day| self.occurrence(day));
        let changed = self.changed_members().cloned();
        let mut found: Vec<Event> = regular.chain(changed).filter(|event| event.overlaps(from, to)).collect();
        found.sort_by_key(|event| event.start.instant());
        found
    }

    /// The exceptions that are still there.
    pub(super) fn changed_members(&self) -> impl Iterator<Item = &Event> {
        self.exceptions.values().filter_map(|exception| match exception {
            Exception::Changed(event) => Some(event.as_ref()),
            Exception::Cancelled => None,
        })
    }

    /// The dates that were taken out of the series.
    pub(super) fn cancelled_dates(&self) -> impl Iterator<Item = Date> {
        self.exceptions
            .iter()
            .filter(|(_, exception)| matches!(exception, Exception::Cancelled))
            .map(|(date, _)| *date)
    }

    /// The member of the series on a date: as the pattern says, or as it was changed.
    pub(super) fn member(&self, date: Date) -> Option<Event> {
        match self.exceptions.get(&date) {
            Some(Exception::Cancelled) => None,
            Some(Exception::Changed(event)) => Some(event.as_ref().clone()),
            None => {
                let dates = self.recurrence.as_ref()?.dates(date);
                dates.contains(&date).then(|| self.occurrence(date))?
            }
        }
    }

    /// The event as the pattern puts it on a date, at the same wall-clock time.
    fn occurrence(&self, date: Date) -> Option<Event> {
        let start =
            Moment { local: date.to_datetime(self.start.local.time()), zone: self.start.zone.clone() };
        let length = self.end.local.duration_since(self.start.local);
        let end = Moment { local: start.local.checked_add(length).ok()?, zone: self.end.zone.clone() };
        let member = Member {
            master: self.id.clone(),
            master_immutable: self.immutable_id.clone(),
            date,
            original: start.clone(),
            is_exception: false,
        };
        Some(Event {
            id: occurrence_id(&self.id, date),
            immutable_id: occurrence_id(&self.immutable_id, date),
            version: self.series_version,
            start,
            end,
            member: Some(member),
            recurrence: None,
            exceptions: std::collections::BTreeMap::new(),
            properties: self.properties.clone(),
            ..self.clone()
        })
    }

    /// Refuses a move onto or across the day of a neighbour (Graph `ErrorOccurrenceCrossingBoundary`).
    pub(super) fn check_neighbours(&self, date: Date, to: &Moment) -> Result<(), Failure> {
        let horizon = date.checked_add(jiff::Span::new().years(2)).unwrap_or(Date::MAX);
        let dates = self.recurrence.as_ref().map(|pattern| pattern.dates(horizon)).unwrap_or_default();
        let day_of = |day: &Date| match self.exceptions.get(day) {
            Some(Exception::Cancelled) => None,
            Some(Exception::Changed(event)) => Some(self.start_day(event)),
            None => Some(*day),
        };
        let wanted = match to.instant() {
            Some(at) => self.start.zone.local(at).date(),
            None => to.local.date(),
        };
        let before = dates.iter().filter(|day| **day < date).filter_map(day_of).next_back();
        let after = dates.iter().filter(|day| **day > date).find_map(day_of);
        if before.is_some_and(|day| wanted <= day) || after.is_some_and(|day| wanted >= day) {
            let message = "Modified occurrence is crossing or overlapping adjacent occurrence.";
            return Err(Failure::invalid("ErrorOccurrenceCrossingBoundary", message));
        }
        Ok(())
    }

    fn start_day(&self, event: &Event) -> Date {
        event.start.instant().map_or(event.start.local.date(), |at| self.start.zone.local(at).date())
    }
}

fn occurrence_id(master: &str, date: Date) -> String {
    format!("{}{MARK}{}{TAIL}", master.strip_suffix(TAIL).unwrap_or(master), date.strftime("%Y%m%d"))
}

/// The master's id and the date that an occurrence's id names.
pub(super) fn read_occurrence_id(id: &str) -> Option<(String, Date)> {
    let (head, date) = id.strip_suffix(TAIL)?.split_at_checked(id.len() - TAIL.len() - 8)?;
    let date = Date::strptime("%Y%m%d", date).ok()?;
    Some((format!("{}{TAIL}", head.strip_suffix(MARK)?), date))
}
