//! Random problems, answered a second time in the slowest and plainest way: a table with one entry for every minute.
//!
//! The table asks the zone for its offset at every minute and for nothing else, so how local times become instants where
//! the clocks change is decided here once more.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends, and says where")]

use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, DateTime, Weekday, date},
    tz::TimeZone,
};
use proptest::{collection::vec, prelude::*, sample::select};
use slots::{Busy, Host, Mode, Offer, Override, Problem, Rule, TimeOfDay, Window, explain, offer, zone};

/// Zones with the dates on which their clocks change: forwards and back, by an hour, by 30 minutes (Lord Howe), 15
/// (Kathmandu 1986) and two hours (Troll), at midnight, shortly before it, and a whole day at once (Apia, Kwajalein).
const CHANGES: [(&str, Date); 26] = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Pacific/Kwajalein", date(1993, 8, 21)),
    ("America/Nuuk", date(2023, 3, 25)),
    ("America/Nuuk", date(2024, 10, 27)),
    ("Africa/Casablanca", date(2026, 2, 15)),
    ("Africa/Casablanca", date(2026, 3, 22)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("America/Sao_Paulo", date(2018, 2, 18)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Africa/Cairo", date(2026, 10, 29)),
    ("Asia/Beirut", date(2026, 3, 29)),
    ("America/Havana", date(2026, 3, 8)),
    ("America/Santiago", date(2026, 9, 6)),
    ("Asia/Kathmandu", date(1986, 1, 1)),
    ("Asia/Kolkata", date(2026, 6, 1)),
    ("Asia/Pyongyang", date(2018, 5, 4)),
    ("Pacific/Chatham", date(2026, 4, 5)),
    ("Pacific/Chatham", date(2026, 9, 27)),
    ("Antarctica/Troll", date(2026, 3, 29)),
    ("UTC", date(2026, 12, 31)),
];

/// Every UTC minute of some days with what the clock on the wall shows.
struct Clock {
    first: i64,
    walls: Vec<i64>,
    /// By the wall's minute, from `first` less a day on.
    earliest: Vec<Option<i64>>,
}

impl Clock {
    fn new(zone: &TimeZone, first: i64, last: i64) -> Self {
        let wall = |minute: i64| {
            let offset = zone.to_offset(Timestamp::from_second(minute * 60).unwrap()).seconds();
            assert_eq!(offset % 60, 0, "this table counts minutes");
            minute + i64::from(offset) / 60
        };
        let walls: Vec<i64> = (first..last).map(wall).collect();
        let mut earliest = vec![None; walls.len() + 2 * 1440];
        for (minute, wall) in (first..).zip(&walls) {
            earliest[index(wall - first + 1440)].get_or_insert(minute);
        }
        Self { first, walls, earliest }
    }

    /// The UTC minute at which the wall shows this: the first one, or the one that it would be without the gap.
    fn minute(&self, wall: i64) -> i64 {
        if let Some(minute) = self.earliest[index(wall - self.first + 1440)] {
            return minute;
        }
        let after = self.walls.iter().position(|shown| *shown > wall).unwrap();
        let (minute, shown) = (self.first + i64::try_from(after).unwrap() - 1, self.walls[after - 1]);
        minute + (wall - shown)
    }
}

fn index(number: i64) -> usize {
    usize::try_from(number).unwrap()
}

fn wall_minute(local: DateTime) -> i64 {
    local.duration_since(date(1970, 1, 1).at(0, 0, 0, 0)).as_secs() / 60
}

/// One host's minutes.
struct Table {
    first: i64,
    free: Vec<bool>,
    starts: Vec<bool>,
}

impl Table {
    fn new(problem: &Problem, host: &Host) -> Self {
        let first = problem.from.as_second().div_euclid(60) - 5 * 1440;
        let last = problem.to.as_second().div_euclid(60) + 7 * 1440;
        let clock = Clock::new(&host.zone, first, last);
        let length = index(last - first);
        let mut table = Self { first, free: vec![false; length], starts: vec![false; length] };
        let day = |instant: Timestamp| instant.to_zoned(host.zone.clone()).date();
        let mut on = day(problem.from - 72.hours());
        while on <= day(problem.to + 96.hours()) {
            for (start, end) in wall_windows(host, on) {
                table.enter(clock.minute(start), clock.minute(end), problem.step);
            }
            on = on.tomorrow().unwrap();
        }
        table
    }

    fn enter(&mut self, start: i64, end: i64, step: u32) {
        for minute in start..end {
            let index = self.index(minute);
            self.free[index] = true;
            self.starts[index] |= (minute - start) % i64::from(step) == 0;
        }
    }

    fn index(&self, minute: i64) -> usize {
        index(minute - self.first)
    }
}

/// The windows of a date in minutes of the wall, told apart by painting the minutes of that date.
fn wall_windows(host: &Host, on: Date) -> Vec<(i64, i64)> {
    let replaced = host.overrides.iter().find(|other| other.date == on);
    let windows: Vec<(u16, u16)> = match replaced {
        Some(other) => other.windows.iter().map(|part| (part.start.minutes(), part.end.minutes())).collect(),
        None => (host.weekly.iter())
            .filter(|rule| rule.days.contains(&on.weekday()))
            .map(|rule| (rule.start.minutes(), rule.end.minutes()))
            .collect(),
    };
    let open = |minute: u16| windows.iter().any(|(start, end)| *start <= minute && minute < *end);
    let midnight = wall_minute(on.at(0, 0, 0, 0));
    let mut parts: Vec<(i64, i64)> = Vec::new();
    for minute in (0..1440).filter(|minute| open(*minute)) {
        let wall = midnight + i64::from(minute);
        match parts.last_mut() {
            Some(last) if last.1 == wall => last.1 += 1,
            _ => parts.push((wall, wall + 1)),
        }
    }
    parts
}

fn is_free(problem: &Problem, host: &Host, table: &Table, start: i64) -> bool {
    let first = table.index(start);
    let length = usize::try_from(problem.duration).unwrap();
    let minutes = |count: u32| SignedDuration::from_mins(i64::from(count));
    let at = Timestamp::from_second(start * 60).unwrap();
    let begin = at - minutes(problem.before_buffer);
    let end = at + minutes(problem.duration) + minutes(problem.after_buffer);
    table.free[first..first + length].iter().all(|free| *free)
        && !host.busy.iter().any(|busy| busy.start < busy.end && busy.start < end && begin < busy.end)
}

fn slow_offer(problem: &Problem) -> Vec<Offer> {
    let tables: Vec<Table> = problem.hosts.iter().map(|host| Table::new(problem, host)).collect();
    let (first, last) = (problem.from.as_second().div_euclid(60), problem.to.as_second().div_euclid(60));
    let mut offers = Vec::new();
    for minute in first..=last {
        let start = Timestamp::from_second(minute * 60).unwrap();
        let ahead = start.duration_since(problem.now);
        let minutes = |count: u32| SignedDuration::from_mins(i64::from(count));
        let in_time = problem.from <= start
            && start < problem.to
            && ahead >= minutes(problem.min_notice)
            && problem.max_advance.is_none_or(|most| ahead < minutes(most));
        if !in_time || !tables.iter().any(|table| table.starts[table.index(minute)]) {
            continue;
        }
        let pairs = problem.hosts.iter().zip(&tables);
        let free = pairs.filter(|(host, table)| is_free(problem, host, table, minute));
        let mut hosts: Vec<i64> = free.map(|(host, _)| host.id).collect();
        hosts.sort_unstable();
        let needed = if problem.mode == Mode::All { problem.hosts.len() } else { 1 };
        if hosts.len() >= needed {
            offers.push(Offer { start, hosts });
        }
    }
    offers
}

/// Half of them begin in the hours in which clocks are changed, and many touch.
fn window() -> impl Strategy<Value = Window> {
    let start = prop_oneof![0_u16..300, 0_u16..1440];
    let length = prop_oneof![1_u16..=180, 1_u16..=1440];
    (select(vec![1_u16, 15, 30, 60]), start, length).prop_map(|(unit, start, length)| {
        let start = start / unit * unit;
        let end = (start + (length / unit * unit).max(unit)).min(1440);
        let time = |minutes| TimeOfDay::from_minutes(minutes).unwrap();
        Window { start: time(start), end: time(end) }
    })
}

fn rule() -> impl Strategy<Value = Rule> {
    let days = prop_oneof![Just((1..=7).collect()), vec(1_i8..=7, 1..8)];
    (days, window()).prop_map(|(days, Window { start, end })| {
        let days = days.into_iter().map(|day| Weekday::from_monday_one_offset(day).unwrap()).collect();
        Rule { days, start, end }
    })
}

fn host(around: Date) -> impl Strategy<Value = Host> {
    let name = prop_oneof![
        select(CHANGES.iter().filter(|(_, day)| *day == around).map(|(name, _)| *name).collect::<Vec<_>>()),
        select(CHANGES.to_vec()).prop_map(|(name, _)| name),
    ];
    let overrides = proptest::collection::btree_map(-3_i64..5, vec(window(), 0..4), 0..3);
    let midnight = around.at(0, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp();
    let aligned = (-300_i64..500, -1_i64..8, -1_i64..=1, -1_i64..=1);
    let aligned = aligned.prop_map(|(start, length, early, late)| (start * 900 + early, length * 900 + late));
    let odd = (-3 * 86_400_i64..4 * 86_400, -60_i64..9_000);
    let busy = vec((prop_oneof![aligned, odd], 0_u32..4), 0..10);
    (any::<i64>(), name, vec(rule(), 0..4), overrides, busy).prop_map(
        move |(id, name, weekly, overrides, busy)| {
            let overrides =
                overrides.into_iter().map(|(day, windows)| Override { date: around + day.days(), windows });
            let busy = busy.into_iter().map(|((start, length), cause)| {
                let start = midnight + SignedDuration::from_secs(start);
                Busy { start, end: start + SignedDuration::from_secs(length), cause }
            });
            let (overrides, busy) = (overrides.collect(), busy.collect());
            Host { id, zone: zone(name).unwrap(), weekly, overrides, busy }
        },
    )
}

prop_compose! {
    fn problem()((_, around) in select(CHANGES.to_vec()))
        (hosts in vec(host(around), 1..4), around in Just(around), from in -2 * 86_400_i64..86_400,
         length in 0_i64..4 * 86_400, notice in -3 * 1440_i64..1440, is_all in any::<bool>(),
         duration in prop_oneof![4 => select(vec![15_u32, 30, 45, 60]), 4 => 1_u32..150, 1 => 150_u32..=2880],
         step in prop_oneof![select(vec![5_u32, 15, 30, 60]), 1_u32..200],
         buffers in (select(vec![0_u32, 5, 15, 30]), select(vec![0_u32, 5, 15, 30])),
         min_notice in prop_oneof![Just(0), 0_u32..3000], max_advance in prop::option::of(0_u32..9000),
        ) -> Problem {
        let from = around.at(0, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp() + SignedDuration::from_secs(from);
        let mode = if is_all { Mode::All } else { Mode::Any };
        let (before_buffer, after_buffer) = buffers;
        let (to, now) = (from + SignedDuration::from_secs(length), from + SignedDuration::from_mins(notice));
        Problem { mode, from, to, now, duration, step, before_buffer, after_buffer, min_notice, max_advance, hosts }
    }
}

prop_compose! {
    fn anything()(is_all in any::<bool>(), instants in vec(instant(), 9), numbers in vec(number(), 6),
                  weekly in vec(rule(), 0..3), change in select(CHANGES.to_vec())) -> Problem {
        let busy = Busy { start: instants[3], end: instants[4], cause: 0 };
        let other = Busy { start: instants[5], end: instants[6], cause: 1 };
        let last = Override { date: Date::MAX, windows: vec![Window { start: TimeOfDay::MIDNIGHT, end: TimeOfDay::END }] };
        let host = Host { id: 1, zone: zone(change.0).unwrap(), weekly, overrides: vec![last], busy: vec![busy, other] };
        Problem {
            mode: if is_all { Mode::All } else { Mode::Any },
            from: instants[0], to: instants[1], now: instants[2],
            duration: numbers[0], step: numbers[1], before_buffer: numbers[2], after_buffer: numbers[3],
            min_notice: numbers[4], max_advance: Some(numbers[5]), hosts: vec![host],
        }
    }
}

/// Mostly at the very ends of what can be said, where arithmetic overflows.
fn instant() -> impl Strategy<Value = Timestamp> {
    let (first, last) = (Timestamp::MIN, Timestamp::MAX);
    prop_oneof![
        (0_i64..10_000_000).prop_map(move |second| first + SignedDuration::from_secs(second)),
        (0_i64..10_000_000).prop_map(move |second| last - SignedDuration::from_secs(second)),
        (-1_000_000_i64..1_000_000).prop_map(|milli| Timestamp::from_millisecond(milli).unwrap()),
    ]
}

fn number() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0), Just(u32::MAX), 1_u32..=3000, any::<u32>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_answer_is_that_of_the_slow_and_plain_way(problem in problem()) {
        prop_assume!(problem.check().is_ok());
        prop_assert_eq!(offer(&problem), slow_offer(&problem));
    }

    #[test]
    fn an_explanation_agrees_with_the_offer(problem in problem()) {
        let explained = explain(&problem);
        prop_assert!(explained.is_sorted_by_key(|time| time.start));
        let offered = explained.iter().filter(|time| time.offered).map(|time| {
            let free = time.hosts.iter().filter(|host| host.reasons.is_empty());
            Offer { start: time.start, hosts: free.map(|host| host.host).collect() }
        });
        prop_assert_eq!(offered.collect::<Vec<_>>(), offer(&problem));
        for time in explained.iter().filter(|time| !time.offered) {
            prop_assert!(!time.reasons.is_empty() || time.hosts.iter().any(|host| !host.reasons.is_empty()));
        }
    }

    #[test]
    fn no_problem_is_too_strange(problem in anything()) {
        let offers = offer(&problem);
        prop_assert!(offers.is_empty() || problem.check().is_ok());
        explain(&problem);
    }
}
