//! One data-access code for SQLite and PostgreSQL: the same SQL text with `$1…$n` runs on both.
//!
//! Columns are TEXT, BIGINT and BOOLEAN only; instants are BIGINT microseconds in UTC, ids are text.
//! SQLite has one writer: transactions take the single write connection with `BEGIN IMMEDIATE`, reads
//! use a pool of read-only connections.

mod column;
mod migrate;

use std::{str::FromStr, time::Duration};

use sqlx::{
    Arguments, Encode, FromRow, PgConnection, Postgres, Sqlite, SqliteConnection, Transaction, Type,
    postgres::{PgArguments, PgPool, PgPoolOptions, PgRow},
    sqlite::{
        SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
        SqliteSynchronous,
    },
};

pub use migrate::MigrationError;
pub use sqlx::Error;

pub type Result<T> = std::result::Result<T, Error>;

/// The oldest SQLite without the WAL-reset corruption (fixed in 3.51.3, see sqlite.org's change log).
const SQLITE_MINIMUM: (u32, u32, u32) = (3, 51, 3);

/// Anything that can be bound on both databases.
pub trait Param:
    for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send + 'static
{
}
impl<T> Param for T where
    T: for<'q> Encode<'q, Sqlite>
        + Type<Sqlite>
        + for<'q> Encode<'q, Postgres>
        + Type<Postgres>
        + Send
        + 'static
{
}

/// Any row that can be read from both databases; made by [`record!`](crate::record).
pub trait Record: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Record for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// The database: SQLite in one file, or PostgreSQL by URL.
#[derive(Clone)]
pub enum Db {
    Sqlite { read: SqlitePool, write: SqlitePool },
    Postgres(PgPool),
}

/// A transaction; dropped without [`Tx::commit`] it rolls back.
pub enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Where a statement runs: on the database (autocommit) or inside a transaction.
pub enum On<'a> {
    Db(&'a Db),
    Tx(&'a mut Tx),
}
impl<'a> From<&'a Db> for On<'a> {
    fn from(db: &'a Db) -> Self {
        On::Db(db)
    }
}
impl<'a> From<&'a mut Tx> for On<'a> {
    fn from(tx: &'a mut Tx) -> Self {
        On::Tx(tx)
    }
}

impl Db {
    /// Opens `postgres://…` or `sqlite://path` (made when missing). Runs no migration.
    pub async fn connect(url: &str) -> Result<Self> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let pool = PgPoolOptions::new()
                .max_connections(10)
                .acquire_timeout(Duration::from_secs(10))
                .max_lifetime(Duration::from_secs(30 * 60))
                .test_before_acquire(false)
                .connect(url)
                .await?;
            return Ok(Self::Postgres(pool));
        }
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(30))
            .statement_cache_capacity(256);
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(Duration::from_secs(60))
                .test_before_acquire(false)
        };
        let write = pool(1).connect_with(options.clone()).await?;
        let read = pool(4).connect_with(options.read_only(true)).await?;
        let db = Self::Sqlite { read, write };
        db.refuse_an_unsafe_sqlite().await?;
        Ok(db)
    }

    async fn refuse_an_unsafe_sqlite(&self) -> Result<()> {
        let (version,): (String,) = self.sql("SELECT sqlite_version()").one(self).await?;
        let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
        let mut next = || parts.next().unwrap_or(0);
        if (next(), next(), next()) < SQLITE_MINIMUM {
            let why =
                format!("SQLite {version} can corrupt a database in WAL mode; 3.51.3 or newer is needed");
            return Err(sqlx::Error::Configuration(why.into()));
        }
        Ok(())
    }

    /// A transaction that may write (`BEGIN IMMEDIATE` on SQLite).
    pub async fn begin(&self) -> Result<Tx> {
        Ok(match self {
            Self::Sqlite { write, .. } => Tx::Sqlite(begin_on_sqlite(write).await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// A statement for this database; bind its parameters in order.
    pub fn sql(&self, text: impl sqlx::SqlSafeStr) -> Statement {
        let args = match self {
            Self::Sqlite { .. } => Args::Sqlite(SqliteArguments::default()),
            Self::Postgres(_) => Args::Postgres(PgArguments::default()),
        };
        Statement { text: text.into_sql_str(), args, fault: None }
    }

    /// Whether several servers may use this database at once.
    pub fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// The text that fits this database, for the few places where the two differ.
    pub fn pick(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self {
            Self::Sqlite { .. } => sqlite,
            Self::Postgres(_) => postgres,
        }
    }

    /// The PostgreSQL pool, where notifications between processes are possible.
    pub fn postgres(&self) -> Option<&PgPool> {
        match self {
            Self::Sqlite { .. } => None,
            Self::Postgres(pool) => Some(pool),
        }
    }

    /// Closes every connection; statements under way finish first.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Makes the transaction's writes durable and visible, all at once.
    pub async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        }
    }

    /// A statement for this transaction's database.
    pub fn sql(&self, text: impl sqlx::SqlSafeStr) -> Statement {
        let args = match self {
            Self::Sqlite(_) => Args::Sqlite(SqliteArguments::default()),
            Self::Postgres(_) => Args::Postgres(PgArguments::default()),
        };
        Statement { text: text.into_sql_str(), args, fault: None }
    }
}

/// SQLite ends a transaction by itself when its disk is full (sqlite.org, "Response to errors within a
/// transaction"), but the driver still counts it. Such a connection is given up, or the only writer would be lost.
async fn begin_on_sqlite(write: &SqlitePool) -> Result<Transaction<'static, Sqlite>> {
    const BEGIN: &str = "BEGIN IMMEDIATE";
    match write.begin_with(BEGIN).await {
        Err(sqlx::Error::InvalidSavePointStatement) => {
            write.acquire().await?.close().await?;
            write.begin_with(BEGIN).await
        }
        begun => begun,
    }
}

