//! The answer to a ClientHello: records (RFC 8446, section 5.1) and the ServerHello in them. Bounded,
//! because whoever answers may be anything.

use crate::observation::{OfferAnswer, TlsVersion};

/// Bytes of an answer that are looked at. A ServerHello is about a hundred.
pub(super) const LIMIT: usize = 16 * 1024;
/// The longest ServerHello.
const HELLO: usize = 2048;
/// The longest record: TLS 1.2 allows 2048 bytes above 2^14 (RFC 5246, section 6.2.3).
const RECORD: usize = (1 << 14) + 2048;
/// Alerts by which a server plainly refuses: handshake_failure, protocol_version, inappropriate_fallback
/// and insufficient_security. The first and the last also say that no offered suite or group would do;
/// of the versions that must not be taken, a hello offers them all. Any other alert may have been set
/// off by something else in the hello.
const REFUSALS: [u8; 4] = [40, 70, 71, 86];

/// What `bytes` say so far about an offer of `version` with `suites`. None: more is needed.
pub(super) fn read(bytes: &[u8], version: TlsVersion, suites: &[u16]) -> Option<OfferAnswer> {
    let mut rest = bytes;
    let mut handshake = Vec::new();
    loop {
        // The type of a record tells at once who does not speak TLS at all.
        if rest.first().is_some_and(|kind| !matches!(kind, 21 | 22)) {
            return Some(malformed("the answer is no TLS record"));
        }
        let [kind, major, _, high, low, ..] = *rest else {
            return None;
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if major != 3 || length == 0 || length > RECORD {
            return Some(malformed("the answer is no TLS record"));
        }
        let content = rest.get(5..5 + length)?;
        rest = &rest[5 + length..];
        if kind == 21 {
            match content {
                // Unrecognised name, as a warning, comes before the hello.
                [1, 112] => continue,
                [_, alert] if handshake.is_empty() => return Some(refusal(*alert)),
                _ => return Some(malformed("an alert that is none")),
            }
        }
        handshake.extend_from_slice(content);
        if let Some(answer) = message(&handshake, version, suites) {
            return Some(answer);
        }
    }
}

fn refusal(alert: u8) -> OfferAnswer {
    if REFUSALS.contains(&alert) {
        OfferAnswer::Refused { alert }
    } else {
        unclear(format!("alert {alert}, which does not say why"))
    }
}

/// The first handshake message. None: it is not whole yet.
fn message(bytes: &[u8], version: TlsVersion, suites: &[u16]) -> Option<OfferAnswer> {
    if bytes.first().is_some_and(|kind| *kind != 2) {
        return Some(malformed("the first message is no ServerHello"));
    }
    let [_, top, high, low, ..] = *bytes else {
        return None;
    };
    let length = usize::from(top) << 16 | usize::from(u16::from_be_bytes([high, low]));
    if length > HELLO {
        return Some(malformed("a ServerHello of absurd length"));
    }
    let body = bytes.get(4..4 + length)?;
    let Some((selected, suite)) = server_hello(body) else {
        return Some(malformed("a ServerHello that cannot be read"));
    };
    Some(match TlsVersion::of_wire(selected) {
        Some(selected)
            if selected > version || version == TlsVersion::Tls13 && selected != version =>
        {
            malformed("a version that was not offered")
        }
        Some(_) if !suites.contains(&suite) => malformed("a cipher suite that was not offered"),
        Some(selected) => OfferAnswer::Accepted {
            selected,
            suite: format!("0x{suite:04x}"),
        },
        None => malformed("a version that does not exist"),
    })
}

/// Version and suite of a ServerHello, also of one that asks for another key share.
fn server_hello(body: &[u8]) -> Option<(u16, u16)> {
    let (legacy, rest) = number(body)?;
    let (_random, rest) = rest.split_at_checked(32)?;
    let (&session, rest) = rest.split_first()?;
    let (_session, rest) = rest.split_at_checked(usize::from(session))?;
    let (suite, rest) = number(rest)?;
    let (_compression, rest) = rest.split_first()?;
    let selected = match rest {
        [] => legacy,
        rest => {
            let (length, rest) = number(rest)?;
            let extensions = rest.get(..usize::from(length))?;
            supported_version(extensions)?.unwrap_or(legacy)
        }
    };
    Some((selected, suite))
}

/// The version in the extension supported_versions (43), where there is one.
fn supported_version(mut extensions: &[u8]) -> Option<Option<u16>> {
    let mut version = None;
    while !extensions.is_empty() {
        let (kind, rest) = number(extensions)?;
        let (length, rest) = number(rest)?;
        let (content, rest) = rest.split_at_checked(usize::from(length))?;
        if kind == 43 {
            version = Some(number(content)?.0);
        }
        extensions = rest;
    }
    Some(version)
}

fn number(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u16::from_be_bytes(*number), rest))
}

