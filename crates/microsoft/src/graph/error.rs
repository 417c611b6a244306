//! Graph's error shape, `{error: {code, message, innerError}}`; the inner object is also spelled `innererror`.

use oauth::{Answer, ApiError, ApiKind};
use secrecy::SecretString;
use serde_json::Value;

/// Sorts what Graph answers instead of success; codes are compared without regard to case (Graph, "error codes").
///
/// The token goes out of what is kept before that is shortened.
pub(super) fn api_error(answer: &Answer, token: Option<&SecretString>) -> ApiError {
    let clean = |text: &str| ApiError::clean(text, token);
    let json: Value = serde_json::from_str(answer.text()).unwrap_or_default();
    let error = &json["error"];
    let code = error["code"].as_str().filter(|code| !code.is_empty()).map(clean);
    let message = clean(error["message"].as_str().unwrap_or_default());
    let correlation = correlation(answer, error).map(clean);
    let sorted = ApiError::sorted(answer, code, &message, correlation);
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

fn correlation<'a>(answer: &'a Answer, error: &'a Value) -> Option<&'a str> {
    let header = answer.headers.get("request-id").and_then(|id| id.to_str().ok());
    let inner = ["innerError", "innererror"].into_iter().find_map(|name| error[name]["request-id"].as_str());
    inner.or(header)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::StatusCode;
    use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};

    use super::*;

    fn error(status: u16, headers: HeaderMap, body: &str) -> ApiError {
        api_error(&Answer { status: StatusCode::from_u16(status).unwrap(), headers, body: body.into() }, None)
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

    #[test]
    fn a_token_that_is_echoed_across_the_end_of_what_is_kept_is_blotted_out() {
        let message = format!("{}eyJ.secret.token", "x".repeat(495));
        let body =
            serde_json::json!({ "error": { "code": "InvalidAuthenticationToken", "message": message } });
        let answer = Answer {
            status: StatusCode::UNAUTHORIZED,
            headers: HeaderMap::new(),
            body: body.to_string().into(),
        };
        let token = SecretString::from("eyJ.secret.token");
        let said = api_error(&answer, Some(&token)).to_string();
        assert!(said.contains("xxx") && !said.contains("eyJ"), "{said}");
    }
}
