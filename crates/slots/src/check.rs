//! Which problems are refused: those without a meaning, and those that would take too long.

use std::{collections::BTreeSet, fmt};

use jiff::SignedDuration;

use crate::{
    Problem, TimeOfDay,
    problem::{Host, Window},
};

const MINUTES_A_DAY: u32 = 24 * 60;
/// The longest appointment and the longest step, in minutes: two days. Beyond that the answer would depend on hours
/// outside the dates that are looked at.
const LONGEST: u32 = 2 * MINUTES_A_DAY;
/// The longest buffer: a week.
const LONGEST_BUFFER: u32 = 7 * MINUTES_A_DAY;
/// The longest notice, and the farthest ahead: ten years.
const FARTHEST: u32 = 3653 * MINUTES_A_DAY;
/// The longest period that is asked for, in days.
const LONGEST_PERIOD: i64 = 3653;
const MOST_HOSTS: usize = 1000;
const MOST_RULES: usize = 500;
const MOST_OVERRIDES: usize = 5000;
const MOST_BUSY: usize = 200_000;
/// How many pairs of a host and a start may have to be looked at. It bounds time and memory.
const MOST_PAIRS: u64 = 5_000_000;

/// A problem that has no answer: where, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Refused {
    /// The field, as a path in the problem's JSON form: `hosts[0].weekly[2]`.
    pub field: String,
    pub why: Why,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.why)
    }
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    #[error("must be at least 1 minute")]
    Zero,
    #[error("must be at most {most} minutes")]
    TooLong { most: u32 },
    #[error("must not be before `from`")]
    PeriodReversed,
    #[error("the period is longer than {most} days; ask for a shorter one")]
    PeriodTooLong { most: i64 },
    #[error("{start} to {end} is not a window: it has to end after it starts")]
    WindowReversed { start: TimeOfDay, end: TimeOfDay },
    #[error("another host has the id {0} as well")]
    SameHost(i64),
    #[error("the date {0} has an override already; put all its windows into one")]
    SameDate(jiff::civil::Date),
    #[error("more than {most} entries")]
    TooMany { most: usize },
    #[error(
        "these are more times than can be looked at; ask for a shorter period, fewer hosts or a longer step"
    )]
    TooMuch,
}

impl Problem {
    /// Refuses what has no meaning and what would take too long.
    pub fn check(&self) -> Result<(), Refused> {
        self.check_lengths()?;
        self.check_period()?;
        at_most("hosts", self.hosts.len(), MOST_HOSTS)?;
        let mut ids = BTreeSet::new();
        for (index, host) in self.hosts.iter().enumerate() {
            let place = format!("hosts[{index}]");
            if !ids.insert(host.id) {
                return Err(refused(format!("{place}.id"), Why::SameHost(host.id)));
            }
            check_host(&place, host)?;
        }
        let busy = self.hosts.iter().map(|host| host.busy.len()).sum();
        at_most("hosts[..].busy", busy, MOST_BUSY)?;
        if self.pairs() > MOST_PAIRS {
            return Err(refused("to", Why::TooMuch));
        }
        Ok(())
    }

    fn check_lengths(&self) -> Result<(), Refused> {
        for (name, minutes, least, most) in [
            ("duration", self.duration, 1, LONGEST),
            ("step", self.step, 1, LONGEST),
            ("before_buffer", self.before_buffer, 0, LONGEST_BUFFER),
            ("after_buffer", self.after_buffer, 0, LONGEST_BUFFER),
            ("min_notice", self.min_notice, 0, FARTHEST),
            ("max_advance", self.max_advance.unwrap_or(0), 0, FARTHEST),
        ] {
            if minutes < least {
                return Err(refused(name, Why::Zero));
            }
            if minutes > most {
                return Err(refused(name, Why::TooLong { most }));
            }
        }
        Ok(())
    }

    fn check_period(&self) -> Result<(), Refused> {
        if self.to < self.from {
            return Err(refused("to", Why::PeriodReversed));
        }
        if self.to.duration_since(self.from) > SignedDuration::from_hours(24 * LONGEST_PERIOD) {
            return Err(refused("to", Why::PeriodTooLong { most: LONGEST_PERIOD }));
        }
        Ok(())
    }

    /// At most how many pairs of a host and a start there are. Each window gives one start, and one for each step;
    /// a start is on a whole minute, so hosts share theirs where there are many.
    fn pairs(&self) -> u64 {
        let days = u64::try_from(self.to.duration_since(self.from).as_hours() / 24).unwrap_or(0) + 8;
        let steps = u64::from(MINUTES_A_DAY / self.step.max(1));
        let of_host = |host: &Host| {
            let most = host.overrides.iter().map(|on| on.windows.len()).max().unwrap_or(0);
            let windows = u64::try_from(most.max(host.weekly.len())).unwrap_or(u64::MAX);
            days.saturating_mul(windows.saturating_add(steps))
        };
        let starts = self.hosts.iter().map(of_host).fold(0, u64::saturating_add);
        let distinct = starts.min(days.saturating_mul(u64::from(MINUTES_A_DAY)));
        let hosts = u64::try_from(self.hosts.len()).unwrap_or(u64::MAX);
        starts.max(distinct.saturating_mul(hosts))
    }
}

fn check_host(place: &str, host: &Host) -> Result<(), Refused> {
    at_most(&format!("{place}.weekly"), host.weekly.len(), MOST_RULES)?;
    at_most(&format!("{place}.overrides"), host.overrides.len(), MOST_OVERRIDES)?;
    for (index, rule) in host.weekly.iter().enumerate() {
        let window = Window { start: rule.start, end: rule.end };
        check_window(window, || format!("{place}.weekly[{index}]"))?;
    }
    let mut dates = BTreeSet::new();
    for (index, on) in host.overrides.iter().enumerate() {
        if !dates.insert(on.date) {
            return Err(refused(format!("{place}.overrides[{index}].date"), Why::SameDate(on.date)));
        }
        let place = format!("{place}.overrides[{index}].windows");
        at_most(&place, on.windows.len(), MOST_RULES)?;
        for (number, window) in on.windows.iter().enumerate() {
            check_window(*window, || format!("{place}[{number}]"))?;
        }
    }
    Ok(())
}

fn check_window(Window { start, end }: Window, place: impl Fn() -> String) -> Result<(), Refused> {
    if start < end { Ok(()) } else { Err(refused(place(), Why::WindowReversed { start, end })) }
}

fn at_most(field: &str, count: usize, most: usize) -> Result<(), Refused> {
    if count > most { Err(refused(field, Why::TooMany { most })) } else { Ok(()) }
}

fn refused(field: impl Into<String>, why: Why) -> Refused {
    Refused { field: field.into(), why }
}
