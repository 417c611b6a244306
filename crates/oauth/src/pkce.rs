//! Proof Key for Code Exchange (RFC 7636): ties the code to whoever asked for it.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};

/// One authorization's code verifier.
pub struct Pkce {
    verifier: SecretString,
}

impl Pkce {
    /// Makes the verifier from 32 fresh random bytes, the amount RFC 7636 §4.1 recommends.
    pub fn from_bytes(random: [u8; 32]) -> Self {
        Self::from_verifier(URL_SAFE_NO_PAD.encode(random).into())
    }

    /// Takes back a stored verifier.
    pub fn from_verifier(verifier: SecretString) -> Self {
        Self { verifier }
    }

    /// What the token endpoint is shown.
    pub fn verifier(&self) -> &SecretString {
        &self.verifier
    }

    /// What the authorize URL carries, by the method `S256` (RFC 7636 §4.2).
    pub fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.verifier.expose_secret().as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_the_one_of_rfc_7636_appendix_b() {
        let pkce = Pkce::from_verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into());
        assert_eq!(pkce.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn a_verifier_from_random_bytes_has_the_shortest_legal_length() {
        let pkce = Pkce::from_bytes([255; 32]);
        assert_eq!(pkce.verifier().expose_secret().len(), 43);
        assert!(!pkce.verifier().expose_secret().contains(['+', '/', '=']));
    }
}
