//! The control connection: commands out, replies in (RFC 959, section 4.2).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use super::super::wire::{Fault, Heard, Wire};
use crate::evidence::Absence;
use crate::text::shown;

/// How long a server may think. Some delay a refusal by seconds on purpose.
const THINK: Duration = Duration::from_secs(10);
/// Lines of one reply.
const LINES: usize = 100;
/// Bytes of one line.
const LINE: usize = 2048;

/// A reply: its code, and the text of its last line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub code: u16,
    pub text: String,
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, shown(&self.text, 80))
    }
}

impl Reply {
    /// Whether it says that nothing is to be had before TLS (RFC 4217, section 12: 522, 534; many say 530 or
    /// 550, and why in words).
    pub(super) fn wants_tls(&self) -> bool {
        let words = self.text.to_ascii_uppercase();
        let named = ["TLS", "SSL", "ENCRYPT"]
            .iter()
            .any(|word| words.contains(word));
        match self.code {
            522 | 534 => true,
            421 | 500..=599 => named,
            _ => false,
        }
    }
}

/// A control connection.
#[derive(Debug)]
pub(super) struct Control {
    wire: Wire,
    unread: Vec<u8>,
}

impl Control {
    pub(super) fn new(wire: Wire) -> Self {
        Self {
            wire,
            unread: Vec::new(),
        }
    }

    /// Sends a command and waits for its reply.
    pub(super) async fn ask(
        &mut self,
        command: &str,
        argument: Option<&str>,
    ) -> Result<Reply, Fault> {
        self.send(command, argument).await?;
        self.reply().await
    }

    /// Sends a command. An argument with a line end would be two commands.
    pub(super) async fn send(
        &mut self,
        command: &str,
        argument: Option<&str>,
    ) -> Result<(), Fault> {
        let line = match argument {
            None => format!("{command}\r\n"),
            Some(argument) if argument.contains(['\r', '\n', '\0']) => {
                let detail = "a user name or password with a line end cannot be sent by FTP";
                return Err(Fault::new(Absence::HarnessFault, detail));
            }
            Some(argument) => format!("{command} {argument}\r\n"),
        };
        self.wire.say(line.as_bytes()).await
    }

    /// The next reply: one line, or several of which the first begins `123-` and the last `123 `.
    pub(super) async fn reply(&mut self) -> Result<Reply, Fault> {
        let first = self.line().await?;
        let Some((code, more)) = begins(&first) else {
            let what = shown(&first, 60);
            return Err(malformed(format!("a line that is no FTP reply: `{what}`")));
        };
        let mut last = first;
        if more {
            let mut lines = 1;
            loop {
                last = self.line().await?;
                lines += 1;
                if begins(&last) == Some((code, false)) {
                    break;
                }
                if lines >= LINES {
                    return Err(malformed("a reply without end".to_owned()));
                }
            }
        }
        let text = last.get(4..).unwrap_or_default();
        Ok(Reply {
            code,
            text: String::from_utf8_lossy(text).into_owned(),
        })
    }

    /// A line without its end.
    async fn line(&mut self) -> Result<Vec<u8>, Fault> {
        loop {
            if let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.unread.drain(..=end).collect();
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(line);
            }
            if self.unread.len() > LINE {
                return Err(malformed("a line without end".to_owned()));
            }
            match self.wire.hear(THINK).await? {
                Heard::Bytes(bytes) => self.unread.extend(bytes),
                Heard::Closed => {
                    let detail = "it hung up in the middle of the conversation";
                    return Err(Fault::new(Absence::Disconnected, detail));
                }
                Heard::Quiet => {
                    let seconds = THINK.as_secs();
                    let detail = format!("it gave no reply within {seconds} s");
                    return Err(Fault::new(Absence::NoAnswer, detail));
                }
            }
        }
    }
}

fn malformed(detail: String) -> Fault {
    Fault::new(Absence::Malformed, detail)
}

