//! DNS over TCP (RFC 1035, section 4.2.2; RFC 7766), asked for the server's version (RFC 4892), which it may refuse.

use super::super::question::Question;
use super::read::{be16, product, slice};
use crate::observation::Protocol;

/// Length; id, flags, one question: `version.bind`, TXT, CHAOS.
const ASKED: &[u8] = b"\0\x1e\x70\x6d\0\0\0\x01\0\0\0\0\0\0\x07version\x04bind\0\0\x10\0\x03";

pub(in super::super) const QUESTION: Question = Question {
    word: "dns-version-bind",
    protocol: Protocol::Dns,
    usual: &[53, 853],
    inside: true,
    says: &[ASKED],
    tell,
};

/// A response (section 4.1.1) to our id, of the length that it says.
fn tell(bytes: &[u8]) -> Option<Option<String>> {
    let message = slice(bytes, 2, be16(bytes, 0)?)?;
    let answers = message.starts_with(&ASKED[2..4]) && *message.get(2)? & 0xf8 == 0x80;
    answers.then(|| text(message))
}

/// The first character-string of the first answer, behind the question and a compressed or whole name.
fn text(message: &[u8]) -> Option<String> {
    if be16(message, 4)? != 1 || be16(message, 6)? == 0 {
        return None;
    }
    let mut at = ASKED.len() - 2;
    at += match *message.get(at)? {
        0xc0.. => 2,
        _ => 14,
    };
    if slice(message, at, 4)? != b"\0\x10\0\x03" {
        return None;
    }
    let length = usize::from(*message.get(at + 10)?);
    product(slice(message, at + 11, length)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_may_say_its_version_or_refuse() {
        let answer = b"\0\x39\x70\x6d\x84\0\0\x01\0\x01\0\0\0\0\x07version\x04bind\0\0\x10\0\x03\xc0\x0c\0\x10\0\x03\0\0\0\0\0\x0f\x0ednsmasq-2.90.1";
        assert_eq!(tell(answer), Some(Some("dnsmasq-2.90.1".to_owned())));
        let refused = b"\0\x1e\x70\x6d\x80\x05\0\x01\0\0\0\0\0\0\x07version\x04bind\0\0\x10\0\x03";
        assert_eq!(tell(refused), Some(None));
        // Cut off, of another id, or our own question.
        assert_eq!(tell(&answer[..40]), None);
        assert_eq!(tell(b"\0\x0c\x70\x6e\x80\x05\0\0\0\0\0\0\0\0"), None);
        assert_eq!(tell(ASKED), None);
    }
}
