//! What a body says once it is written plainly: UTF-16 as UTF-8, escaped characters as themselves.

use std::borrow::Cow;

/// How two bytes are one code unit.
type Unit = fn([u8; 2]) -> u16;

/// Bytes by which a text without a byte order mark is told to be UTF-16.
const SAMPLE: usize = 64;
/// The longest character reference, without `&` and `;`.
const REFERENCE: usize = 9;

/// UTF-16, as its byte order mark or its zero bytes tell it, in UTF-8; anything else as it stands.
pub(super) fn in_utf8(bytes: &[u8]) -> Cow<'_, [u8]> {
    let (text, unit): (&[u8], Unit) = match bytes {
        [0xff, 0xfe, text @ ..] => (text, u16::from_le_bytes),
        [0xfe, 0xff, text @ ..] => (text, u16::from_be_bytes),
        _ if is_ascii_beside_zeros(bytes, 0) => (bytes, u16::from_le_bytes),
        _ if is_ascii_beside_zeros(bytes, 1) => (bytes, u16::from_be_bytes),
        _ => return Cow::Borrowed(bytes),
    };
    let units = text.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let text: String = char::decode_utf16(units)
        .map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    Cow::Owned(text.into_bytes())
}

/// Whether a text begins with ASCII characters at `place` of each two bytes, and zeros at the other.
fn is_ascii_beside_zeros(bytes: &[u8], place: usize) -> bool {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let mut pairs = sample.chunks_exact(2).peekable();
    pairs.peek().is_some()
        && pairs.all(|pair| (1..128).contains(&pair[place]) && pair[1 - place] == 0)
}

/// A text with its character references (`&#68;`, `&#x44;`, `&amp;`) and its `\u0044` replaced by what they
/// stand for. None where it has none.
pub(super) fn unescaped(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    let mut found = false;
    while let Some(&first) = rest.first() {
        let escape = match first {
            b'&' => reference(&rest[1..]),
            b'\\' => code_unit(&rest[1..]),
            _ => None,
        };
        if let Some((character, length)) = escape {
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            rest = &rest[1 + length..];
            found = true;
        } else {
            out.push(first);
            rest = &rest[1..];
        }
    }
    found.then_some(out)
}

/// What a reference stands for, and its length behind the `&`. Browsers need no `;` behind a number.
fn reference(text: &[u8]) -> Option<(char, usize)> {
    let near = &text[..text.len().min(REFERENCE)];
    let end = near
        .iter()
        .position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'#')
        .unwrap_or(near.len());
    let name = std::str::from_utf8(&near[..end]).ok()?;
    let closed = near.get(end) == Some(&b';');
    let character = match name.strip_prefix('#') {
        Some(number) => char::from_u32(match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        })?,
        None if !closed => return None,
        None => match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            "nbsp" => ' ',
            "colon" => ':',
            "period" => '.',
            _ => return None,
        },
    };
    Some((character, end + usize::from(closed)))
}

/// `u0044` of a JSON or JavaScript string. Half of a pair is no character.
fn code_unit(text: &[u8]) -> Option<(char, usize)> {
    let digits = std::str::from_utf8(text.strip_prefix(b"u")?.get(..4)?).ok()?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u32::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
    Some((char::from_u32(number)?, 5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_is_told_by_its_mark_or_its_zeros() {
        let text = "{\"a\":\"\u{e4}\"}";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let long = "serial HH2-000417 ".repeat(9);
        let plain: Vec<u8> = long.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (bytes, expected) in [
            ([b"\xff\xfe".to_vec(), le].concat(), text),
            ([b"\xfe\xff".to_vec(), be].concat(), text),
            (plain, long.as_str()),
        ] {
            assert_eq!(in_utf8(&bytes), expected.as_bytes());
        }
        for other in [&b""[..], b"a", b"ab", b"\0\0\0\0", b"{\"a\":1}\0"] {
            assert_eq!(in_utf8(other), other);
        }
    }

    #[test]
    fn escapes_stand_for_characters() {
        for (text, plain) in [
            ("&#72;&#x48;2", "HH2"),
            ("&#72&#X48;2", "HH2"),
            ("a&amp;b&quot;&apos;", "a&b\"'"),
            ("\\u0048H2\\u002d0", "HH2-0"),
        ] {
            assert_eq!(unescaped(text.as_bytes()).unwrap(), plain.as_bytes());
        }
        for none in [
            "a&b",
            "&amp",
            "&#;",
            "&#xd800;",
            "\\u00",
            "\\u+123",
            "\\d83d",
            "&#99999999;",
        ] {
            assert_eq!(unescaped(none.as_bytes()), None, "{none}");
        }
    }
}
