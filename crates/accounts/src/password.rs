//! Passwords: which are taken, and how they are hashed and compared (Argon2id, RFC 9106).

use std::time::Duration;

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash::phc::PasswordHash,
};
use platform::{Hub, Result, bug, later};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

const SHORTEST: usize = 12;
/// Longer input would only cost time.
const LONGEST: usize = 512;

/// 19 MiB, two passes, one lane: the OWASP Password Storage Cheat Sheet's minimum for Argon2id.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// How long a sign-in waits for its turn when many come at once.
const PATIENCE: Duration = Duration::from_secs(15);

/// The hash of a password nobody has: comparing with it takes as long as with a real one.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c3dpdGNoYm9hcmQtbm9ib2R5$bvoK5KzVhkqO2/L254mNZyHMldN1/QxOSHDSpkGsB6U";

/// Well-known passwords of twelve characters and more, lower case, without their digits at the end.
const COMMON: &[&str] = &[
    "password",
    "passwort",
    "passw0rd",
    "p@ssword",
    "p@ssw0rd",
    "qwertyuiop",
    "qwertzuiop",
    "qwerty",
    "qwertz",
    "asdfghjkl",
    "letmein",
    "welcome",
    "willkommen",
    "iloveyou",
    "administrator",
    "admin",
    "changeme",
    "secret",
    "geheim",
    "switchboard",
    "trustno",
    "football",
    "baseball",
    "superman",
    "sunshine",
    "princess",
    "dragon",
    "monkey",
    "correcthorsebatterystaple",
    "passwordpassword",
    "qwertyqwerty",
    "adminadmin",
    "hallohallo",
];

/// Two hashes at a time: each takes a core and 19 MiB.
struct Turns(Semaphore);

impl Default for Turns {
    fn default() -> Self {
        Self(Semaphore::new(2))
    }
}

/// Whether the password may be used; otherwise what to choose instead.
pub(crate) fn check(password: &SecretString, email: &str) -> Result<(), &'static str> {
    let password = password.expose_secret();
    if password.chars().count() < SHORTEST {
        return Err("Use at least 12 characters. A few words in a row are easy to remember.");
    }
    if password.len() > LONGEST {
        return Err("Use at most 512 bytes.");
    }
    if resembles(password, email) {
        return Err("This is your e-mail address. Choose something that only you know.");
    }
    if is_common(password) {
        return Err("This password is on every attacker's list. Choose something that only you know.");
    }
    Ok(())
}

fn resembles(password: &str, email: &str) -> bool {
    let (password, email) = (bare(password), email.to_lowercase());
    let local = email.split('@').next().unwrap_or_default();
    !email.is_empty() && (password == bare(&email) || password == bare(local))
}

fn is_common(password: &str) -> bool {
    let mut letters: Vec<char> = password.to_lowercase().chars().collect();
    let is_sequence = letters.windows(2).all(|pair| u32::from(pair[0]) + 1 == u32::from(pair[1]));
    letters.sort_unstable();
    letters.dedup();
    letters.len() < 5 || is_sequence || COMMON.contains(&bare(password).as_str()) || is_digit_run(password)
}

/// Lower case, without digits and signs at both ends.
fn bare(text: &str) -> String {
    text.to_lowercase().trim_matches(|c: char| !c.is_alphabetic()).to_owned()
}

fn is_digit_run(password: &str) -> bool {
    "12345678901234567890".contains(password) || "09876543210987654321".contains(password)
}

/// Hashes the password with a fresh salt, as a PHC string.
pub(crate) async fn hash(hub: &Hub, password: SecretString) -> Result<String> {
    let salt: [u8; 16] = hub.random().bytes();
    in_turn(hub, move || {
        let hash = hasher()?.hash_password_with_salt(password.expose_secret().as_bytes(), &salt);
        Ok(hash.map_err(|_| bug("a password could not be hashed"))?.to_string())
    })
    .await
}

/// Whether the password is the stored one; without a stored one the answer is no, after the same work.
pub(crate) async fn verify(hub: &Hub, password: SecretString, stored: Option<String>) -> Result<bool> {
    if password.expose_secret().len() > LONGEST {
        return Ok(false);
    }
    in_turn(hub, move || {
        let is_known = stored.is_some();
        let text = stored.as_deref().unwrap_or(NOBODY);
        let parsed = PasswordHash::new(text).map_err(|_| bug("a stored password hash cannot be read"))?;
        let fits = hasher()?.verify_password(password.expose_secret().as_bytes(), &parsed).is_ok();
        Ok(fits && is_known)
    })
    .await
}

fn hasher() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| bug("Argon2 parameters"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

async fn in_turn<T: Send + 'static>(
    hub: &Hub,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let turns = hub.memory::<Turns>();
    let turn = tokio::time::timeout(PATIENCE, turns.0.acquire()).await.map_err(|_| {
        let soon = hub.now().after(PATIENCE);
        later(soon, "Many people are signing in at this moment. Please try again shortly.")
    })?;
    let done = tokio::task::spawn_blocking(work).await;
    drop(turn);
    done.map_err(|error| bug("hashing a password").because(error))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(password: &str) -> bool {
        check(&password.into(), "ada.lindqvist@library.example").is_ok()
    }

    #[test]
    fn long_and_uncommon_passwords_are_taken() {
        for password in
            ["correct horse battery", "ünïcödé-wörter", "$x~ \u{1F512} q9!kd;az", &"ab1!e".repeat(100)]
        {
            assert!(verdict(password), "{password}");
        }
    }

    #[test]
    fn short_common_and_personal_passwords_are_refused() {
        for password in [
            "",
            "Kurz-11-chr",
            "passwort1234!",
            "Password2026",
            "123456789012",
            "abcdefghijklm",
            "aaaaaaaaaaaaaa",
            "ada.lindqvist@library.example",
            "Ada.Lindqvist1",
            "correcthorsebatterystaple",
            &"x".repeat(513),
            "abababababab",
        ] {
            assert!(!verdict(password), "{password}");
        }
    }

    #[test]
    fn nobodys_hash_costs_as_much_as_a_real_one() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let real = hasher().unwrap().hash_password_with_salt(b"x", &[7; 16]).unwrap();
        assert_eq!((nobody.algorithm, nobody.version), (real.algorithm, real.version));
        assert_eq!(nobody.params.to_string(), real.params.to_string());
        assert_eq!(nobody.hash.unwrap().as_bytes().len(), real.hash.unwrap().as_bytes().len());
    }

    #[test]
    fn a_hash_fits_its_password_only() {
        let hasher = hasher().unwrap();
        let text = hasher.hash_password_with_salt(b"right", &[1; 16]).unwrap().to_string();
        let stored = PasswordHash::new(&text).unwrap();
        assert!(hasher.verify_password(b"right", &stored).is_ok());
        assert!(hasher.verify_password(b"wrong", &stored).is_err());
    }
}
