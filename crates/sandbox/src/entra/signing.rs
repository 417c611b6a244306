//! The directory's signing key. ID tokens and access tokens are RS256 JWTs, as Entra ID issues them.

use std::sync::OnceLock;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use serde_json::{Value, json};

/// The one RSA key pair of this process; every sandbox in it signs with the same key.
pub(crate) struct SigningKey {
    pair: KeyPair,
    id: String,
}

impl SigningKey {
    /// The key, made when it is first asked for; `None` when the machine cannot make one.
    pub(crate) fn shared() -> Option<&'static Self> {
        static KEY: OnceLock<Option<SigningKey>> = OnceLock::new();
        KEY.get_or_init(|| {
            let pair = KeyPair::generate(KeySize::Rsa2048).ok()?;
            let thumbprint = digest(&SHA256, pair.public_key().as_ref());
            Some(Self { id: BASE64URL.encode(&thumbprint.as_ref()[..20]), pair })
        })
        .as_ref()
    }

    /// The claims as a signed compact JWT.
    pub(crate) fn sign(&self, claims: &Value) -> Option<String> {
        let header = json!({"typ": "JWT", "alg": "RS256", "kid": self.id});
        let signed =
            format!("{}.{}", BASE64URL.encode(header.to_string()), BASE64URL.encode(claims.to_string()));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        #[expect(
            clippy::disallowed_methods,
            reason = "PKCS #1 v1.5 draws no randomness; the call wants a source"
        )]
        let source = SystemRandom::new();
        self.pair.sign(&RSA_PKCS1_SHA256, &source, signed.as_bytes(), &mut signature).ok()?;
        Some(format!("{signed}.{}", BASE64URL.encode(signature)))
    }

    /// The claims of a token this key signed; nothing is said about its lifetime.
    pub(crate) fn verify(&self, token: &str) -> Option<Value> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (_, claims) = signed.split_once('.')?;
        let signature = BASE64URL.decode(signature).ok()?;
        let key = self.components();
        key.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature).ok()?;
        serde_json::from_slice(&BASE64URL.decode(claims).ok()?).ok()
    }

    /// The JSON Web Key Set that `jwks_uri` serves (RFC 7517).
    pub(crate) fn key_set(&self) -> Value {
        let key = self.components();
        json!({"keys": [{
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.id, "x5t": self.id,
            "n": BASE64URL.encode(key.n), "e": BASE64URL.encode(key.e),
        }]})
    }

    fn components(&self) -> RsaPublicKeyComponents<Vec<u8>> {
        RsaPublicKeyComponents::from(self.pair.public_key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_it_signed_opens_and_a_changed_one_does_not() {
        let key = SigningKey::shared().unwrap();
        let token = key.sign(&json!({"sub": "ada", "n": 1})).unwrap();
        assert_eq!(key.verify(&token).unwrap()["sub"], "ada");

        let (head, signature) = token.rsplit_once('.').unwrap();
        let (header, _) = head.split_once('.').unwrap();
        let forged = format!("{header}.{}.{signature}", BASE64URL.encode(r#"{"sub":"ben"}"#));
        assert!(key.verify(&forged).is_none());
        assert!(key.verify("").is_none() && key.verify("a.b.c").is_none() && key.verify("a.b").is_none());
    }

    #[test]
    fn the_key_set_names_the_key_that_signed() {
        let key = SigningKey::shared().unwrap();
        let token = key.sign(&json!({})).unwrap();
        let header = BASE64URL.decode(token.split('.').next().unwrap()).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        assert_eq!(header["kid"], key.key_set()["keys"][0]["kid"]);
    }
}
