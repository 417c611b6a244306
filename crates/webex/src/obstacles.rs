//! Refusals of the Meetings API that need an answer of their own. Webex gives them no codes, so words decide.

use std::time::Duration;

use oauth::{ApiError, ApiKind};

/// Ordinary throttling asks for seconds.
const LONG: Duration = Duration::from_mins(5);

/// Whether the person has created as many meetings as Webex allows in 24 hours (100; for an administrator 800 for one
/// person, 3,000 in all; Webex Meetings API, "Create a Meeting"). Trying again counts, too: wait for
/// [`ApiKind::Passing`]'s `retry_after`, or for hours.
///
/// Webex does not document the answer. It is taken for the quota when it asks to wait long, or speaks of a day.
pub fn is_daily_quota(error: &ApiError) -> bool {
    let waits_long = matches!(error.kind, ApiKind::Passing { retry_after: Some(wait) } if wait >= LONG);
    let limits = error.status == Some(429) && waits_long;
    let refuses = matches!(error.status, Some(400 | 403 | 429));
    limits || (refuses && says(error, &["24 hours", "per day", "daily", "maximum number of meetings"]))
}

/// Whether the meeting cannot be changed because it is running.
pub fn is_in_progress(error: &ApiError) -> bool {
    is_refused(error) && says(error, &["in progress"])
}

/// Whether start or end lie in the past for Webex's clock.
pub fn is_past(error: &ApiError) -> bool {
    is_refused(error) && says(error, &["before current time"])
}

fn is_refused(error: &ApiError) -> bool {
    matches!(error.kind, ApiKind::Invalid | ApiKind::Forbidden | ApiKind::Conflict)
}

fn says(error: &ApiError, words: &[&str]) -> bool {
    let message = error.message.to_lowercase();
    words.iter().any(|word| message.contains(word))
}

#[cfg(test)]
mod tests {
    use oauth::Answer;
    use reqwest::StatusCode;
    use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};
    use serde_json::json;

    use super::*;
    use crate::error::api_error;

    fn refused(status: u16, wait: Option<&'static str>, description: &str) -> ApiError {
        let body = json!({ "message": "m", "errors": [{ "description": description }] }).to_string();
        let mut headers = HeaderMap::new();
        if let Some(wait) = wait {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(wait));
        }
        let status = StatusCode::from_u16(status).unwrap();
        api_error(&Answer { status, headers, body: body.into() }, &"token".into())
    }

    #[test]
    fn the_quota_of_a_day_is_told_from_ordinary_throttling() {
        let throttled = "Too many requests have been sent in a given amount of time.";
        assert!(is_daily_quota(&refused(429, Some("70000"), throttled)));
        assert!(is_daily_quota(&refused(429, None, "You can schedule up to 100 meetings in 24 hours.")));
        assert!(is_daily_quota(&refused(403, None, "The maximum number of meetings has been reached.")));
        assert!(!is_daily_quota(&refused(429, Some("15"), throttled)));
        assert!(!is_daily_quota(&refused(429, None, throttled)));
        assert!(!is_daily_quota(&refused(503, Some("3600"), "Maintenance")));
    }

    #[test]
    fn running_and_past_meetings_are_told_apart() {
        let running = refused(400, None, "Meeting is in progress");
        let past = refused(400, None, "Parameter 'start' or 'end' is before current time");
        assert!(is_in_progress(&running) && !is_past(&running));
        assert!(is_past(&past) && !is_in_progress(&past));
        assert!(!is_in_progress(&refused(503, None, "Upgrade in progress")));
    }
}
