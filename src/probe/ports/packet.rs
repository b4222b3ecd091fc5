//! TCP packets: the SYN that asks, and what can be read of an answer. Pure.
//!
//! RFC 9293 section 3.1 (TCP header), RFC 1071 (checksum), RFC 791 section 3.1 (IPv4 header).

use std::net::{IpAddr, Ipv4Addr};

pub(super) const TCP: u8 = 6;

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const ACK: u8 = 0x10;

/// Without options a header has so many bytes.
const HEADER: usize = 20;
/// A header with the one option that every stack sends, the largest segment that it takes.
pub(super) const SYN_LENGTH: usize = 24;
/// Small: nothing is ever to be received.
const WINDOW: u16 = 1024;

/// Who asks whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ends {
    pub(super) local: IpAddr,
    pub(super) remote: IpAddr,
    pub(super) local_port: u16,
    pub(super) remote_port: u16,
}

/// A SYN with its checksum. Both addresses are of one family.
pub(super) fn syn(ends: &Ends, sequence: u32) -> [u8; SYN_LENGTH] {
    let largest_segment: u16 = match ends.remote {
        IpAddr::V4(_) => 1460,
        IpAddr::V6(_) => 1440,
    };
    let mut packet = [0; SYN_LENGTH];
    packet[0..2].copy_from_slice(&ends.local_port.to_be_bytes());
    packet[2..4].copy_from_slice(&ends.remote_port.to_be_bytes());
    packet[4..8].copy_from_slice(&sequence.to_be_bytes());
    packet[12] = (SYN_LENGTH as u8 / 4) << 4;
    packet[13] = SYN;
    packet[14..16].copy_from_slice(&WINDOW.to_be_bytes());
    packet[20..22].copy_from_slice(&[2, 4]);
    packet[22..24].copy_from_slice(&largest_segment.to_be_bytes());
    let checksum = checksum(ends, &packet);
    packet[16..18].copy_from_slice(&checksum.to_be_bytes());
    packet
}

/// RFC 9293 section 3.1: over the addresses, the protocol, the length and the segment.
fn checksum(ends: &Ends, segment: &[u8]) -> u16 {
    let words = |bytes: &[u8]| -> u64 {
        let pairs = bytes.chunks(2);
        pairs
            .map(|pair| u64::from(pair[0]) << 8 | u64::from(pair.get(1).copied().unwrap_or(0)))
            .sum()
    };
    let address = |address: IpAddr| match address {
        IpAddr::V4(ip) => words(&ip.octets()),
        IpAddr::V6(ip) => words(&ip.octets()),
    };
    let mut sum = address(ends.local) + address(ends.remote) + words(segment);
    sum += u64::from(TCP) + segment.len() as u64;
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

/// What a segment says to a SYN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// SYN and ACK: somebody listens.
    Welcome,
    /// RST and ACK: nobody does.
    GoAway,
}

/// An answer to a SYN, if the sequence number that it acknowledges proves to be ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) says: Says,
    /// The port that answers.
    pub(super) from: u16,
    pub(super) to: u16,
    /// The sequence number of the SYN.
    pub(super) sequence: u32,
}

/// Reads a segment; none where it is no answer to a SYN, as one without ACK, which names no SYN (RFC 9293
/// section 3.10.7.3), or cannot be read.
///
/// Its checksum is not looked at: between two ends of one machine nobody computes it, and a broken segment that
/// acknowledges the right number is not to be expected.
pub(super) fn answer(segment: &[u8]) -> Option<Answer> {
    let header: &[u8; HEADER] = segment.first_chunk()?;
    let length = usize::from(header[12] >> 4) * 4;
    if length < HEADER || length > segment.len() {
        return None;
    }
    let says = match header[13] & (FIN | SYN | RST | ACK) {
        flags if flags == SYN | ACK => Says::Welcome,
        flags if flags == RST | ACK => Says::GoAway,
        _ => return None,
    };
    Some(Answer {
        says,
        from: u16::from_be_bytes([header[0], header[1]]),
        to: u16::from_be_bytes([header[2], header[3]]),
        sequence: u32::from_be_bytes([header[8], header[9], header[10], header[11]])
            .wrapping_sub(1),
    })
}

/// The ends of an IPv4 packet, its protocol, and what it carries, which may be cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ipv4<'a> {
    pub(super) from: Ipv4Addr,
    pub(super) to: Ipv4Addr,
    pub(super) protocol: u8,
    pub(super) payload: &'a [u8],
}

