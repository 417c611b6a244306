//! How long answers take, and how many requests may therefore be in the air.

use serde::{Deserialize, Serialize};

use crate::{Micros, Rate, SECOND};

/// Never more in the air than this, whatever the latency says.
const MOST: u64 = 512;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Latency {
    /// What an answer takes lately; an average that forgets.
    usual: Micros,
    /// What it takes when the provider is at ease: falls at once, rises slowly.
    at_ease: Micros,
}

impl Latency {
    pub(crate) const UNKNOWN: Self = Self { usual: 0, at_ease: 0 };

    pub(crate) fn learn(&mut self, took: Micros) {
        let took = took.clamp(1, 600_000_000);
        if self.usual == 0 {
            *self = Self { usual: took, at_ease: took };
            return;
        }
        self.usual += (took - self.usual) / 16;
        // An average of low values, rather than the one lowest of all times.
        let weight = if took < self.at_ease { 8 } else { 4_096 };
        self.at_ease = (self.at_ease + (took - self.at_ease) / weight).max(1);
    }

    pub(crate) fn usual(self) -> Micros {
        self.usual
    }

    /// By how many sixteenths more may be in the air after an accepted request, while no limit is known. All that are
    /// in the air when the provider has had enough will be refused. So this doubles with every round trip at first,
    /// grows slower from eight and from sixteen on, and stops at what reaches 128 requests per second, until the
    /// provider has accepted 2,000.
    pub(crate) fn growth(self, sixteenths: u32, accepted: u64) -> u32 {
        let enough = Rate::from_millionths(128_000_000).requests_in(self.usual).max(8);
        match u64::from(sixteenths / 16) {
            window if window < 8 => 16,
            window if window < enough.min(16) => 4,
            window if window < enough || (accepted > 2_000 && window < MOST) => 1,
            _ => 0,
        }
    }

    /// By Little's law `rate` times latency requests are in the air. Room is left for twice that, and for twice the
    /// latency at ease: a provider that answers ever more slowly is not handed ever more at once.
    pub(crate) fn in_flight(self, rate: Rate) -> u32 {
        let bearable = if self.usual == 0 { SECOND / 2 } else { self.usual.min(2 * self.at_ease) };
        let room = rate.requests_in(2 * bearable).saturating_add(4).min(MOST);
        u32::try_from(room).unwrap_or(u32::MAX)
    }
}
