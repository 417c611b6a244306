//! The data folder, the database and the master key.

use std::path::Path;

use platform::{Random, db::Db, keys::StartError};

use super::{Verdict, is_missing, open};
use crate::{Config, app::prepare_data_dir};

/// Below this much free space (bytes) a warning is due.
const LITTLE_SPACE: u64 = 500 * 1024 * 1024;

pub(super) fn folder(config: &Config) -> Vec<Verdict> {
    const CHECK: &str = "data folder";
    let path = &config.server.data_dir;
    if !path.exists() {
        let found = format!("{} does not exist yet", path.display());
        return vec![Verdict::warn(
            CHECK,
            found,
            "It is made at the first start. If it should exist, check the path.",
        )];
    }
    if let Err(trouble) = prepare_data_dir(path) {
        return vec![Verdict::fail(CHECK, trouble.to_string(), trouble.hint().unwrap_or_default())];
    }
    vec![permissions(path), space(path)]
}

fn permissions(path: &Path) -> Verdict {
    const CHECK: &str = "data folder";
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode =
            std::fs::metadata(path).map(|found| found.permissions().mode() & 0o777).unwrap_or_default();
        if mode & 0o077 != 0 {
            let found = format!("{} is open to other users (mode {mode:o})", path.display());
            return Verdict::warn(CHECK, found, format!("Run `chmod 700 {}`.", path.display()));
        }
    }
    Verdict::ok(CHECK, format!("{} is writable and private", path.display()))
}

fn space(path: &Path) -> Verdict {
    const CHECK: &str = "disk space";
    match rustix::fs::statvfs(path) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let found = format!("{} MiB free", free / (1024 * 1024));
            if free < LITTLE_SPACE {
                return Verdict::warn(CHECK, found, "Make room before the disk is full; writes stop then.");
            }
            Verdict::ok(CHECK, found)
        }
        Err(error) => Verdict::warn(CHECK, format!("could not be read: {error}"), "Look at it by hand."),
    }
}

pub(super) async fn connect(config: &Config) -> Result<Db, Verdict> {
    const CHECK: &str = "database";
    if is_missing(config) {
        return Err(Verdict::warn(CHECK, "it does not exist yet", "It is made at the first start."));
    }
    open(config).await.map_err(|error| {
        let trouble = crate::Trouble::with_database(&error);
        Verdict::fail(CHECK, trouble.to_string(), trouble.hint().unwrap_or_default())
    })
}

pub(super) async fn schema(db: &Db) -> Verdict {
    const CHECK: &str = "database";
    let version = match engine(db).await {
        Ok(version) => version,
        Err(error) => {
            return Verdict::fail(
                CHECK,
                format!("it does not answer: {error}"),
                "Look at the database's own log.",
            );
        }
    };
    let latest = Db::latest_migration();
    match db.applied_migration().await {
        Ok(Some(applied)) if applied == latest => {
            Verdict::ok(CHECK, format!("{version}, schema {applied} is up to date"))
        }
        Ok(Some(applied)) if applied > latest => Verdict::fail(
            CHECK,
            format!("{version}, schema {applied} is newer than this program's {latest}"),
            "Start the newer Switchboard that wrote it, or restore a backup.",
        ),
        applied => Verdict::warn(
            CHECK,
            format!("{version}, schema {} of {latest}", applied.ok().flatten().unwrap_or(0)),
            "The next start brings it up to date. Make a backup first.",
        ),
    }
}

async fn engine(db: &Db) -> Result<String, platform::db::Error> {
    let (text,): (String,) =
        db.sql(db.pick("SELECT 'SQLite ' || sqlite_version()", "SELECT version()")).one(db).await?;
    Ok(text.split(" on ").next().unwrap_or_default().to_owned())
}

pub(super) async fn key(config: &Config, db: &Db, random: &Random) -> Verdict {
    const CHECK: &str = "master key";
    let source = config.master_key_source();
    // A database without its tables has no canary, and looking at it must not generate a key.
    if !matches!(db.applied_migration().await, Ok(Some(_))) {
        return Verdict::warn(
            CHECK,
            "nothing is sealed yet",
            "It is generated at the first start, unless you set one.",
        );
    }
    match source.open(db, random).await {
        Ok(ring) => Verdict::ok(CHECK, format!("{} opens this database", ring.master_id().as_str())),
        Err(StartError::Database(error)) => {
            Verdict::fail(CHECK, format!("it could not be tried: {error}"), "Mend the database first.")
        }
        Err(error) => Verdict::fail(CHECK, "it cannot be used", error.to_string()),
    }
}
