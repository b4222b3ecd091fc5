//! As much of writing DER (X.690) as a public key needs. Reading is [`crate::update`]'s.

/// An element with this tag and content.
pub(super) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len();
    match u8::try_from(length) {
        Ok(short @ 0..=0x7f) => out.push(short),
        _ => {
            let bytes = length.to_be_bytes();
            let bytes = trimmed(&bytes);
            // No length of this machine has more than eight bytes.
            out.push(0x80 | (bytes.len() as u8));
            out.extend_from_slice(bytes);
        }
    }
    out.extend_from_slice(content);
    out
}

/// An INTEGER that is not negative, of its bytes, highest first.
pub(super) fn integer(number: &[u8]) -> Vec<u8> {
    let number = trimmed(number);
    let mut content = Vec::with_capacity(number.len() + 1);
    if number.first().is_none_or(|first| *first >= 0x80) {
        content.push(0);
    }
    content.extend_from_slice(number);
    element(0x02, &content)
}

/// A BIT STRING of whole bytes.
pub(super) fn bit_string(bytes: &[u8]) -> Vec<u8> {
    element(0x03, &[&[0], bytes].concat())
}

/// A SEQUENCE.
pub(super) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(0x30, &parts.concat())
}

/// A number without leading zero bytes.
pub(super) fn trimmed(number: &[u8]) -> &[u8] {
    let start = number.iter().position(|byte| *byte != 0);
    &number[start.unwrap_or(number.len())..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_numbers_have_the_shortest_form() {
        assert_eq!(element(4, &[]), [4, 0]);
        assert_eq!(element(4, &[7; 0x80])[..3], [4, 0x81, 0x80]);
        assert_eq!(element(4, &[7; 0x100])[..4], [4, 0x82, 1, 0]);
        assert_eq!(integer(&[0, 0, 5]), [2, 1, 5]);
        assert_eq!(integer(&[0x80]), [2, 2, 0, 0x80]);
        assert_eq!(integer(&[]), [2, 1, 0]);
        assert_eq!(bit_string(&[1]), [3, 2, 0, 1]);
        assert_eq!(sequence(&[&[1], &[2]]), [0x30, 2, 1, 2]);
    }
}
