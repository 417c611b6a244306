//! The sorting of what a provider's API, as opposed to its token endpoint, answers.

use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;
use secrecy::SecretString;
use serde::de::DeserializeOwned;

use crate::refusal::blot_out;
use crate::{Answer, Kind, Refusal, is_passing, retry_after, safe_text};

/// A failed API call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    pub kind: ApiKind,
    /// Absent when no answer arrived.
    pub status: Option<u16>,
    /// The provider's own code, where it has codes.
    pub code: Option<String>,
    /// The provider's sentence, fit to be shown.
    pub message: String,
    /// The id under which the provider finds the call in its own log.
    pub correlation: Option<String>,
}

/// What a failed API call means for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiKind {
    /// The access token is not or no longer accepted (401): refresh once, then ask the person.
    TokenRejected,
    /// A scope, role or licence is missing (403).
    Forbidden,
    /// It is not there (404, 410).
    NotFound,
    /// It contradicts what is there (409, 412).
    Conflict,
    /// The provider does not accept what was asked of it (other 4xx).
    Invalid,
    /// Try again, not before `retry_after` when the provider named a time.
    Passing { retry_after: Option<Duration> },
    /// The answer has a shape that should not occur, or the request could not be written.
    Bug,
}

impl ApiError {
    /// Sorts an answer by its status; code, message and correlation were read from the provider's own error shape.
    pub fn sorted(answer: &Answer, code: Option<String>, message: &str, correlation: Option<String>) -> Self {
        let status = answer.status;
        let kind = match status.as_u16() {
            401 => ApiKind::TokenRejected,
            403 => ApiKind::Forbidden,
            404 | 410 => ApiKind::NotFound,
            409 | 412 => ApiKind::Conflict,
            _ if is_passing(status) => ApiKind::Passing { retry_after: retry_after(&answer.headers) },
            _ if status.is_client_error() => ApiKind::Invalid,
            // A redirect where an API should answer comes from something in between.
            _ => ApiKind::Passing { retry_after: None },
        };
        Self {
            kind,
            status: Some(status.as_u16()),
            code,
            message: message_or_status(message, status),
            correlation,
        }
    }

    /// An answer that arrived whole but does not say what it should.
    pub fn bug(status: StatusCode, message: &str) -> Self {
        Self { kind: ApiKind::Bug, ..Self::plain(Some(status.as_u16()), message) }
    }

    /// Blots out a secret that the provider echoed.
    #[must_use]
    pub fn without(mut self, secret: &SecretString) -> Self {
        let texts = [Some(&mut self.message), self.code.as_mut(), self.correlation.as_mut()];
        for text in texts.into_iter().flatten() {
            *text = blot_out(text, secret);
        }
        self
    }

    /// Makes a provider's text fit to be shown, as [`safe_text`] does, without the secret that it may echo. The secret
    /// goes before the text is shortened: a part of it would not be found any more.
    pub fn clean(text: &str, secret: Option<&SecretString>) -> String {
        let blotted = secret.map(|secret| blot_out(text, secret));
        safe_text(blotted.as_deref().unwrap_or(text))
    }

    fn plain(status: Option<u16>, message: &str) -> Self {
        let kind = ApiKind::Passing { retry_after: None };
        Self { kind, status, code: None, message: safe_text(message), correlation: None }
    }
}

fn message_or_status(message: &str, status: StatusCode) -> String {
    match safe_text(message) {
        empty if empty.is_empty() => {
            format!("the provider answered HTTP {} without a reason", status.as_u16())
        }
        text => text,
    }
}

impl From<Refusal> for ApiError {
    /// Takes over a failure to get any answer.
    fn from(refusal: Refusal) -> Self {
        let kind = match refusal.kind {
            Kind::Passing { retry_after } => ApiKind::Passing { retry_after },
            _ => ApiKind::Bug,
        };
        Self { kind, ..Self::plain(refusal.http_status, &refusal.description) }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(code) = &self.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(&self.message)?;
        if let Some(status) = self.status {
            write!(f, " (HTTP {status})")?;
        }
        Ok(())
    }
}

impl std::error::Error for ApiError {}

/// Reads a successful answer's JSON. Text that is not JSON (half an answer, a page of a proxy) is passing trouble,
/// JSON of another shape is a bug.
pub fn read_json<T: DeserializeOwned>(answer: &Answer) -> Result<T, ApiError> {
    serde_json::from_str(answer.text()).map_err(|error| {
        let status = answer.status;
        if error.is_data() {
            ApiError::bug(
                status,
                "the provider's answer lacks something it always has, or has it in another shape",
            )
        } else {
            ApiError::plain(Some(status.as_u16()), "the provider's answer is incomplete or not JSON")
        }
    })
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;

    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        let status = StatusCode::from_u16(status).unwrap();
        Answer { status, headers: HeaderMap::new(), body: body.into() }
    }

    fn kind(status: u16) -> ApiKind {
        ApiError::sorted(&answer(status, ""), None, "", None).kind
    }

    #[test]
    fn every_status_has_one_meaning() {
        assert_eq!(kind(401), ApiKind::TokenRejected);
        assert_eq!(kind(403), ApiKind::Forbidden);
        assert_eq!(kind(404), ApiKind::NotFound);
        assert_eq!(kind(410), ApiKind::NotFound);
        assert_eq!(kind(409), ApiKind::Conflict);
        assert_eq!(kind(412), ApiKind::Conflict);
        assert_eq!(kind(400), ApiKind::Invalid);
        for status in [301, 408, 423, 429, 500, 502, 503, 504] {
            assert_eq!(kind(status), ApiKind::Passing { retry_after: None }, "{status}");
        }
    }

    #[test]
    fn half_an_answer_passes_but_a_wrong_shape_is_a_bug() {
        let read = |body| read_json::<Vec<u8>>(&answer(200, body)).map_err(|error| error.kind);
        assert_eq!(read("[1, 2]"), Ok(vec![1, 2]));
        for body in ["", "[1, 2", "<html>"] {
            assert_eq!(read(body), Err(ApiKind::Passing { retry_after: None }), "{body}");
        }
        assert_eq!(read(r#"{"items": []}"#), Err(ApiKind::Bug));
    }

    #[test]
    fn an_echoed_secret_is_blotted_out_wherever_it_stands() {
        let secret = SecretString::from("s3cr~t");
        let [code, correlation] = ["x.s3cr~t", "s3cr~t-1"].map(|text| Some(text.to_owned()));
        let error = ApiError::sorted(&answer(400, ""), code, "s3cr~t is bad", correlation).without(&secret);
        assert_eq!(error.to_string(), "x.…: … is bad (HTTP 400)");
        assert_eq!(error.correlation.as_deref(), Some("…-1"));
    }

    #[test]
    fn a_secret_is_blotted_out_before_the_text_is_shortened() {
        let secret = SecretString::from("s3cr~t");
        for before in 480..520 {
            let text = format!("{} s3cr~t", "x".repeat(before));
            let clean = ApiError::clean(&text, Some(&secret));
            assert!(!clean.contains('s') && clean.ends_with('…'), "{before}: {clean}");
        }
        assert_eq!(ApiError::clean(" s3cr~t\u{0} ", None), "s3cr~t");
    }
}
