//! Secrets in the configuration: never shown, and readable from files as container platforms hand them over.

use std::{collections::BTreeMap, fmt, fs};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

use super::{Config, Faulty, file};

/// What the mask looks like.
const MASK: &str = "********";

/// A configured secret; shown as a mask wherever it is printed.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(SecretString);

impl Secret {
    /// The secret, for the room that needs it.
    pub fn secret(&self) -> &SecretString {
        &self.0
    }

    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

type Layer = <Config as confique::Config>::Layer;

/// The secrets that may come from a file named by `<VARIABLE>_FILE`, with their keys.
pub(super) const FROM_FILES: [(&str, &str); 4] = [
    ("SWITCHBOARD_DATABASE_URL", "database.url"),
    ("SWITCHBOARD_MASTER_KEY", "keys.master_key"),
    ("SWITCHBOARD_MAIL_PASSWORD", "mail.password"),
    ("SWITCHBOARD_OIDC_CLIENT_SECRET", "sign_in.oidc.client_secret"),
];

/// Reads the secrets whose files the environment names.
pub(super) fn from_files() -> Result<Layer, Faulty> {
    let named: BTreeMap<String, String> = file::environment().collect();
    let mut root = toml::Table::new();
    for (variable, key) in FROM_FILES {
        let Some(path) = named.get(&format!("{variable}_FILE")) else { continue };
        let text = fs::read_to_string(path).map_err(|error| {
            Faulty::new(format!("the file {path} that {variable}_FILE names could not be read: {error}"))
                .with_hint("Check the path, and that the user who runs Switchboard may read it.")
        })?;
        put(&mut root, key, text.trim_end_matches(['\r', '\n']));
    }
    root.try_into().map_err(|_| Faulty::new("a secret from a file could not be used"))
}

fn put(table: &mut toml::Table, key: &str, text: &str) {
    match key.split_once('.') {
        None => {
            table.insert(key.to_owned(), toml::Value::String(text.to_owned()));
        }
        Some((section, rest)) => {
            let inner = table.entry(section).or_insert_with(|| toml::Value::Table(toml::Table::new()));
            if let toml::Value::Table(inner) = inner {
                put(inner, rest, text);
            }
        }
    }
}
