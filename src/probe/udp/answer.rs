//! What speaks, told from the first datagram that came back.

use crate::observation::{Protocol, Service};
use crate::probe::coap;
use crate::profile::Question;
use crate::text::shown;

/// What an answer shows. The port number has no part in it; the question has, because an answer must fit it.
pub(super) fn service(question: Question, sent: &[u8], received: &[u8]) -> Service {
    let protocol = protocol(question, sent, received);
    Service {
        protocol,
        tls: false,
        also_in_clear: false,
        product: product(protocol, received),
        spoke_after: Some(question.as_str().to_owned()),
        first_bytes: shown(&received[..received.len().min(512)], 256),
    }
}

fn protocol(question: Question, sent: &[u8], received: &[u8]) -> Protocol {
    let same = |at: usize, length: usize| {
        let both = sent.get(at..at + length).zip(received.get(at..at + length));
        both.is_some_and(|(sent, received)| sent == received)
    };
    let is = |told: bool, protocol: Protocol| if told { protocol } else { Protocol::Unknown };
    // RFC 1035, section 4.1.1: the id comes back, and the bit that says response is set.
    let is_dns = same(0, 2) && received.len() >= 12 && received[2] & 0x80 != 0;
    match question {
        Question::Coap => is(coap::answers(sent, received), Protocol::Coap),
        Question::Dns => is(is_dns, Protocol::Dns),
        Question::Mdns => is(is_dns, Protocol::Mdns),
        Question::Netbios => is(is_dns, Protocol::Netbios),
        // A DTLS record (RFC 6347, section 4.1): alert or handshake of some version.
        Question::Dtls => is(
            matches!(received, [21 | 22, 0xfe, 0xfd | 0xff, ..]) && received.len() > 13,
            Protocol::Dtls,
        ),
        // RFC 5905, section 7.3: server mode, and our transmit timestamp as its origin.
        Question::Ntp => is(
            received.len() >= 48
                && received[0] & 7 == 4
                && sent.get(40..48) == received.get(24..32),
            Protocol::Ntp,
        ),
        Question::Sip => is(received.starts_with(b"SIP/2.0 "), Protocol::Sip),
        // A sequence with a version of SNMP; a response or a report is in it.
        Question::Snmp => is(
            received.first() == Some(&0x30)
                && received
                    .windows(3)
                    .take(6)
                    .any(|it| matches!(it, [2, 1, 0 | 1 | 3])),
            Protocol::Snmp,
        ),
        Question::Ssdp => is(received.starts_with(b"HTTP/1.1 200"), Protocol::Ssdp),
        Question::Stun => is(
            matches!(received, [1, 1 | 0x11, ..]) && same(4, 16),
            Protocol::Stun,
        ),
        // RFC 1350, section 5: data, or an error.
        Question::Tftp => is(matches!(received, [0, 3 | 5, _, _, ..]), Protocol::Tftp),
        // MQTT-SN 1.2, section 5.4.3: GWINFO; or ADVERTISE, which gateways send by themselves.
        Question::MqttSn => is(
            matches!(received, [length, 0 | 2, ..] if usize::from(*length) == received.len()),
            Protocol::MqttSn,
        ),
        Question::Bacnet => is(
            matches!(received, [0x81, 0x0a | 0x0b, ..]),
            Protocol::Bacnet,
        ),
        Question::WsDiscovery => is(
            received.windows(12).any(|it| it == b"ProbeMatches"),
            Protocol::WsDiscovery,
        ),
        _ => Protocol::Unknown,
    }
}

/// The server's word for itself, safe to show.
fn product(protocol: Protocol, received: &[u8]) -> Option<String> {
    if !matches!(protocol, Protocol::Ssdp | Protocol::Sip) {
        return None;
    }
    let text = String::from_utf8_lossy(&received[..received.len().min(4096)]);
    let named = text.lines().skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.trim()
            .eq_ignore_ascii_case("server")
            .then(|| value.trim())
    })?;
    (!named.is_empty()).then(|| shown(named, 100))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::udp::payload::datagrams;

    fn told(question: Question, received: impl Fn(&[u8]) -> Vec<u8>) -> Protocol {
        let sent = datagrams(question, &[7; 32], std::net::Ipv4Addr::LOCALHOST.into()).remove(0);
        service(question, &sent, &received(&sent)).protocol
    }

    #[test]
    fn an_echo_is_none_of_the_protocols_that_answer_differently() {
        for (word, question) in Question::ALL {
            // What these ask has the shape of an answer, and no more is known of an answer.
            if matches!(question, Question::Bacnet | Question::Dtls | Question::Snmp) {
                continue;
            }
            assert_eq!(told(*question, <[u8]>::to_vec), Protocol::Unknown, "{word}");
        }
    }

    #[test]
    fn answers_are_told() {
        let dns = |sent: &[u8]| [&sent[..2], &[0x80, 5][..], &sent[4..]].concat();
        assert_eq!(told(Question::Dns, dns), Protocol::Dns);
        assert_eq!(told(Question::Mdns, dns), Protocol::Mdns);
        let another = |sent: &[u8]| [&[9, 9, 0x80, 5][..], &sent[4..]].concat();
        assert_eq!(told(Question::Dns, another), Protocol::Unknown);
        let ntp = |sent: &[u8]| [&[0x24][..], &[0; 23], &sent[40..], &[0; 16]].concat();
        assert_eq!(told(Question::Ntp, ntp), Protocol::Ntp);
        let coap = |sent: &[u8]| [&[0x64, 0x45], &sent[2..8]].concat();
        assert_eq!(told(Question::Coap, coap), Protocol::Coap);
        let tftp = |_: &[u8]| b"\0\x05\0\x01File not found\0".to_vec();
        assert_eq!(told(Question::Tftp, tftp), Protocol::Tftp);
        let stun = |sent: &[u8]| [&[1, 1, 0, 0], &sent[4..]].concat();
        assert_eq!(told(Question::Stun, stun), Protocol::Stun);
    }

    #[test]
    fn any_bytes_are_taken_without_harm() {
        for (_, question) in Question::ALL {
            for length in 0..80 {
                for byte in [0, 0x30, 0x45, 0x60, 0x81, 0xff] {
                    told(*question, |_| vec![byte; length]);
                }
            }
        }
        let ssdp = b"HTTP/1.1 200 OK\r\nSERVER: a\x1b[2Jb\r\n\r\n";
        let service = service(Question::Ssdp, b"", ssdp);
        assert_eq!(service.product.as_deref(), Some("a\\u{1b}[2Jb"));
    }
}
