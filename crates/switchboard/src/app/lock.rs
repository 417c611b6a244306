//! With SQLite one process at a time serves a data folder: what it remembers is then nobody else's to change.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use crate::Trouble;

/// The right to serve a data folder; the system takes it back when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of `data_dir`, or says that another server has it.
    pub fn take(data_dir: &Path) -> Result<Self, Trouble> {
        let path = data_dir.join("serve.lock");
        let file = File::options()
            .create(true)
            .write(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| Trouble::with_file("open", &path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Trouble::new(format!(
                "another Switchboard already serves the data folder {}",
                data_dir.display()
            ))
            .with_hint(
                "Stop the other one first, or give this one its own folder with SWITCHBOARD_DATA_DIR. \
                         Several servers side by side need PostgreSQL (SWITCHBOARD_DATABASE_URL).",
            )),
            Err(TryLockError::Error(error)) => Err(Trouble::with_file("lock", &path, &error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_server_is_refused_until_the_first_has_gone() {
        let place = tempfile::tempdir().unwrap();
        let first = Lock::take(place.path()).unwrap();
        let trouble = Lock::take(place.path()).unwrap_err();
        assert!(trouble.to_string().contains("another Switchboard"), "{trouble}");
        drop(first);
        Lock::take(place.path()).unwrap();
    }
}
