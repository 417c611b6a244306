//! Why a time is on offer or not: every start of the grid, and the times of the day that lie outside everybody's hours.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    hours::{self, Span},
    offer::{grid, seconds},
    problem::{Busy, Host, Mode, Problem},
};

/// How many busy times are named as reasons for one host and time. More would not tell a person more.
const MOST_BUSY_REASONS: usize = 16;

/// One time with the reasons that speak against it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explained {
    pub start: Timestamp,
    /// Whether [`crate::offer`] offers it.
    pub offered: bool,
    /// What speaks against the time whoever the host is.
    pub reasons: Vec<Reason>,
    /// Every host, by id.
    pub hosts: Vec<HostExplained>,
}

/// One host at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HostExplained {
    pub host: i64,
    /// Empty where the host is free.
    pub reasons: Vec<Reason>,
}

/// One thing that speaks against a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// The time is over.
    InThePast,
    /// Less than the notice is left; `earliest` is the first instant that gives enough.
    TooSoon { earliest: Timestamp },
    /// Too far ahead; only what lies before `latest` can be booked.
    TooFar { latest: Timestamp },
    /// Outside the host's weekly hours and overrides.
    OutsideAvailability,
    /// The host's hours end, at `until`, before the appointment would.
    TooShort { until: Timestamp },
    /// The host is busy during the appointment.
    Busy { cause: u32 },
    /// Something that makes the host busy ends less than the buffer before the appointment.
    BufferBefore { cause: u32 },
    /// Something that makes the host busy begins less than the buffer after the appointment.
    BufferAfter { cause: u32 },
}

/// Every start of the grid within the period, and what the steps of a day have outside everybody's hours, in order. Days
/// are those of the host with the lowest id, stepped from midnight. A problem that [`Problem::check`] refuses has no
/// explanation but the refusal; without hosts there is nothing to explain.
pub fn explain(problem: &Problem) -> Vec<Explained> {
    if problem.check().is_err() {
        return Vec::new();
    }
    let mut hosts: Vec<&Host> = problem.hosts.iter().collect();
    hosts.sort_unstable_by_key(|host| host.id);
    let windows: Vec<Vec<Span>> = hosts.iter().map(|host| hours::windows(problem, host)).collect();
    let period = (hours::up(problem.from), hours::up(problem.to));
    let on_grid = grid(&windows, problem, period);
    let closed = hosts.first().map_or_else(Vec::new, |host| closed_times(problem, host, &windows, period));
    let times: BTreeSet<i64> = on_grid.into_iter().chain(closed).collect();
    let mut diaries: Vec<Diary> =
        hosts.iter().zip(windows).map(|(host, windows)| Diary::open(problem, host, windows)).collect();
    times.into_iter().map(|start| explain_time(problem, start, &mut diaries)).collect()
}

/// The steps of each day that lie in nobody's hours.
fn closed_times(problem: &Problem, host: &Host, windows: &[Vec<Span>], (from, to): Span) -> Vec<i64> {
    let mut open: Vec<Span> = windows.iter().flatten().copied().collect();
    open.sort_unstable();
    let open = hours::join(open);
    let step = seconds(problem.step).max(1);
    let mut closed = Vec::new();
    for (midnight, next) in hours::days(&host.zone, (from, to)) {
        let mut time = midnight;
        while time < next.min(to) {
            if time >= from && around(&open, time).is_none() {
                closed.push(time);
            }
            time += step;
        }
    }
    closed
}

fn explain_time(problem: &Problem, start: i64, diaries: &mut [Diary]) -> Explained {
    let reasons = notice(problem, start);
    let hosts: Vec<HostExplained> = diaries
        .iter_mut()
        .map(|diary| HostExplained { host: diary.host, reasons: diary.reasons(problem, start) })
        .collect();
    let mut free = hosts.iter().map(|host| host.reasons.is_empty());
    let enough = match problem.mode {
        Mode::Any => free.any(|is_free| is_free),
        Mode::All => free.all(|is_free| is_free),
    };
    Explained { start: hours::instant(start), offered: enough && reasons.is_empty(), reasons, hosts }
}

