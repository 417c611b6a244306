//! Where the data is.

use serde::Serialize;

use super::{Config, Faulty, Secret};

/// The database.
#[derive(Clone, Debug, confique::Config, Serialize)]
pub struct Database {
    /// `postgres://user:password@host/name` for several servers side by side, or `sqlite://path`.
    /// Absent: `switchboard.db` in the data folder. May hold a password, so it is shown masked.
    #[config(env = "SWITCHBOARD_DATABASE_URL")]
    pub url: Option<Secret>,
}

impl Database {
    pub(super) fn check(&self) -> Result<(), Faulty> {
        let known = ["sqlite://", "postgres://", "postgresql://"];
        match &self.url {
            Some(url) if !known.iter().any(|scheme| url.expose().starts_with(scheme)) => {
                Err(Faulty::new("database.url names a database that Switchboard does not know")
                    .with_hint("It begins with `sqlite://`, `postgres://` or `postgresql://`."))
            }
            _ => Ok(()),
        }
    }
}

impl Config {
    /// The database's address, with its password.
    pub fn database_url(&self) -> String {
        match &self.database.url {
            Some(url) => url.expose().to_owned(),
            None => format!("sqlite://{}", self.server.data_dir.join("switchboard.db").display()),
        }
    }

    /// Whether the data is in one local file, which one process at a time may serve.
    pub fn is_sqlite(&self) -> bool {
        self.database_url().starts_with("sqlite:")
    }
}
