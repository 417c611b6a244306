//! The master key: where it comes from as text, what is refused, and how it wraps data keys.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use secrecy::{ExposeSecret, SecretString};
use zeroize::{Zeroize, Zeroizing};

use crate::envelope::{Envelope, KeyBytes, keep};
use crate::place::context;
use crate::{DataKey, Error, KeyId};

const FORGIVING: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, FORGIVING);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, FORGIVING);
/// Of 32 random bytes about 30 differ; fewer than this never happens by chance.
const FEWEST_DIFFERENT_BYTES: usize = 16;

/// Why a master key cannot be used; each says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MasterKeyError {
    #[error("there is no master key; give one of 32 random bytes, written in base64 or hex")]
    Missing,
    #[error("the master key is not 32 bytes written in base64 (44 characters) or hex (64 characters)")]
    Malformed,
    #[error(
        "the master key is not random; make one with `openssl rand -base64 32`, not from words or a pattern"
    )]
    Weak,
    #[error("this is not the master key the database was sealed with; start with key {needed} again")]
    Wrong {
        /// The key that the database asks for.
        needed: KeyId,
    },
    #[error("a stored data key is damaged; restore the database from a backup")]
    Damaged,
}

/// The installation's key, 32 random bytes; it wraps data keys and nothing else.
pub struct MasterKey {
    id: KeyId,
    bytes: KeyBytes,
}

impl MasterKey {
    /// Reads a key written in base64 (either alphabet, padded or not) or hex; surrounding white space is ignored.
    pub fn parse(text: &str) -> Result<Self, MasterKeyError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(MasterKeyError::Missing);
        }
        Self::from_bytes(decode(text).ok_or(MasterKeyError::Malformed)?)
    }

    /// Takes 32 bytes, such as fresh random ones, and refuses those that chance would not have made.
    pub fn from_bytes(mut bytes: [u8; 32]) -> Result<Self, MasterKeyError> {
        if looks_made_up(&bytes) {
            bytes.zeroize();
            return Err(MasterKeyError::Weak);
        }
        Ok(Self { id: KeyId::of("switchboard master key", &bytes), bytes: keep(&mut bytes) })
    }

    /// The key in base64, for writing the key file at the first start.
    pub fn to_text(&self) -> SecretString {
        STANDARD.encode(self.bytes.expose_secret()).into()
    }

    /// The name that keys wrapped by this one carry.
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// Wraps a data key for storage; `nonce` is fresh and random.
    pub fn wrap(&self, key: &DataKey, nonce: [u8; 12], organization: &str) -> String {
        let plain = key.bytes.expose_secret();
        Envelope::seal((&self.id, &self.bytes), nonce, &wrapping_context(organization), plain).to_text()
    }

    /// Unwraps a data key of this organization.
    pub fn unwrap(&self, wrapped: &str, organization: &str) -> Result<DataKey, Error> {
        let envelope = Envelope::parse(wrapped)?;
        if envelope.key != self.id {
            return Err(Error::UnknownKey(envelope.key));
        }
        let plain = envelope.open(&self.bytes, &wrapping_context(organization))?;
        let bytes = plain.as_slice().try_into().map_err(|_| Error::Malformed)?;
        Ok(DataKey::from_random(bytes))
    }
}

/// The master key that a wrapped data key asks for.
pub(crate) fn needed_by(wrapped: &str) -> Result<KeyId, Error> {
    Ok(Envelope::parse(wrapped)?.key)
}

fn wrapping_context(organization: &str) -> Vec<u8> {
    context("data key", &[organization])
}

fn decode(text: &str) -> Option<[u8; 32]> {
    let bytes = match text.len() {
        64 => decode_hex(text)?,
        43 | 44 => STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()?,
        _ => return None,
    };
    Zeroizing::new(bytes).as_slice().try_into().ok()
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|d| d.try_into().ok())).collect();
    Some(Zeroizing::new(digits?).chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// Few different bytes, readable text, or a steady count are the marks of a key that a person invented.
fn looks_made_up(bytes: &[u8; 32]) -> bool {
    let different = bytes.iter().collect::<std::collections::HashSet<_>>().len();
    let readable = bytes.iter().all(|byte| (b' '..=b'~').contains(byte));
    let steps = bytes.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]));
    let counts = steps.collect::<std::collections::HashSet<_>>().len() == 1;
    different < FEWEST_DIFFERENT_BYTES || readable || counts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that look random enough, made from a seed.
    fn bytes(seed: u8) -> [u8; 32] {
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &[seed]).as_ref().try_into().unwrap()
    }

    fn fault(text: &str) -> Option<MasterKeyError> {
        MasterKey::parse(text).err()
    }

    #[test]
    fn hex_and_both_base64_alphabets_mean_the_same_key() {
        let key = MasterKey::from_bytes(bytes(1)).ok().unwrap();
        let hex = bytes(1).map(|b| format!("{b:02X}")).concat();
        let padded = key.to_text().expose_secret().to_owned();
        for text in [
            hex,
            padded.replace('+', "-").replace('/', "_"),
            format!("  {padded}\n"),
            padded.replace('=', ""),
        ] {
            assert_eq!(MasterKey::parse(&text).ok().unwrap().id(), key.id());
        }
    }

    #[test]
    fn a_key_that_is_no_key_is_told_by_kind() {
        assert_eq!(fault(" \n"), Some(MasterKeyError::Missing));
        assert_eq!(fault("correct horse battery staple"), Some(MasterKeyError::Malformed));
        assert_eq!(fault(&"z".repeat(64)), Some(MasterKeyError::Malformed));
        assert_eq!(fault(&"é".repeat(32)), Some(MasterKeyError::Malformed));
        assert_eq!(fault(&"0".repeat(64)), Some(MasterKeyError::Weak));
        assert_eq!(fault(&"0123456789abcdef".repeat(4)), Some(MasterKeyError::Weak));
        let passphrase = STANDARD.encode("my very long and secret password");
        assert_eq!(fault(&passphrase), Some(MasterKeyError::Weak));
        let counting = std::array::from_fn::<_, 32, _>(|n| format!("{n:02x}")).concat();
        assert_eq!(fault(&counting), Some(MasterKeyError::Weak));
    }

    #[test]
    fn a_data_key_comes_back_only_for_its_organization_and_master_key() {
        let (master, other) =
            (MasterKey::from_bytes(bytes(1)).ok().unwrap(), MasterKey::from_bytes(bytes(2)).ok().unwrap());
        let key = DataKey::from_random(bytes(3));
        let wrapped = master.wrap(&key, [7; 12], "org-1");
        assert_eq!(master.unwrap(&wrapped, "org-1").ok().unwrap().id(), key.id());
        assert_eq!(master.unwrap(&wrapped, "org-2").err(), Some(Error::DoesNotOpen));
        assert_eq!(other.unwrap(&wrapped, "org-1").err(), Some(Error::UnknownKey(master.id().clone())));
    }

    #[test]
    fn a_forged_key_name_does_not_make_the_wrong_master_key_right() {
        let (master, other) =
            (MasterKey::from_bytes(bytes(1)).ok().unwrap(), MasterKey::from_bytes(bytes(2)).ok().unwrap());
        let wrapped = master.wrap(&DataKey::from_random(bytes(3)), [7; 12], "org-1");
        let forged = wrapped.replace(master.id().as_str(), other.id().as_str());
        assert_eq!(other.unwrap(&forged, "org-1").err(), Some(Error::DoesNotOpen));
    }
}
