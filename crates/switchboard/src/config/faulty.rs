//! What is wrong with a configuration, and what to do about it.

use std::{error::Error, fmt};

/// A configuration that cannot be used; says which key, and never repeats a value that may be secret.
#[derive(Debug)]
pub struct Faulty {
    say: String,
    hint: Option<String>,
}

impl Faulty {
    pub(crate) fn new(say: impl Into<String>) -> Self {
        Self { say: say.into(), hint: None }
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What to do next.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say)
    }
}

impl Error for Faulty {}

impl From<confique::Error> for Faulty {
    fn from(error: confique::Error) -> Self {
        Self::new(format!("{error:#}"))
            .with_hint("docs/configuration.md lists every key with its form and default.")
    }
}
