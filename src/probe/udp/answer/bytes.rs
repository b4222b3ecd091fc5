//! Reading at a place in bytes that may end anywhere.

pub(super) fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    let two: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
    Some(u16::from_be_bytes(two))
}

pub(super) fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    be16(bytes, at).map(u16::swap_bytes)
}

pub(super) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    let four: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(u32::from_be_bytes(four))
}

/// So many bytes from there.
pub(super) fn part(bytes: &[u8], at: usize, length: usize) -> Option<&[u8]> {
    bytes.get(at..at.checked_add(length)?)
}

/// Whether both have the same bytes there.
pub(super) fn same(one: &[u8], other: &[u8], at: usize, length: usize) -> bool {
    part(one, at, length).is_some_and(|it| part(other, at, length) == Some(it))
}

/// Bytes as text, without the zeros and spaces at their end.
pub(super) fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.trim_end_matches(['\0', ' ']).to_owned()
}

/// What is there of several words, one after the other.
pub(super) fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let words: Vec<&str> = words.into_iter().filter(|it| !it.is_empty()).collect();
    (!words.is_empty()).then(|| words.join(" "))
}
