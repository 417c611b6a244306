//! What is wrong with a form that is shown again.

use platform::{Error, Fault, Result};

/// Nothing on the first showing; later the sentence above the form and those next to its fields.
#[derive(Default)]
pub(super) struct Wrong(Option<Error>);

impl Wrong {
    /// Keeps errors that the form can show; others go on to their own page.
    pub(super) fn of(error: Error) -> Result<Self> {
        match error.fault {
            Fault::Invalid(_) | Fault::Conflict => Ok(Self(Some(error))),
            _ => Err(error),
        }
    }

    /// The sentence for the whole form.
    pub(super) fn say(&self) -> Option<&str> {
        self.0.as_ref().map(|error| error.say.as_str())
    }

    /// The sentence next to a field; empty where it is fine.
    pub(super) fn at(&self, field: &str) -> &str {
        self.0.as_ref().and_then(|error| error.field(field)).unwrap_or_default()
    }
}
