//! From clear text to TLS on a connection that begins in clear: SMTP (RFC 3207), IMAP (RFC 9051, section 6.2.1), POP3 (RFC 2595), FTP
//! (RFC 4217).

use std::time::Duration;

use super::client::lost;
use super::flight::Unclear;
use crate::observation::StartTls;
use crate::probe::name::EHLO;
use crate::probe::wire::{Heard, Wire};
use crate::text::shown;

/// The longest answer in clear.
const ANSWER: usize = 4096;

/// What is said, and how the answer that permits to go on begins.
struct Step {
    say: &'static str,
    expect: &'static str,
}

const fn step(say: &'static str, expect: &'static str) -> Step {
    Step { say, expect }
}

fn steps(protocol: StartTls) -> &'static [Step] {
    const SMTP: &[Step] = &[
        step("", "220"),
        step(EHLO, "250"),
        step("STARTTLS\r\n", "220"),
    ];
    const IMAP: &[Step] = &[step("", "* OK"), step("a1 STARTTLS\r\n", "a1 OK")];
    const POP3: &[Step] = &[step("", "+OK"), step("STLS\r\n", "+OK")];
    const FTP: &[Step] = &[step("", "220"), step("AUTH TLS\r\n", "234")];
    match protocol {
        StartTls::Smtp => SMTP,
        StartTls::Imap => IMAP,
        StartTls::Pop3 => POP3,
        StartTls::Ftp => FTP,
    }
}

/// Asks for TLS.
///
/// # Errors
///
/// Where it is refused, or not offered.
pub(in crate::probe::tls) async fn ask(
    wire: &mut Wire,
    protocol: StartTls,
    patience: Duration,
) -> Result<(), Unclear> {
    for step in steps(protocol) {
        wire.say(step.say.as_bytes()).await.map_err(lost)?;
        let mut answer = Vec::new();
        while !is_whole(&answer) {
            match wire.hear(patience).await.map_err(lost)? {
                Heard::Bytes(bytes) if answer.len() < ANSWER => answer.extend(bytes),
                Heard::Bytes(_) => return Err(Unclear::Malformed("an endless answer in clear")),
                Heard::Closed => return Err(Unclear::HungUp),
                Heard::Quiet => return Err(Unclear::Lost("no answer in clear".to_owned())),
            }
        }
        let line = last_line(&answer);
        if !line.starts_with(step.expect.as_bytes()) {
            return Err(match !step.say.is_empty() && refuses(protocol, line) {
                true => Unclear::StaysInClear(shown(line, 80)),
                false => Unclear::Malformed("it does not go on to TLS"),
            });
        }
    }
    Ok(())
}

/// Whether an answer says no for good, and not only for now.
fn refuses(protocol: StartTls, line: &[u8]) -> bool {
    let refusals: &[&[u8]] = match protocol {
        StartTls::Ftp | StartTls::Smtp => &[b"5"],
        StartTls::Imap => &[b"a1 NO", b"a1 BAD"],
        StartTls::Pop3 => &[b"-ERR"],
    };
    refusals.iter().any(|refusal| line.starts_with(refusal))
}

/// Whether the last line has come. Lines before it have a hyphen behind their number (RFC 5321, section 4.2.1; RFC 959), or
/// begin with `*` (IMAP).
fn is_whole(answer: &[u8]) -> bool {
    let line = last_line(answer);
    answer.ends_with(b"\n") && line.get(3) != Some(&b'-')
}

fn last_line(answer: &[u8]) -> &[u8] {
    let text = answer.trim_ascii_end();
    let start = text.iter().rposition(|byte| *byte == b'\n');
    start.map_or(text, |start| &text[start + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_says_no_for_good_is_a_refusal() {
        for (protocol, line, no) in [
            (
                StartTls::Ftp,
                &b"530 Please login with USER and PASS."[..],
                true,
            ),
            (StartTls::Ftp, b"431 Need some unavailable resource", false),
            (StartTls::Smtp, b"502 5.5.1 unknown command", true),
            (StartTls::Smtp, b"454 TLS not available now", false),
            (StartTls::Smtp, b"", false),
            (StartTls::Imap, b"a1 BAD unknown command", true),
            (StartTls::Imap, b"a1 NO not here", true),
            (StartTls::Imap, b"* BYE 5", false),
            (StartTls::Pop3, b"-ERR unknown command", true),
            (StartTls::Pop3, b"+OK", false),
        ] {
            assert_eq!(refuses(protocol, line), no, "{protocol:?} {line:?}");
        }
    }

    #[test]
    fn an_answer_is_whole_with_its_last_line() {
        assert!(is_whole(b"220 hub ESMTP\r\n"));
        assert!(is_whole(b"250-hub\r\n250 STARTTLS\r\n"));
        for part in [&b""[..], b"220 hub", b"250-hub\r\n", b"250-hub\r\n250 STAR"] {
            assert!(!is_whole(part), "{part:?}");
        }
        assert_eq!(last_line(b"250-hub\r\n250 STARTTLS\r\n"), b"250 STARTTLS");
    }
}
