//! The state: what is known of a provider's limit, and where the next permits stand.

use serde::{Deserialize, Serialize};

use crate::{Micros, Rate, SECOND, clocks::Clocks, latency::Latency, refusal::Refusal, tally::Tally};

/// In the air at once when nothing is known yet.
const FIRST_WINDOW: u32 = 4;
/// The length of a fine bucket.
pub(crate) const FINE: Micros = SECOND / 32;
/// How far below a measured limit it keeps, in thousandths: room for answers that take a little longer or shorter.
pub(crate) const MARGIN: u64 = 10;

/// The pace of one kind of request to one provider.
///
/// Serialize it to share it; equal inputs in equal order make equal states. Instants are microseconds since any origin,
/// the same for every machine as far as their clocks agree; they may be off by seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    pub(crate) clocks: Clocks,
    /// What left within the last 11 seconds, in buckets of [`FINE`].
    pub(crate) fine: Tally,
    /// What left within the last 64 seconds, by seconds.
    pub(crate) coarse: Tally,
    pub(crate) latency: Latency,
    pub(crate) stage: Stage,
    pub(crate) rate: Rate,
    /// The slowest rate at which the provider is known to refuse.
    pub(crate) ceiling: Option<Rate>,
    /// A rate that was kept for long without a refusal, and that no refusal has put in doubt since.
    pub(crate) proven: Option<Rate>,
    /// What was accepted before the first refusal ever: a bucket that was full then holds no more.
    pub(crate) burst: Option<u64>,
    /// The rate before the last step up since a refusal; it was kept for a second at least.
    pub(crate) stepped_from: Option<Rate>,
    /// How far below a measured limit it keeps, in thousandths; grows where that turns out too little.
    pub(crate) margin: u64,
    /// Which of the windows the provider counts in, if it is known.
    pub(crate) shape: Option<usize>,
    /// How long it was closed after the last refusal.
    pub(crate) last_pause: Micros,
    /// Since when the rate is what it is.
    pub(crate) since: Micros,
    /// Accepted requests since then.
    pub(crate) quiet: u64,
    /// At so many the rate rises.
    pub(crate) patience: u64,
    /// By so many thousandths, if no ceiling says otherwise.
    pub(crate) step: u64,
    /// When the next permit is due.
    pub(crate) next: Micros,
    /// Nothing leaves before.
    pub(crate) closed_until: Micros,
    /// The last refusal, with those that belong to it.
    pub(crate) refusal: Option<Refusal>,
    /// Refusals in a row with next to nothing accepted in between.
    pub(crate) strikes: u32,
    /// Refusals in a row at a rate that had just been lowered.
    pub(crate) hasty: u32,
    /// Failures in a row that say nothing about the limit.
    pub(crate) failures: u32,
    pub(crate) scout: Scout,
    /// Permits given whose answer has not been reported.
    pub(crate) outstanding: u32,
    /// When a permit was last given or an answer reported.
    pub(crate) touched: Micros,
}

/// What is done to learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Stage {
    /// Nothing is known: ever more at once until something is refused. Counted in sixteenths of a request.
    Seeking { sixteenths: u32 },
    /// Evenly spaced at the rate.
    Paced,
}

/// One request alone, to see whether the provider is open again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Scout {
    NotNeeded,
    Wanted,
    /// The permit it has.
    Sent(Micros),
}

impl Pace {
    /// For a provider of which nothing is known.
    pub fn unknown() -> Self {
        Self {
            clocks: Clocks::default(),
            fine: Tally::new(FINE, 356),
            coarse: Tally::new(SECOND, 64),
            latency: Latency::UNKNOWN,
            stage: Stage::Seeking { sixteenths: 16 * FIRST_WINDOW },
            rate: Rate::FASTEST,
            ceiling: None,
            proven: None,
            burst: None,
            stepped_from: None,
            margin: MARGIN,
            shape: None,
            last_pause: SECOND,
            since: Micros::MIN,
            quiet: 0,
            patience: 0,
            step: 10,
            next: Micros::MIN,
            closed_until: Micros::MIN,
            refusal: None,
            strikes: 0,
            hasty: 0,
            failures: 0,
            scout: Scout::NotNeeded,
            outstanding: 0,
            touched: Micros::MIN,
        }
    }

    /// For a provider whose limit was learned before: starts evenly at [`Pace::rate`] of then.
    pub fn from_rate(learned: Rate) -> Self {
        let mut pace = Self { stage: Stage::Paced, rate: learned, ..Self::unknown() };
        pace.patience = pace.settled();
        pace
    }

    /// The rate that it keeps now; `None` until the first refusal, when no limit has been met.
    pub fn rate(&self) -> Option<Rate> {
        (self.stage == Stage::Paced).then_some(self.rate)
    }

    /// How many requests each machine may have in the air, for as long as answers take no longer than now.
    pub fn in_flight(&self) -> u32 {
        match self.stage {
            _ if self.scout != Scout::NotNeeded => 1,
            Stage::Seeking { sixteenths } => sixteenths / 16,
            Stage::Paced => self.latency.in_flight(self.rate),
        }
    }
}
