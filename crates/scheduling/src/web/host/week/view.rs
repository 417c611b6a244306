//! What stands on each day of a week, in words and with its place in the drawing.

use jiff::{ToSpan, civil::Date};
use platform::Instant;

use super::{Known, grid};
use crate::{
    booking::Booking,
    steps::StepState,
    web::host::{hours, words},
};

/// One day with what stands on it, in the order of time.
pub(super) struct Day {
    pub(super) title: String,
    pub(super) long_title: String,
    pub(super) is_today: bool,
    /// The open periods in words.
    pub(super) hours: String,
    /// The open periods in the drawing.
    pub(super) open: Vec<grid::Place>,
    pub(super) is_own: bool,
    pub(super) blocks: Vec<Block>,
}

/// One thing on a day.
pub(super) struct Block {
    pub(super) place: grid::Place,
    /// `booking`, `hold`, `busy` or `unreadable`.
    pub(super) kind: &'static str,
    pub(super) time: String,
    pub(super) title: String,
    pub(super) detail: String,
    pub(super) link: Option<String>,
    /// A badge's state and words.
    pub(super) state: Option<(&'static str, &'static str)>,
}

/// The seven days from Monday.
pub(super) fn days(known: &Known, monday: Date, today: Date) -> Vec<Day> {
    monday.series(1.day()).take(7).map(|date| day(known, date, date == today)).collect()
}

fn day(known: &Known, date: Date, is_today: bool) -> Day {
    let (windows, is_own) = hours::windows(&known.hours, date);
    let words: Vec<String> = windows.iter().map(|it| format!("{}–{}", it.start, it.end)).collect();
    let open = windows.iter().map(|it| grid::Place::new(it.start.minutes(), it.end.minutes()));
    let mut blocks: Vec<Block> = bookings(known, date).chain(holds(known, date)).collect();
    blocks.extend(busy(known, date));
    blocks.sort_by_key(|block| (block.place.start, block.place.end));
    let mut places: Vec<&mut grid::Place> = blocks.iter_mut().map(|block| &mut block.place).collect();
    grid::share(&mut places);
    Day {
        title: words::short_date(date),
        long_title: words::long_date(date),
        is_today,
        hours: words.join(", "),
        open: open.collect(),
        is_own,
        blocks,
    }
}

fn bookings(known: &Known, date: Date) -> impl Iterator<Item = Block> {
    known.bookings.iter().filter_map(move |booking| {
        let (place, time) = on(known, date, booking.starts_at, booking.ends_at)?;
        Some(Block {
            place,
            kind: "booking",
            time,
            title: booking.visitor.name.clone(),
            detail: booking.type_name.clone(),
            link: Some(format!("/my/bookings/{}", booking.id)),
            state: Some(state(known, booking)),
        })
    })
}

/// The worst of its steps.
fn state(known: &Known, booking: &Booking) -> (&'static str, &'static str) {
    let has = |state| known.steps.iter().any(|step| step.booking_id == booking.id && step.state == state);
    if booking.proposal.is_some() {
        ("attention", "changed in Outlook")
    } else if has(StepState::Failed) {
        ("failed", "needs you")
    } else if has(StepState::Waiting) {
        ("waiting", "under way")
    } else {
        ("ok", "all done")
    }
}

fn holds(known: &Known, date: Date) -> impl Iterator<Item = Block> {
    known.holds.iter().filter_map(move |hold| {
        let (place, time) = on(known, date, hold.starts_at, hold.ends_at)?;
        let title = "Held".to_owned();
        let detail = "a visitor fills in the form at this moment".to_owned();
        Some(Block { place, kind: "hold", time, title, detail, link: None, state: None })
    })
}

/// Busy times of one calendar that touch are one block.
fn busy(known: &Known, date: Date) -> Vec<Block> {
    let mut joined: Vec<calendars::Busy> = Vec::new();
    for busy in &known.outlook.busy {
        let same = |last: &&mut calendars::Busy| {
            last.calendar == busy.calendar && last.unreadable == busy.unreadable && busy.start <= last.end
        };
        match joined.iter_mut().rev().find(same) {
            Some(last) => last.end = last.end.max(busy.end),
            None => joined.push(busy.clone()),
        }
    }
    let block = |busy: &calendars::Busy| {
        let (place, time) = on(known, date, busy.start, busy.end)?;
        let calendar = known.outlook.calendars.iter().find(|calendar| calendar.id == busy.calendar);
        let name = calendar.map_or("Outlook", |calendar| calendar.name.as_str());
        let (kind, title) = if busy.unreadable { ("unreadable", "Not known") } else { ("busy", "Busy") };
        let detail = if busy.unreadable {
            format!("“{name}” is not read for this time, so nobody can book")
        } else {
            format!("in “{name}”")
        };
        Some(Block { place, kind, time, title: title.to_owned(), detail, link: None, state: None })
    };
    joined.iter().filter_map(block).collect()
}

/// The part of a span that lies on this date, by the clock on the wall, with its times in words.
fn on(known: &Known, date: Date, start: Instant, end: Instant) -> Option<(grid::Place, String)> {
    let zone = &known.zone;
    let begins = words::midnight(date, zone)?;
    let ends = words::midnight(date.tomorrow().ok()?, zone)?;
    if start >= ends || end <= begins || start >= end {
        return None;
    }
    let minutes = |at: Instant| {
        let time = at.timestamp().to_zoned(zone.clone()).time();
        u16::try_from(i16::from(time.hour()) * 60 + i16::from(time.minute())).unwrap_or(0)
    };
    let first = if start <= begins { 0 } else { minutes(start) };
    let last = if end >= ends { grid::DAY } else { minutes(end) };
    let text = match (start <= begins, end >= ends) {
        (true, true) => "all day".to_owned(),
        (true, false) => format!("until {}", words::clock(end, zone)),
        (false, true) => format!("from {}", words::clock(start, zone)),
        (false, false) => format!("{}–{}", words::clock(start, zone), words::clock(end, zone)),
    };
    Some((grid::Place::new(first, last), text))
}
