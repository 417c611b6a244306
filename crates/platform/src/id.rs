//! Ids: UUID version 7 (RFC 9562), so that rows made later sort later.

use uuid::Uuid;

use crate::{Clock, Random};

/// A new id for a row, from the injected clock and randomness. The microseconds stand behind the milliseconds
/// (RFC 9562 §6.2, method 3), so that what is written in one millisecond keeps its order too.
pub fn new_id(clock: &Clock, random: &Random) -> Uuid {
    let micros = u64::try_from(clock.now().micros()).unwrap_or(0);
    let mut tail: [u8; 10] = random.bytes();
    let fraction = u16::try_from(micros % 1000 * 4096 / 1000).unwrap_or(0);
    tail[..2].copy_from_slice(&fraction.to_be_bytes());
    uuid::Builder::from_unix_timestamp_millis(micros / 1000, &tail).into_uuid()
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Instant;

    #[test]
    fn ids_of_one_millisecond_keep_their_order() {
        let (clock, random) = (Clock::fixed(Instant::from_micros(1_795_000_000_000_000)), Random::seeded(1));
        let mut ids = Vec::new();
        for _ in 0..999 {
            ids.push(new_id(&clock, &random));
            clock.advance(Duration::from_micros(1));
        }
        assert!(ids.is_sorted() && ids.iter().all(|id| id.get_version_num() == 7));
    }
}
