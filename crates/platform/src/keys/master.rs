//! Where the master key comes from: an environment variable's text, or a key file that only its owner reads.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use vault::{KeyRing, MasterKey, MasterKeyError, Place, Sealed};

use crate::{Random, db::Db};

/// Where the master key is.
#[derive(Clone)]
pub enum MasterKeySource {
    /// The text of `SWITCHBOARD_MASTER_KEY`: the current key, then older ones, separated by spaces.
    Text(SecretString),
    /// A file with mode 0600: the current key on the first line, older ones below.
    File(PathBuf),
}

/// Why Switchboard refuses to start; each sentence says what to do.
#[derive(Debug, Error)]
pub enum StartError {
    #[error(
        "the key file {0} is missing, but the database holds sealed secrets. Put the key file back from your backup (or set SWITCHBOARD_MASTER_KEY); without it the stored connections cannot be opened."
    )]
    Missing(PathBuf),
    #[error("the key file {0} can be read by others. Run `chmod 600 {0}` and start again.")]
    TooOpen(PathBuf),
    #[error(
        "the key file {0} could not be read or written: {1}. Make it readable for the user that runs Switchboard."
    )]
    Unreadable(PathBuf, #[source] io::Error),
    #[error("the master key cannot be used: {0}")]
    Unusable(#[from] MasterKeyError),
    #[error(
        "the master key is not the one this database was sealed with. Use the key file (or SWITCHBOARD_MASTER_KEY) that belongs to this database."
    )]
    Wrong,
    #[error("the database could not be read: {0}")]
    Database(#[from] sqlx::Error),
}

impl MasterKeySource {
    /// Reads the master key, or generates the key file when the database is new; then proves that the key is
    /// the one the database was sealed with.
    pub async fn open(&self, db: &Db, random: &Random) -> Result<KeyRing, StartError> {
        let is_new = !holds_secrets(db).await?;
        if let Self::File(path) = self
            && !path.exists()
        {
            if !is_new {
                return Err(StartError::Missing(path.clone()));
            }
            generate(path, random)?;
        }
        if is_new {
            plant(db, self.key_ring()?, random).await?;
        }
        // Read again: of two processes that start on a new database, the first one's key counts.
        self.check(db).await?;
        self.key_ring()
    }

    /// Proves that the master key is the one the database was sealed with; changes nothing.
    pub async fn check(&self, db: &Db) -> Result<(), StartError> {
        prove(self.key_ring()?, &canary(db).await?.ok_or(StartError::Wrong)?)
    }

    /// A ring with the master keys and no data key yet.
    pub fn key_ring(&self) -> Result<KeyRing, StartError> {
        let text = match self {
            Self::Text(text) => text.clone(),
            Self::File(path) => read_private(path)?,
        };
        let mut keys = Vec::new();
        for word in text.expose_secret().split_whitespace() {
            keys.push(MasterKey::parse(word)?);
        }
        if keys.is_empty() {
            return Err(MasterKeyError::Missing.into());
        }
        let current = keys.remove(0);
        Ok(KeyRing::new(current, keys))
    }

    /// Puts a new master key in front of the file's keys. A key from the environment is changed there, by hand.
    pub fn add_master_key(&self, random: &Random) -> Result<(), StartError> {
        let Self::File(path) = self else { return Ok(()) };
        let older = read_private(path)?;
        let fresh = MasterKey::from_bytes(random.bytes())?;
        let text = format!("{}\n{}", fresh.to_text().expose_secret(), older.expose_secret());
        let beside = path.with_extension("new");
        // One may be left from a rotation that was interrupted before it took effect.
        let _ = fs::remove_file(&beside);
        write_private(&beside, &text)?;
        fs::rename(&beside, path).map_err(|error| StartError::Unreadable(path.clone(), error))
    }
}

const CANARY: Place<'static> =
    Place { organization: "-", table: "key_canary", column: "sealed", row: "canary" };

async fn canary(db: &Db) -> Result<Option<String>, sqlx::Error> {
    let row: Option<(String,)> =
        db.sql("SELECT sealed FROM key_canary WHERE id = 'canary'").maybe(db).await?;
    Ok(row.map(|(sealed,)| sealed))
}

/// Whether something was sealed here before, with a key that must not be replaced.
async fn holds_secrets(db: &Db) -> Result<bool, sqlx::Error> {
    let (keys,): (i64,) = db.sql("SELECT COUNT(*) FROM data_key").one(db).await?;
    Ok(keys > 0 || canary(db).await?.is_some())
}

/// The canary is a data key wrapped by the master key and a value sealed under it.
fn prove(mut ring: KeyRing, stored: &str) -> Result<(), StartError> {
    let (wrapped, sealed) = stored.split_once(' ').ok_or(StartError::Wrong)?;
    ring.load_data_key(CANARY.organization, wrapped).map_err(|_| StartError::Wrong)?;
    let sealed = Sealed::parse(sealed).map_err(|_| StartError::Wrong)?;
    ring.open(&CANARY, &sealed).map_err(|_| StartError::Wrong)?;
    Ok(())
}

async fn plant(db: &Db, ring: KeyRing, random: &Random) -> Result<(), StartError> {
    db.sql("INSERT INTO key_canary (id, sealed) VALUES ('canary', $1) ON CONFLICT (id) DO NOTHING")
        .bind(new_canary(ring, random)?)
        .execute(db)
        .await?;
    Ok(())
}

/// Seals the canary anew, after which older master keys are no longer needed at start.
pub(super) async fn replant(db: &Db, ring: KeyRing, random: &Random) -> Result<(), StartError> {
    db.sql("UPDATE key_canary SET sealed = $1 WHERE id = 'canary'")
        .bind(new_canary(ring, random)?)
        .execute(db)
        .await?;
    Ok(())
}

fn new_canary(mut ring: KeyRing, random: &Random) -> Result<String, StartError> {
    let wrapped = ring.create_data_key(CANARY.organization, random.bytes(), random.bytes());
    let secret = SecretString::from("the master key fits this database");
    let sealed = ring.seal(&CANARY, &secret, random.bytes()).map_err(|_| StartError::Wrong)?;
    Ok(format!("{wrapped} {}", sealed.as_str()))
}

fn generate(path: &Path, random: &Random) -> Result<(), StartError> {
    // Random bytes are never weak in practice; parsing checks it all the same.
    let key = MasterKey::from_bytes(random.bytes())?;
    write_private(path, &format!("{}\n", key.to_text().expose_secret()))?;
    tracing::info!(path = %path.display(), "generated the master key; keep a copy apart from the database");
    Ok(())
}

fn write_private(path: &Path, text: &str) -> Result<(), StartError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let write = || -> io::Result<()> {
        let mut file = options.open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|error| StartError::Unreadable(path.to_owned(), error))
}

fn read_private(path: &Path) -> Result<SecretString, StartError> {
    let unreadable = |error| StartError::Unreadable(path.to_owned(), error);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(StartError::TooOpen(path.to_owned()));
        }
    }
    fs::read_to_string(path).map(SecretString::from).map_err(unreadable)
}
