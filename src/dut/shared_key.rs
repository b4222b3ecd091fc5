//! How a shared key is written.

/// The bytes of a key that is written as text, or behind `hex:` in hexadecimal digits. What is wrong there is text.
pub fn key_bytes(text: &str) -> Vec<u8> {
    let digits = text.strip_prefix("hex:");
    let bytes = digits.and_then(|digits| {
        let pairs = digits.as_bytes().chunks(2);
        let byte = |pair: &[u8]| {
            let &[high, low] = pair else { return None };
            let digit = |it: u8| char::from(it).to_digit(16);
            u8::try_from(digit(high)? * 16 + digit(low)?).ok()
        };
        pairs.map(byte).collect::<Option<Vec<u8>>>()
    });
    bytes.unwrap_or_else(|| text.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_text_or_digits() {
        assert_eq!(key_bytes("sesame"), b"sesame");
        assert_eq!(key_bytes("hex:00fF10"), [0, 255, 16]);
        assert_eq!(key_bytes("hex:"), b"");
        for text in ["hex:0", "hex:0g", "hex:+1"] {
            assert_eq!(key_bytes(text), text.as_bytes(), "{text}");
        }
    }
}
