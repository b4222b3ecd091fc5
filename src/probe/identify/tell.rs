//! Telling a protocol from the first bytes of a service.

use super::greetings::greeter;
use super::product::{header, software};
use super::questions::{amqp, coap, openocd};
use crate::observation::Protocol;
use crate::text::shown;

/// Tells the protocol from a service's first bytes, and product and version where it says them,
/// safe to show.
pub fn classify(bytes: &[u8]) -> (Protocol, Option<String>) {
    let head = &bytes[..bytes.len().min(4096)];
    if let Some(told) = greeter(head) {
        return told;
    }
    if let Some(product) = openocd::tell(head).filter(|_| !head.starts_with(b"HTTP/")) {
        return (Protocol::Openocd, product);
    }
    let text = String::from_utf8_lossy(head);
    let first = text.lines().next().unwrap_or_default();
    let protocol = protocol(head, &text, first);
    let product = match protocol {
        Protocol::Http | Protocol::Rtsp | Protocol::Sip => header(&text, "server"),
        // RFC 4253, section 4.2: SSH-protoversion-softwareversion, lines before it allowed.
        Protocol::Ssh => text
            .lines()
            .find_map(|line| line.strip_prefix("SSH-")?.split_once('-'))
            .map(|(_, software)| software),
        Protocol::Vnc => Some(first),
        Protocol::Ftp | Protocol::Smtp => return (protocol, software(first)),
        _ => None,
    };
    let product = product
        .map(str::trim)
        .filter(|product| !product.is_empty())
        .map(|product| shown(product, 100));
    (protocol, product)
}

fn protocol(head: &[u8], text: &str, first: &str) -> Protocol {
    if text.lines().any(|line| line.starts_with("SSH-")) {
        Protocol::Ssh
    } else if head.starts_with(b"HTTP/") {
        if asks_for_tls(text) {
            Protocol::Tls
        } else if text.contains(MONGODB) {
            Protocol::Mongodb
        } else {
            Protocol::Http
        }
    } else if head.starts_with(b"RTSP/") {
        Protocol::Rtsp
    } else if head.starts_with(b"SIP/2.0 ") {
        Protocol::Sip
    } else if head == b"AMQP\0\0\x09\x01" || amqp::tell(head).is_some() {
        Protocol::Amqp
    } else if coap::begins(head) {
        Protocol::Coap
    } else if is_tls_record(head) {
        Protocol::Tls
    } else if head.starts_with(b"RFB ") {
        Protocol::Vnc
    } else if is_reply(first, "220") {
        greeting_of_220(text)
    } else if first == "+OK" || first.starts_with("+OK ") {
        Protocol::Pop3
    } else if first.starts_with("* OK") || first.starts_with("* PREAUTH") {
        Protocol::Imap
    } else if ["-ERR ", "-NOAUTH ", "-NOPERM ", "-DENIED "]
        .iter()
        .any(|error| first.starts_with(error))
    {
        Protocol::Redis
    } else if is_telnet_command(head) || is_terminal(text) {
        Protocol::Telnet
    } else {
        Protocol::Unknown
    }
}

/// What MongoDB answers to a web browser, in HTTP.
const MONGODB: &str = "you are trying to access MongoDB over HTTP";

/// Web servers that were spoken to in clear on a TLS port say so in HTTP.
fn asks_for_tls(text: &str) -> bool {
    text.starts_with("HTTP/1.")
        && [
            "plain HTTP request was sent to HTTPS port",
            "speaking plain HTTP to an SSL-enabled server port",
            "sent an HTTP request to an HTTPS server",
        ]
        .iter()
        .any(|sentence| text.contains(sentence))
}

/// RFC 8446, section 5.1: alert (21) or handshake (22), then version 3.x, then a length.
fn is_tls_record(head: &[u8]) -> bool {
    matches!(head, [21 | 22, 3, 0..=4, high, _, ..] if *high <= 0x48)
}

/// RFC 854: IAC, then a negotiation or a subnegotiation.
fn is_telnet_command(head: &[u8]) -> bool {
    matches!(head, [0xff, 0xfa..=0xfe, _, ..])
}

/// A login prompt or a shell prompt at the end.
fn is_terminal(text: &str) -> bool {
    use crate::probe::telnet::{Prompt, prompt};
    matches!(
        prompt(text),
        Some(Prompt::Login | Prompt::Password | Prompt::Shell)
    )
}

fn is_reply(line: &str, code: &str) -> bool {
    line.strip_prefix(code)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '-']))
}

/// Whether this is a greeting of FTP or SMTP that does not say of which.
pub(super) fn is_ambiguous(bytes: &[u8]) -> bool {
    bytes.starts_with(b"220") && classify(bytes).0 == Protocol::Unknown
}

/// FTP (RFC 959) and SMTP (RFC 5321) both greet with 220. What stands behind are answers to HELP and NOOP.
fn greeting_of_220(text: &str) -> Protocol {
    let text = text.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if says(&["smtp", "helo", "ehlo", "rcpt", "\n250 "]) {
        Protocol::Smtp
    } else if says(&["ftp", "retr", "pasv", "\n530 ", "\n200 "]) {
        Protocol::Ftp
    } else {
        Protocol::Unknown
    }
}
