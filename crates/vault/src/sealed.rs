//! Sealed values as they are stored.

use std::fmt;

use crate::envelope::Envelope;
use crate::{Error, KeyId};

/// A sealed secret as text, fit for a text column.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    text: String,
    key: KeyId,
}

impl Sealed {
    /// Takes stored text back, refusing what is not in the sealed format.
    pub fn parse(text: impl Into<String>) -> Result<Self, Error> {
        let text = text.into();
        let key = Envelope::parse(&text)?.key;
        Ok(Self { text, key })
    }

    pub(crate) fn of(envelope: &Envelope) -> Self {
        Self { text: envelope.to_text(), key: envelope.key.clone() }
    }

    /// The stored form.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The data key this value needs.
    pub fn key_id(&self) -> &KeyId {
        &self.key
    }
}

impl fmt::Display for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed(key {})", self.key)
    }
}

impl TryFrom<String> for Sealed {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        Self::parse(text)
    }
}

impl From<Sealed> for String {
    fn from(sealed: Sealed) -> Self {
        sealed.text
    }
}
