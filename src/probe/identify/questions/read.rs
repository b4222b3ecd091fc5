//! Numbers and texts out of an answer that may end anywhere.

use crate::text::shown;

/// Two bytes, the more significant first.
pub(super) fn be16(bytes: &[u8], at: usize) -> Option<usize> {
    let two = bytes.get(at..)?.first_chunk()?;
    Some(usize::from(u16::from_be_bytes(*two)))
}

/// Two bytes, the less significant first.
pub(super) fn le16(bytes: &[u8], at: usize) -> Option<usize> {
    let two = bytes.get(at..)?.first_chunk()?;
    Some(usize::from(u16::from_le_bytes(*two)))
}

/// Four bytes, the more significant first.
pub(super) fn be32(bytes: &[u8], at: usize) -> Option<usize> {
    let four = bytes.get(at..)?.first_chunk()?;
    usize::try_from(u32::from_be_bytes(*four)).ok()
}

/// Four bytes, the less significant first.
pub(super) fn le32(bytes: &[u8], at: usize) -> Option<usize> {
    let four = bytes.get(at..)?.first_chunk()?;
    usize::try_from(u32::from_le_bytes(*four)).ok()
}

/// So many bytes from a place on.
pub(super) fn slice(bytes: &[u8], at: usize, length: usize) -> Option<&[u8]> {
    bytes.get(at..at.checked_add(length)?)
}

/// What stands behind the first occurrence of `mark`.
pub(super) fn behind<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<&'a [u8]> {
    let at = bytes.windows(mark.len()).position(|it| it == mark)?;
    bytes.get(at + mark.len()..)
}

/// A product's text, safe to show; none where it is empty.
pub(super) fn product(text: &[u8]) -> Option<String> {
    let text = text.trim_ascii();
    (!text.is_empty()).then(|| shown(text, 100))
}
