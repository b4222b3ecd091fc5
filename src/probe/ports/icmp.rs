//! ICMP errors: what one means for a port, and which packet of ours it is about. Pure.
//!
//! RFC 792, RFC 1812 section 5.2.7 and RFC 4443 section 3. An error counts only where it quotes a packet that was
//! sent, down to its sequence number: anybody can send one.

use std::net::{IpAddr, Ipv6Addr};

use super::packet::{Ends, TCP, ipv4};

/// The two kinds of ICMP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::probe) enum Family {
    V4,
    V6,
}

/// What an error means for the port that was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::probe) enum Meaning {
    /// The device itself turned it away.
    Rejected,
    /// Somebody else says so, or it is the address that cannot be reached; nothing is known of the port.
    Unreachable,
}

/// What a type and a code mean, said by the device itself or by somebody else; none: nothing about a port.
pub(in crate::probe) fn meaning(
    family: Family,
    kind: u8,
    code: u8,
    from_device: bool,
) -> Option<Meaning> {
    let own = match from_device {
        true => Meaning::Rejected,
        false => Meaning::Unreachable,
    };
    match (family, kind, code) {
        // Protocol or port unreachable, prohibited: network, host, communication.
        (Family::V4, 3, 2 | 3 | 9 | 10 | 13) => Some(own),
        // A packet that is too big is none of ours.
        (Family::V4, 3, 4) => None,
        (Family::V4, 3 | 11, _) => Some(Meaning::Unreachable),
        // Prohibited, port unreachable, against a policy, a route that rejects.
        (Family::V6, 1, 1 | 4 | 5 | 6) => Some(own),
        (Family::V6, 1 | 3, _) => Some(Meaning::Unreachable),
        _ => None,
    }
}

/// An error, and the packet that it quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Complaint {
    pub(super) kind: u8,
    pub(super) code: u8,
    pub(super) about: Ends,
    pub(super) sequence: u32,
}

/// Before the packet that an error quotes.
const HEADER: usize = 8;
/// RFC 8200 section 3; ours have no extension headers.
const IPV6_HEADER: usize = 40;

/// Reads an ICMP message; none where it quotes no TCP packet.
pub(super) fn complaint(family: Family, message: &[u8]) -> Option<Complaint> {
    let (head, quoted) = message.split_first_chunk::<HEADER>()?;
    let (local, remote, segment) = match family {
        Family::V4 => {
            let packet = ipv4(quoted).filter(|packet| packet.protocol == TCP)?;
            (packet.from.into(), packet.to.into(), packet.payload)
        }
        Family::V6 => ipv6(quoted)?,
    };
    // RFC 792: at least the first 64 bits of it are there.
    let ports: &[u8; 8] = segment.first_chunk()?;
    Some(Complaint {
        kind: head[0],
        code: head[1],
        about: Ends {
            local,
            remote,
            local_port: u16::from_be_bytes([ports[0], ports[1]]),
            remote_port: u16::from_be_bytes([ports[2], ports[3]]),
        },
        sequence: u32::from_be_bytes([ports[4], ports[5], ports[6], ports[7]]),
    })
}

