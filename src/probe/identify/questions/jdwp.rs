//! The Java Debug Wire Protocol (Java Platform, JDWP specification): the handshake, then VirtualMachine.Version.
//!
//! Neither suspends anything. A machine that was started to wait for its debugger (`suspend=y`) goes on when we leave.

use super::super::question::Question;
use super::read::{be32, product, slice};
use crate::observation::Protocol;

const HANDSHAKE: &[u8] = b"JDWP-Handshake";

pub(in super::super) const QUESTION: Question = Question {
    word: "jdwp-handshake",
    protocol: Protocol::Jdwp,
    usual: &[5005, 8453, 8787],
    inside: false,
    says: &[HANDSHAKE, b"\0\0\0\x0b\0\0\0\x01\0\x01\x01"],
    tell,
};

/// The handshake comes back from whoever echoes, too: a reply packet (flag 0x80, error 0) must follow, or at
/// least not our own command.
fn tell(bytes: &[u8]) -> Option<Option<String>> {
    let reply = bytes.strip_prefix(HANDSHAKE)?;
    let answers = *reply.get(8)? == 0x80 && slice(reply, 4, 4)? == [0, 0, 0, 1];
    answers.then(|| {
        let skip = |at: usize| at.checked_add(4)?.checked_add(be32(reply, at)?);
        let text = |at: usize| slice(reply, at.checked_add(4)?, be32(reply, at)?);
        // Description, two numbers, then version and name of the machine.
        let version = skip(11)?.checked_add(8)?;
        let name = skip(version)?;
        product(&[text(name)?, b" ", text(version)?].concat())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_says_its_name_and_version() {
        let body = b"\0\0\0\x01x\0\0\0\x11\0\0\0\0\0\0\0\x0617.0.9\0\0\0\x07OpenJDK";
        let header = b"\0\0\0\x2c\0\0\0\x01\x80\0\0";
        let answer = [HANDSHAKE, header, body].concat();
        assert_eq!(tell(&answer), Some(Some("OpenJDK 17.0.9".to_owned())));
        assert_eq!(tell(&answer[..30]), Some(None));
    }

    #[test]
    fn an_echo_is_no_machine() {
        assert_eq!(tell(&QUESTION.says.concat()), None);
        assert_eq!(tell(HANDSHAKE), None);
    }
}