/// Reads an IPv4 packet; none where it is none, or a fragment that does not begin one.
pub(super) fn ipv4(packet: &[u8]) -> Option<Ipv4<'_>> {
    let header: &[u8; HEADER] = packet.first_chunk()?;
    let length = usize::from(header[0] & 0x0f) * 4;
    let offset = u16::from_be_bytes([header[6], header[7]]) & 0x1fff;
    if header[0] >> 4 != 4 || length < HEADER || offset != 0 {
        return None;
    }
    Some(Ipv4 {
        from: Ipv4Addr::new(header[12], header[13], header[14], header[15]),
        to: Ipv4Addr::new(header[16], header[17], header[18], header[19]),
        protocol: header[9],
        payload: packet.get(length..)?,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::order::Random;
    use super::*;

    pub(crate) fn ends(local: &str, remote: &str) -> Ends {
        Ends {
            local: local.parse().unwrap(),
            remote: remote.parse().unwrap(),
            local_port: 61_000,
            remote_port: 80,
        }
    }

    /// A header as a device would send it.
    fn segment(flags: u8, acknowledgement: u32) -> Vec<u8> {
        let mut bytes = vec![0, 80, 0xee, 0x48, 0, 0, 0, 9];
        bytes.extend(acknowledgement.to_be_bytes());
        bytes.extend([0x50, flags, 0, 0, 0, 0, 0, 0]);
        bytes
    }

    #[test]
    fn a_syn_is_what_the_standard_says_and_its_sum_is_right() {
        for (local, remote) in [("192.0.2.1", "192.0.2.9"), ("2001:db8::1", "fe80::9")] {
            let ends = ends(local, remote);
            let packet = syn(&ends, 0x0102_0304);
            assert_eq!(packet[..8], [0xee, 0x48, 0, 80, 1, 2, 3, 4]);
            assert_eq!(packet[8..14], [0, 0, 0, 0, 0x60, SYN]);
            assert_eq!(packet[20..22], [2, 4]);
            // RFC 1071: over a packet that carries its sum, the sum is nothing.
            assert_eq!(checksum(&ends, &packet), 0, "{local}");
            let mut other = packet;
            other[5] ^= 1;
            assert_ne!(checksum(&ends, &other), 0, "{local}");
        }
    }

    #[test]
    fn a_sum_is_that_of_a_known_packet() {
        // The sum was worked out apart from this code, word by word:
        // 0a63+0001+0a63+0002 + 0006+0018 + a028+0050+0000+0001+0000+0000+6002+0400+0000+0000+0204+05b4
        let ends = Ends {
            local: "10.99.0.1".parse().unwrap(),
            remote: "10.99.0.2".parse().unwrap(),
            local_port: 0xa028,
            remote_port: 80,
        };
        assert_eq!(syn(&ends, 1)[16..18], 0xdee4_u16.to_be_bytes());
    }

    #[test]
    fn only_what_acknowledges_is_an_answer() {
        let read = |flags| answer(&segment(flags, 1001)).map(|it| (it.says, it.sequence));
        assert_eq!(read(SYN | ACK), Some((Says::Welcome, 1000)));
        assert_eq!(read(RST | ACK), Some((Says::GoAway, 1000)));
        // With ECN's and URG's and PSH's bits it means the same.
        assert_eq!(read(SYN | ACK | 0xe8), Some((Says::Welcome, 1000)));
        for none in [
            0,
            SYN,
            RST,
            ACK,
            FIN | ACK,
            SYN | RST | ACK,
            SYN | FIN | ACK,
            0xff,
        ] {
            assert_eq!(read(none), None, "{none:#x}");
        }
        let whole = answer(&segment(RST | ACK, 0)).unwrap();
        assert_eq!(
            (whole.from, whole.to, whole.sequence),
            (80, 61_000, u32::MAX)
        );
    }

    #[test]
    fn a_segment_is_read_whole_or_not_at_all() {
        let mut bytes = segment(SYN | ACK, 1);
        bytes[12] = 0x60;
        bytes.extend([2, 4, 5, 0xb4]);
        assert!(answer(&bytes).is_some());
        for length in 0..bytes.len() {
            assert_eq!(answer(&bytes[..length]), None, "{length} bytes");
        }
        bytes[12] = 0x40;
        assert_eq!(answer(&bytes), None, "a header shorter than a header");
        bytes[12] = 0xf0;
        assert_eq!(answer(&bytes), None, "a header longer than the segment");
    }

    #[test]
    fn an_ipv4_packet_is_read_behind_its_options() {
        let mut packet = vec![0x46, 0, 0, 0, 0, 0, 0x40, 0, 64, TCP, 0, 0];
        packet.extend([192, 0, 2, 9, 192, 0, 2, 1, 1, 1, 1, 1, 7, 7]);
        let read = ipv4(&packet).unwrap();
        assert_eq!(read.from, Ipv4Addr::new(192, 0, 2, 9));
        assert_eq!((read.protocol, read.payload), (TCP, &[7, 7][..]));
        for length in 0..24 {
            assert_eq!(ipv4(&packet[..length]), None, "{length} bytes");
        }
        for (place, wrong) in [(0, 0x66), (0, 0x44), (7, 1), (6, 0x1f)] {
            let mut packet = packet.clone();
            packet[place] = wrong;
            assert_eq!(ipv4(&packet), None, "byte {place}: {wrong:#x}");
        }
    }

    #[test]
    fn no_bytes_make_it_stumble() {
        let mut random = Random::new(5);
        for _ in 0..20_000 {
            let length = random.below(80);
            let bytes: Vec<u8> = (0..length).map(|_| random.below(256) as u8).collect();
            let _ = (answer(&bytes), ipv4(&bytes));
        }
    }
}
