use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RsaKeyPair};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{EncodingKey, encode};
use serde_json::json;

use super::super::Tenants;
use super::*;

const NOW: i64 = 1_800_000_000;
const TENANT: &str = "11111111-aaaa-4000-8000-000000000001";

/// A provider with one signing key of its own.
struct Provider {
    key: EncodingKey,
    algorithm: Algorithm,
    keys: KeySet,
}

impl Provider {
    fn with_ec_key() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self::new(EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref()), Algorithm::ES256)
    }

    fn with_rsa_key(algorithm: Algorithm) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let pkcs8: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        // PKCS#8 wraps the PKCS#1 key that the library wants in 26 bytes of header.
        Self::new(EncodingKey::from_rsa_der(&pkcs8.as_ref()[26..]), algorithm)
    }

    fn new(key: EncodingKey, algorithm: Algorithm) -> Self {
        let mut jwk = Jwk::from_encoding_key(&key, algorithm).unwrap();
        jwk.common.key_id = Some("k1".into());
        jwk.common.key_algorithm = None;
        Self { key, algorithm, keys: KeySet(JwkSet { keys: vec![jwk] }) }
    }

    fn sign(&self, claims: &Value) -> SecretString {
        let header = Header { kid: Some("k1".into()), ..Header::new(self.algorithm) };
        encode(&header, claims, &self.key).unwrap().into()
    }

    fn judge(&self, token: &SecretString) -> Result<IdClaims, OidcError> {
        let template = "https://login.example/{tenantid}/v2.0".into();
        let issuer = IssuerRule::Entra { template, tenants: Tenants::Only(vec![TENANT.into()]) };
        let expected = ExpectedIdToken { issuer: &issuer, client_id: "app-1", nonce: Some("n-1") };
        validate_id_token(token, &expected, &self.keys, Timestamp::from_second(NOW).unwrap())
    }

    /// What is wrong with good claims after `change`.
    fn fault(&self, change: &Value) -> &'static str {
        let mut claims = good_claims();
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        match self.judge(&self.sign(&claims)) {
            Err(OidcError::Token(fault)) => fault,
            other => panic!("{other:?}"),
        }
    }
}

fn good_claims() -> Value {
    json!({
        "iss": format!("https://login.example/{TENANT}/v2.0"), "sub": "pairwise", "aud": "app-1", "nonce": "n-1",
        "exp": NOW + 3600, "nbf": NOW, "iat": NOW, "tid": TENANT, "oid": "o-1", "ver": "2.0",
        "name": "Ada Lindqvist", "preferred_username": "ada@lindenhof.example", "email_verified": "true",
    })
}

#[test]
fn a_good_token_tells_who_signed_in() {
    for provider in [Provider::with_ec_key(), Provider::with_rsa_key(Algorithm::PS256)] {
        let claims = provider.judge(&provider.sign(&good_claims())).unwrap();
        assert_eq!((claims.sub.as_str(), claims.oid.as_deref()), ("pairwise", Some("o-1")));
        assert_eq!(claims.name.as_deref(), Some("Ada Lindqvist"));
        assert!(claims.email_verified && claims.email.is_none());
    }
}

#[test]
fn every_claim_is_checked() {
    let provider = Provider::with_ec_key();
    let other_tenant = "22222222-aaaa-4000-8000-000000000002";
    let other_issuer = format!("https://login.example/{other_tenant}/v2.0");
    for foreign in [
        json!({"iss": "https://evil.example"}),
        json!({"tid": other_tenant}),
        json!({"tid": null}),
        json!({"iss": other_issuer, "tid": other_tenant}),
    ] {
        assert_eq!(provider.fault(&foreign), "another issuer made it");
    }
    for audience in [json!({"aud": "app-2"}), json!({"aud": ["app-1", "app-2"]}), json!({"azp": "app-2"})] {
        assert_eq!(provider.fault(&audience), "it is meant for another app");
    }
    for nonce in [json!({"nonce": "n-2"}), json!({"nonce": null})] {
        assert_eq!(provider.fault(&nonce), "it answers another sign-in");
    }
    assert_eq!(provider.fault(&json!({"sub": ""})), "it names no subject");
    for shape in [json!({"exp": null}), json!({"exp": "never"}), json!({"sub": 7})] {
        assert_eq!(provider.fault(&shape), "its signature or its claims are not valid");
    }
}

#[test]
fn times_are_compared_with_the_given_time_and_five_minutes_leeway() {
    let provider = Provider::with_ec_key();
    assert!(provider.fault(&json!({"exp": NOW - 300})).starts_with("it has expired"));
    assert!(provider.fault(&json!({"nbf": NOW + 301})).starts_with("it is not valid yet"));
    assert!(provider.fault(&json!({"iat": NOW + 301})).starts_with("it is not valid yet"));
    let mut edge = good_claims();
    (edge["exp"], edge["nbf"]) = (json!(NOW - 299), json!(NOW + 300));
    assert!(provider.judge(&provider.sign(&edge)).is_ok());
}

#[test]
fn a_token_signed_by_someone_else_is_refused() {
    let (provider, stranger) = (Provider::with_ec_key(), Provider::with_ec_key());
    let fault = provider.judge(&stranger.sign(&good_claims())).unwrap_err();
    assert_eq!(fault, OidcError::Token("its signature or its claims are not valid"));
    let rsa = Provider::with_rsa_key(Algorithm::RS256);
    assert!(rsa.judge(&rsa.sign(&good_claims())).is_ok());
    assert!(provider.judge(&rsa.sign(&good_claims())).is_err());
}

#[test]
fn a_token_that_vouches_for_itself_is_refused() {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let provider = Provider::with_ec_key();
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let unsigned = format!("{}.{}.", part(json!({"alg": "none", "kid": "k1"})), part(good_claims()));
    let shared = Header { kid: Some("k1".into()), ..Header::new(Algorithm::HS256) };
    let shared = encode(&shared, &good_claims(), &EncodingKey::from_secret(b"public key")).unwrap();
    for token in [unsigned, shared, "..".into(), "é.é.é".into(), "a".repeat(LONGEST_TOKEN + 1)] {
        assert!(provider.judge(&token.into()).is_err());
    }
}

#[test]
fn a_key_of_another_name_or_for_encryption_is_not_used() {
    let mut provider = Provider::with_ec_key();
    let token = provider.sign(&good_claims());
    provider.keys.0.keys[0].common.public_key_use = Some(PublicKeyUse::Encryption);
    let missing = OidcError::Token("the provider has no key of the name it gives");
    assert_eq!(provider.judge(&token), Err(missing.clone()));
    provider.keys.0.keys[0].common.public_key_use = None;
    provider.keys.0.keys[0].common.key_id = Some("k2".into());
    assert_eq!(provider.judge(&token), Err(missing));
}
