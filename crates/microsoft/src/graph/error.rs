//! Graph's error shape, `{error: {code, message, innerError}}`; the inner object is also spelled `innererror`.

use oauth::{Answer, ApiError, ApiKind, safe_text};
use serde_json::Value;

/// Sorts what Graph answers instead of success; codes are compared without regard to case (Graph, "error codes").
pub(super) fn api_error(answer: &Answer) -> ApiError {
    let json: Value = serde_json::from_str(answer.text()).unwrap_or_default();
    let error = &json["error"];
    let code = error["code"].as_str().filter(|code| !code.is_empty()).map(safe_text);
    let message = error["message"].as_str().unwrap_or_default();
    let sorted = ApiError::sorted(answer, code, message, correlation(answer, error));
    match sorted.code.as_deref() {
        // A Conditional Access policy wants a fresh sign-in: no permission is missing.
        Some(code) if code.eq_ignore_ascii_case("insufficient_claims") => {
            ApiError { kind: ApiKind::TokenRejected, ..sorted }
        }
        _ => sorted,
    }
}

/// Whether Exchange says that this very item is not there (Graph, "error codes", `ErrorItemNotFound`). Every other 404
/// speaks of something else: a mailbox without a licence at the moment, a calendar that is no longer shared.
pub fn is_item_gone(error: &ApiError) -> bool {
    let code = error.code.as_deref().unwrap_or_default();
    error.kind == ApiKind::NotFound && code.eq_ignore_ascii_case("ErrorItemNotFound")
}

/// Whether the person has no mailbox in Exchange Online, which may be so for an hour while a licence changes.
pub fn has_no_mailbox(error: &ApiError) -> bool {
    let code = error.code.as_deref().unwrap_or_default();
    code.eq_ignore_ascii_case("MailboxNotEnabledForRESTAPI")
}

fn correlation(answer: &Answer, error: &Value) -> Option<String> {
    let header = answer.headers.get("request-id").and_then(|id| id.to_str().ok());
    let inner = ["innerError", "innererror"].into_iter().find_map(|name| error[name]["request-id"].as_str());
    inner.or(header).map(safe_text)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::StatusCode;
    use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};

    use super::*;

    fn error(status: u16, headers: HeaderMap, body: &str) -> ApiError {
        api_error(&Answer { status: StatusCode::from_u16(status).unwrap(), headers, body: body.into() })
    }

    #[test]
    fn code_sentence_and_request_id_are_kept() {
        let body = r#"{"error":{"code":"ErrorAccessDenied","message":"Access is denied.",
            "innerError":{"request-id":"r-1","date":"2026-11-21T04:00:00"}}}"#;
        let error = error(403, HeaderMap::new(), body);
        assert_eq!(error.kind, ApiKind::Forbidden);
        assert_eq!(error.to_string(), "ErrorAccessDenied: Access is denied. (HTTP 403)");
        assert_eq!(error.correlation.as_deref(), Some("r-1"));
    }

    #[test]
    fn a_policy_that_wants_a_fresh_sign_in_rejects_the_token() {
        let body =
            r#"{"error":{"code":"Insufficient_Claims","message":"x","innererror":{"request-id":"r-2"}}}"#;
        let error = error(403, HeaderMap::new(), body);
        assert_eq!((error.kind, error.correlation.as_deref()), (ApiKind::TokenRejected, Some("r-2")));
    }

    #[test]
    fn only_exchange_can_say_that_an_item_is_gone() {
        let gone = |status: u16, code: &str| {
            is_item_gone(&error(status, HeaderMap::new(), &format!(r#"{{"error":{{"code":"{code}"}}}}"#)))
        };
        assert!(gone(404, "ErrorItemNotFound") && gone(404, "errorItemNotFound"));
        assert!(
            !gone(404, "MailboxNotEnabledForRESTAPI") && !gone(404, "") && !gone(403, "ErrorItemNotFound")
        );
    }

    #[test]
    fn throttling_names_its_time_in_fractions_or_not_at_all() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static("2.128"));
        headers.insert("request-id", HeaderValue::from_static("r-3"));
        let throttled = error(429, headers, "");
        assert_eq!(throttled.kind, ApiKind::Passing { retry_after: Some(Duration::from_millis(2128)) });
        assert_eq!(throttled.correlation.as_deref(), Some("r-3"));
        assert_eq!(error(503, HeaderMap::new(), "<html>").kind, ApiKind::Passing { retry_after: None });
    }
}
