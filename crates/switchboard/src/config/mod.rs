//! What the operator decides: one TOML file, and every key also as an environment variable.
//!
//! The only place that reads the environment. Rooms are handed their own typed section, never the whole.

mod calendars;
mod database;
mod faulty;
mod file;
mod keys;
mod log;
mod mail;
mod origin;
mod providers;
mod reference;
mod secret;
mod server;
mod sign_in;

use std::path::PathBuf;

use confique::Config as _;
use serde::Serialize;

pub use calendars::{CalendarNotifications, Calendars};
pub use database::Database;
pub use faulty::Faulty;
pub use keys::Keys;
pub use log::{Format, Level, Log};
pub use mail::{Mail, MailTls};
pub use origin::Origin;
pub use providers::{Microsoft, Providers, Webex};
pub use reference::reference;
pub use secret::Secret;
pub use server::Server;
pub use sign_in::{Oidc, SignIn};

/// The file that is read when none is named.
const DEFAULT_FILE: &str = "switchboard.toml";

/// Everything that can be configured.
#[derive(Clone, Debug, confique::Config, Serialize)]
pub struct Config {
    /// Where the server listens, how it is reached and where it keeps its files.
    #[config(nested)]
    pub server: Server,
    /// Where the data is.
    #[config(nested)]
    pub database: Database,
    /// The master key, under which every stored secret is sealed.
    #[config(nested)]
    pub keys: Keys,
    /// The mail server through which people are told what they must know.
    #[config(nested)]
    pub mail: Mail,
    /// What is logged, and how.
    #[config(nested)]
    pub log: Log,
    /// How people sign in, next to passwords.
    #[config(nested)]
    pub sign_in: SignIn,
    /// Outlook calendars, and how their changes reach this server.
    #[config(nested)]
    pub calendars: Calendars,
    /// Where the providers answer; to be changed for the sandbox and for national clouds.
    #[config(nested)]
    pub providers: Providers,
}

impl Config {
    /// The configuration from `file` (or the one that `SWITCHBOARD_CONFIG` names, or `switchboard.toml` when it is
    /// there) and from the environment, which wins.
    pub fn load(file: Option<PathBuf>) -> Result<Self, Faulty> {
        let file = file.or_else(file::named_by_environment);
        let must_exist = file.is_some();
        let path = file.unwrap_or_else(|| PathBuf::from(DEFAULT_FILE));
        let from_file = file::read(&path, must_exist)?;
        file::check_environment()?;
        let secrets = secret::from_files()?;
        let merged = Self::builder().env().preloaded(secrets).preloaded(from_file).load();
        merged.map_err(Faulty::from)?.checked()
    }

    /// The configuration that a TOML text and the defaults make, without the environment.
    pub fn from_toml(text: &str) -> Result<Self, Faulty> {
        let layer = file::parse(text, "the given text")?;
        Self::builder().preloaded(layer).load().map_err(Faulty::from)?.checked()
    }

    /// The effective configuration as TOML, with secrets masked.
    pub fn show(&self) -> String {
        toml::to_string_pretty(self).unwrap_or_else(|error| format!("# cannot be shown: {error}\n"))
    }

    /// Refuses what cannot work, so that no room has to ask again.
    fn checked(self) -> Result<Self, Faulty> {
        self.server.check()?;
        self.database.check()?;
        self.mail.check()?;
        self.sign_in.check()?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_a_working_configuration() {
        let config = Config::from_toml("").unwrap();
        assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.server.public_url().unwrap().as_str(), "http://localhost:8080/");
        assert_eq!(config.database_url().as_str(), "sqlite://data/switchboard.db");
        assert!(config.mail.settings().is_none());
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest_one() {
        let faulty = Config::from_toml("[server]\nlissten = \"127.0.0.1:1\"").unwrap_err();
        assert!(faulty.to_string().contains("server.lissten"), "{faulty}");
        assert_eq!(faulty.hint(), Some("Did you mean `server.listen`?"));
    }

    #[test]
    fn secrets_are_masked_in_every_form() {
        let config = Config::from_toml(
            "[database]\nurl = \"postgres://hub:hunter2hunter2@db/hub\"\n[mail]\nhost = \"mx\"\nfrom = \"a@b.example\"\n\
             username = \"desk\"\npassword = \"hunter2hunter2\"",
        )
        .unwrap();
        assert!(!config.show().contains("hunter2"), "{}", config.show());
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_refused_without_repeating_it() {
        let faulty = Config::from_toml("[mail]\npassword = 12345678901").unwrap_err();
        assert!(!format!("{faulty:?}{faulty}").contains("12345678901"), "{faulty}");
    }
}
