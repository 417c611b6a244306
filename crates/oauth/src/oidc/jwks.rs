//! A provider's signing keys, kept at hand.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{ExpectedIdToken, IdClaims, OidcError, fetch_json, validate_id_token};

/// An unknown key id asks the provider again, but not more often than this: anyone can invent key ids.
const REFETCH_AFTER: SignedDuration = SignedDuration::from_mins(1);
/// Keys the provider withdrew are believed no longer than this.
const FRESH_FOR: SignedDuration = SignedDuration::from_hours(24);
/// More keys than any provider publishes at once.
const MOST_KEYS: usize = 200;

/// Usable public keys of a provider.
#[derive(Debug, Clone)]
pub struct KeySet(pub(super) JwkSet);

#[derive(Deserialize)]
struct Wire {
    keys: Vec<Value>,
}

impl KeySet {
    /// Reads a JWKS document (RFC 7517 §5), passing over keys of kinds that are not known.
    pub fn parse(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok().map(Self::of)
    }

    fn of(wire: Wire) -> Self {
        let keys = wire.keys.into_iter().take(MOST_KEYS);
        Self(JwkSet { keys: keys.filter_map(|key| serde_json::from_value::<Jwk>(key).ok()).collect() })
    }

    fn has(&self, kid: Option<&str>) -> bool {
        kid.is_none_or(|kid| self.0.find(kid).is_some())
    }
}

/// Remembers a provider's keys; only one request for them is under way at any time.
pub struct Jwks {
    url: Url,
    known: RwLock<Option<Known>>,
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
struct Known {
    keys: Arc<KeySet>,
    fetched: Timestamp,
}

impl Jwks {
    pub fn new(url: Url) -> Self {
        Self { url, known: RwLock::new(None), fetching: tokio::sync::Mutex::new(()) }
    }

    /// Validates an ID token with the provider's keys, fetching them where needed.
    pub async fn validate(
        &self,
        http: &reqwest::Client,
        token: &SecretString,
        expected: &ExpectedIdToken<'_>,
        now: Timestamp,
    ) -> Result<IdClaims, OidcError> {
        let header = jsonwebtoken::decode_header(token.expose_secret());
        let kid = header.map_err(|_| OidcError::Token("its header cannot be read"))?.kid;
        let fetch = async || fetch_json::<Wire>(http, self.url.clone()).await.map(KeySet::of);
        let keys = self.keys_for(kid.as_deref(), now, fetch).await?;
        validate_id_token(token, expected, &keys, now)
    }

    async fn keys_for(
        &self,
        kid: Option<&str>,
        now: Timestamp,
        fetch: impl AsyncFnOnce() -> Result<KeySet, OidcError>,
    ) -> Result<Arc<KeySet>, OidcError> {
        if let Some(keys) = self.usable(kid, now) {
            return Ok(keys);
        }
        let _only_one = self.fetching.lock().await;
        // Whoever waited here finds what the one before has fetched.
        if let Some(keys) = self.usable(kid, now) {
            return Ok(keys);
        }
        let keys = Arc::new(fetch().await?);
        let known = Known { keys: Arc::clone(&keys), fetched: now };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Ok(keys)
    }

    /// The remembered keys, unless they are old, or lack this one and may be asked for again.
    fn usable(&self, kid: Option<&str>, now: Timestamp) -> Option<Arc<KeySet>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).clone()?;
        let age = now.duration_since(known.fetched);
        let good = if known.keys.has(kid) { age < FRESH_FOR } else { age < REFETCH_AFTER };
        good.then_some(known.keys)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const NOON: i64 = 1_800_000_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(NOON + seconds).unwrap()
    }

    fn keys(kid: &str) -> KeySet {
        let rsa = format!(r#"{{"kty":"RSA","kid":"{kid}","n":"AQAB","e":"AQAB","use":"sig","alg":"RS256"}}"#);
        KeySet::parse(&format!(r#"{{"keys":[{rsa},{{"kty":"NEW","kid":"odd","alg":"XX1"}},7]}}"#)).unwrap()
    }

    struct Provider {
        jwks: Jwks,
        requests: AtomicUsize,
    }

    impl Provider {
        fn new() -> Self {
            let jwks = Jwks::new(Url::parse("https://a.example/keys").unwrap());
            Self { jwks, requests: AtomicUsize::new(0) }
        }

        async fn requests_after(&self, kid: &str, seconds: i64) -> usize {
            let fetch = async || {
                self.requests.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                Ok(keys("k1"))
            };
            self.jwks.keys_for(Some(kid), at(seconds), fetch).await.unwrap();
            self.requests.load(Ordering::SeqCst)
        }
    }

    /// Web handlers need futures that can move between threads; this only has to compile.
    #[expect(dead_code, reason = "checked by the compiler, never called")]
    fn validating_can_move_between_threads(
        jwks: &Jwks,
        http: &reqwest::Client,
        expected: &ExpectedIdToken<'_>,
    ) {
        fn movable(_: impl Send) {}
        movable(jwks.validate(http, &SecretString::from(""), expected, at(0)));
    }

    #[test]
    fn keys_of_unknown_kinds_are_passed_over() {
        let set = keys("k1");
        assert!(set.has(Some("k1")) && set.has(None) && !set.has(Some("k2")));
        assert!(KeySet::parse("{}").is_none());
    }

    #[tokio::test]
    async fn many_at_once_make_one_request() {
        let provider = Provider::new();
        let all = std::iter::repeat_with(|| provider.requests_after("k1", 0)).take(10);
        assert_eq!(futures_util::future::join_all(all).await, [1; 10]);
    }

    #[tokio::test]
    async fn invented_key_ids_cost_one_request_a_minute() {
        let provider = Provider::new();
        assert_eq!(provider.requests_after("k1", 0).await, 1);
        assert_eq!(provider.requests_after("invented", 59).await, 1);
        assert_eq!(provider.requests_after("invented", 60).await, 2);
        assert_eq!(provider.requests_after("another", 61).await, 2);
    }

    #[tokio::test]
    async fn keys_are_fetched_again_after_a_day() {
        let provider = Provider::new();
        assert_eq!(provider.requests_after("k1", 0).await, 1);
        assert_eq!(provider.requests_after("k1", 86_399).await, 1);
        assert_eq!(provider.requests_after("k1", 86_400).await, 2);
    }
}
