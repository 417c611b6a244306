//! How many requests left in the last seconds, in buckets of equal length.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::Micros;

/// Counts by bucket; the newest stands last. Requests that were refused are taken out again, so what stays is what the
/// provider accepted, or will have accepted when the answers in the air arrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tally {
    /// Length of a bucket in microseconds.
    bucket: Micros,
    /// How many buckets are kept.
    kept: usize,
    /// The number of the newest bucket, counted from the origin of time.
    newest: i64,
    counts: VecDeque<u32>,
}

impl Tally {
    pub(crate) fn new(bucket: Micros, kept: usize) -> Self {
        Self { bucket, kept, newest: i64::MIN, counts: VecDeque::new() }
    }

    pub(crate) fn add(&mut self, at: Micros) {
        let number = at.div_euclid(self.bucket);
        if self.counts.is_empty() {
            self.newest = number;
        }
        let missing = number.saturating_sub(self.newest).max(0);
        if missing >= i64::try_from(self.kept).unwrap_or(i64::MAX) {
            self.counts.clear();
        } else {
            for _ in 0..missing {
                self.counts.push_back(0);
            }
        }
        if self.counts.is_empty() {
            self.counts.push_back(0);
        }
        self.newest = self.newest.max(number);
        while self.counts.len() > self.kept {
            self.counts.pop_front();
        }
        if let Some(count) = self.slot(number) {
            *count = count.saturating_add(1);
        }
    }

    pub(crate) fn remove(&mut self, at: Micros) {
        if let Some(count) = self.slot(at.div_euclid(self.bucket)) {
            *count = count.saturating_sub(1);
        }
    }

    /// How many left within `window` before and including `until`. Of the bucket in which the window begins the share
    /// that lies inside is counted, rounded up; of the one in which it ends, all: nothing later has left yet.
    pub(crate) fn count(&self, until: Micros, window: Micros) -> u64 {
        let (first, last) = ((until - window).div_euclid(self.bucket), until.div_euclid(self.bucket));
        let inside = self.bucket - (until - window).rem_euclid(self.bucket);
        let mut sum = 0;
        for (number, count) in self.numbered() {
            if number == first {
                sum += (u64::from(count) * inside.unsigned_abs()).div_ceil(self.bucket.unsigned_abs());
            } else if number > first && number <= last {
                sum += u64::from(count);
            }
        }
        sum
    }

    /// The beginning of the first bucket within `window` before `until` in which anything left.
    pub(crate) fn oldest(&self, until: Micros, window: Micros) -> Option<Micros> {
        let first = (until - window).div_euclid(self.bucket);
        self.numbered()
            .find(|&(number, count)| number > first && count > 0)
            .map(|(number, _)| number * self.bucket)
    }

    fn numbered(&self) -> impl Iterator<Item = (i64, u32)> + '_ {
        let length = i64::try_from(self.counts.len()).unwrap_or(0);
        (self.newest.saturating_sub(length).saturating_add(1)..).zip(self.counts.iter().copied())
    }

    fn slot(&mut self, number: i64) -> Option<&mut u32> {
        let back = usize::try_from(self.newest.checked_sub(number)?).ok()?;
        let index = self.counts.len().checked_sub(back.checked_add(1)?)?;
        self.counts.get_mut(index)
    }
}
