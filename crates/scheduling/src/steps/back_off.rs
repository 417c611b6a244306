//! How long to wait before the next attempt.

use std::time::Duration;

/// While trouble passes by itself: five seconds, then three times as long each time, at most half an hour.
pub(super) fn while_it_passes(attempts: i64, jitter: f64) -> Duration {
    grow(Duration::from_secs(5), 3, attempts, Duration::from_secs(1800)).mul_f64(jitter)
}

/// While a person must act, and only the provider knows whether they have: a minute, then twice as long each time, at
/// most an hour.
pub(super) fn until_somebody_acts(attempts: i64, jitter: f64) -> Duration {
    grow(Duration::from_secs(60), 2, attempts, Duration::from_secs(3600)).mul_f64(jitter)
}

fn grow(first: Duration, factor: u32, attempts: i64, most: Duration) -> Duration {
    let exponent = u32::try_from(attempts.saturating_sub(1).clamp(0, 10)).unwrap_or(10);
    first.saturating_mul(factor.saturating_pow(exponent)).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_grows_to_an_end() {
        let seconds = |wait: Duration| wait.as_secs();
        assert_eq!([1, 2, 3, 99].map(|it| seconds(while_it_passes(it, 1.0))), [5, 15, 45, 1800]);
        assert_eq!([0, 1, 2, 99].map(|it| seconds(until_somebody_acts(it, 1.0))), [60, 60, 120, 3600]);
        assert_eq!(while_it_passes(i64::MAX, 0.5), Duration::from_secs(900));
    }
}
