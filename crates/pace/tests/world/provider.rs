//! The provider's side: how it counts, and what it says when it refuses.

use std::collections::VecDeque;

use super::SECOND;

/// How requests are counted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Counting {
    /// In every span of this length.
    Sliding(i64),
    /// In spans of this length, one after the other.
    Fixed(i64),
    /// A bucket with this many tokens, refilled evenly.
    Bucket(i64),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum RetryAfter {
    Absent,
    Zero,
    /// Whole seconds, rounded up.
    Honest,
    /// Whole seconds, rounded down.
    TooShort,
    /// Always the same number of seconds.
    Always(i64),
}

pub(crate) struct Provider {
    counting: Counting,
    /// Requests per 1,000 seconds, and since when.
    limits: Vec<(i64, i64)>,
    retry_after: RetryAfter,
    /// Requests of others per 1,000 seconds, from here to there.
    foreign: Option<(i64, i64, i64)>,
    next_foreign: i64,
    log: VecDeque<i64>,
    /// Millionths of a token, and when they were counted.
    tokens: i64,
    counted: i64,
    pub(crate) accepted: i64,
    pub(crate) refused: i64,
    pub(crate) first: i64,
    pub(crate) last: i64,
}

impl Provider {
    /// So many requests per 1,000 seconds.
    pub(crate) fn new(counting: Counting, limit: i64, retry_after: RetryAfter) -> Self {
        Self {
            counting,
            limits: vec![(i64::MIN, limit)],
            retry_after,
            foreign: None,
            next_foreign: i64::MAX,
            log: VecDeque::new(),
            tokens: i64::MAX,
            counted: 0,
            accepted: 0,
            refused: 0,
            first: 0,
            last: 0,
        }
    }

    /// From then on, another limit.
    pub(crate) fn then(mut self, since: i64, limit: i64) -> Self {
        self.limits.push((since, limit));
        self
    }

    /// Others send so many requests per 1,000 seconds in this time.
    pub(crate) fn with_others(mut self, from: i64, to: i64, rate: i64) -> Self {
        self.foreign = Some((from, to, rate));
        self.next_foreign = from;
        self
    }

    pub(crate) fn ask(&mut self, at: i64) -> Result<(), Option<i64>> {
        while let Some((_, to, rate)) = self.foreign
            && self.next_foreign <= at.min(to)
        {
            let time = self.next_foreign;
            self.next_foreign += 1_000 * SECOND / rate;
            let _ = self.count(time);
        }
        if self.accepted + self.refused == 0 {
            self.first = at;
        }
        match self.count(at) {
            Ok(()) => {
                self.accepted += 1;
                self.last = at;
                Ok(())
            }
            Err(free) => {
                self.refused += 1;
                Err(self.says(free - at))
            }
        }
    }

    /// Takes the request, or says when there is room again.
    fn count(&mut self, at: i64) -> Result<(), i64> {
        let limit = self.limit(at);
        let (start, window) = match self.counting {
            Counting::Sliding(window) => (at - window, window),
            Counting::Fixed(window) => (at - at.rem_euclid(window) - 1, window),
            Counting::Bucket(burst) => return self.take(at, limit, burst),
        };
        while self.log.front().is_some_and(|&time| time <= start) {
            self.log.pop_front();
        }
        let most = usize::try_from((limit * (window / 1_000) / SECOND).max(1)).expect("small numbers");
        if self.log.len() < most {
            self.log.push_back(at);
            return Ok(());
        }
        match self.counting {
            Counting::Fixed(window) => Err(at - at.rem_euclid(window) + window),
            _ => Err(self.log[self.log.len() - most] + window),
        }
    }

    fn take(&mut self, at: i64, limit: i64, burst: i64) -> Result<(), i64> {
        let refilled = (at - self.counted).max(0).saturating_mul(limit) / 1_000;
        self.tokens = self.tokens.saturating_add(refilled).min(burst * 1_000_000);
        self.counted = at;
        if self.tokens >= 1_000_000 {
            self.tokens -= 1_000_000;
            return Ok(());
        }
        Err(at + (1_000_000 - self.tokens) * 1_000 / limit)
    }

    fn says(&self, wait: i64) -> Option<i64> {
        match self.retry_after {
            RetryAfter::Absent => None,
            RetryAfter::Zero => Some(0),
            RetryAfter::Honest => Some((wait + SECOND - 1) / SECOND * SECOND),
            RetryAfter::TooShort => Some(wait / SECOND * SECOND),
            RetryAfter::Always(seconds) => Some(seconds * SECOND),
        }
    }

    fn limit(&self, at: i64) -> i64 {
        self.limits.iter().rev().find(|(since, _)| *since <= at).expect("small numbers").1
    }

    /// Allowed in this time, in millionths of a request, what others may use left out.
    pub(crate) fn allowed(&self, from: i64, to: i64) -> i64 {
        let mut sum = 0;
        for (index, (since, limit)) in self.limits.iter().enumerate() {
            let until = self.limits.get(index + 1).map_or(to, |next| next.0.min(to));
            sum += (until - from.max(*since)).max(0) * limit / 1_000;
        }
        if let Some((start, end, rate)) = self.foreign {
            sum -= (end.min(to) - start.max(from)).max(0) * rate / 1_000;
        }
        sum
    }
}
