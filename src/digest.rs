//! SHA-256 as lower-case hex, the one digest that runs and certificates use.

use sha2::{Digest, Sha256};

/// The SHA-256 of some bytes: 64 hex digits.
pub fn sha256_hex(bytes: impl AsRef<[u8]>) -> String {
    hex(&Sha256::digest(bytes.as_ref()))
}

/// The SHA-256 that 64 lower-case hex digits stand for; none of any other text.
pub fn parse_sha256(text: &str) -> Option<[u8; 32]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let digits = text.as_bytes();
    let mut digest = [0; 32];
    if digits.len() != 2 * digest.len() {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(digest)
}

/// Whether this is the SHA-256 of the bytes.
pub fn is_sha256_of(digest: &[u8; 32], bytes: &[u8]) -> bool {
    Sha256::digest(bytes)[..] == digest[..]
}

/// Bytes as lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
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
