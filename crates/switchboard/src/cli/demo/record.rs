//! `demo.json`: where the demo is and who can sign in, for people and for programs.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::Trouble;

/// Where the demo is, and who can sign in. It holds passwords on purpose: they open nothing but the demo.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Record {
    pub base_url: String,
    pub sandbox_url: String,
    pub api_key: String,
    pub administrator: SignIn,
    pub hosts: Vec<SignIn>,
    pub operator: SignIn,
    pub booking_urls: Vec<String>,
}

/// An account of the demo.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct SignIn {
    pub email: String,
    pub password: String,
}

fn path(data: &Path) -> PathBuf {
    data.join("demo.json")
}

/// What an earlier run wrote; nothing on the first run, or when it can no longer be read.
pub(super) fn read(data: &Path) -> Result<Option<Record>, Trouble> {
    match fs::read(path(data)) {
        Ok(text) => Ok(serde_json::from_slice(&text).ok()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Trouble::with_file("read", &path(data), &error)),
    }
}

/// Writes it whole or not at all, readable for its owner only.
pub(super) fn write(data: &Path, record: &Record) -> Result<(), Trouble> {
    let fresh = path(data).with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let write = || -> io::Result<()> {
        let mut file = options.open(&fresh)?;
        file.write_all(&serde_json::to_vec_pretty(record)?)?;
        file.write_all(b"\n")?;
        fs::rename(&fresh, path(data))
    };
    write().map_err(|error| Trouble::with_file("write", &path(data), &error))
}
