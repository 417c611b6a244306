//! Expected trouble on the command line: what is wrong and what to do, without a backtrace.

use std::{fmt, io, path::Path};

use platform::{db::MigrationError, keys::StartError};

use crate::config::Faulty;

/// Why a command did not succeed.
#[derive(Debug)]
pub struct Trouble {
    say: String,
    hint: Option<String>,
}

impl Trouble {
    pub fn new(say: impl Into<String>) -> Self {
        Self { say: say.into(), hint: None }
    }

    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A file or folder that could not be used.
    pub fn with_file(doing: &str, path: &Path, error: &io::Error) -> Self {
        let hint = match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                "Let the user who runs Switchboard write there, or set another folder with SWITCHBOARD_DATA_DIR."
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                "The disk is full. Make room; nothing that was stored is lost."
            }
            io::ErrorKind::NotFound => "Check that the path is right.",
            _ => "Check the disk and the path.",
        };
        Self::new(format!("could not {doing} {}: {error}", path.display())).with_hint(hint)
    }

    /// A database that could not be opened; its address may hold a password and is not repeated.
    pub fn with_database(error: &dyn std::error::Error) -> Self {
        Self::new(format!("the database could not be opened: {error}")).with_hint(
            "Check database.url (SWITCHBOARD_DATABASE_URL), that the server runs and takes this user, and for SQLite \
             that the data folder is writable and its disk has room.",
        )
    }

    /// What to do next.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say)
    }
}

impl std::error::Error for Trouble {}

impl From<Faulty> for Trouble {
    fn from(faulty: Faulty) -> Self {
        Self { say: faulty.to_string(), hint: faulty.hint().map(str::to_owned) }
    }
}

impl From<StartError> for Trouble {
    fn from(error: StartError) -> Self {
        // These sentences say what to do themselves.
        Self::new(error.to_string())
    }
}

impl From<MigrationError> for Trouble {
    fn from(error: MigrationError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<platform::Error> for Trouble {
    fn from(error: platform::Error) -> Self {
        let mut say = error.say.clone();
        if let platform::Fault::Invalid(fields) = &error.fault {
            for field in fields {
                say.extend(["\n  ", &field.field, ": ", &field.message]);
            }
        }
        match error.fault {
            platform::Fault::Bug => Self::new(format!("{error:?}"))
                .with_hint("This should not happen. Please report it with the lines above."),
            _ => Self::new(say),
        }
    }
}
