//! Telnet commands in the byte stream, and polite refusals.

use std::collections::BTreeSet;

const IAC: u8 = 255;
const DONT: u8 = 254;
const DO: u8 = 253;
const WONT: u8 = 252;
const WILL: u8 = 251;
const SB: u8 = 250;
const SE: u8 = 240;

/// Separates text from commands, across reads.
#[derive(Debug, Default)]
pub(super) struct Options {
    state: State,
    /// What was refused already. RFC 854 forbids answering the same request twice, and a device that
    /// keeps asking would otherwise keep us talking.
    refused: BTreeSet<(u8, u8)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum State {
    #[default]
    Text,
    Command,
    /// WILL or DO was seen, its option is due.
    Offer(u8),
    /// WONT or DONT was seen; all options are off already, so there is nothing to say.
    Ignored,
    Sub,
    SubCommand,
}

impl Options {
    /// The text in these bytes, and what to answer.
    pub(super) fn read(&mut self, bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let (mut text, mut answer) = (Vec::new(), Vec::new());
        for &byte in bytes {
            self.state = match (self.state, byte) {
                (State::Text, IAC) => State::Command,
                (State::Command, IAC) | (State::Text, _) => {
                    text.push(byte);
                    State::Text
                }
                (State::Command, WILL | DO) => State::Offer(byte),
                (State::Command, WONT | DONT) => State::Ignored,
                (State::Command, SB) => State::Sub,
                (State::Command | State::Ignored, _) => State::Text,
                (State::Offer(verb), option) => {
                    if self.refused.insert((verb, option)) {
                        let no = if verb == WILL { DONT } else { WONT };
                        answer.extend([IAC, no, option]);
                    }
                    State::Text
                }
                (State::Sub, IAC) => State::SubCommand,
                (State::SubCommand, SE) => State::Text,
                (State::Sub | State::SubCommand, _) => State::Sub,
            };
        }
        (text, answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_are_refused_once_and_text_stays() {
        let mut options = Options::default();
        // As busybox telnetd opens: DO ECHO, DO NAWS, WILL ECHO, WILL SGA.
        let opening = b"\xff\xfd\x01\xff\xfd\x1f\xff\xfb\x01\xff\xfb\x03\r\nlogin: ";
        let (text, answer) = options.read(opening);
        assert_eq!(text, b"\r\nlogin: ");
        assert_eq!(answer, b"\xff\xfc\x01\xff\xfc\x1f\xff\xfe\x01\xff\xfe\x03");
        assert_eq!(options.read(opening).1, b"");
    }

    #[test]
    fn what_is_off_already_needs_no_answer() {
        let (text, answer) = Options::default().read(b"a\xff\xfe\x01\xff\xfc\x03\xff\xf9b");
        assert_eq!((text, answer), (b"ab".to_vec(), Vec::new()));
    }

    #[test]
    fn commands_may_be_split_between_reads() {
        let mut options = Options::default();
        let (mut text, mut answer) = (Vec::new(), Vec::new());
        for byte in b"x\xff\xffy\xff\xfa\x18\x01\xff\xff\xff\xf0z\xff\xfd\x18" {
            let (more, reply) = options.read(&[*byte]);
            text.extend(more);
            answer.extend(reply);
        }
        assert_eq!(text, b"x\xffyz");
        assert_eq!(answer, b"\xff\xfc\x18");
    }
}
