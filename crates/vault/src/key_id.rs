//! Short names for keys, safe to show and to store.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};

/// The public name of a key: the first eight hex digits of a labelled SHA-256 over it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(String);

impl KeyId {
    const DIGITS: usize = 8;

    /// Derives the name of `key`; the label keeps names of different kinds of key apart.
    pub(crate) fn of(label: &str, key: &[u8]) -> Self {
        let labelled = zeroize::Zeroizing::new([label.as_bytes(), &[0], key].concat());
        let hash = digest(&SHA256, &labelled);
        let lead = hash.as_ref().iter().take(4).fold(0_u32, |lead, byte| lead << 8 | u32::from(*byte));
        Self(format!("{lead:08x}"))
    }

    /// Reads a name out of stored text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_digit = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        (text.len() == Self::DIGITS && text.bytes().all(is_digit)).then(|| Self(text.to_owned()))
    }

    /// The eight hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