/// What notice and advance say.
fn notice(problem: &Problem, start: i64) -> Vec<Reason> {
    let now = hours::up(problem.now);
    let mut reasons = Vec::new();
    let earliest = now + seconds(problem.min_notice);
    if start < now {
        reasons.push(Reason::InThePast);
    } else if start < earliest {
        reasons.push(Reason::TooSoon { earliest: hours::instant(earliest) });
    }
    if let Some(latest) = problem.max_advance.map(|ahead| now + seconds(ahead))
        && start >= latest
    {
        reasons.push(Reason::TooFar { latest: hours::instant(latest) });
    }
    reasons
}

/// A host's hours and busy times, read from front to back.
struct Diary {
    host: i64,
    free: Vec<Span>,
    /// Busy times that begin later than what was read, latest first.
    coming: Vec<(Span, u32)>,
    /// Busy times that were met and may still reach into later appointments.
    current: Vec<(Span, u32)>,
}

impl Diary {
    fn open(problem: &Problem, host: &Host, windows: Vec<Span>) -> Self {
        let around =
            seconds(problem.before_buffer) + seconds(problem.duration) + seconds(problem.after_buffer);
        let limits = (hours::up(problem.from) - around, hours::up(problem.to) + around);
        let coming = by_cause(&host.busy, limits);
        Self { host: host.id, free: hours::join(windows), coming, current: Vec::new() }
    }

    /// What speaks against this host at this time. Times are asked for in order.
    fn reasons(&mut self, problem: &Problem, start: i64) -> Vec<Reason> {
        let appointment = (start, start + seconds(problem.duration));
        let mut reasons = match around(&self.free, start) {
            None => vec![Reason::OutsideAvailability],
            Some(until) if until < appointment.1 => vec![Reason::TooShort { until: hours::instant(until) }],
            Some(_) => Vec::new(),
        };
        let begin = appointment.0 - seconds(problem.before_buffer);
        let end = appointment.1 + seconds(problem.after_buffer);
        reasons.extend(self.busy(appointment, (begin, end)));
        reasons
    }

    fn busy(&mut self, appointment: Span, (begin, end): Span) -> BTreeSet<Reason> {
        while let Some(met) = self.coming.pop_if(|((start, _), _)| *start < end) {
            self.current.push(met);
        }
        let mut reasons = BTreeSet::new();
        let mut index = 0;
        while let Some(&(busy, cause)) = self.current.get(index)
            && reasons.len() < MOST_BUSY_REASONS
        {
            if busy.1 <= begin {
                self.current.swap_remove(index);
            } else {
                reasons.insert(reason(appointment, busy, cause));
                index += 1;
            }
        }
        reasons
    }
}

fn reason(appointment: Span, busy: Span, cause: u32) -> Reason {
    if busy.1 <= appointment.0 {
        Reason::BufferBefore { cause }
    } else if busy.0 >= appointment.1 {
        Reason::BufferAfter { cause }
    } else {
        Reason::Busy { cause }
    }
}

/// The busy times within these limits, joined per cause, latest first.
fn by_cause(busy: &[Busy], limits: Span) -> Vec<(Span, u32)> {
    let mut causes: BTreeMap<u32, Vec<Span>> = BTreeMap::new();
    for busy in busy.iter().filter(|busy| busy.start < busy.end) {
        let span = (hours::down(busy.start), hours::up(busy.end));
        if span.0 < limits.1 && span.1 > limits.0 {
            causes.entry(busy.cause).or_default().push(span);
        }
    }
    let mut joined = Vec::new();
    for (cause, mut spans) in causes {
        spans.sort_unstable();
        joined.extend(hours::join(spans).into_iter().map(|span| (span, cause)));
    }
    joined.sort_unstable_by(|a, b| b.cmp(a));
    joined
}

/// The end of the joined span that contains this time.
fn around(spans: &[Span], time: i64) -> Option<i64> {
    let after = spans.partition_point(|(start, _)| *start <= time);
    let (_, end) = spans.get(after.checked_sub(1)?)?;
    (*end > time).then_some(*end)
}
