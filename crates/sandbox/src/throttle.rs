//! Rate limits by family of calls, in the two ways in which providers count: a sliding window, or a bucket of tokens that
//! fills up again. Everything that was accepted and rejected is counted, so that a client's use of what it was allowed can
//! be measured.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::world::{World, lock};

const MICROS: i64 = 1_000_000;
/// Apps times families that are counted; more would be a mistake of the client.
const MOST_METERS: usize = 10_000;

/// One limit, per app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// people, licenses, config, meetings, scim, xml, other; `*` is all of them together.
    pub family: String,
    /// How it counts.
    #[serde(default)]
    pub kind: LimitKind,
    /// Requests that are allowed …
    pub requests: u32,
    /// … in so many seconds.
    pub seconds: u32,
    /// How many tokens the bucket holds; as many as `requests` when absent.
    #[serde(default)]
    pub burst: Option<u32>,
    /// What the refusal says.
    #[serde(default)]
    pub retry_after: RetryAfter,
    /// Whether rejected requests use up the window too.
    #[serde(default)]
    pub count_rejected: bool,
}

/// How a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LimitKind {
    /// So many within the last seconds, whenever one looks.
    #[default]
    Window,
    /// Tokens that come back evenly.
    Bucket,
}

/// The `Retry-After` of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RetryAfter {
    /// Seconds until a request can succeed, rounded up.
    #[default]
    Present,
    /// None.
    Absent,
    /// Always 0, as seen at Webex.
    Zero,
}

/// What was counted of one app and family.
#[derive(Debug, Clone, Serialize)]
pub struct Count {
    /// The app.
    pub client_id: String,
    /// The family of calls.
    pub family: String,
    /// Requests that passed the limits.
    pub accepted: u64,
    /// Requests that did not.
    pub rejected: u64,
    /// When the first of them came.
    pub first: Timestamp,
    /// When the last of them came.
    pub last: Timestamp,
}

/// A refusal, with the seconds for `Retry-After` where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Throttled(pub(crate) Option<u64>);

/// All meters and counts.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    limits: Vec<Limit>,
    meters: HashMap<(String, usize), Meter>,
    counts: HashMap<(String, &'static str), Count>,
}

#[derive(Debug, Default)]
struct Meter {
    /// When requests came (microseconds), oldest first: the window.
    times: VecDeque<i64>,
    /// Millionths of a token that were taken and have not come back: the bucket.
    taken: i64,
    at: i64,
}

impl Throttle {
    /// What was counted, by app and family.
    pub fn counts(&self) -> Vec<Count> {
        let mut all: Vec<Count> = lock(&self.0).counts.values().cloned().collect();
        all.sort_by(|a, b| (&a.client_id, &a.family).cmp(&(&b.client_id, &b.family)));
        all
    }

    /// Forgets all counts and fills all buckets.
    pub fn clear(&self) {
        *lock(&self.0) = Inner::default();
    }

    fn charge(
        &self,
        limits: &[Limit],
        client_id: &str,
        family: &'static str,
        now: Timestamp,
    ) -> Result<(), Throttled> {
        let mut inner = lock(&self.0);
        let inner = &mut *inner;
        if inner.limits != limits || inner.meters.len() > MOST_METERS {
            inner.limits = limits.to_vec();
            inner.meters.clear();
        }
        let verdict = inner.judge(client_id, family, now.as_microsecond());
        if inner.counts.len() > MOST_METERS {
            inner.counts.clear();
        }
        let count = inner.counts.entry((client_id.to_owned(), family)).or_insert_with(|| Count {
            client_id: client_id.to_owned(),
            family: family.to_owned(),
            accepted: 0,
            rejected: 0,
            first: now,
            last: now,
        });
        count.last = now;
        match verdict {
            Ok(()) => count.accepted += 1,
            Err(_) => count.rejected += 1,
        }
        verdict
    }
}

impl Inner {
    /// Asks every limit first and takes from all only if all agree.
    fn judge(&mut self, client_id: &str, family: &str, now: i64) -> Result<(), Throttled> {
        let concerned = |(_, limit): &(usize, &Limit)| limit.family == "*" || limit.family == family;
        let concerned: Vec<(usize, &Limit)> = self.limits.iter().enumerate().filter(concerned).collect();
        let mut refused = None;
        for (index, limit) in &concerned {
            let meter = self.meters.entry((client_id.to_owned(), *index)).or_default();
            let wait = meter.wait(limit, now);
            if wait > 0 {
                refused = Some(limit.refusal(wait));
            }
        }
        for (index, limit) in &concerned {
            if let Some(meter) = self.meters.get_mut(&(client_id.to_owned(), *index))
                && (refused.is_none() || limit.count_rejected)
            {
                meter.take(limit, now);
            }
        }
        refused.map_or(Ok(()), Err)
    }
}

