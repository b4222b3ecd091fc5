//! Questions that take more than a line: Matter, BACnet, DNP3, LLMNR, IKE.

use std::net::IpAddr;

/// The base point of P-256 (SEC 2, section 2.4.2), which everybody knows: a legal key of nobody.
const BASE_POINT: [u8; 65] = [
    0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40,
    0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2,
    0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e,
    0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51,
    0xf5,
];

/// Matter 1.3, section 4.14.2.3 (Sigma1): begins a session in a fabric that nobody has. A node answers that it shares
/// none, and keeps nothing. The other way to begin, PASE, would occupy a node that waits for its owner.
pub(super) fn matter(random: &[u8; 32]) -> Vec<u8> {
    [
        // Section 4.4.1: a source of 64 bits follows, session 0, unencrypted; a counter; the source.
        &[4, 0, 0, 0][..],
        &random[..4],
        &random[4..12],
        // Section 4.4.3: initiator, Sigma1, exchange, the protocol of secure channels.
        &[1, 0x30],
        &random[12..14],
        &[0, 0],
        // A structure: random, session id, destination, key; by tags 1 to 4.
        &[0x15, 0x30, 1, 32],
        random,
        &[0x25, 2],
        &random[14..16],
        &[0x30, 3, 32],
        random,
        &[0x30, 4, 65],
        &BASE_POINT,
        &[0x18],
    ]
    .concat()
}

/// ANSI/ASHRAE 135, annex J: ReadPropertyMultiple of vendor, model and firmware; then ReadProperty of the object
/// identifier, for devices that know only that. Both of the device, by the wildcard instance 4194303.
pub(super) fn bacnet() -> Vec<Vec<u8>> {
    let device = [0x0c, 2, 0x3f, 0xff, 0xff];
    vec![
        [
            &[0x81, 0x0a, 0, 0x17, 1, 4, 0, 5, 1, 0x0e][..],
            &device,
            &[0x1e, 9, 121, 9, 70, 9, 44, 0x1f],
        ]
        .concat(),
        [
            &[0x81, 0x0a, 0, 0x11, 1, 4, 0, 5, 1, 0x0c][..],
            &device,
            &[0x19, 75],
        ]
        .concat(),
    ]
}

/// IEEE 1815, clause 9: a request for the state of the link, to the addresses that outstations have as shipped.
pub(super) fn dnp3() -> Vec<Vec<u8>> {
    let frame = |station: u8| {
        let head = [5, 0x64, 5, 0xc9, station, 0, 0, 0];
        [&head[..], &dnp3_checksum(&head).to_le_bytes()].concat()
    };
    [1, 10, 0].map(frame).to_vec()
}

/// IEEE 1815, clause 9: x16 + x13 + x12 + x11 + x10 + x8 + x6 + x5 + x2 + 1, least bit first, complemented.
pub(in crate::probe::udp) fn dnp3_checksum(bytes: &[u8]) -> u16 {
    let step = |sum: u16, _| match sum & 1 {
        1 => (sum >> 1) ^ 0xa6bc,
        _ => sum >> 1,
    };
    let byte = |sum: u16, byte: &u8| (0..8).fold(sum ^ u16::from(*byte), step);
    !bytes.iter().fold(0, byte)
}

/// RFC 4795, section 2.1: the name of the host that has this address (RFC 1035, section 3.5; RFC 3596, section 2.5).
pub(super) fn llmnr(id: &[u8], host: IpAddr) -> Vec<u8> {
    let labels: Vec<String> = match host {
        IpAddr::V4(ip) => {
            let numbers = ip.octets().into_iter().rev().map(|it| it.to_string());
            numbers.chain(["in-addr".to_owned()]).collect()
        }
        IpAddr::V6(ip) => {
            let digits = crate::digest::hex(&ip.octets());
            let digits = digits.chars().rev().map(String::from);
            digits.chain(["ip6".to_owned()]).collect()
        }
    };
    let mut name = Vec::new();
    for label in labels.iter().map(String::as_str).chain(["arpa"]) {
        // At most eight letters.
        name.push(label.len() as u8);
        name.extend(label.as_bytes());
    }
    [
        id,
        &[0, 0, 0, 1, 0, 0, 0, 0, 0, 0],
        &name,
        &[0, 0, 12, 0, 1],
    ]
    .concat()
}

/// RFC 7296, section 2.5: a request of a major version that nobody has draws a notification, and no state is kept.
pub(super) fn ike(random: &[u8; 32]) -> Vec<u8> {
    let (initiator, responder) = (&random[..8], [0; 8]);
    // No payload, version 3.0, IKE_SA_INIT, from the initiator; message 0; 28 bytes.
    let rest = [0, 0x30, 34, 8, 0, 0, 0, 0, 0, 0, 0, 28];
    [initiator, &responder, &rest].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dnp3_is_asked_as_scanners_do() {
        // The request of nmap's script dnp3-info for station 0.
        let frames = dnp3();
        assert_eq!(frames[2], [5, 0x64, 5, 0xc9, 0, 0, 0, 0, 0x36, 0x4c]);
        assert_eq!(frames[0][4], 1);
    }

    #[test]
    fn llmnr_asks_for_the_name_of_the_address() {
        let asked = llmnr(&[1, 2], [10, 9, 8, 7].into());
        let head = [1, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        let name = b"\x017\x018\x019\x0210\x07in-addr\x04arpa\0\0\x0c\0\x01";
        assert_eq!(asked, [&head[..], name].concat());
        let asked = llmnr(&[1, 2], "2001:db8::1".parse().unwrap());
        let name = b"\x011\x010\x010\x010";
        assert!(asked[12..].starts_with(name) && asked.len() == 12 + 64 + 9 + 5);
        assert!(asked.ends_with(b"\x012\x03ip6\x04arpa\0\0\x0c\0\x01"));
    }

    #[test]
    fn lengths_inside_are_those_of_what_follows() {
        for datagram in bacnet() {
            assert_eq!(usize::from(datagram[3]), datagram.len());
        }
        let ike = ike(&[7; 32]);
        assert_eq!((ike.len(), ike[27]), (28, 28));
        let matter = matter(&[7; 32]);
        // Headers of 16 and 6 bytes; fields of 4 + 32, 2 + 2, 3 + 32 and 3 + 65 bytes; the end.
        assert_eq!(matter.len(), 22 + 36 + 4 + 35 + 68 + 1);
    }
}
