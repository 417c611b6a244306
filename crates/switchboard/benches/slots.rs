//! Slots in process: 20 hosts, 30 days, 2,000 busy intervals, a step of 30 minutes, and the same with one host.

#[expect(dead_code, reason = "every benchmark uses its part")]
mod common;

use std::{hint::black_box, time::Instant};

use common::{median, process::machine, say};
use jiff::{SignedDuration, Timestamp, civil::Weekday};
use slots::{Busy, Host, Mode, Problem, Rule, TimeOfDay};

const ROUNDS: usize = 15;
const COMPUTATIONS: u32 = 200;
const DAYS: u32 = 30;
/// Their clocks change within the period, or they never do.
const ZONES: [&str; 5] =
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Chatham"];

fn main() {
    say(&machine());
    for (hosts, busy, mode) in [(20, 2_000, Mode::Any), (20, 2_000, Mode::All), (1, 100, Mode::Any)] {
        let problem = problem(hosts, busy, mode);
        problem.check().expect("a problem with a meaning");
        let offers = slots::offer(&problem).len();
        say(&format!(
            "{hosts} hosts, {DAYS} days, {busy} busy intervals, mode {mode:?}: {offers} times offered"
        ));
        measure("offer", || drop(black_box(slots::offer(black_box(&problem)))));
        measure("explain", || drop(black_box(slots::explain(black_box(&problem)))));
    }
}

/// Prints what one computation takes; the middle round counts.
fn measure(name: &str, compute: impl Fn()) {
    let round = |_| {
        let started = Instant::now();
        for _ in 0..COMPUTATIONS {
            compute();
        }
        started.elapsed().as_secs_f64() * 1e9 / f64::from(COMPUTATIONS)
    };
    let rounds: Vec<f64> = (0..ROUNDS).map(round).collect();
    let fastest = rounds.iter().copied().fold(f64::INFINITY, f64::min);
    say(&format!("  {name}: {:.0} ns per computation (fastest round {fastest:.0} ns)", median(rounds)));
}

/// Office hours with a break at noon, and busy intervals strewn over days and nights.
fn problem(hosts: u32, busy: u32, mode: Mode) -> Problem {
    let from: Timestamp = "2026-10-12T00:00:00Z".parse().expect("an instant");
    let minutes = |count: u32| SignedDuration::from_mins(i64::from(count));
    let mut all: Vec<Host> = (0..hosts).map(host).collect();
    for number in 0..busy {
        // Steps that have no common measure with the period strew without randomness.
        let start = from + minutes(number * 7_919 % (DAYS * 1440));
        let interval = Busy { start, end: start + minutes(15 + number * 31 % 75), cause: number };
        let index = usize::try_from(number % hosts).expect("a small number");
        all[index].busy.push(interval);
    }
    Problem {
        mode,
        from,
        to: from + minutes(DAYS * 1440),
        now: from,
        duration: 30,
        step: 30,
        before_buffer: 5,
        after_buffer: 10,
        min_notice: 120,
        max_advance: None,
        hosts: all,
    }
}

fn host(number: u32) -> Host {
    let days = || [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];
    let time = |text: &str| -> TimeOfDay { text.parse().expect("a time of day") };
    let rule = |start, end| Rule { days: days().to_vec(), start: time(start), end: time(end) };
    let index = usize::try_from(number).expect("a small number") % ZONES.len();
    Host {
        id: i64::from(number),
        zone: slots::zone(ZONES[index]).expect("a zone"),
        weekly: vec![rule("09:00", "12:00"), rule("13:00", "17:00")],
        overrides: Vec::new(),
        busy: Vec::new(),
    }
}