fn ipv6(packet: &[u8]) -> Option<(IpAddr, IpAddr, &[u8])> {
    let (header, segment) = packet.split_first_chunk::<IPV6_HEADER>()?;
    if header[0] >> 4 != 6 || header[6] != TCP {
        return None;
    }
    let address = |from: usize| {
        let mut octets = [0; 16];
        octets.copy_from_slice(&header[from..from + 16]);
        IpAddr::from(Ipv6Addr::from(octets))
    };
    Some((address(8), address(24), segment))
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::order::Random;
    use super::super::packet::tests::ends;
    use super::super::packet::{SYN_LENGTH, syn};
    use super::*;

    /// An error about a SYN of ours.
    pub(crate) fn about(ends: &Ends, sequence: u32, kind: u8, code: u8) -> Vec<u8> {
        let mut message = vec![kind, code, 0, 0, 0, 0, 0, 0];
        match (ends.local, ends.remote) {
            (IpAddr::V4(local), IpAddr::V4(remote)) => {
                message.extend([
                    0x45,
                    0,
                    0,
                    20 + SYN_LENGTH as u8,
                    0,
                    0,
                    0x40,
                    0,
                    64,
                    TCP,
                    0,
                    0,
                ]);
                message.extend(local.octets());
                message.extend(remote.octets());
            }
            (IpAddr::V6(local), IpAddr::V6(remote)) => {
                message.extend([0x60, 0, 0, 0, 0, SYN_LENGTH as u8, TCP, 64]);
                message.extend(local.octets());
                message.extend(remote.octets());
            }
            mixed => panic!("{mixed:?}"),
        }
        message.extend(syn(ends, sequence));
        message
    }

    #[test]
    fn only_the_device_itself_rejects() {
        use Family::{V4, V6};
        use Meaning::{Rejected, Unreachable};
        for (family, kind, code, from_device, from_others) in [
            (V4, 3, 3, Some(Rejected), Some(Unreachable)),
            (V4, 3, 13, Some(Rejected), Some(Unreachable)),
            (V4, 3, 1, Some(Unreachable), Some(Unreachable)),
            (V4, 3, 4, None, None),
            (V4, 11, 0, Some(Unreachable), Some(Unreachable)),
            (V4, 0, 0, None, None),
            (V4, 5, 1, None, None),
            (V6, 1, 4, Some(Rejected), Some(Unreachable)),
            (V6, 1, 1, Some(Rejected), Some(Unreachable)),
            (V6, 1, 3, Some(Unreachable), Some(Unreachable)),
            (V6, 2, 0, None, None),
            (V6, 136, 0, None, None),
        ] {
            let name = format!("{family:?} {kind}/{code}");
            assert_eq!(meaning(family, kind, code, true), from_device, "{name}");
            assert_eq!(meaning(family, kind, code, false), from_others, "{name}");
        }
    }

    #[test]
    fn an_error_names_the_packet_that_it_is_about() {
        for (family, local, remote) in [
            (Family::V4, "192.0.2.1", "192.0.2.9"),
            (Family::V6, "fe80::1", "fe80::9"),
        ] {
            let ends = ends(local, remote);
            let message = about(&ends, 77, 3, 13);
            let read = complaint(family, &message).unwrap();
            assert_eq!((read.kind, read.code), (3, 13));
            assert_eq!((read.about, read.sequence), (ends, 77));
            // Eight bytes of the segment are enough, and no less.
            let enough = message.len() - SYN_LENGTH + 8;
            for length in 0..message.len() {
                let read = complaint(family, &message[..length]);
                assert_eq!(read.is_some(), length >= enough, "{family:?} {length}");
            }
        }
    }

    #[test]
    fn what_quotes_no_tcp_packet_is_about_nothing() {
        let four = about(&ends("192.0.2.1", "192.0.2.9"), 1, 3, 3);
        let six = about(&ends("fe80::1", "fe80::9"), 1, 1, 4);
        assert_eq!(complaint(Family::V6, &four), None);
        assert_eq!(complaint(Family::V4, &six), None);
        for (family, message, protocol) in [(Family::V4, four, 8 + 9), (Family::V6, six, 8 + 6)] {
            let mut message = message;
            message[protocol] = 17;
            assert_eq!(complaint(family, &message), None, "UDP");
        }
    }

    #[test]
    fn no_bytes_make_it_stumble() {
        let mut random = Random::new(6);
        for _ in 0..20_000 {
            let mut bytes = about(&ends("192.0.2.1", "192.0.2.9"), 1, 3, 3);
            for _ in 0..random.below(6) {
                let place = random.below(bytes.len());
                bytes[place] = random.below(256) as u8;
            }
            bytes.truncate(random.below(bytes.len() + 1));
            let _ = complaint(Family::V4, &bytes);
            let _ = complaint(Family::V6, &bytes);
        }
    }
}
