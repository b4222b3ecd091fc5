//! Lines out of a Telnet stream: negotiation is dropped (RFC 854, RFC 855), line ends are recognised.

const IAC: u8 = 255;
const SB: u8 = 250;
const SE: u8 = 240;

/// Longer lines are cut.
const MAX_LINE: usize = 512;

/// Takes a stream apart, byte by byte.
#[derive(Debug, Default)]
pub(super) struct Lines {
    state: State,
    line: Vec<u8>,
    after_return: bool,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Data,
    Command,
    Option,
    Subnegotiation,
    SubnegotiationCommand,
}

/// What a byte meant.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Input {
    Nothing,
    /// A character that a terminal would echo.
    Typed(u8),
    Line(String),
}

impl Lines {
    pub(super) fn push(&mut self, byte: u8) -> Input {
        match (self.state, byte) {
            (State::Data, IAC) => self.state = State::Command,
            (State::Data, _) => return self.data(byte),
            (State::Command, IAC) => {
                self.state = State::Data;
                return self.data(byte);
            }
            (State::Command, SB) => self.state = State::Subnegotiation,
            (State::Command, 251..=254) => self.state = State::Option,
            (State::Command | State::Option, _) => self.state = State::Data,
            (State::Subnegotiation, IAC) => self.state = State::SubnegotiationCommand,
            (State::Subnegotiation, _) => {}
            (State::SubnegotiationCommand, SE) => self.state = State::Data,
            (State::SubnegotiationCommand, _) => self.state = State::Subnegotiation,
        }
        Input::Nothing
    }

    /// A line ends in CR LF, CR NUL, CR or LF.
    fn data(&mut self, byte: u8) -> Input {
        let second_half =
            std::mem::replace(&mut self.after_return, byte == b'\r') && matches!(byte, b'\n' | 0);
        match byte {
            _ if second_half => Input::Nothing,
            b'\r' | b'\n' => {
                let line = std::mem::take(&mut self.line);
                Input::Line(String::from_utf8_lossy(&line).into_owned())
            }
            0 => Input::Nothing,
            _ if self.line.len() >= MAX_LINE => Input::Nothing,
            _ => {
                self.line.push(byte);
                Input::Typed(byte)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<String> {
        let mut reader = Lines::default();
        let line = |&byte: &u8| match reader.push(byte) {
            Input::Line(line) => Some(line),
            _ => None,
        };
        bytes.iter().filter_map(line).collect()
    }

    #[test]
    fn every_line_end_counts_once() {
        assert_eq!(lines(b"a\r\nb\r\0c\nd\r\re"), ["a", "b", "c", "d", ""]);
    }

    #[test]
    fn negotiation_is_no_text() {
        assert_eq!(
            lines(b"\xff\xfd\x01a\xff\xfa\x18\x00\xff\xf0b\xff\xf1c\n"),
            ["abc"]
        );
    }

    #[test]
    fn a_long_line_is_cut() {
        let line = [vec![b'a'; 5000], vec![b'\n']].concat();
        assert_eq!(lines(&line), ["a".repeat(MAX_LINE)]);
    }
}
