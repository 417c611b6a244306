//! What one network neighbourhood may do on the visitors' pages: enough for a school behind one address, too little to
//! keep an organization's times from everybody else. Counted in memory, so that every process allows this much.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use platform::{Error, Fault, Hub, Instant, Origin, Result};

/// Times that one neighbourhood can hold at once.
const MOST_LIVING_HOLDS: usize = 30;
/// Forms that one neighbourhood can send, in [`PRESSES_IN`].
const MOST_PRESSES: u32 = 300;
const PRESSES_IN: Duration = Duration::from_secs(600);
/// Bookings that one neighbourhood can make, in [`BOOKINGS_IN`].
const MOST_BOOKINGS: u32 = 120;
const BOOKINGS_IN: Duration = Duration::from_secs(3600);
/// Months that one neighbourhood can look at, in [`LOOKS_IN`]: some five for each form.
const MOST_LOOKS: u32 = 1500;
const LOOKS_IN: Duration = Duration::from_secs(600);
/// More neighbourhoods than this are not remembered; a flood from so many is not stopped by counting them.
const MOST_NEIGHBOURHOODS: usize = 20_000;

/// What every neighbourhood did lately.
#[derive(Default)]
pub(super) struct Limits(Mutex<HashMap<String, Counts>>);

#[derive(Default)]
struct Counts {
    /// When the living holds run out.
    holds: Vec<Instant>,
    presses: Window,
    bookings: Window,
    looks: Window,
}

#[derive(Default)]
struct Window {
    until: Option<Instant>,
    count: u32,
}

impl Window {
    /// Counts one more, or says when the next one may come.
    fn admit(&mut self, now: Instant, most: u32, lasts: Duration) -> Result<(), Instant> {
        let until = match self.until {
            Some(until) if until > now => until,
            _ => {
                self.count = 0;
                now.after(lasts)
            }
        };
        self.until = Some(until);
        if self.count >= most {
            return Err(until);
        }
        self.count += 1;
        Ok(())
    }

    fn is_over(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| until <= now)
    }
}

/// Lets a form through that wants to hold a time.
pub(super) fn admit_hold(hub: &Hub, origin: &Origin) -> Result<()> {
    count(hub, origin, |counts, now| {
        counts.presses.admit(now, MOST_PRESSES, PRESSES_IN)?;
        let next_free = counts.holds.iter().min().copied();
        match next_free {
            Some(at) if counts.holds.len() >= MOST_LIVING_HOLDS => Err(at),
            _ => Ok(()),
        }
    })
}

/// Remembers a hold until it runs out.
pub(super) fn held(hub: &Hub, origin: &Origin, expires_at: Instant) {
    let noted = count(hub, origin, |counts, _| {
        counts.holds.push(expires_at);
        Ok(())
    });
    // Noting down refuses nobody.
    drop(noted);
}

/// A hold was let go or booked: the one that runs out first makes room.
pub(super) fn released(hub: &Hub, origin: &Origin) {
    let noted = count(hub, origin, |counts, _| {
        let first = (0..counts.holds.len()).min_by_key(|index| counts.holds[*index]);
        first.map(|index| counts.holds.swap_remove(index));
        Ok(())
    });
    drop(noted);
}

/// Lets a form through that changes something.
pub(super) fn admit_press(hub: &Hub, origin: &Origin) -> Result<()> {
    count(hub, origin, |counts, now| counts.presses.admit(now, MOST_PRESSES, PRESSES_IN))
}

/// Lets through that free times are worked out for a page.
pub(super) fn admit_look(hub: &Hub, origin: &Origin) -> Result<()> {
    count(hub, origin, |counts, now| counts.looks.admit(now, MOST_LOOKS, LOOKS_IN))
}

/// Lets a booking through, or a move, for both send mails.
pub(super) fn admit_booking(hub: &Hub, origin: &Origin) -> Result<()> {
    count(hub, origin, |counts, now| counts.bookings.admit(now, MOST_BOOKINGS, BOOKINGS_IN))
}

fn count(
    hub: &Hub,
    origin: &Origin,
    act: impl FnOnce(&mut Counts, Instant) -> Result<(), Instant>,
) -> Result<()> {
    let now = hub.now();
    let limits = hub.memory::<Limits>();
    let mut all = limits.0.lock().unwrap_or_else(PoisonError::into_inner);
    if all.len() >= MOST_NEIGHBOURHOODS {
        all.retain(|_, counts| {
            counts.holds.retain(|expires_at| *expires_at > now);
            !(counts.holds.is_empty()
                && [&counts.presses, &counts.bookings, &counts.looks]
                    .iter()
                    .all(|window| window.is_over(now)))
        });
        if all.len() >= MOST_NEIGHBOURHOODS {
            all.clear();
        }
    }
    let counts = all.entry(neighbourhood(origin.ip)).or_default();
    counts.holds.retain(|expires_at| *expires_at > now);
    act(counts, now).map_err(|until| {
        let say = "Too many requests came from this network. Wait a little, then try again.";
        Error::new(Fault::TooMany(until), say)
    })
}

fn neighbourhood(ip: Option<IpAddr>) -> String {
    ip.map_or_else(String::new, accounts::neighbourhood)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_window_names_its_end_and_begins_again_there() {
        let start = Instant::from_micros(1_000_000);
        let end = start.after(Duration::from_secs(60));
        let mut window = Window::default();
        for _ in 0..3 {
            assert_eq!(window.admit(start, 3, Duration::from_secs(60)), Ok(()));
        }
        assert_eq!(window.admit(start.after(Duration::from_secs(59)), 3, Duration::from_secs(60)), Err(end));
        assert!(window.is_over(end) && !window.is_over(start));
        assert_eq!(window.admit(end, 3, Duration::from_secs(60)), Ok(()));
        assert_eq!(window.count, 1);
    }
}
