//! Ids: UUID version 7 (RFC 9562), so that rows made later sort later.

use uuid::Uuid;

use crate::{Clock, Random};

/// A new id for a row, from the injected clock and randomness.
pub fn new_id(clock: &Clock, random: &Random) -> Uuid {
    let millis = u64::try_from(clock.now().micros() / 1000).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random.bytes()).into_uuid()
}

/// Declares id types that cannot be mixed up; stored as text, the same on both databases.
#[macro_export]
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $crate::reexport::uuid::Uuid);

        impl $name {
            /// A new id, from the hub's clock and randomness.
            pub fn new(hub: &$crate::Hub) -> Self {
                Self($crate::new_id(hub.clock(), hub.random()))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::reexport::uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        $crate::text_column!($name);
    )+};
}

ids! {
    /// The tenant: a library, a university, a company.
    OrganizationId,
    /// A person who signs in.
    AccountId,
}
