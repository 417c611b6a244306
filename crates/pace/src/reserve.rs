//! Giving permits: when the next requests may leave.

use crate::{
    Micros, Rate, SECOND,
    pace::{Pace, Scout, Stage},
};

/// A batch of permits covers so much time, and starts at most so far ahead.
const HORIZON: Micros = SECOND / 4;
/// A permit that was due so short a time ago is still given: timers wake late.
const LATE: Micros = SECOND / 500;
/// While the machines' clocks are being compared, requests of two of them may come closer than they were meant to: so
/// much of the rate is kept then, in thousandths.
const UNCOMPARED: u64 = 950;
/// When no answer has been reported for so long, those outstanding are lost: their machine is gone.
const LOST: Micros = 120 * SECOND;

/// A request that was sent alone and has not been answered for so long is followed by another.
const SILENT: Micros = 30 * SECOND;

/// What a machine gets that asks for permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reserved {
    /// These requests may leave.
    Permits(Permits),
    /// Nothing before this instant, in the caller's clock. After reporting an answer it may ask sooner.
    Wait(Micros),
}

/// Some requests that may leave, evenly spaced. What is not used is given back with [`Pace::returned`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permits {
    /// The first one's instant in common time.
    first: Micros,
    count: u32,
    rate: Rate,
    /// What leads from common time to the machine's clock.
    behind: Micros,
}

/// That one request may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permit {
    /// The instant before which it must not leave, in the clock of the machine that took it. May have passed already.
    pub at: Micros,
    /// The same in the time that all machines share.
    pub(crate) due: Micros,
}

impl Permits {
    /// How many there are; at least one.
    pub fn count(self) -> u32 {
        self.count
    }

    /// One after the other, earliest first.
    pub fn each(self) -> impl Iterator<Item = Permit> {
        (0..u64::from(self.count)).map(move |number| {
            let due = self.first.saturating_add(self.rate.time_for(number));
            Permit { at: due.saturating_sub(self.behind), due }
        })
    }
}

impl Pace {
    /// Takes at most `most` permits for this machine; a quarter of a second's worth at most. `now` is the machine's
    /// own clock, and so are the instants it gets.
    pub fn reserve(&mut self, now: Micros, machine: u64, most: u32) -> Reserved {
        let now = self.clocks.hear(machine, now);
        match self.permits(now, most) {
            Ok(permits) => {
                self.outstanding = self.outstanding.saturating_add(permits.count);
                self.touched = now;
                for permit in permits.each() {
                    self.fine.add(permit.due);
                    self.coarse.add(permit.due);
                }
                Reserved::Permits(Permits { behind: self.clocks.behind(machine), ..permits })
            }
            Err(until) => Reserved::Wait(until.saturating_sub(self.clocks.behind(machine))),
        }
    }

    /// The permits, or when to ask again.
    fn permits(&mut self, now: Micros, most: u32) -> Result<Permits, Micros> {
        if now < self.closed_until {
            return Err(self.closed_until);
        }
        if now.saturating_sub(self.touched) > LOST {
            self.outstanding = 0;
        }
        let soon = now + HORIZON / 16;
        if most == 0 {
            return Err(soon);
        }
        match (self.scout, self.stage) {
            (Scout::Sent(at), _) if now.saturating_sub(at) < SILENT.max(8 * self.latency.usual()) => {
                return Err(soon);
            }
            (Scout::Wanted | Scout::Sent(_), _) => {
                self.scout = Scout::Sent(now);
                return Ok(Permits { first: now, count: 1, rate: Rate::FASTEST, behind: 0 });
            }
            (Scout::NotNeeded, _) => self.settle(now),
        }
        match self.stage {
            Stage::Seeking { sixteenths } => {
                let free = (sixteenths / 16).saturating_sub(self.outstanding).min(most);
                if free == 0 {
                    Err(soon)
                } else {
                    Ok(Permits { first: now, count: free, rate: Rate::FASTEST, behind: 0 })
                }
            }
            Stage::Paced => self.spaced(now, most),
        }
    }

    fn spaced(&mut self, now: Micros, most: u32) -> Result<Permits, Micros> {
        let first = self.next.max(now - LATE);
        if first > now + HORIZON {
            return Err((first - HORIZON).max(now + 5 * LATE));
        }
        let rate = if self.clocks.compared() { self.rate } else { self.rate.permille(UNCOMPARED) };
        let worth = u32::try_from(rate.requests_in(HORIZON)).unwrap_or(u32::MAX);
        let count = worth.max(1).min(most);
        self.next = first.saturating_add(rate.time_for(u64::from(count)));
        Ok(Permits { first, count, rate, behind: 0 })
    }

    /// Gives back a permit that was not used and will not be.
    pub fn returned(&mut self, permit: Permit) {
        self.outstanding = self.outstanding.saturating_sub(1);
        self.unused(permit.due);
    }

    pub(crate) fn unused(&mut self, due: Micros) {
        self.untally(due);
        if self.scout == Scout::Sent(due) {
            self.scout = Scout::Wanted;
        }
    }

    pub(crate) fn untally(&mut self, due: Micros) {
        self.fine.remove(due);
        self.coarse.remove(due);
    }
}
