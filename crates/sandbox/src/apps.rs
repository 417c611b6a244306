//! Apps registered at the two providers: client ids, redirect URIs, scopes, and secrets that expire.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::random::{stable_hex, stable_uuid};

/// The two providers that the sandbox plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Cisco Webex.
    Webex,
    /// Microsoft Entra ID and Microsoft Graph.
    Microsoft,
}

/// An app: a Webex integration or an Entra app registration.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// Where it is registered.
    pub provider: Provider,
    /// The name that people read on the consent page.
    pub name: String,
    /// `C` + 64 hexadecimal characters at Webex, a GUID at Microsoft; derived from the name when empty.
    #[serde(default)]
    pub client_id: String,
    /// Redirect URIs, compared exactly.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// Webex scopes, or Microsoft delegated permissions, that may be requested.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Microsoft application permissions (client credentials); unused at Webex.
    #[serde(default)]
    pub application_permissions: Vec<String>,
    /// Live and past secrets.
    #[serde(default)]
    pub secrets: Vec<Secret>,
    /// When it was registered; `None` means long ago.
    #[serde(default)]
    pub registered_at: Option<Timestamp>,
    /// For how many seconds after registering the token endpoint does not know it yet.
    #[serde(default)]
    pub propagation_seconds: i64,
    /// Whether an administrator blocked it for everybody.
    #[serde(default)]
    pub blocked: bool,
    /// Whether it was switched off by its owner.
    #[serde(default)]
    pub disabled: bool,
    /// Microsoft: whether it takes accounts of its own directory only, and so refuses `/common`.
    #[serde(default)]
    pub single_tenant: bool,
    /// Its own request limit; the switch `limits.requests_per_minute` applies otherwise.
    #[serde(default)]
    pub requests_per_minute: Option<u32>,
}

/// A client secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secret {
    /// The secret's id (`keyId` at Microsoft); what people paste by mistake.
    #[serde(default)]
    pub id: Uuid,
    /// A description.
    #[serde(default)]
    pub name: Option<String>,
    /// The value itself.
    pub value: String,
    /// When it was made; `None` means long ago.
    #[serde(default)]
    pub created_at: Option<Timestamp>,
    /// Until when it is accepted; `None` means for ever (Webex).
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// For how many seconds after its making it is not accepted yet.
    #[serde(default)]
    pub propagation_seconds: i64,
}

/// What the token endpoint thinks of a presented secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretVerdict {
    /// It is one of the live ones.
    Accepted,
    /// It matched, but ended at this instant.
    Expired(Timestamp),
    /// It is the id of a secret, not its value.
    IsId,
    /// It matches nothing (or is not known yet).
    Wrong,
}

impl App {
    /// Whether the provider's servers know the app yet.
    pub fn known(&self, now: Timestamp) -> bool {
        arrived(self.registered_at, self.propagation_seconds, now)
    }

    /// Judges a presented secret.
    pub fn check_secret(&self, presented: &str, now: Timestamp) -> SecretVerdict {
        let Some(secret) = self.secrets.iter().find(|secret| secret.value == presented) else {
            let is_id = self.secrets.iter().any(|secret| secret.id.to_string() == presented.to_lowercase());
            return if is_id { SecretVerdict::IsId } else { SecretVerdict::Wrong };
        };
        match secret.expires_at {
            Some(end) if end <= now => SecretVerdict::Expired(end),
            _ if !arrived(secret.created_at, secret.propagation_seconds, now) => SecretVerdict::Wrong,
            _ => SecretVerdict::Accepted,
        }
    }

    /// Gives an app and its secrets the ids that its seed left out; the same ones on every run.
    pub(crate) fn fill_in(&mut self) {
        if self.client_id.is_empty() {
            self.client_id = match self.provider {
                Provider::Webex => format!("C{}", stable_hex("webex client id", &self.name)),
                Provider::Microsoft => stable_uuid("entra client id", &self.name).to_string(),
            };
        }
        for (index, secret) in self.secrets.iter_mut().enumerate() {
            if secret.id.is_nil() {
                secret.id = stable_uuid("secret id", &format!("{} {index}", self.client_id));
            }
        }
    }

    /// Whether a redirect URI is registered, character by character.
    pub fn allows_redirect(&self, uri: &str) -> bool {
        self.redirect_uris.iter().any(|registered| registered == uri)
    }
}

fn arrived(since: Option<Timestamp>, seconds: i64, now: Timestamp) -> bool {
    since.is_none_or(|since| {
        since.saturating_add(SignedDuration::from_secs(seconds)).is_ok_and(|known| known <= now)
    })
}