impl Limit {
    fn refusal(&self, wait: i64) -> Throttled {
        let seconds = u64::try_from((wait + MICROS - 1) / MICROS).unwrap_or(1).max(1);
        Throttled(match self.retry_after {
            RetryAfter::Present => Some(seconds),
            RetryAfter::Absent => None,
            RetryAfter::Zero => Some(0),
        })
    }

    fn span(&self) -> i64 {
        i64::from(self.seconds.max(1)) * MICROS
    }

    /// Microseconds in which one token comes back.
    fn pace(&self) -> i64 {
        self.span() / i64::from(self.requests.max(1))
    }
}

impl Meter {
    /// Microseconds until a request fits; 0 when it fits now.
    fn wait(&mut self, limit: &Limit, now: i64) -> i64 {
        match limit.kind {
            LimitKind::Window => {
                while self.times.front().is_some_and(|time| *time <= now - limit.span()) {
                    self.times.pop_front();
                }
                let full = self.times.len() >= usize::try_from(limit.requests).unwrap_or(usize::MAX);
                // With rejected requests in the window, more than the limit must go first.
                let free = self
                    .times
                    .len()
                    .saturating_sub(usize::try_from(limit.requests).unwrap_or(usize::MAX))
                    .min(self.times.len().saturating_sub(1));
                match self.times.get(free) {
                    Some(time) if full => (time + limit.span() - now).max(1),
                    _ if full => limit.span(),
                    _ => 0,
                }
            }
            LimitKind::Bucket => {
                self.taken = (self.taken - (now - self.at).max(0)).max(0);
                self.at = now;
                let holds = i64::from(limit.burst.unwrap_or(limit.requests).max(1)) * limit.pace();
                (self.taken + limit.pace() - holds).max(0)
            }
        }
    }

    fn take(&mut self, limit: &Limit, now: i64) {
        match limit.kind {
            LimitKind::Window => self.times.push_back(now),
            LimitKind::Bucket => self.taken += limit.pace(),
        }
    }
}

/// Counts a Webex request of an app against the limits of its family.
pub(crate) fn charge(world: &World, client_id: &str, family: &'static str) -> Result<(), Throttled> {
    let now = world.clock.now();
    let limits = world.core().switches.webex_limits.clone();
    world.throttle.charge(&limits, client_id, family, now)
}

/// The family that a Webex path belongs to.
pub(crate) fn family(path: &str) -> &'static str {
    const FAMILIES: [(&str, &str); 7] = [
        ("/v1/people", "people"),
        ("/v1/licenses", "licenses"),
        ("/v1/admin/meeting/", "config"),
        ("/v1/meeting", "meetings"),
        ("/v1/admin/meetings", "meetings"),
        ("/identity/scim/", "scim"),
        ("/WBXService/", "xml"),
    ];
    FAMILIES.iter().find(|(prefix, _)| path.starts_with(prefix)).map_or("other", |(_, family)| family)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{Limit, LimitKind, RetryAfter, Throttle, Throttled};

    fn limit(kind: LimitKind, burst: Option<u32>) -> Limit {
        Limit {
            family: "people".to_owned(),
            kind,
            requests: 10,
            seconds: 1,
            burst,
            retry_after: RetryAfter::Present,
            count_rejected: false,
        }
    }

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(1_700_000_000_000 + milliseconds).unwrap()
    }

    fn accepted(limit: &Limit, times: impl Iterator<Item = i64>) -> usize {
        let throttle = Throttle::default();
        let limits = [limit.clone()];
        times.filter(|time| throttle.charge(&limits, "app", "people", at(*time)).is_ok()).count()
    }

    #[test]
    fn a_window_never_holds_more_than_its_requests() {
        let window = limit(LimitKind::Window, None);
        assert_eq!(accepted(&window, 0..1000), 10, "one a millisecond for a second");
        assert_eq!(accepted(&window, 0..2000), 20);
        let others = Throttle::default();
        for _ in 0..20 {
            assert_eq!(others.charge(std::slice::from_ref(&window), "app", "meetings", at(0)), Ok(()));
        }
    }

    #[test]
    fn a_bucket_gives_its_burst_and_then_keeps_the_pace() {
        let bucket = limit(LimitKind::Bucket, Some(3));
        assert_eq!(accepted(&bucket, [0; 20].into_iter()), 3);
        assert_eq!(accepted(&bucket, 0..1000), 3 + 9);
        assert_eq!(
            accepted(&bucket, (0..50).map(|index| index * 100)),
            50,
            "at the pace nothing is rejected"
        );
    }

    #[test]
    fn counts_tell_accepted_from_rejected() {
        let throttle = Throttle::default();
        let limits = [Limit { retry_after: RetryAfter::Zero, ..limit(LimitKind::Window, None) }];
        for _ in 0..10 {
            throttle.charge(&limits, "app", "people", at(0)).unwrap();
        }
        assert_eq!(throttle.charge(&limits, "app", "people", at(1)), Err(Throttled(Some(0))));
        let counts = throttle.counts();
        assert_eq!((counts[0].accepted, counts[0].rejected), (10, 1));
    }
}
