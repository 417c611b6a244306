//! Randomness: injected, so that tests can repeat a run.

use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// A source of random bytes: the operating system's, or a seeded one for tests.
#[derive(Clone)]
pub struct Random(Source);

#[derive(Clone)]
enum Source {
    System,
    Seeded(Arc<Mutex<(u64, u64)>>),
}

impl Random {
    /// Cryptographically secure bytes from the operating system.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// Repeatable bytes, for tests only.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(Arc::new(Mutex::new((seed, 0)))))
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.0 {
            Source::System => fill_from_system(&mut bytes),
            Source::Seeded(state) => {
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                fill_from_seed(&mut state, &mut bytes);
            }
        }
        bytes
    }

    /// An unguessable URL-safe text of 256 random bits: session ids, link tokens, OAuth `state`.
    pub fn token(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<32>())
    }

    /// A factor in `0.5..1.5` that spreads retries of many callers over time.
    pub fn jitter(&self) -> f64 {
        0.5 + f64::from(u32::from_le_bytes(self.bytes())) / (f64::from(u32::MAX) + 1.0)
    }
}

/// What is stored of an unguessable text (session ids, link tokens, `state`): its SHA-256 in hex, enough to
/// recognize it and too little to use it.
pub fn fingerprint(text: &str) -> String {
    digest::digest(&digest::SHA256, text.as_bytes())
        .as_ref()
        .iter()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

#[expect(clippy::disallowed_methods, reason = "the one place where the system's randomness is read")]
fn fill_from_system(bytes: &mut [u8]) {
    // The call fails only where the kernel has no randomness at all; nothing safe can go on then.
    aws_lc_rs::rand::fill(bytes).unwrap_or_else(|_| std::process::abort());
}

fn fill_from_seed((seed, counter): &mut (u64, u64), bytes: &mut [u8]) {
    for chunk in bytes.chunks_mut(32) {
        let input = [seed.to_le_bytes(), counter.to_le_bytes()].concat();
        chunk.copy_from_slice(&digest::digest(&digest::SHA256, &input).as_ref()[..chunk.len()]);
        *counter += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_repeats_the_same_run_and_never_itself() {
        let (a, b) = (Random::seeded(42), Random::seeded(42));
        let first = a.token();
        assert_eq!(first, b.token());
        assert_ne!(first, a.token());
        assert!((0.5..1.5).contains(&a.jitter()));
    }
}
