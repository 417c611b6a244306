//! What was found out about one thing, and what to do next.

use std::fmt;

use serde::Serialize;

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    Ok,
    Warn,
    Fail,
}

/// A verdict on one thing.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Verdict {
    pub check: &'static str,
    pub state: State,
    pub found: String,
    /// What to do; absent where all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Verdict {
    pub(super) fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, state: State::Ok, found: found.into(), next: None }
    }

    pub(super) fn warn(check: &'static str, found: impl Into<String>, next: impl Into<String>) -> Self {
        Self { check, state: State::Warn, found: found.into(), next: Some(next.into()) }
    }

    pub(super) fn fail(check: &'static str, found: impl Into<String>, next: impl Into<String>) -> Self {
        Self { check, state: State::Fail, found: found.into(), next: Some(next.into()) }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Ok => "ok  ",
            State::Warn => "warn",
            State::Fail => "FAIL",
        };
        write!(f, "{state}  {:<14} {}", self.check, self.found)?;
        match &self.next {
            Some(next) => write!(f, "\n      {:<14} → {next}", ""),
            None => Ok(()),
        }
    }
}
