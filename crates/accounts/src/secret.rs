//! What somebody holds (a cookie, a link, a key) is 256 random bits; what is stored is its SHA-256. A slow hash
//! would add nothing to that many random bits.

use aws_lc_rs::digest::{SHA256, digest};

/// What is stored of a random secret, in hexadecimal.
pub(crate) fn hash(secret: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let digest = digest(&SHA256, secret.as_bytes());
    let mut text = String::with_capacity(64);
    for byte in digest.as_ref() {
        text.push(char::from(HEX[usize::from(byte >> 4)]));
        text.push(char::from(HEX[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_hash_is_sha_256_in_hexadecimal() {
        assert_eq!(super::hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
