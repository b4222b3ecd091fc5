//! CoAP over TCP (RFC 8323): both sides begin with a Capabilities and Settings Message, and a Ping gets a Pong.

use super::super::question::Question;
use super::read::{be16, be32, slice};
use crate::observation::Protocol;

/// Section 5.3.
const CSM: u8 = 0xe1;
/// Section 5.4.
const PONG: u8 = 0xe3;

pub(in super::super) const QUESTION: Question = Question {
    word: "coap-csm-ping",
    protocol: Protocol::Coap,
    usual: &[5683, 5684],
    inside: true,
    says: &[b"\x00\xe1\x00\xe2"],
    tell,
};

fn tell(bytes: &[u8]) -> Option<Option<String>> {
    let echoes = bytes.starts_with(QUESTION.says[0]);
    let answers = [CSM, PONG].contains(&code(bytes)?) && !echoes;
    answers.then_some(None)
}

/// Whether somebody begins of its own accord as section 5.3 demands, with options that such a message has.
pub(in super::super) fn begins(bytes: &[u8]) -> bool {
    code(bytes) == Some(CSM) && bytes.len() > 2
}

/// The code of the first message (section 3.2), where it is all there and its options are those of signaling.
fn code(bytes: &[u8]) -> Option<u8> {
    let first = *bytes.first()?;
    let token = usize::from(first & 0xf);
    let (extended, length) = match first >> 4 {
        length @ 0..=12 => (0, usize::from(length)),
        13 => (1, usize::from(*bytes.get(1)?) + 13),
        14 => (2, be16(bytes, 1)? + 269),
        _ => (4, be32(bytes, 1)?.checked_add(65805)?),
    };
    let code = *bytes.get(1 + extended)?;
    let options = slice(bytes, 2 + extended + token, length)?;
    (token <= 8 && signals(options)).then_some(code)
}

/// RFC 7252, section 3.1: deltas and lengths. Signaling knows the numbers 2 (message size, custody) and 4 (block-wise).
fn signals(mut options: &[u8]) -> bool {
    let mut number = 0;
    while let Some((head, rest)) = options.split_first() {
        number += head >> 4;
        let length = usize::from(head & 0xf);
        if ![2, 4].contains(&number) || length > 4 || length > rest.len() {
            return false;
        }
        options = &rest[length..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libcoap_begins_by_itself_and_answers_a_ping() {
        // coap-server of libcoap 4.3.1.
        assert!(begins(b"\x50\xe1\x23\x80\x01\x00\x20"));
        assert_eq!(
            tell(b"\x50\xe1\x23\x80\x01\x00\x20\x10\xe3\x20"),
            Some(None)
        );
        assert_eq!(tell(b"\x10\xe3\x20"), Some(None));
    }

    #[test]
    fn what_is_cut_off_or_has_other_options_is_nobody() {
        assert!(!begins(b"\x50\xe1\x23\x80\x01\x00"));
        assert!(!begins(b"\x50\xe1\x33\x80\x01\x00\x20"));
        assert!(!begins(b"\x09\xe1\0\0\0\0\0\0\0\0\0"));
        assert!(!begins(b"\x00\xe1"));
        assert_eq!(tell(b"\x00\xe2"), None);
        assert_eq!(tell(b"\xf0\xff\xff\xff\xff\xe1"), None);
    }
}
