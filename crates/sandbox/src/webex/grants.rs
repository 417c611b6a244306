//! Codes, access tokens and refresh tokens, with their lifetimes (Webex Integrations guide; reference of scopes).

use std::collections::HashMap;

use jiff::Timestamp;
use uuid::Uuid;

/// The most active access tokens of one grant; the oldest give way (Webex allows 750 per account).
const MOST_ACCESS_TOKENS: usize = 50;

/// Dead grants are swept out each time this many more have been made.
const SWEEP_EVERY: usize = 4_096;

/// An authorization code that waits for its exchange.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub(crate) client_id: String,
    pub(crate) email: String,
    pub(crate) redirect_uri: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) expires_at: Timestamp,
}

/// A PKCE challenge (RFC 7636 §4.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// The verifier itself.
    Plain(String),
    /// Base64url of its SHA-256.
    Sha256(String),
}

/// What one person allowed one app, with the tokens that came of it.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) id: Uuid,
    pub(crate) client_id: String,
    pub(crate) email: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) refresh: Option<RefreshToken>,
    pub(crate) access: Vec<AccessToken>,
}

/// A refresh token; each use restarts its lifetime.
#[derive(Debug, Clone)]
pub(crate) struct RefreshToken {
    pub(crate) value: String,
    pub(crate) expires_at: Timestamp,
}

/// An access token.
#[derive(Debug, Clone)]
pub(crate) struct AccessToken {
    pub(crate) id: Uuid,
    pub(crate) value: String,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// All live grants and codes.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    codes: HashMap<String, Code>,
    by_id: HashMap<Uuid, Grant>,
    by_access: HashMap<String, Uuid>,
    by_refresh: HashMap<String, Uuid>,
}

impl Grants {
    pub(crate) fn add_code(&mut self, value: String, code: Code, now: Timestamp) {
        self.codes.retain(|_, code| code.expires_at > now);
        self.codes.insert(value, code);
    }

    /// Takes a code out: whatever becomes of the exchange, it cannot be tried twice.
    pub(crate) fn take_code(&mut self, value: &str, now: Timestamp) -> Option<Code> {
        self.codes.remove(value).filter(|code| code.expires_at > now)
    }

    pub(crate) fn insert(&mut self, grant: Grant) {
        if self.by_id.len() % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.sweep(grant.created_at);
        }
        for access in &grant.access {
            self.by_access.insert(access.value.clone(), grant.id);
        }
        if let Some(refresh) = &grant.refresh {
            self.by_refresh.insert(refresh.value.clone(), grant.id);
        }
        self.by_id.insert(grant.id, grant);
    }

    /// Forgets grants of which nothing is valid any more.
    fn sweep(&mut self, now: Timestamp) {
        let alive = |grant: &Grant| {
            grant.refresh.as_ref().is_some_and(|refresh| refresh.expires_at > now)
                || grant.access.iter().any(|access| access.expires_at > now)
        };
        self.revoke_where(|grant| !alive(grant));
    }

    pub(crate) fn by_access_token(&self, token: &str, now: Timestamp) -> Option<&Grant> {
        let grant = self.by_id.get(self.by_access.get(token)?)?;
        grant.access.iter().any(|access| access.value == token && access.expires_at > now).then_some(grant)
    }

    pub(crate) fn by_refresh_token(&self, token: &str, now: Timestamp) -> Option<&Grant> {
        let grant = self.by_id.get(self.by_refresh.get(token)?)?;
        grant.refresh.as_ref().is_some_and(|refresh| refresh.expires_at > now).then_some(grant)
    }

    /// Adds an access token and sets the refresh token (its value may be the old one).
    pub(crate) fn renew(&mut self, id: Uuid, access: AccessToken, refresh: RefreshToken) {
        let Some(grant) = self.by_id.get_mut(&id) else { return };
        if let Some(old) = grant.refresh.take() {
            self.by_refresh.remove(&old.value);
        }
        self.by_refresh.insert(refresh.value.clone(), id);
        grant.refresh = Some(refresh);
        self.by_access.insert(access.value.clone(), id);
        grant.access.push(access);
        if grant.access.len() > MOST_ACCESS_TOKENS {
            self.by_access.remove(&grant.access.remove(0).value);
        }
    }

    /// Follows a person to another address.
    pub(crate) fn move_to(&mut self, from: &str, to: &str) {
        for grant in self.by_id.values_mut().filter(|grant| grant.email == from) {
            to.clone_into(&mut grant.email);
        }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Grant> {
        self.by_id.values()
    }

    /// Ends every grant that the rule names; returns how many.
    pub(crate) fn revoke_where(&mut self, rule: impl Fn(&Grant) -> bool) -> usize {
        let ended: Vec<Uuid> =
            self.by_id.values().filter(|grant| rule(grant)).map(|grant| grant.id).collect();
        for id in &ended {
            self.remove(*id);
        }
        ended.len()
    }

    /// Ends one access token, or a whole grant by its refresh token or id.
    pub(crate) fn revoke_token(&mut self, value: &str) {
        if let Some(id) = self.by_refresh.get(value).copied() {
            self.remove(id);
        } else if let Some(id) = self.by_access.remove(value)
            && let Some(grant) = self.by_id.get_mut(&id)
        {
            grant.access.retain(|access| access.value != value);
        }
    }

    /// Ends a token if the app is the one that it was given to.
    pub(crate) fn revoke_token_of(&mut self, client_id: &str, value: &str) {
        let id = self.by_refresh.get(value).or_else(|| self.by_access.get(value));
        if id.and_then(|id| self.by_id.get(id)).is_some_and(|grant| grant.client_id == client_id) {
            self.revoke_token(value);
        }
    }

    fn remove(&mut self, id: Uuid) {
        if let Some(grant) = self.by_id.remove(&id) {
            for access in grant.access {
                self.by_access.remove(&access.value);
            }
            if let Some(refresh) = grant.refresh {
                self.by_refresh.remove(&refresh.value);
            }
        }
    }
}
