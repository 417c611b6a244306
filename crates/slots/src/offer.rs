//! The times on offer: each host's possible starts as spans, laid over the grid of everybody's starts.

use std::ops::Range;

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    hours::{self, MINUTE, Span},
    problem::{Busy, Host, Mode, Problem},
};

/// A time that can be booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Offer {
    pub start: Timestamp,
    /// Who is free for it, by id.
    pub hosts: Vec<i64>,
}

/// All times on offer, earliest first. A problem that [`Problem::check`] refuses has none.
pub fn offer(problem: &Problem) -> Vec<Offer> {
    if problem.check().is_err() {
        return Vec::new();
    }
    let mut hosts: Vec<&Host> = problem.hosts.iter().collect();
    hosts.sort_unstable_by_key(|host| host.id);
    let windows: Vec<Vec<Span>> = hosts.iter().map(|host| hours::windows(problem, host)).collect();
    let starts = grid(&windows, problem, allowed(problem));
    let free: Vec<Vec<Range<usize>>> = hosts
        .iter()
        .zip(windows)
        .map(|(host, windows)| free_starts(problem, host, windows, &starts))
        .collect();
    answer(problem.mode, &hosts, &starts, &free)
}

/// The starts that period, notice and advance leave.
fn allowed(problem: &Problem) -> Span {
    let now = hours::up(problem.now);
    let earliest = hours::up(problem.from).max(now + seconds(problem.min_notice));
    let end = hours::up(problem.to);
    (earliest, problem.max_advance.map_or(end, |ahead| end.min(now + seconds(ahead))))
}

/// The starts of all hosts' windows within these limits, each once, in order.
pub(crate) fn grid(windows: &[Vec<Span>], problem: &Problem, (earliest, end): Span) -> Vec<i64> {
    let step = seconds(problem.step).max(1);
    let mut starts = Vec::new();
    for &(from, to) in windows.iter().flatten() {
        let missed = (earliest - from).max(0);
        let first = from + (missed + step - 1) / step * step;
        let mut start = first;
        while start < to.min(end) {
            starts.push(start);
            start += step;
        }
    }
    // The stable sort makes use of what is in order already: the windows of each host.
    starts.sort_by(i64::cmp);
    starts.dedup();
    starts
}

/// Which of the grid's starts this host is free for, as ranges of its indices.
fn free_starts(problem: &Problem, host: &Host, windows: Vec<Span>, starts: &[i64]) -> Vec<Range<usize>> {
    let blocked = blocked(problem, &host.busy, starts);
    let duration = seconds(problem.duration);
    let mut free = Vec::new();
    let mut blocked = blocked.iter().copied().peekable();
    for (from, to) in hours::join(windows) {
        // Whoever starts at the last possible second still ends in time; spans exclude their end.
        let (mut from, to) = (from, to - duration + 1);
        while blocked.next_if(|(_, until)| *until <= from).is_some() {}
        while let Some(&(start, until)) = blocked.peek()
            && start < to
            && from < to
        {
            push(&mut free, starts, (from, start));
            from = from.max(until);
            if until > to {
                break;
            }
            blocked.next();
        }
        push(&mut free, starts, (from, to));
    }
    free
}

/// The starts that busy times and buffers forbid, joined: the appointment with its buffers meets `[start, end)` when it
/// begins after `start - after - duration` and before `end + before`.
fn blocked(problem: &Problem, busy: &[Busy], starts: &[i64]) -> Vec<Span> {
    let (Some(first), Some(last)) = (starts.first(), starts.last()) else { return Vec::new() };
    let ahead = seconds(problem.duration) + seconds(problem.after_buffer);
    let behind = seconds(problem.before_buffer);
    let real = busy.iter().filter(|busy| busy.start < busy.end);
    let mut spans: Vec<Span> = real
        .map(|busy| (hours::down(busy.start) - ahead + 1, hours::up(busy.end) + behind))
        .filter(|(start, end)| start <= last && end > first)
        .collect();
    spans.sort_unstable();
    hours::join(spans)
}

fn push(free: &mut Vec<Range<usize>>, starts: &[i64], (from, to): Span) {
    if from < to {
        let first = starts.partition_point(|start| *start < from);
        let length = starts.get(first..).map_or(0, |rest| rest.partition_point(|start| *start < to));
        if length > 0 {
            free.push(first..first + length);
        }
    }
}

fn answer(mode: Mode, hosts: &[&Host], starts: &[i64], free: &[Vec<Range<usize>>]) -> Vec<Offer> {
    // Counted first, so that every list of hosts is allocated once and in its size.
    let mut counts = vec![0_usize; starts.len()];
    for range in free.iter().flatten() {
        for count in counts.get_mut(range.clone()).into_iter().flatten() {
            *count += 1;
        }
    }
    let needed = if mode == Mode::All { hosts.len() } else { 1 };
    let mut lists: Vec<Vec<i64>> = counts
        .iter()
        .map(|count| if *count >= needed { Vec::with_capacity(*count) } else { Vec::new() })
        .collect();
    for (host, ranges) in hosts.iter().zip(free) {
        for index in ranges.iter().cloned().flatten() {
            if let (Some(list), Some(count)) = (lists.get_mut(index), counts.get(index))
                && *count >= needed
            {
                list.push(host.id);
            }
        }
    }
    let offered = starts.iter().zip(lists).filter(|(_, hosts)| !hosts.is_empty());
    offered.map(|(start, hosts)| Offer { start: hours::instant(*start), hosts }).collect()
}

pub(crate) fn seconds(minutes: u32) -> i64 {
    i64::from(minutes) * MINUTE
}
