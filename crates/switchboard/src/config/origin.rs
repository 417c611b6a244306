//! The base address of a provider: scheme, host, perhaps a port.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use url::Url;

/// A base address, to which a provider's own paths are added.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Origin(Url);

impl Origin {
    /// The address.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// As browsers and `form-action` write it: without a path.
    pub fn ascii(&self) -> String {
        self.0.origin().ascii_serialization()
    }
}

impl From<Url> for Origin {
    fn from(url: Url) -> Self {
        Self(url)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let url = Url::deserialize(deserializer)?;
        if matches!(url.scheme(), "http" | "https") && url.host().is_some() && url.query().is_none() {
            return Ok(Self(url));
        }
        Err(serde::de::Error::custom("a web address without a query is needed"))
    }
}
