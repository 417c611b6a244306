//! What the directory remembers: sign-ins under way, codes, refresh tokens, consents and revocations.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::authorize::Flow;
use super::scope::Asked;
use crate::seed::Seed;
use crate::world::Revocation;

const MOST_FLOWS: usize = 10_000;
const MOST_CODES: usize = 50_000;
const MOST_REFRESH_TOKENS: usize = 200_000;

/// How long a person may take on the pages, and how long a code lives.
const TEN_MINUTES: SignedDuration = SignedDuration::from_mins(10);

/// After this long without use a refresh token is refused (Microsoft "Refresh tokens").
pub(crate) const NINETY_DAYS: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The state behind the Entra ID pages and endpoints.
pub(crate) struct State {
    flows: Bounded<Flow>,
    pub(super) codes: Bounded<Code>,
    pub(super) refresh_tokens: Bounded<RefreshToken>,
    consents: HashMap<(String, String), BTreeSet<String>>,
    tenant_consents: HashMap<String, TenantConsent>,
    disabled: HashSet<String>,
}

/// An authorization code and what it was issued for.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    /// The tenant part of the path it was issued on.
    pub(super) tenant: String,
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) email: String,
    pub(super) asked: Asked,
    pub(super) nonce: Option<String>,
    pub(super) challenge: Option<Challenge>,
    pub(super) issued: Timestamp,
    pub(super) redeemed: bool,
}

impl Code {
    pub(super) fn expired(&self, now: Timestamp) -> bool {
        now.duration_since(self.issued) >= TEN_MINUTES
    }
}

/// A PKCE challenge (RFC 7636 §4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Challenge {
    pub(super) value: String,
    pub(super) hashed: bool,
}

/// A refresh token: bound to a person and an app, not to a secret or a tenant path.
#[derive(Clone, Debug)]
pub(crate) struct RefreshToken {
    pub(super) client_id: String,
    pub(super) email: String,
    pub(super) asked: Asked,
    pub(super) issued: Timestamp,
    pub(super) used: bool,
    /// Why and when it ended early.
    pub(super) ended: Option<(Revocation, Timestamp)>,
}

/// What an administrator granted to an app for everybody.
#[derive(Clone, Debug, Default)]
pub(crate) struct TenantConsent {
    pub(crate) delegated: BTreeSet<String>,
    pub(crate) roles: BTreeSet<String>,
}

impl State {
    pub(crate) fn new(_seed: &Seed) -> Self {
        Self {
            flows: Bounded::new(MOST_FLOWS),
            codes: Bounded::new(MOST_CODES),
            refresh_tokens: Bounded::new(MOST_REFRESH_TOKENS),
            consents: HashMap::new(),
            tenant_consents: HashMap::new(),
            disabled: HashSet::new(),
        }
    }

    /// Keeps a sign-in under way.
    pub(super) fn keep_flow(&mut self, id: String, flow: Flow) {
        self.flows.insert(id, flow);
    }

    /// A sign-in that began less than ten minutes ago.
    pub(super) fn flow(&self, id: &str, now: Timestamp) -> Option<Flow> {
        self.flows.get(id).filter(|flow| now.duration_since(flow.started) < TEN_MINUTES).cloned()
    }

    /// Everything a person and the administrators have granted to an app, by short names.
    pub(super) fn granted(&self, client_id: &str, email: &str) -> BTreeSet<String> {
        let mut granted = self.consents.get(&consent_key(client_id, email)).cloned().unwrap_or_default();
        granted.extend(self.tenant_consent(client_id).delegated);
        granted
    }

    /// What administrators granted to an app for everybody.
    pub(super) fn tenant_consent(&self, client_id: &str) -> TenantConsent {
        self.tenant_consents.get(client_id).cloned().unwrap_or_default()
    }

    pub(super) fn grant(&mut self, client_id: &str, email: &str, permissions: &[String]) {
        let granted = self.consents.entry(consent_key(client_id, email)).or_default();
        granted.extend(permissions.iter().cloned());
    }

    pub(super) fn grant_for_all(&mut self, client_id: &str, delegated: &[String], roles: &[String]) {
        let granted = self.tenant_consents.entry(client_id.to_owned()).or_default();
        granted.delegated.extend(delegated.iter().cloned());
        granted.roles.extend(roles.iter().cloned());
    }

    /// Whether an account was switched off.
    pub(super) fn is_disabled(&self, email: &str) -> bool {
        self.disabled.contains(&email.to_lowercase())
    }

    /// Ends a person's grants in one of the three ways a directory knows.
    pub(super) fn revoke(&mut self, email: &str, why: Revocation, now: Timestamp) {
        for token in self.refresh_tokens.values_mut().filter(|token| token.email.eq_ignore_ascii_case(email))
        {
            token.ended.get_or_insert((why, now));
        }
        let email = email.to_lowercase();
        match why {
            Revocation::Revoked => self.consents.retain(|(_, who), _| *who != email),
            Revocation::PasswordChanged => {}
            Revocation::AccountDisabled => {
                self.disabled.insert(email);
            }
        }
    }
}

fn consent_key(client_id: &str, email: &str) -> (String, String) {
    (client_id.to_owned(), email.to_lowercase())
}

/// A map that forgets its oldest entry when it is full.
pub(crate) struct Bounded<T> {
    entries: HashMap<String, T>,
    order: VecDeque<String>,
    most: usize,
}

impl<T> Bounded<T> {
    fn new(most: usize) -> Self {
        Self { entries: HashMap::new(), order: VecDeque::new(), most }
    }

    pub(super) fn insert(&mut self, key: String, value: T) {
        if self.entries.insert(key.clone(), value).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() > self.most
            && let Some(oldest) = self.order.pop_front()
        {
            self.entries.remove(&oldest);
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&T> {
        self.entries.get(key)
    }

    fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.entries.values_mut()
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut T> {
        self.entries.get_mut(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_map_forgets_its_oldest_entry() {
        let mut map = Bounded::new(2);
        for key in ["a", "b", "a", "c"] {
            map.insert(key.to_owned(), key);
        }
        assert!(map.get("a").is_none());
        assert_eq!((map.get("b"), map.get("c")), (Some(&"b"), Some(&"c")));
    }

    #[test]
    fn a_revoked_person_loses_their_own_consent_but_not_the_tenants() {
        let mut state = State::new(&Seed::believable());
        state.grant("app", "Ben@x.test", &["User.Read".to_owned()]);
        state.grant_for_all("app", &["Presence.Read".to_owned()], &[]);
        assert_eq!(state.granted("app", "ben@X.test").len(), 2);
        state.revoke("BEN@x.test", Revocation::Revoked, Timestamp::UNIX_EPOCH);
        assert_eq!(state.granted("app", "ben@x.test").into_iter().collect::<Vec<_>>(), ["Presence.Read"]);
    }
}
