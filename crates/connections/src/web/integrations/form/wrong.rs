//! What is wrong with a form, kept for the page that shows the form again.

use http::StatusCode;
use platform::{Error, Fault, Result, web::FieldErrors};

/// What is wrong with a form that is shown again; nothing on its first showing.
#[derive(Clone, Default)]
pub(in crate::web::integrations) struct Wrong {
    /// The sentence above the form; empty while all is well.
    pub say: String,
    fields: FieldErrors,
    status: StatusCode,
}

impl Wrong {
    /// Keeps errors that the form can show; others go on to their own page.
    pub(in crate::web::integrations) fn of(error: Error) -> Result<Self> {
        match error.fault {
            Fault::Invalid(_) | Fault::Conflict | Fault::Later(_) => {
                Ok(Self { fields: FieldErrors::of(&error), status: error.status(), say: error.say })
            }
            _ => Err(error),
        }
    }

    /// The sentence next to a field; empty where it is fine.
    pub(in crate::web::integrations) fn at(&self, field: &str) -> &str {
        self.fields.at(field)
    }

    pub(in crate::web::integrations) fn status(&self) -> StatusCode {
        self.status
    }

    pub(in crate::web::integrations) fn is_conflict(&self) -> bool {
        self.status == StatusCode::CONFLICT
    }
}