/// An answer that shows neither acceptance nor refusal.
pub(super) fn unclear(detail: impl Into<String>) -> OfferAnswer {
    OfferAnswer::Unclear {
        detail: detail.into(),
    }
}

fn malformed(what: &str) -> OfferAnswer {
    unclear(format!("malformed: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use TlsVersion::{Ssl30, Tls10, Tls11, Tls12, Tls13};

    fn record(kind: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[kind, 3, 3, length[0], length[1]], content].concat()
    }

    fn hello(version: u16, suite: u16, extensions: &[u8]) -> Vec<u8> {
        let mut body = [&version.to_be_bytes()[..], &[9; 32], &[0]].concat();
        body.extend(suite.to_be_bytes());
        body.push(0);
        if !extensions.is_empty() {
            body.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
            body.extend(extensions);
        }
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        [&[2, length[1], length[2], length[3]], &body[..]].concat()
    }

    const SUITES: &[u16] = &[0x002f, 0x1301];

    fn accepted(selected: TlsVersion, suite: &str) -> Option<OfferAnswer> {
        Some(OfferAnswer::Accepted {
            selected,
            suite: suite.to_owned(),
        })
    }

    #[test]
    fn a_version_and_suite_that_were_offered_are_accepted() {
        let answer = |bytes: &[u8], version| read(&record(22, bytes), version, SUITES);
        assert_eq!(
            answer(&hello(0x0301, 0x2f, &[]), Tls10),
            accepted(Tls10, "0x002f")
        );
        assert_eq!(
            answer(&hello(0x0301, 0x2f, &[]), Tls12),
            accepted(Tls10, "0x002f")
        );
        assert_eq!(
            answer(&hello(0x0300, 0x2f, &[]), Tls10),
            accepted(Ssl30, "0x002f")
        );
        let extension = [0, 43, 0, 2, 3, 4];
        let modern = hello(0x0303, 0x1301, &extension);
        assert_eq!(answer(&modern, Tls13), accepted(Tls13, "0x1301"));
    }

    #[test]
    fn what_was_never_offered_is_malformed() {
        let wrong = [
            (hello(0x0302, 0x2f, &[]), Tls10),
            (hello(0x0303, 0x2f, &[]), Tls11),
            (hello(0x0303, 0x1301, &[]), Tls13),
            (hello(0x0301, 0x0005, &[]), Tls10),
            (hello(0x0399, 0x002f, &[]), Tls12),
            (hello(0x0301, 0x002f, &[0, 43, 0, 9]), Tls10),
            (vec![11, 0, 0, 1, 0], Tls10),
            (vec![2, 0xff, 0xff, 0xff], Tls10),
        ];
        for (bytes, version) in wrong {
            let answer = read(&record(22, &bytes), version, SUITES);
            let Some(OfferAnswer::Unclear { detail }) = &answer else {
                panic!("{bytes:02x?}: {answer:?}");
            };
            assert!(detail.starts_with("malformed"), "{detail}");
        }
    }

    #[test]
    fn only_plain_alerts_refuse() {
        for alert in [40, 70, 71, 86] {
            let answer = read(&record(21, &[2, alert]), Tls10, SUITES);
            assert_eq!(answer, Some(OfferAnswer::Refused { alert }));
        }
        for alert in [0, 10, 47, 80, 112] {
            let answer = read(&record(21, &[2, alert]), Tls10, SUITES);
            assert!(
                matches!(answer, Some(OfferAnswer::Unclear { .. })),
                "{alert}"
            );
        }
    }

    #[test]
    fn a_hello_in_pieces_is_put_together_at_every_length() {
        let hello = hello(0x0301, 0x2f, &[]);
        for cut in 1..hello.len() {
            let (one, two) = hello.split_at(cut);
            let bytes = [record(22, one), record(22, two)].concat();
            assert_eq!(read(&bytes, Tls10, SUITES), accepted(Tls10, "0x002f"));
            for end in 0..bytes.len() {
                assert_eq!(read(&bytes[..end], Tls10, SUITES), None, "{cut} {end}");
            }
        }
    }

    #[test]
    fn a_warning_before_the_hello_is_passed_over() {
        let bytes = [record(21, &[1, 112]), record(22, &hello(0x0301, 0x2f, &[]))].concat();
        assert_eq!(read(&bytes, Tls10, SUITES), accepted(Tls10, "0x002f"));
    }

    #[test]
    fn what_is_no_record_is_malformed_at_its_first_byte() {
        for bytes in [
            &b"HTTP/1.1 400"[..],
            b"\x16\x02\x00\x00\x05",
            b"\x16\x03\x03\xff\xff",
            b"\x16\x03\x03\0\0",
        ] {
            assert!(matches!(
                read(bytes, Tls10, SUITES),
                Some(OfferAnswer::Unclear { .. })
            ));
        }
    }
}
