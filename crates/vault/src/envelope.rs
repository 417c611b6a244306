//! The one text format of everything sealed, `v1.<key id>.<nonce>.<ciphertext>`, and the one cipher under it.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretBox};
use zeroize::Zeroizing;

use crate::{Error, KeyId};

/// 256 bits of key material, wiped when dropped.
pub(crate) type KeyBytes = SecretBox<[u8; 32]>;

const VERSION: &str = "v1";
const TAG_LENGTH: usize = 16;
/// Room for the longest secret in base64, with the tag and the head.
const LONGEST_TEXT: usize = crate::LONGEST_SECRET * 4 / 3 + 128;

/// Moves `bytes` to the heap and wipes the array they came in.
pub(crate) fn keep(bytes: &mut [u8; 32]) -> KeyBytes {
    let kept = SecretBox::init_with_mut(|key: &mut [u8; 32]| key.copy_from_slice(bytes));
    zeroize::Zeroize::zeroize(bytes);
    kept
}

/// A sealed text taken apart.
pub(crate) struct Envelope {
    pub(crate) key: KeyId,
    nonce: [u8; 12],
    ciphertext: Vec<u8>,
}

impl Envelope {
    /// Encrypts `plain` under `key`, authenticating `context` with it.
    ///
    /// AES-GCM-SIV (RFC 8452), because a repeated nonce must not cost more than showing that two texts are equal.
    pub(crate) fn seal(key: (&KeyId, &KeyBytes), nonce: [u8; 12], context: &[u8], plain: &[u8]) -> Self {
        let mut ciphertext = Vec::with_capacity(plain.len() + TAG_LENGTH);
        ciphertext.extend_from_slice(plain);
        cipher(key.1)
            .and_then(|cipher| {
                let nonce = Nonce::assume_unique_for_key(nonce);
                cipher.seal_in_place_append_tag(nonce, Aad::from(context), &mut ciphertext).ok()
            })
            .expect("AES-256-GCM-SIV takes any 32-byte key, 12-byte nonce and text of limited length");
        Self { key: key.0.clone(), nonce, ciphertext }
    }

    /// Decrypts, or says that key, context or text do not belong together.
    pub(crate) fn open(&self, key: &KeyBytes, context: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut text = Zeroizing::new(self.ciphertext.clone());
        let nonce = Nonce::assume_unique_for_key(self.nonce);
        let length = cipher(key)
            .and_then(|cipher| Some(cipher.open_in_place(nonce, Aad::from(context), &mut text).ok()?.len()))
            .ok_or(Error::DoesNotOpen)?;
        text.truncate(length);
        Ok(text)
    }

    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > LONGEST_TEXT {
            return Err(Error::Malformed);
        }
        Self::take_apart(text).ok_or(Error::Malformed)
    }

    fn take_apart(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        if parts.next()? != VERSION {
            return None;
        }
        let key = KeyId::parse(parts.next()?)?;
        let nonce = URL_SAFE_NO_PAD.decode(parts.next()?).ok()?.try_into().ok()?;
        let ciphertext = URL_SAFE_NO_PAD.decode(parts.next()?).ok()?;
        (parts.next().is_none() && ciphertext.len() >= TAG_LENGTH).then_some(Self { key, nonce, ciphertext })
    }

    pub(crate) fn to_text(&self) -> String {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        format!("{VERSION}.{}.{}.{}", self.key, encode(&self.nonce), encode(&self.ciphertext))
    }
}

fn cipher(key: &KeyBytes) -> Option<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM_SIV, key.expose_secret()).ok().map(LessSafeKey::new)
}
