//! As much of DER (X.690) as a public key and a signature need.

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const SEQUENCE: u8 = 0x30;

/// The content of the element that comes first, and what comes after it.
///
/// Nothing where the tag is another, or the length is indefinite, not the shortest form, above 65,535
/// or more than there is.
pub(crate) fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = bytes.split_first()?;
    if *first != tag {
        return None;
    }
    let (length, rest) = match rest {
        [short @ 0..=0x7f, rest @ ..] => (usize::from(*short), rest),
        [0x81, length @ 0x80..=0xff, rest @ ..] => (usize::from(*length), rest),
        [0x82, high @ 1..=0xff, low, rest @ ..] => {
            (usize::from(u16::from_be_bytes([*high, *low])), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// The same, where nothing may come after it.
pub(crate) fn only(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let (content, rest) = element(bytes, tag)?;
    rest.is_empty().then_some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_the_shortest_and_never_more_than_there_is() {
        let long = |head: &[u8], body: usize| [head, &vec![7; body]].concat();
        assert_eq!(element(&[2, 1, 5, 9], INTEGER), Some((&[5][..], &[9][..])));
        assert!(element(&long(&[2, 0x81, 200], 200), INTEGER).is_some());
        assert!(element(&long(&[2, 0x82, 1, 0], 256), INTEGER).is_some());
        for wrong in [
            &[][..],
            &[2],
            &[3, 0],
            &[2, 1],
            &[2, 0x80, 0, 0],
            &[2, 0x81, 1, 5],
            &[2, 0x82, 0, 1, 5],
            &[2, 0x83, 0, 0, 1, 5],
            &[2, 0xff],
        ] {
            assert_eq!(element(wrong, INTEGER), None, "{wrong:?}");
        }
        assert_eq!(only(&[2, 1, 5, 9], INTEGER), None);
        assert_eq!(only(&[2, 1, 5], INTEGER), Some(&[5][..]));
    }
}
