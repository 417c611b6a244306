//! Requests per time as an integer, and the spacing that follows from it.

use serde::{Deserialize, Serialize};

use crate::{Micros, SECOND, pace::MARGIN};

/// Requests per second, in millionths: 2.5/s is `Rate(2_500_000)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rate(u64);

impl Rate {
    /// One request in ten minutes.
    pub const SLOWEST: Self = Self(1_667);
    /// Faster than any provider's allowance for one organization.
    pub const FASTEST: Self = Self(10_000_000_000);

    /// So many millionths of a request per second, brought between [`Rate::SLOWEST`] and [`Rate::FASTEST`].
    pub fn from_millionths(millionths: u64) -> Self {
        Self(millionths).bounded()
    }

    /// So many requests in so much time.
    pub fn of(requests: u64, time: Micros) -> Self {
        let time = u128::from(time.max(1).unsigned_abs());
        let millionths = u128::from(requests) * 1_000_000_000_000 / time;
        Self(u64::try_from(millionths).unwrap_or(u64::MAX)).bounded()
    }

    /// In millionths of a request per second.
    pub fn millionths(self) -> u64 {
        self.0
    }

    /// This rate times `parts` thousandths.
    pub fn permille(self, parts: u64) -> Self {
        Self(self.0.saturating_mul(parts) / 1_000).bounded()
    }

    /// How long `requests` of them take.
    pub fn time_for(self, requests: u64) -> Micros {
        let time = u128::from(requests) * 1_000_000_000_000 / u128::from(self.0.max(1));
        Micros::try_from(time).unwrap_or(Micros::MAX)
    }

    /// How many of them fit into this time.
    pub fn requests_in(self, time: Micros) -> u64 {
        let time = u128::from(time.max(0).unsigned_abs());
        u64::try_from(u128::from(self.0) * time / u128::from(1_000_000 * SECOND.unsigned_abs()))
            .unwrap_or(u64::MAX)
    }

    /// The most that shall arrive at the provider within a second at this pace, in whatever way requests are kept up: a
    /// little more than the rate, as far as a pace keeps below what it learned.
    pub fn in_a_second(self) -> u64 {
        self.permille(1_000 + MARGIN).requests_in(SECOND).saturating_add(1)
    }

    fn bounded(self) -> Self {
        self.clamp(Self::SLOWEST, Self::FASTEST)
    }
}
