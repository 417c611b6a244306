//! The sandbox's randomness: one seeded stream, so that a seed file can make a whole run repeatable.

use std::sync::Mutex;
use std::sync::PoisonError;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

/// A stream of random bytes: SHA-256 over a key and a counter.
pub struct Random(Mutex<([u8; 32], u64)>);

impl Random {
    /// A repeatable stream for a given seed, an unpredictable one without.
    pub fn new(seed: Option<u64>) -> Self {
        Self(Mutex::new((key(seed), 0)))
    }

    /// Starts the stream again.
    pub fn reset(&self, seed: Option<u64>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (key(seed), 0);
    }

    /// The next 32 bytes.
    pub fn bytes(&self) -> [u8; 32] {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.1 += 1;
        let mut input = state.0.to_vec();
        input.extend_from_slice(&state.1.to_be_bytes());
        sha256(&input)
    }

    /// A URL-safe token of 43 characters (256 bits).
    pub fn token(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes())
    }

    /// Lower-case hexadecimal text of 64 characters.
    pub fn hex(&self) -> String {
        hex(&self.bytes())
    }

    /// A random UUID (version 4).
    pub fn uuid(&self) -> Uuid {
        uuid_from(self.bytes())
    }

    /// A number in `low..=high`.
    pub fn between(&self, low: u64, high: u64) -> u64 {
        let bytes = self.bytes();
        let number = bytes.iter().take(8).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        low + number % high.saturating_sub(low).saturating_add(1)
    }

    /// Decimal digits, first one not zero.
    pub fn digits(&self, count: usize) -> String {
        let bytes = self.bytes();
        let digit = |(index, byte): (usize, &u8)| match index {
            0 => char::from(b'1' + byte % 9),
            _ => char::from(b'0' + byte % 10),
        };
        bytes.iter().cycle().take(count).enumerate().map(digit).collect()
    }
}

/// The same UUID for the same name on every run, so that seeded people and organizations keep their ids.
pub(crate) fn stable_uuid(kind: &str, name: &str) -> Uuid {
    uuid_from(sha256(format!("{kind}\n{}", name.to_lowercase()).as_bytes()))
}

/// The same 64 hexadecimal characters for the same name on every run.
pub(crate) fn stable_hex(kind: &str, name: &str) -> String {
    hex(&sha256(format!("{kind}\n{name}").as_bytes()))
}

/// SHA-256 of some bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn uuid_from(bytes: [u8; 32]) -> Uuid {
    let mut half = [0; 16];
    half.copy_from_slice(&bytes[..16]);
    uuid::Builder::from_random_bytes(half).into_uuid()
}

fn key(seed: Option<u64>) -> [u8; 32] {
    match seed {
        Some(seed) => sha256(&seed.to_be_bytes()),
        None => machine_randomness(),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the sandbox asks the machine for randomness"
)]
fn machine_randomness() -> [u8; 32] {
    let mut bytes = [0; 32];
    // Without system randomness the stream is still usable: nothing here protects a real secret.
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    bytes
}
