//! Siemens S7 over ISO transport (RFC 1006; RFC 905, section 13.3), as Wireshark's `s7comm` reads it: a connection to a
//! PLC's usual place, then Setup Communication, which agrees on sizes. No variable is read.

use super::super::question::Question;
use super::read::{be16, slice};
use crate::observation::Protocol;

pub(in super::super) const QUESTION: Question = Question {
    word: "s7-setup",
    protocol: Protocol::S7,
    usual: &[102],
    inside: false,
    says: &[
        b"\x03\0\0\x16\x11\xe0\0\0\0\x01\0\xc0\x01\x0a\xc1\x02\x01\0\xc2\x02\x01\x02",
        b"\x03\0\0\x19\x02\xf0\x80\x32\x01\0\0\0\0\0\x08\0\0\xf0\0\0\x01\0\x01\x01\xe0",
    ],
    tell,
};

/// A connection confirm, then data that is an acknowledgement of S7 (0x32, type 3).
fn tell(bytes: &[u8]) -> Option<Option<String>> {
    let confirm = slice(bytes, 0, be16(bytes, 2)?)?;
    let answers = bytes[0] == 3
        && *confirm.get(5)? == 0xd0
        && slice(bytes, confirm.len() + 4, 5)? == b"\x02\xf0\x80\x32\x03";
    answers.then_some(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_both_answers_show_a_controller() {
        let confirm =
            b"\x03\0\0\x16\x11\xd0\0\x01\0\x02\0\xc0\x01\x0a\xc1\x02\x01\0\xc2\x02\x01\x02";
        let setup =
            b"\x03\0\0\x1b\x02\xf0\x80\x32\x03\0\0\0\0\0\x08\0\0\0\0\xf0\0\0\x01\0\x01\0\xf0";
        assert_eq!(tell(&[&confirm[..], setup].concat()), Some(None));
        assert_eq!(tell(confirm), None);
        assert_eq!(tell(&QUESTION.says.concat()), None);
    }
}
