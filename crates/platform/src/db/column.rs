//! How our own types are stored: instants as BIGINT microseconds, ids, enums and JSON as TEXT.

use sqlx::{
    Database, Decode, Encode, Postgres, Sqlite, Type, encode::IsNull, error::BoxDynError,
    postgres::PgTypeInfo, sqlite::SqliteTypeInfo,
};

use crate::Instant;

impl Type<Sqlite> for Instant {
    fn type_info() -> SqliteTypeInfo {
        <i64 as Type<Sqlite>>::type_info()
    }
}
impl Type<Postgres> for Instant {
    fn type_info() -> PgTypeInfo {
        <i64 as Type<Postgres>>::type_info()
    }
}
impl<'q, DB: Database> Encode<'q, DB> for Instant
where
    i64: Encode<'q, DB>,
{
    fn encode_by_ref(&self, buffer: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <i64 as Encode<'q, DB>>::encode_by_ref(&self.micros(), buffer)
    }
}
impl<'r, DB: Database> Decode<'r, DB> for Instant
where
    i64: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        <i64 as Decode<'r, DB>>::decode(value).map(Self::from_micros)
    }
}

/// Stores a type with `Display` and `FromStr` as TEXT on both databases.
#[macro_export]
macro_rules! text_column {
    ($name:ty) => {
        impl $crate::reexport::sqlx::Type<$crate::reexport::sqlx::Sqlite> for $name {
            fn type_info() -> $crate::reexport::sqlx::sqlite::SqliteTypeInfo {
                <String as $crate::reexport::sqlx::Type<$crate::reexport::sqlx::Sqlite>>::type_info()
            }
        }
        impl $crate::reexport::sqlx::Type<$crate::reexport::sqlx::Postgres> for $name {
            fn type_info() -> $crate::reexport::sqlx::postgres::PgTypeInfo {
                <String as $crate::reexport::sqlx::Type<$crate::reexport::sqlx::Postgres>>::type_info()
            }
            fn compatible(ty: &$crate::reexport::sqlx::postgres::PgTypeInfo) -> bool {
                <String as $crate::reexport::sqlx::Type<$crate::reexport::sqlx::Postgres>>::compatible(ty)
            }
        }
        impl<'q, DB: $crate::reexport::sqlx::Database> $crate::reexport::sqlx::Encode<'q, DB> for $name
        where
            String: $crate::reexport::sqlx::Encode<'q, DB>,
        {
            fn encode_by_ref(
                &self,
                buffer: &mut DB::ArgumentBuffer,
            ) -> Result<$crate::reexport::sqlx::encode::IsNull, $crate::reexport::sqlx::error::BoxDynError>
            {
                <String as $crate::reexport::sqlx::Encode<'q, DB>>::encode(self.to_string(), buffer)
            }
        }
        impl<'r, DB: $crate::reexport::sqlx::Database> $crate::reexport::sqlx::Decode<'r, DB> for $name
        where
            String: $crate::reexport::sqlx::Decode<'r, DB>,
        {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, $crate::reexport::sqlx::error::BoxDynError> {
                Ok(<String as $crate::reexport::sqlx::Decode<'r, DB>>::decode(value)?.parse()?)
            }
        }
    };
}

/// Stores a serde type as JSON text on both databases.
#[macro_export]
macro_rules! json_column {
    ($name:ty) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&$crate::reexport::serde_json::to_string(self).map_err(|_| std::fmt::Error)?)
            }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::reexport::serde_json::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::reexport::serde_json::from_str(text)
            }
        }
        $crate::text_column!($name);
    };
}
