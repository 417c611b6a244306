//! Webex's error shapes: `{message, errors: [{description}], trackingId}` everywhere, and at the token endpoint
//! sometimes that of RFC 6749.

use std::time::Duration;

use oauth::{
    Answer, ApiError, AppTrouble, Kind, OAuthError, PersonTrouble, Refusal, is_passing, kind_by_status,
    rfc6749_kind, rfc6749_refusal,
};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use secrecy::SecretString;
use serde_json::Value;

/// RFC 6749 codes that Webex puts into its descriptions.
const CODES: [&str; 8] = [
    "invalid_client",
    "invalid_grant",
    "invalid_scope",
    "invalid_request",
    "unauthorized_client",
    "unsupported_grant_type",
    "access_denied",
    "temporarily_unavailable",
];

/// Sorts what Webex's token and revocation endpoints answer instead of success.
///
/// Webex documents neither statuses nor texts for refused credentials, so the words decide where there are any,
/// and the status where there are none: 401 speaks of the app, 400 of the grant (RFC 6749 §5.2).
pub fn token_refusal(status: StatusCode, headers: &HeaderMap, body: &str) -> Refusal {
    let shape = Shape::read(headers, body, None);
    if OAuthError::parse(body).is_some() {
        return Refusal { correlation: shape.tracking_id, ..rfc6749_refusal(status, headers, body) };
    }
    let words = shape.words.to_lowercase();
    let code = CODES.into_iter().find(|code| words.contains(code));
    let kind = match (is_passing(status) || !status.is_client_error(), code) {
        (true, _) => kind_by_status(status, headers, body),
        (false, Some(code)) => rfc6749_kind(code, &words),
        (false, None) => kind_by_words(&words).unwrap_or_else(|| kind_without_words(status, headers, body)),
    };
    let description = match shape.message {
        empty if empty.is_empty() => format!("Webex answered HTTP {} without a reason", status.as_u16()),
        message => message,
    };
    let http_status = Some(status.as_u16());
    Refusal { kind, code: code.map(str::to_owned), description, http_status, correlation: shape.tracking_id }
}

fn kind_by_words(words: &str) -> Option<Kind> {
    let says = |word| words.contains(word);
    Some(if says("redirect") {
        Kind::App(AppTrouble::RedirectNotRegistered)
    } else if says("client secret") || says("client_secret") || says("client id") || says("client_id") {
        Kind::App(AppTrouble::WrongSecret)
    } else if says("expired") {
        Kind::Person(PersonTrouble::GrantExpired)
    } else if says("refresh token") || says("refresh_token") || says("authorization code") {
        Kind::Person(PersonTrouble::GrantRevoked)
    } else {
        return None;
    })
}

fn kind_without_words(status: StatusCode, headers: &HeaderMap, body: &str) -> Kind {
    match kind_by_status(status, headers, body) {
        Kind::Bug => Kind::Person(PersonTrouble::Other),
        kind => kind,
    }
}

/// Sorts what the REST API answers instead of success; the token that it was asked with never shows.
pub(crate) fn api_error(answer: &Answer, token: &SecretString) -> ApiError {
    let shape = Shape::read(&answer.headers, answer.text(), Some(token));
    ApiError::sorted(answer, shape.code, &shape.message, shape.tracking_id)
}

/// How long to wait before the next call when Webex throttles: 15 s without a usable `Retry-After`, never less
/// than 1 s (Webex has sent 0) nor more than 60 s, as Cisco's own and the well-kept community clients do.
pub fn pause_after(retry_after: Option<Duration>) -> Duration {
    retry_after.unwrap_or(Duration::from_secs(15)).clamp(Duration::from_secs(1), Duration::from_mins(1))
}

/// Webex's error shape, as far as it is there.
struct Shape {
    /// The most telling sentence.
    message: String,
    /// Everything said, to look for words in.
    words: String,
    code: Option<String>,
    tracking_id: Option<String>,
}

impl Shape {
    fn read(headers: &HeaderMap, body: &str, secret: Option<&SecretString>) -> Self {
        let clean = |text: &str| ApiError::clean(text, secret);
        let json: Value = serde_json::from_str(body).unwrap_or_default();
        let first = &json["errors"][0];
        let general = json["message"].as_str().unwrap_or_default();
        let particular = first["description"].as_str().unwrap_or_default();
        let code = [&first["errorCode"], &json["errorCode"]].into_iter().find(|code| !code.is_null());
        let from_header = headers.get("trackingid").and_then(|id| id.to_str().ok());
        Self {
            message: clean(if particular.is_empty() { general } else { particular }),
            words: clean(&format!("{particular} {general}")),
            code: code.map(|code| code.as_str().map_or_else(|| clean(&code.to_string()), clean)),
            tracking_id: json["trackingId"].as_str().or(from_header).map(clean),
        }
    }
}

#[cfg(test)]
mod tests {
    use oauth::ApiKind;
    use reqwest::header::{HeaderValue, RETRY_AFTER};
    use serde_json::json;