enum Args {
    Sqlite(SqliteArguments),
    Postgres(PgArguments),
}

/// A statement with its bound parameters.
pub struct Statement {
    text: sqlx::SqlStr,
    args: Args,
    fault: Option<sqlx::error::BoxDynError>,
}

/// Runs one sqlx call on whichever driver the statement was built for.
macro_rules! run {
    ($self:ident, $on:expr, $pool:ident, $query:ident => $call:ident) => {{
        let Statement { text, args, fault } = $self;
        if let Some(fault) = fault {
            return Err(sqlx::Error::Encode(fault));
        }
        match (args, $on.into()) {
            (Args::Sqlite(args), On::Db(Db::Sqlite { $pool, .. })) => {
                sqlx::$query(text, args).$call($pool).await
            }
            (Args::Sqlite(args), On::Tx(Tx::Sqlite(tx))) => {
                sqlx::$query(text, args).$call(&mut **tx as &mut SqliteConnection).await
            }
            (Args::Postgres(args), On::Db(Db::Postgres(pool))) => sqlx::$query(text, args).$call(pool).await,
            (Args::Postgres(args), On::Tx(Tx::Postgres(tx))) => {
                sqlx::$query(text, args).$call(&mut **tx as &mut PgConnection).await
            }
            _ => Err(sqlx::Error::Configuration("statement built for another database".into())),
        }
    }};
}

impl Statement {
    /// Binds the next parameter.
    pub fn bind<T: Param>(mut self, value: T) -> Self {
        let bound = match &mut self.args {
            Args::Sqlite(args) => args.add(value),
            Args::Postgres(args) => args.add(value),
        };
        self.fault = self.fault.or(bound.err());
        self
    }

    /// All rows.
    pub async fn all<'a, T: Record>(self, on: impl Into<On<'a>>) -> Result<Vec<T>> {
        run!(self, on, read, query_as_with => fetch_all)
    }

    /// Exactly the first row, or `RowNotFound`.
    pub async fn one<'a, T: Record>(self, on: impl Into<On<'a>>) -> Result<T> {
        run!(self, on, read, query_as_with => fetch_one)
    }

    /// The first row, if there is one.
    pub async fn maybe<'a, T: Record>(self, on: impl Into<On<'a>>) -> Result<Option<T>> {
        run!(self, on, read, query_as_with => fetch_optional)
    }

    /// Executes a writing statement; answers how many rows it touched.
    pub async fn execute<'a>(self, on: impl Into<On<'a>>) -> Result<u64> {
        let Statement { text, args, fault } = self;
        if let Some(fault) = fault {
            return Err(sqlx::Error::Encode(fault));
        }
        Ok(match (args, on.into()) {
            (Args::Sqlite(args), On::Db(Db::Sqlite { write, .. })) => {
                sqlx::query_with(text, args).execute(write).await?.rows_affected()
            }
            (Args::Sqlite(args), On::Tx(Tx::Sqlite(tx))) => {
                sqlx::query_with(text, args).execute(&mut **tx).await?.rows_affected()
            }
            (Args::Postgres(args), On::Db(Db::Postgres(pool))) => {
                sqlx::query_with(text, args).execute(pool).await?.rows_affected()
            }
            (Args::Postgres(args), On::Tx(Tx::Postgres(tx))) => {
                sqlx::query_with(text, args).execute(&mut **tx).await?.rows_affected()
            }
            _ => return Err(sqlx::Error::Configuration("statement built for another database".into())),
        })
    }

    /// A writing statement with `RETURNING`: the first row it returns, if any.
    pub async fn returning<'a, T: Record>(self, on: impl Into<On<'a>>) -> Result<Option<T>> {
        run!(self, on, write, query_as_with => fetch_optional)
    }
}

/// Whether a row with this key exists already.
pub fn is_unique_violation(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

/// A statement put together from constants of ours; never from anything that somebody typed.
pub fn built(text: String) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(text)
}

/// Declares a row struct that decodes from both databases; fields are named like their columns.
#[macro_export]
macro_rules! record {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$fmeta:meta])* $field:ident : $type:ty),* $(,)? }) => {
        $(#[$meta])* $vis struct $name { $($(#[$fmeta])* pub $field: $type),* }
        impl<'r, R: $crate::reexport::sqlx::Row> $crate::reexport::sqlx::FromRow<'r, R> for $name
        where
            &'static str: $crate::reexport::sqlx::ColumnIndex<R>,
            $($type: $crate::reexport::sqlx::Decode<'r, R::Database> + $crate::reexport::sqlx::Type<R::Database>),*
        {
            fn from_row(row: &'r R) -> $crate::reexport::sqlx::Result<Self> {
                Ok(Self { $($field: row.try_get(stringify!($field))?),* })
            }
        }
    };
}
