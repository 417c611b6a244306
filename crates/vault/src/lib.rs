//! This room seals secrets before they reach the database and opens them again. Every organization has a data
//! key, every data key is wrapped by the installation's master key, and every sealed value names the key it needs
//! and is bound to the row it belongs to: copied elsewhere, it does not open. It knows no database, no HTTP, no
//! clock and no source of randomness; fresh random bytes are handed in by the caller.

mod data;
mod envelope;
mod key_id;
mod master;
mod place;
mod ring;
mod sealed;

pub use data::DataKey;
pub use key_id::KeyId;
pub use master::{MasterKey, MasterKeyError};
pub use place::Place;
pub use ring::KeyRing;
pub use sealed::Sealed;

/// The longest secret that can be sealed, in bytes; far above any provider's token.
pub const LONGEST_SECRET: usize = 64 * 1024;

/// Why a value could not be sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The secret exceeds [`LONGEST_SECRET`].
    #[error("the secret is longer than {LONGEST_SECRET} bytes and was not sealed")]
    TooLong,
    /// The ring holds no data key for this organization.
    #[error("there is no data key for this organization; create one before sealing")]
    NoDataKey,
    /// The text is not in the sealed format.
    #[error("the stored text is not a sealed value; nothing in it was used")]
    Malformed,
    /// The value was sealed under a key that the ring does not hold.
    #[error("the value was sealed with key {0}, which is not loaded")]
    UnknownKey(KeyId),
    /// The value was altered, or belongs to another row, column or organization.
    #[error("the sealed value does not open here: it was altered or belongs to another place")]
    DoesNotOpen,
}
