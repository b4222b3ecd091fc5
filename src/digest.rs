//! SHA-256 as lower-case hex, the one digest that runs and certificates use.

use sha2::{Digest, Sha256};

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The SHA-256 of some bytes: 64 hex digits.
pub fn sha256_hex(bytes: impl AsRef<[u8]>) -> String {
    hex(&Sha256::digest(bytes.as_ref()))
}

/// The value of each byte as a lower-case hex digit; 16 and more of any other.
const VALUES: [u8; 256] = {
    let mut values = [0xff; 256];
    let mut value: u8 = 0;
    while value < 16 {
        values[DIGITS[value as usize] as usize] = value;
        value += 1;
    }
    values
};

/// The SHA-256 that 64 lower-case hex digits stand for; none of any other text.
pub fn parse_sha256(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    let mut digest = [0; 32];
    if digits.len() != 2 * digest.len() {
        return None;
    }
    // Looked at as a whole: a run has hundreds, and all of them are well.
    let mut wrong = 0;
    for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
        let (high, low) = (VALUES[usize::from(pair[0])], VALUES[usize::from(pair[1])]);
        wrong |= high | low;
        *byte = high << 4 | (low & 0xf);
    }
    (wrong < 16).then_some(digest)
}

/// Whether this is the SHA-256 of the bytes.
pub fn is_sha256_of(digest: &[u8; 32], bytes: &[u8]) -> bool {
    Sha256::digest(bytes)[..] == digest[..]
}

/// Bytes as lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for nibble in [byte >> 4, byte & 0xf] {
            text.push(char::from(DIGITS[usize::from(nibble)]));
        }
    }
    text
}

/// Whether a text is such a digest.
pub fn is_sha256_hex(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vector() {
        // FIPS 180-4 example, "abc".
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex("abc"), digest);
        assert!(is_sha256_hex(digest));
        assert!(!is_sha256_hex(&digest.to_uppercase()));
        assert!(!is_sha256_hex("../../etc/passwd"));
        let parsed = parse_sha256(digest).unwrap();
        assert_eq!(hex(&parsed), digest);
        assert!(is_sha256_of(&parsed, b"abc") && !is_sha256_of(&parsed, b"abd"));
        for wrong in [
            &digest[1..],
            &digest.to_uppercase(),
            &format!("{digest}0"),
            "",
            &digest.replace('b', "g"),
        ] {
            assert_eq!(parse_sha256(wrong), None, "{wrong}");
        }
    }
}
