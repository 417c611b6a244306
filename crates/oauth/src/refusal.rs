//! The four kinds of failure, and what is kept of a provider's answer.

use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

const LONGEST_DESCRIPTION: usize = 500;

/// A provider's "no", sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub kind: Kind,
    /// The provider's own word for it: an RFC 6749 error code or `AADSTS` and a number.
    pub code: Option<String>,
    /// The provider's sentence, fit to be shown: short, without control characters or secrets.
    pub description: String,
    /// Absent when no answer arrived.
    pub http_status: Option<u16>,
    /// The id under which the provider finds the request in its own log (`trackingId`, `trace_id`).
    pub correlation: Option<String>,
}

/// Who has to do something about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The registered app is wrong: its administrator must act, no person is disturbed.
    App(AppTrouble),
    /// The person who authorized, or their administrator, must act.
    Person(PersonTrouble),
    /// It will pass: try again, not before `retry_after` when the provider named a time.
    Passing { retry_after: Option<Duration> },
    /// The request or the answer has a shape that should not occur: the fault is ours.
    Bug,
}

/// What is wrong with a registered app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppTrouble {
    WrongSecret,
    /// The secret's ID was pasted where its value belongs.
    SecretId,
    SecretExpired,
    UnknownClient,
    RedirectNotRegistered,
    AppDisabled,
    WrongTenant,
    ScopeNotAllowed,
    Other,
}

/// Why a person must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonTrouble {
    GrantRevoked,
    GrantExpired,
    ConsentNeeded,
    MfaNeeded,
    AccountDisabled,
    Declined,
    AdminApprovalNeeded,
    CodeAlreadyUsed,
    Other,
}

impl Refusal {
    /// A failure that passes by itself and of which no answer arrived.
    pub fn passing(description: &str) -> Self {
        Self::unanswered(Kind::Passing { retry_after: None }, description)
    }

    /// A fault of ours that was seen before any answer arrived.
    pub fn bug(description: &str) -> Self {
        Self::unanswered(Kind::Bug, description)
    }

    fn unanswered(kind: Kind, description: &str) -> Self {
        Self { kind, code: None, description: safe_text(description), http_status: None, correlation: None }
    }

    /// Blots out secrets that the provider echoed.
    #[must_use]
    pub fn without(mut self, secrets: &[&SecretString]) -> Self {
        let texts = [Some(&mut self.description), self.code.as_mut(), self.correlation.as_mut()];
        for text in texts.into_iter().flatten() {
            for secret in secrets {
                *text = blot_out(text, secret);
            }
        }
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(code) = &self.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(&self.description)?;
        if let Some(status) = self.http_status {
            write!(f, " (HTTP {status})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

pub(crate) fn blot_out(text: &str, secret: &SecretString) -> String {
    match secret.expose_secret() {
        "" => text.to_owned(),
        secret => text.replace(secret, "…"),
    }
}

/// Makes foreign text fit to be shown and logged: one line, no control characters, at most 500 characters.
pub fn safe_text(text: &str) -> String {
    let spaced = text.chars().map(|c| if c.is_control() || is_invisible(c) { ' ' } else { c });
    let line = spaced.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST_DESCRIPTION) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Marks that change the direction of text or hide in it.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Whether a status means "not now": time-outs, locks, throttling and the server's own faults.
pub fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 423 | 425 | 429) || status.is_server_error()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_becomes_one_short_visible_line() {
        assert_eq!(safe_text(" AADSTS1: no\r\nTrace\u{0} ID:\u{202e} 1 "), "AADSTS1: no Trace ID: 1");
        let long = safe_text(&"é".repeat(10_000));
        assert_eq!(long.chars().count(), LONGEST_DESCRIPTION + 1);
    }

    #[test]
    fn an_echoed_secret_is_blotted_out() {
        let secret = SecretString::from("s3cr~t");
        let refusal = Refusal::bug("token s3cr~t is bad").without(&[&secret, &SecretString::from("")]);
        assert_eq!(refusal.to_string(), "token … is bad");
    }
}
