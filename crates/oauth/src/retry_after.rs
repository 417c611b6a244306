//! How long a provider asks to be left alone.

use std::time::Duration;

use jiff::fmt::rfc2822;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// No provider may put off the next attempt for longer than a day.
const LONGEST: Duration = Duration::from_hours(24);

/// Reads `Retry-After`: whole or fractional seconds (Graph's documented sample is "2.128") or an HTTP date, which
/// is measured against the same answer's `Date`. Absent, zero, past and malformed values give nothing.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if let Some(seconds) = text.parse::<f64>().ok().filter(|seconds| seconds.is_finite()) {
        if seconds >= LONGEST.as_secs_f64() { LONGEST } else { Duration::try_from_secs_f64(seconds).ok()? }
    } else {
        let now = http_date(headers.get(DATE)?.to_str().ok()?)?;
        Duration::try_from(http_date(text)?.duration_since(now)).ok()?
    };
    (!wait.is_zero()).then(|| wait.min(LONGEST))
}

fn http_date(text: &str) -> Option<jiff::Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok()
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn after(value: &'static str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static(value));
        headers.insert(DATE, HeaderValue::from_static("Sat, 21 Nov 2026 04:00:00 GMT"));
        retry_after(&headers)
    }

    #[test]
    fn seconds_fractions_and_dates_are_understood() {
        assert_eq!(after("120"), Some(Duration::from_secs(120)));
        assert_eq!(after(" 2.128 "), Some(Duration::from_millis(2128)));
        assert_eq!(after("Sat, 21 Nov 2026 04:01:30 GMT"), Some(Duration::from_secs(90)));
        assert_eq!(after("1e300"), Some(LONGEST));
    }

    #[test]
    fn nothing_useful_is_nothing() {
        for value in ["", "0", "0.0", "-5", "soon", "NaN", "inf", "-inf", "Sat, 21 Nov 2026 03:59:00 GMT"] {
            assert_eq!(after(value), None, "{value}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
