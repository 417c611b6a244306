//! The key that an organization's secrets are sealed with.

use crate::KeyId;
use crate::envelope::{KeyBytes, keep};

/// One organization's 256-bit key. It leaves memory only wrapped by a master key.
pub struct DataKey {
    pub(crate) id: KeyId,
    pub(crate) bytes: KeyBytes,
}

impl DataKey {
    /// Makes a key of 32 bytes fresh from a cryptographic random source.
    pub fn from_random(mut bytes: [u8; 32]) -> Self {
        Self { id: KeyId::of("switchboard data key", &bytes), bytes: keep(&mut bytes) }
    }

    /// The name that values sealed with this key carry.
    pub fn id(&self) -> &KeyId {
        &self.id
    }
}
