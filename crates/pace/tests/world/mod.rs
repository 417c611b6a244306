//! A world in virtual time: providers that count in different ways, networks that take their time, machines that
//! share one pace. Everything follows from a seed.

mod machines;
mod others;
mod provider;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

pub(crate) use machines::{Fleet, run};
pub(crate) use others::{doubling_and_halving, sleeping_workers};
pub(crate) use provider::{Counting, Provider, RetryAfter};

pub(crate) const MILLISECOND: i64 = 1_000;
pub(crate) const SECOND: i64 = 1_000 * MILLISECOND;

/// The way to the provider and back.
#[derive(Clone, Copy)]
pub(crate) struct Network {
    /// There and back, at least.
    pub(crate) base: i64,
    /// The way there takes up to so much longer.
    pub(crate) jitter: i64,
    /// The answer takes so much longer on average, now and then much more.
    pub(crate) tail: i64,
}

pub(crate) const NEAR: Network =
    Network { base: 4 * MILLISECOND, jitter: MILLISECOND, tail: 2 * MILLISECOND };
pub(crate) const USUAL: Network =
    Network { base: 90 * MILLISECOND, jitter: 5 * MILLISECOND, tail: 30 * MILLISECOND };
pub(crate) const FAR: Network =
    Network { base: 300 * MILLISECOND, jitter: 10 * MILLISECOND, tail: 100 * MILLISECOND };

impl Network {
    fn there(self, random: &mut Random) -> i64 {
        self.base / 2 + random.below(self.jitter + 1)
    }

    fn back(self, random: &mut Random) -> i64 {
        // Exponential, in steps of an eighth of the mean.
        let mut more = 0;
        while random.below(9) > 0 {
            more += self.tail / 8;
        }
        self.base / 2 + more
    }
}

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, end: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        i64::try_from((mixed ^ (mixed >> 31)) >> 1).expect("small numbers") % end.max(1)
    }
}

/// What is to happen, earliest first.
pub(crate) struct Agenda<T> {
    queue: BinaryHeap<Reverse<(i64, u64)>>,
    what: BTreeMap<u64, T>,
    number: u64,
}

impl<T> Agenda<T> {
    pub(crate) fn new() -> Self {
        Self { queue: BinaryHeap::new(), what: BTreeMap::new(), number: 0 }
    }

    pub(crate) fn at(&mut self, time: i64, what: T) {
        self.number += 1;
        self.queue.push(Reverse((time, self.number)));
        self.what.insert(self.number, what);
    }

    pub(crate) fn next(&mut self) -> Option<(i64, T)> {
        let Reverse((time, number)) = self.queue.pop()?;
        Some((time, self.what.remove(&number)?))
    }
}

/// What came of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    /// Accepted requests in thousandths of what the provider allowed in the time that it took.
    pub(crate) used: i64,
    /// Refused requests in thousandths of percent (1,000 are one percent) of all requests.
    pub(crate) refused: i64,
    /// When the last request was accepted.
    pub(crate) ended: i64,
}

impl Measured {
    pub(crate) fn of(provider: &Provider) -> Self {
        let (accepted, refusals) = (provider.accepted, provider.refused);
        let allowed = provider.allowed(provider.first, provider.last).max(1);
        Self {
            used: accepted * 1_000_000_000 / allowed,
            refused: refusals * 100_000 / (accepted + refusals).max(1),
            ended: provider.last,
        }
    }

    pub(crate) fn reaches_the_goal(&self) -> bool {
        self.used >= 970 && self.refused < 1_000
    }
}