/// The code that a line begins with, and whether more lines follow. A line of three digits alone is a reply
/// without text, as some servers write it.
fn begins(line: &[u8]) -> Option<(u16, bool)> {
    let (digits, rest) = line.split_at_checked(3)?;
    let [hundreds @ b'1'..=b'5', b'0'..=b'5', b'0'..=b'9'] = digits else {
        return None;
    };
    let number = |digit: u8| u16::from(digit - b'0');
    let code = number(*hundreds) * 100 + number(digits[1]) * 10 + number(digits[2]);
    match rest.first() {
        None | Some(b' ') => Some((code, false)),
        Some(b'-') => Some((code, true)),
        Some(_) => None,
    }
}

/// The port of a reply to EPSV: `(|||6446|)`, with any character for `|` (RFC 2428, section 3).
pub(super) fn extended_port(text: &str) -> Option<u16> {
    let inside = text.split_once('(')?.1.split_once(')')?.0;
    let delimiter = inside.chars().next()?;
    let mut parts = inside.split(delimiter);
    let empty = [parts.next()?, parts.next()?, parts.next()?];
    let port: u16 = parts.next()?.parse().ok()?;
    let whole = parts.next() == Some("") && parts.next().is_none();
    (whole && port != 0 && empty.iter().all(|part| part.is_empty())).then_some(port)
}

/// The address and port of a reply to PASV: six numbers, wherever they stand (RFC 1123, section 4.1.2.6).
pub(super) fn passive_address(text: &str) -> Option<(IpAddr, u16)> {
    let from = text.find(|c: char| c.is_ascii_digit())?;
    let numbers = text[from..]
        .split(|c: char| !c.is_ascii_digit() && c != ',')
        .next()?;
    let numbers: Vec<u8> = numbers
        .split(',')
        .map(|number| number.parse().ok())
        .collect::<Option<_>>()?;
    let [a, b, c, d, high, low] = numbers[..] else {
        return None;
    };
    let port = u16::from_be_bytes([high, low]);
    (port != 0).then_some((Ipv4Addr::new(a, b, c, d).into(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_begins_with_a_code() {
        for (line, code) in [
            ("220 ready", Some((220, false))),
            ("220-ready", Some((220, true))),
            ("230", Some((230, false))),
            ("2200", None),
            ("620 x", None),
            ("260 x", None),
            ("22", None),
            ("", None),
            ("HTTP/1.1 200", None),
        ] {
            assert_eq!(begins(line.as_bytes()), code, "{line}");
        }
    }

    #[test]
    fn ports_are_read_or_refused() {
        for (text, port) in [
            ("Entering Extended Passive Mode (|||6446|)", Some(6446)),
            ("(!!!1!)", Some(1)),
            ("(|||0|)", None),
            ("(|||70000|)", None),
            ("(|1|192.0.2.9|21|)", None),
            ("(|||21)", None),
            ("()", None),
            ("|||21|", None),
        ] {
            assert_eq!(extended_port(text), port, "{text}");
        }
        let found = |text| passive_address(text).map(|(ip, port)| (ip.to_string(), port));
        let ours = Some(("192.0.2.9".to_owned(), 258));
        assert_eq!(found("Entering Passive Mode (192,0,2,9,1,2)."), ours);
        assert_eq!(found("Entering Passive Mode. 192,0,2,9,1,2"), ours);
        assert_eq!(found("(192,0,2,9,0,0)"), None);
        assert_eq!(found("(192,0,2,9,1,256)"), None);
        assert_eq!(found("(192,0,2,9,1)"), None);
        assert_eq!(found("none"), None);
    }

    #[test]
    fn only_a_refusal_that_speaks_of_tls_wants_it() {
        let wants = |code, text: &str| {
            Reply {
                code,
                text: text.to_owned(),
            }
            .wants_tls()
        };
        assert!(wants(534, ""));
        assert!(wants(530, "Non-anonymous sessions must use encryption."));
        assert!(wants(550, "SSL/TLS required on the control channel"));
        assert!(!wants(530, "Login incorrect."));
        assert!(!wants(331, "Password, or TLS"));
    }
}
