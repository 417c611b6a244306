//! ID tokens: the checks of OpenID Connect Core §3.1.3.7, against a time that is passed in.

use jiff::Timestamp;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;

use super::{IssuerRule, KeySet, OidcError};

const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::PS256];
/// How far the provider's clock may differ from ours, in seconds.
const LEEWAY: f64 = 300.0;
const LONGEST_TOKEN: usize = 32 * 1024;

/// What an ID token must say to be believed.
pub struct ExpectedIdToken<'a> {
    pub issuer: &'a IssuerRule,
    pub client_id: &'a str,
    /// The nonce of the authorize URL, where one was sent.
    pub nonce: Option<&'a str>,
}

/// Who signed in. Only `iss` with `sub`, or Entra's `tid` with `oid`, identify a person; the rest is for display.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdClaims {
    pub iss: String,
    pub sub: String,
    /// Entra's id of the person, the same in all apps of a tenant.
    pub oid: Option<String>,
    /// Entra's id of the tenant.
    pub tid: Option<String>,
    pub email: Option<String>,
    /// Whether the provider vouches for the address; false when it does not say.
    pub email_verified: bool,
    pub name: Option<String>,
    pub preferred_username: Option<String>,
}

#[derive(Deserialize)]
struct Wire {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: f64,
    nbf: Option<f64>,
    iat: Option<f64>,
    nonce: Option<String>,
    oid: Option<String>,
    tid: Option<String>,
    email: Option<String>,
    #[serde(default)]
    email_verified: Value,
    name: Option<String>,
    preferred_username: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Checks signature, issuer, audience, times (five minutes' leeway) and nonce.
///
/// Only RS256, PS256 and ES256 are accepted; a token that signs itself with `none` or a shared secret is not.
pub fn validate_id_token(
    token: &SecretString,
    expected: &ExpectedIdToken<'_>,
    keys: &KeySet,
    now: Timestamp,
) -> Result<IdClaims, OidcError> {
    let claims = verify_signature(token.expose_secret(), keys).map_err(OidcError::Token)?;
    check(&claims, expected, now).map_err(OidcError::Token)?;
    Ok(claims.into())
}

fn verify_signature(token: &str, keys: &KeySet) -> Result<Wire, &'static str> {
    if token.len() > LONGEST_TOKEN {
        return Err("it is too long");
    }
    let header = jsonwebtoken::decode_header(token).map_err(|_| "its header cannot be read")?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err("it is not signed with RS256, PS256 or ES256");
    }
    let key = find_key(&header, keys).ok_or("the provider has no key of the name it gives")?;
    let key = DecodingKey::from_jwk(key).map_err(|_| "the provider's key cannot be used")?;
    let data = jsonwebtoken::decode::<Wire>(token, &key, &signature_only(header.alg));
    Ok(data.map_err(|_| "its signature or its claims are not valid")?.claims)
}

/// Leaves times and names to [`check`]: the library would ask the system's clock.
fn signature_only(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}

fn find_key<'a>(header: &Header, keys: &'a KeySet) -> Option<&'a Jwk> {
    let key = match (&header.kid, keys.0.keys.as_slice()) {
        (Some(kid), _) => keys.0.find(kid)?,
        (None, [only]) => only,
        _ => return None,
    };
    let is_for_signing = !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption));
    is_for_signing.then_some(key)
}

fn check(claims: &Wire, expected: &ExpectedIdToken<'_>, now: Timestamp) -> Result<(), &'static str> {
    let now = now.as_duration().as_secs_f64();
    if !expected.issuer.accepts_claims(&claims.iss, claims.tid.as_deref()) {
        return Err("another issuer made it");
    }
    if !claims.is_for(expected.client_id) {
        return Err("it is meant for another app");
    }
    if claims.sub.is_empty() {
        return Err("it names no subject");
    }
    if claims.exp + LEEWAY <= now {
        return Err("it has expired; if this keeps happening, set this machine's clock");
    }
    if [claims.nbf, claims.iat].into_iter().flatten().any(|begin| begin - LEEWAY > now) {
        return Err("it is not valid yet; if this keeps happening, set this machine's clock");
    }
    match expected.nonce {
        Some(nonce) if claims.nonce.as_deref() != Some(nonce) => Err("it answers another sign-in"),
        _ => Ok(()),
    }
}

impl Wire {
    /// With several audiences the authorized party must be us (OpenID Connect Core §3.1.3.7, 3 to 5).
    fn is_for(&self, client_id: &str) -> bool {
        let addressed = match &self.aud {
            Audience::One(aud) => aud == client_id,
            Audience::Many(list) if list.len() > 1 && self.azp.is_none() => false,
            Audience::Many(list) => list.iter().any(|aud| aud == client_id),
        };
        addressed && self.azp.as_deref().is_none_or(|azp| azp == client_id)
    }
}

impl From<Wire> for IdClaims {
    fn from(wire: Wire) -> Self {
        let vouched = wire.email_verified == Value::Bool(true) || wire.email_verified == "true";
        Self {
            iss: wire.iss,
            sub: wire.sub,
            oid: wire.oid,
            tid: wire.tid,
            email: wire.email,
            email_verified: vouched,
            name: wire.name,
            preferred_username: wire.preferred_username,
        }
    }
}

#[cfg(test)]
mod tests;
