//! Migrations: one ordered list, one SQL text for both databases, forward only, run at start.

use sqlx::{
    SqlSafeStr,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
};
use thiserror::Error;

use super::Db;

/// Every migration in order; a file is never changed once it has been released.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "platform", include_str!("../../../../migrations/0001_platform.sql")),
    (2, "accounts", include_str!("../../../../migrations/0002_accounts.sql")),
    (3, "connections", include_str!("../../../../migrations/0003_connections.sql")),
    (4, "notifications", include_str!("../../../../migrations/0004_notifications.sql")),
    (5, "invitations", include_str!("../../../../migrations/0005_invitations.sql")),
    (6, "calendars", include_str!("../../../../migrations/0006_calendars.sql")),
    (7, "scheduling", include_str!("../../../../migrations/0007_scheduling.sql")),
    (9, "steps", include_str!("../../../../migrations/0009_steps.sql")),
    (10, "meeting creations", include_str!("../../../../migrations/0010_meeting_creations.sql")),
    (11, "directory", include_str!("../../../../migrations/0011_directory.sql")),
    (12, "mailbox places", include_str!("../../../../migrations/0012_mailbox_places.sql")),
    (13, "directory plans", include_str!("../../../../migrations/0013_directory_plans.sql")),
    (14, "directory runs", include_str!("../../../../migrations/0014_directory_runs.sql")),
];

/// Migrations whose text differs between the databases: version, room, SQLite's text, PostgreSQL's text.
const SPLIT_MIGRATIONS: &[(i64, &str, &str, &str)] = &[(
    8,
    "claim",
    include_str!("../../../../migrations/0008_claim_sqlite.sql"),
    include_str!("../../../../migrations/0008_claim_postgres.sql"),
)];

/// Why the schema could not be brought up to date.
#[derive(Debug, Error)]
pub enum MigrationError {
    #[error(
        "the database was written by a newer Switchboard (migration {0}); start that version, or restore a backup"
    )]
    Newer(i64),
    #[error("migration {0} was changed after it ran on this database; install the release that wrote it")]
    Changed(i64),
    #[error("the database schema could not be brought up to date: {0}")]
    Failed(#[source] MigrateError),
}

impl Db {
    /// The number of the newest migration that this program knows.
    pub fn latest_migration() -> i64 {
        let common = MIGRATIONS.iter().map(|&(version, ..)| version);
        common.chain(SPLIT_MIGRATIONS.iter().map(|&(version, ..)| version)).max().unwrap_or(0)
    }

    /// The number of the newest migration that this database has had; `None` while it has no tables.
    pub async fn applied_migration(&self) -> super::Result<Option<i64>> {
        let tables = self.pick(
            "SELECT COUNT(*) FROM sqlite_master WHERE name = '_sqlx_migrations'",
            "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = '_sqlx_migrations'",
        );
        let (tables,): (i64,) = self.sql(tables).one(self).await?;
        if tables == 0 {
            return Ok(None);
        }
        let (version,): (Option<i64>,) =
            self.sql("SELECT MAX(version) FROM _sqlx_migrations WHERE success").one(self).await?;
        Ok(version)
    }

    /// Brings the schema up to date. On PostgreSQL an advisory lock lets one process do it.
    pub async fn migrate(&self) -> Result<(), MigrationError> {
        let split = SPLIT_MIGRATIONS.iter();
        let split =
            split.map(|&(version, room, sqlite, postgres)| (version, room, self.pick(sqlite, postgres)));
        let mut migrations: Vec<_> = MIGRATIONS.iter().copied().chain(split).collect();
        migrations.sort_unstable_by_key(|&(version, ..)| version);
        let migration = |(version, room, sql): (i64, &'static str, &'static str)| {
            Migration::new(version, room.into(), MigrationType::Simple, sql.into_sql_str(), false)
        };
        let migrator = Migrator::with_migrations(migrations.into_iter().map(migration).collect());
        let ran = match self {
            Self::Sqlite { write, .. } => migrator.run(write).await,
            Self::Postgres(pool) => migrator.run(pool).await,
        };
        ran.map_err(|error| match error {
            MigrateError::VersionMissing(version) => MigrationError::Newer(version),
            MigrateError::VersionMismatch(version) => MigrationError::Changed(version),
            other => MigrationError::Failed(other),
        })
    }
}
