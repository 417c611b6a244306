//! Where the master key is.

use std::path::PathBuf;

use platform::keys::MasterKeySource;
use serde::Serialize;

use super::{Config, Secret};

/// The master key. There is no mode without one.
#[derive(Clone, Debug, confique::Config, Serialize)]
pub struct Keys {
    /// The master key itself, in base64 or hexadecimal (32 bytes); older keys after it, separated by spaces.
    #[config(env = "SWITCHBOARD_MASTER_KEY")]
    pub master_key: Option<Secret>,

    /// A file with the master key, mode 0600. Absent: `master.key` in the data folder, generated at first start.
    #[config(env = "SWITCHBOARD_KEY_FILE")]
    pub key_file: Option<PathBuf>,
}

impl Config {
    /// Where the master key comes from: its text when given, a file otherwise.
    pub fn master_key_source(&self) -> MasterKeySource {
        match &self.keys.master_key {
            Some(text) => MasterKeySource::Text(text.secret().clone()),
            None => MasterKeySource::File(self.key_file()),
        }
    }

    /// The key file, whether or not it is the one in use.
    pub fn key_file(&self) -> PathBuf {
        self.keys.key_file.clone().unwrap_or_else(|| self.server.data_dir.join("master.key"))
    }
}
