//! Forms: read with our own words when they cannot be read, and what was typed is kept.

use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use crate::{Error, Fault, Hub, Result, error::FieldError};

/// A form's fields; repeated fields become lists. Bodies are limited by the server-wide limit.
pub struct Form<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Hub> for Form<T> {
    type Rejection = Error;

    async fn from_request(request: Request, hub: &Hub) -> Result<Self> {
        axum_extra::extract::Form::<T>::from_request(request, hub).await.map(|form| Self(form.0)).map_err(
            |rejection| {
                Error::new(
                    Fault::Invalid(Vec::new()),
                    "The form could not be read. Open it again and send it once more.",
                )
                .note(rejection.to_string())
            },
        )
    }
}

/// Collects what is wrong with a form, field by field.
#[derive(Default)]
pub struct Checked {
    fields: Vec<FieldError>,
}

impl Checked {
    /// Notes that `field` is wrong, unless `fine`.
    pub fn require(&mut self, fine: bool, field: &str, message: impl Into<String>) {
        if !fine {
            self.fields.push(FieldError { field: field.to_owned(), message: message.into() });
        }
    }

    /// Notes that `field` is wrong and goes on without its value.
    pub fn value<T>(&mut self, field: &str, parsed: Result<T, impl Into<String>>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(message) => {
                self.require(false, field, message);
                None
            }
        }
    }

    /// A text without surrounding space, of 1 to `longest` characters and without control characters.
    pub fn text(&mut self, field: &str, text: &str, longest: usize) -> String {
        let text = text.trim();
        self.require(!text.is_empty(), field, "Please fill this in.");
        self.require(text.chars().count() <= longest, field, format!("Use at most {longest} characters."));
        self.require(
            !text.chars().any(char::is_control),
            field,
            "Line breaks and control characters are not possible here.",
        );
        text.to_owned()
    }

    /// Fine, or everything that is wrong at once.
    pub fn finish(self) -> Result<()> {
        if self.fields.is_empty() { Ok(()) } else { Err(crate::invalid(self.fields)) }
    }
}

/// What is wrong with a form that is shown again, for the templates.
#[derive(Clone, Debug, Default)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// The fields that `error` complains about; none when it is about something else.
    pub fn of(error: &Error) -> Self {
        match &error.fault {
            Fault::Invalid(fields) => Self(fields.clone()),
            _ => Self::default(),
        }
    }

    /// What is wrong with `field`; empty when it is fine.
    pub fn at(&self, field: &str) -> &str {
        self.0.iter().find(|error| error.field == field).map_or("", |error| &error.message)
    }
}
