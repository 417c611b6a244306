//! One error type: what the person is told is kept apart from what the log is told.

use std::{error::Error as StdError, fmt};

use serde::Serialize;

use crate::Instant;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What is wrong, what the person can do about it, and (for the log only) what lies behind it.
pub struct Error {
    pub fault: Fault,
    /// For the person: what happened, why, and what to do next.
    pub say: String,
    /// For the log: context that must not reach the person.
    pub note: Option<String>,
    pub source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The kinds of trouble; each has one status code, one page and one way for a job to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The input is wrong, field by field (422).
    Invalid(Vec<FieldError>),
    /// Nobody is signed in, or the key is unknown (401).
    SignIn,
    /// Known, but not allowed (403).
    Forbidden,
    /// There is no such thing, or not for this person (404).
    NotFound,
    /// Somebody else was faster, or the state does not allow it (409).
    Conflict,
    /// A person must authorize again at the provider (409 `reauthorization_required`).
    AskPerson,
    /// The app's registration at the provider is wrong; its administrator must act (409 `integration_unusable`).
    AppTrouble,
    /// Passing trouble; worth trying again at that instant (503 with Retry-After).
    Later(Instant),
    /// Too many requests from one place (429 with Retry-After).
    TooMany(Instant),
    /// The request is larger than this server takes (413).
    TooLarge,
    /// The database is away or its disk is full (503); nothing was changed.
    Storage,
    /// Our bug (500); the person sees a reference only.
    Bug,
}

/// One field of a form or JSON body and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// The field's name as it was sent.
    pub field: String,
    /// What to write instead.
    pub message: String,
}

impl Error {
    /// An error of this fault with a sentence for the person.
    pub fn new(fault: Fault, say: impl Into<String>) -> Self {
        Self { fault, say: say.into(), note: None, source: None }
    }

    /// Adds context for the log.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// Adds the error that caused this one, for the log.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Whether the database ended this transaction because another one was in its way: doing all of it once more helps.
    pub fn is_collision(&self) -> bool {
        let error = self.source.as_ref().and_then(|source| source.downcast_ref::<sqlx::Error>());
        let code = error.and_then(sqlx::Error::as_database_error).and_then(sqlx::error::DatabaseError::code);
        code.is_some_and(|code| matches!(&*code, "40001" | "40P01"))
    }

    /// The message for one field, when the input was wrong there.
    pub fn field(&self, name: &str) -> Option<&str> {
        match &self.fault {
            Fault::Invalid(fields) => {
                fields.iter().find(|error| error.field == name).map(|error| error.message.as_str())
            }
            _ => None,
        }
    }
}

/// The input is wrong in these fields.
pub fn invalid(fields: Vec<FieldError>) -> Error {
    Error::new(
        Fault::Invalid(fields),
        "Some fields need another look; what to write is said next to each of them.",
    )
}

/// The input is wrong in this one field.
pub fn invalid_field(field: impl Into<String>, message: impl Into<String>) -> Error {
    invalid(vec![FieldError { field: field.into(), message: message.into() }])
}

/// Nobody is signed in.
pub fn sign_in(say: impl Into<String>) -> Error {
    Error::new(Fault::SignIn, say)
}

/// The actor may not do this.
pub fn forbidden(say: impl Into<String>) -> Error {
    Error::new(Fault::Forbidden, say)
}

/// There is no such `thing` (for this actor).
pub fn not_found(thing: &str) -> Error {
    Error::new(
        Fault::NotFound,
        format!("There is no such {thing}. It may have been removed, or the address is not complete."),
    )
}

/// The present state does not allow this.
pub fn conflict(say: impl Into<String>) -> Error {
    Error::new(Fault::Conflict, say)
}

/// Passing trouble, worth another try at `at`.
pub fn later(at: Instant, say: impl Into<String>) -> Error {
    Error::new(Fault::Later(at), say)
}

/// Our own bug; `note` goes to the log only.
pub fn bug(note: impl Into<String>) -> Error {
    Error::new(
        Fault::Bug,
        "Something went wrong on our side. The administrator can find this in the log by its reference.",
    )
    .note(note)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.fault, self.say)?;
        if let Some(note) = &self.note {
            write!(f, " [{note}]")?;
        }
        let mut source = StdError::source(self);
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        if is_character_refused(&error) {
            let say = "The text holds a character that cannot be stored, such as the one with the number 0. \
                       Nothing was changed. Leave it out and send the text again.";
            return Self::new(Fault::Invalid(Vec::new()), say).because(error);
        }
        match storage_trouble(&error) {
            Some(say) => Self::new(Fault::Storage, say).because(error),
            None => bug("a database statement failed").because(error),
        }
    }
}

/// PostgreSQL takes every character in text except U+0000 (its error 22021, `character_not_in_repertoire`).
fn is_character_refused(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|code| code == "22021")
}

/// Trouble of the machine under the database, which its operator can mend. Codes: sqlite.org "Result codes"
/// (10 I/O, 13 full), PostgreSQL "Error codes" (40001 and 40P01 two transactions in each
/// other's way, 53100 disk full, 57P01 to 57P03 shutting down or starting up).
fn storage_trouble(error: &sqlx::Error) -> Option<&'static str> {
    let code = match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => Some("away".to_owned()),
        sqlx::Error::Database(error) => error.code().map(std::borrow::Cow::into_owned),
        _ => None,
    };
    match code.as_deref()? {
        "13" | "53100" => Some(
            "The server's disk is full, so nothing was changed. Its administrator has to make room; then try again.",
        ),
        "away" | "57P01" | "57P02" | "57P03" => Some(
            "The database cannot be reached at the moment, so nothing was changed. Try again in a minute.",
        ),
        "40001" | "40P01" => Some(
            "Somebody changed the same thing at the same moment, so nothing was changed here. Try again.",
        ),
        "10" => Some(
            "The server cannot write to its disk, so nothing was changed. Its administrator finds the reason in the log.",
        ),
        _ => None,
    }
}

impl From<vault::Error> for Error {
    fn from(error: vault::Error) -> Self {
        bug("a secret could not be sealed or opened").because(error)
    }
}