    use super::*;

    fn refusal(status: u16, body: &str) -> Refusal {
        token_refusal(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body)
    }

    fn webex_shape(description: &str) -> String {
        json!({"message": "Bad Request", "errors": [{"description": description}], "trackingId": "ROUTER_1"})
            .to_string()
    }

    fn sorted(answer: &Answer) -> ApiError {
        api_error(answer, &"token".into())
    }

    fn kind(status: u16, description: &str) -> Kind {
        refusal(status, &webex_shape(description)).kind
    }

    #[test]
    fn both_shapes_of_a_refused_grant_mean_the_same() {
        let revoked = Kind::Person(PersonTrouble::GrantRevoked);
        assert_eq!(kind(400, "invalid_grant"), revoked);
        assert_eq!(refusal(400, r#"{"error":"invalid_grant"}"#).kind, revoked);
        assert_eq!(
            kind(400, "invalid_grant: refresh token expired"),
            Kind::Person(PersonTrouble::GrantExpired)
        );
    }

    #[test]
    fn wrong_credentials_are_the_apps_trouble_whatever_the_status() {
        let wrong = Kind::App(AppTrouble::WrongSecret);
        assert_eq!(kind(400, "invalid_client"), wrong);
        assert_eq!(kind(401, "invalid_client"), wrong);
        assert_eq!(kind(400, "The client secret is incorrect."), wrong);
        assert_eq!(refusal(401, "").kind, wrong);
        assert_eq!(refusal(401, r#"{"message":"Unauthorized"}"#).kind, wrong);
    }

    #[test]
    fn without_words_the_status_decides() {
        assert_eq!(refusal(400, r#"{"message":"Bad Request"}"#).kind, Kind::Person(PersonTrouble::Other));
        assert_eq!(refusal(403, "{}").kind, Kind::App(AppTrouble::Other));
        for (status, body) in
            [(408, ""), (423, "{}"), (429, "{}"), (502, "<html>"), (403, "<html>"), (302, "")]
        {
            assert_eq!(refusal(status, body).kind, Kind::Passing { retry_after: None }, "{status}");
        }
        assert_eq!(kind(503, "invalid_grant"), Kind::Passing { retry_after: None });
    }

    #[test]
    fn the_tracking_id_is_kept_for_ciscos_support() {
        let refusal = refusal(400, &webex_shape("invalid_grant"));
        assert_eq!(refusal.correlation.as_deref(), Some("ROUTER_1"));
        assert_eq!(refusal.code.as_deref(), Some("invalid_grant"));
        let mut headers = HeaderMap::new();
        headers.insert("trackingId", HeaderValue::from_static("NA_2"));
        let refusal = token_refusal(StatusCode::BAD_REQUEST, &headers, r#"{"error":"invalid_client"}"#);
        assert_eq!(refusal.correlation.as_deref(), Some("NA_2"));
    }

    #[test]
    fn api_errors_say_the_particular_sentence() {
        let body = r#"{"message":"General.","errors":[{"description":"Particular.","errorCode":400216}]}"#;
        let mut answer =
            Answer { status: StatusCode::FORBIDDEN, headers: HeaderMap::new(), body: body.into() };
        let error = sorted(&answer);
        assert_eq!(
            (error.kind, error.to_string().as_str()),
            (ApiKind::Forbidden, "400216: Particular. (HTTP 403)")
        );
        answer.body = r#"{"message":"General."}"#.into();
        assert_eq!(sorted(&answer).message, "General.");
        answer.body = "<html>".into();
        assert_eq!(sorted(&answer).message, "the provider answered HTTP 403 without a reason");
    }

    #[test]
    fn a_token_that_the_end_of_the_text_would_part_does_not_show() {
        for before in 480..520 {
            let echo = format!("{} s3cr~t", "x".repeat(before));
            let error = json!({ "description": &echo, "errorCode": &echo });
            let body = json!({ "errors": [error], "trackingId": &echo }).to_string();
            let status = StatusCode::BAD_REQUEST;
            let answer = Answer { status, headers: HeaderMap::new(), body: body.into() };
            let error = api_error(&answer, &"s3cr~t".into());
            for text in [Some(error.message), error.code, error.correlation] {
                let text = text.unwrap();
                assert!(!text.contains('s') && text.starts_with('x'), "{before}: {text}");
            }
        }
    }

    #[test]
    fn throttling_is_waited_out_within_reason() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static("0.2"));
        let answer = Answer { status: StatusCode::TOO_MANY_REQUESTS, headers, body: "".into() };
        let short = Some(Duration::from_millis(200));
        assert_eq!(sorted(&answer).kind, ApiKind::Passing { retry_after: short });
        assert_eq!(pause_after(short), Duration::from_secs(1));
        assert_eq!(pause_after(None), Duration::from_secs(15));
        assert_eq!(pause_after(Some(Duration::from_hours(1))), Duration::from_mins(1));
    }
}
