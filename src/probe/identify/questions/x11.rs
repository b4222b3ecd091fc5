//! X11 (X Window System Protocol, section 8, "Connection Setup"), without authorisation.

use super::super::question::Question;
use super::read::{le16, product, slice};
use crate::observation::Protocol;

pub(in super::super) const QUESTION: Question = Question {
    word: "x11-setup",
    protocol: Protocol::X11,
    usual: &[6000, 6001],
    inside: false,
    // Least significant byte first, version 11.0.
    says: &[b"l\0\x0b\0\0\0\0\0\0\0\0\0"],
    tell,
};

/// Failed, success or authenticate; version 11; as many units of four bytes as it says.
fn tell(bytes: &[u8]) -> Option<Option<String>> {
    let whole = 8 + 4 * le16(bytes, 6)?;
    let answers = bytes[0] <= 2 && slice(bytes, 2, 4)? == [11, 0, 0, 0] && bytes.len() == whole;
    answers.then(|| match bytes[0] {
        1 => product(slice(bytes, 40, le16(bytes, 24)?)?),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_display_opens_or_refuses() {
        let refused = b"\0\x16\x0b\0\0\0\x06\0No protocol specified\n\0\0";
        assert_eq!(tell(refused), Some(None));
        assert_eq!(tell(&refused[..20]), None);
        let mut open = [0; 48];
        open[..8].copy_from_slice(b"\x01\0\x0b\0\0\0\x0a\0");
        open[24] = 5;
        open[40..45].copy_from_slice(b"X.Org");
        assert_eq!(tell(&open), Some(Some("X.Org".to_owned())));
        assert_eq!(tell(QUESTION.says[0]), None);
    }
}
