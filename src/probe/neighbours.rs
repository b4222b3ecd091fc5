//! Who is on our links: the kernel's neighbour table, which ARP (RFC 826) and neighbour discovery (RFC 4861) fill.
//!
//! Read over rtnetlink(7), which needs no privilege and knows both kinds of addresses.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, recv, sendto,
    setsockopt, socket, sockopt,
};
use nix::sys::time::{TimeVal, TimeValLike};

const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const RTM_NEWNEIGH: u16 = 28;
const RTM_GETNEIGH: u16 = 30;
const NLM_F_REQUEST_DUMP: u16 = 0x1 | 0x300;
const NDA_DST: u16 = 1;
const NDA_LLADDR: u16 = 2;
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const NUD_REACHABLE: u16 = 0x02;
const NUD_STALE: u16 = 0x04;
const NUD_DELAY: u16 = 0x08;
const NUD_PROBE: u16 = 0x10;
const NUD_PERMANENT: u16 = 0x80;

/// The kernel answers at once.
const PATIENCE_SECONDS: i64 = 2;
/// More neighbours than any test network has.
const MOST: usize = 100_000;

/// An entry with a link address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    pub ip: IpAddr,
    /// The number of the interface.
    pub interface: u32,
    /// Lower case with colons.
    pub mac: String,
    /// Whether it was heard of lately; else it may be gone.
    pub fresh: bool,
}

/// The table as it is now; entries without a link address are left out.
///
/// # Errors
///
/// The kernel's.
pub fn table() -> io::Result<Vec<Neighbour>> {
    let netlink = socket(
        AddressFamily::Netlink,
        SockType::Raw,
        SockFlag::SOCK_CLOEXEC,
        SockProtocol::NetlinkRoute,
    )?;
    setsockopt(
        &netlink,
        sockopt::ReceiveTimeout,
        &TimeVal::seconds(PATIENCE_SECONDS),
    )?;
    let kernel = NetlinkAddr::new(0, 0);
    sendto(netlink.as_raw_fd(), &question(), &kernel, MsgFlags::empty())?;
    let mut found = Vec::new();
    let mut bytes = vec![0; 64 << 10];
    while found.len() < MOST {
        let length = recv(netlink.as_raw_fd(), &mut bytes, MsgFlags::empty())?;
        if read(bytes.get(..length).unwrap_or_default(), &mut found)? {
            return Ok(found);
        }
    }
    Err(io::Error::other("more neighbours than can be"))
}

/// The link address that answers for an address; none where it is not on a link of ours, or nothing is known.
pub fn link_address(host: SocketAddr) -> Option<String> {
    let scope = match host {
        SocketAddr::V6(host) => host.scope_id(),
        SocketAddr::V4(_) => 0,
    };
    let mut table = table().ok()?.into_iter();
    let own = |it: &Neighbour| it.ip == host.ip() && (scope == 0 || it.interface == scope);
    table.find(own).map(|it| it.mac)
}

/// Watches which link addresses answer for an address while something lasts.
#[derive(Debug)]
pub struct LinkWitness {
    host: SocketAddr,
    seen: Vec<String>,
    last: Instant,
}

impl LinkWitness {
    /// Looks no more often.
    const PAUSE: Duration = Duration::from_secs(1);
    /// One that changes more often than that has changed.
    const MOST: usize = 8;

    pub fn new(host: SocketAddr) -> Self {
        let mut witness = Self {
            host,
            seen: Vec::new(),
            last: Instant::now(),
        };
        witness.note();
        witness
    }

    /// Looks, if the last time is long enough ago.
    pub fn look(&mut self) {
        if self.last.elapsed() >= Self::PAUSE {
            self.note();
        }
    }

    fn note(&mut self) {
        self.last = Instant::now();
        let mac = link_address(self.host);
        let room = self.seen.len() < Self::MOST;
        self.seen
            .extend(mac.filter(|mac| room && self.seen.last() != Some(mac)));
    }

    /// What was seen, in order; the last look is now.
    pub fn end(mut self) -> Vec<String> {
        self.note();
        self.seen
    }
}

/// `nlmsghdr` and `ndmsg` in native byte order: all neighbours of all families.
fn question() -> Vec<u8> {
    let mut message = Vec::new();
    message.extend(28_u32.to_ne_bytes());
    message.extend(RTM_GETNEIGH.to_ne_bytes());
    message.extend(NLM_F_REQUEST_DUMP.to_ne_bytes());
    message.extend(1_u32.to_ne_bytes()); // sequence number
    message.extend(0_u32.to_ne_bytes()); // port id: the kernel fills it in
    message.extend([0; 12]);
    message
}

/// Reads the messages of one datagram; true where the last of all was among them.
fn read(mut bytes: &[u8], found: &mut Vec<Neighbour>) -> io::Result<bool> {
    let broken = || io::Error::from(io::ErrorKind::InvalidData);
    while !bytes.is_empty() {
        let length = four(bytes, 0).ok_or_else(broken)? as usize;
        let kind = two(bytes, 4).ok_or_else(broken)?;
        let payload = bytes.get(16..length).ok_or_else(broken)?;
        match kind {
            NLMSG_DONE => return Ok(true),
            NLMSG_ERROR => return Err(broken()),
            RTM_NEWNEIGH => found.extend(neighbour(payload)),
            _ => {}
        }
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Ok(false)
}

/// `ndmsg` and its attributes.
fn neighbour(payload: &[u8]) -> Option<Neighbour> {
    let family = *payload.first()?;
    let interface = four(payload, 4)?;
    let state = two(payload, 8)?;
    let known = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT;
    if state & known == 0 {
        return None;
    }
    let (mut ip, mut mac) = (None, None);
    let mut rest = payload.get(12..)?;
    while let (Some(length), Some(kind)) = (two(rest, 0), two(rest, 2)) {
        let length = usize::from(length);
        let value = rest.get(4..length)?;
        match kind {
            NDA_DST => ip = address(family, value),
            NDA_LLADDR => mac = link(value),
            _ => {}
        }
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Some(Neighbour {
        ip: ip?,
        interface,
        mac: mac?,
        fresh: state & (NUD_REACHABLE | NUD_PERMANENT) != 0,
    })
}

fn address(family: u8, value: &[u8]) -> Option<IpAddr> {
    match family {
        AF_INET => Some(Ipv4Addr::from(<[u8; 4]>::try_from(value).ok()?).into()),
        AF_INET6 => Some(Ipv6Addr::from(<[u8; 16]>::try_from(value).ok()?).into()),
        _ => None,
    }
}

fn link(value: &[u8]) -> Option<String> {
    let octets: [u8; 6] = value.try_into().ok()?;
    let words: Vec<String> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    (octets != [0; 6]).then(|| words.join(":"))
}

fn two(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at + 2)?;
    Some(u16::from_ne_bytes(bytes.try_into().ok()?))
}

fn four(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?;
    Some(u32::from_ne_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u16, payload: &[u8]) -> Vec<u8> {
        let mut bytes = (16 + payload.len() as u32).to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.extend([0; 10]);
        bytes.extend(payload);
        bytes
    }

    fn entry(family: u8, state: u16, ip: &[u8], mac: &[u8]) -> Vec<u8> {
        let mut payload = vec![family, 0, 0, 0, 7, 0, 0, 0];
        payload[4..8].copy_from_slice(&7_u32.to_ne_bytes());
        payload.extend(state.to_ne_bytes());
        payload.extend([0, 0]);
        for (kind, value) in [(NDA_DST, ip), (9, &[1, 2, 3][..]), (NDA_LLADDR, mac)] {
            payload.extend((4 + value.len() as u16).to_ne_bytes());
            payload.extend(kind.to_ne_bytes());
            payload.extend(value);
            payload.resize(payload.len().next_multiple_of(4), 0);
        }
        message(RTM_NEWNEIGH, &payload)
    }

    const MAC: [u8; 6] = [2, 0x50, 0xff, 0, 1, 2];

    #[test]
    fn entries_with_a_link_address_are_read_whatever_stands_between() {
        let six = Ipv6Addr::from_bits(0xfe80 << 112 | 9);
        let datagram = [
            entry(AF_INET, NUD_REACHABLE, &[192, 0, 2, 9], &MAC),
            entry(AF_INET6, NUD_STALE, &six.octets(), &MAC),
            entry(AF_INET, 0x20, &[192, 0, 2, 8], &MAC),
            entry(AF_INET, NUD_STALE, &[192, 0, 2, 7], &MAC[..4]),
            entry(AF_INET, NUD_STALE, &[192, 0, 2, 6], &[0; 6]),
            entry(7, NUD_STALE, &[192, 0, 2, 5], &MAC),
            message(99, &[1, 2, 3, 4]),
        ]
        .concat();
        let mut found = Vec::new();
        assert!(!read(&datagram, &mut found).unwrap());
        let entry = |ip, fresh| Neighbour {
            ip,
            interface: 7,
            mac: "02:50:ff:00:01:02".to_owned(),
            fresh,
        };
        let four = Ipv4Addr::new(192, 0, 2, 9);
        assert_eq!(found, [entry(four.into(), true), entry(six.into(), false)]);
        assert!(read(&message(NLMSG_DONE, &[0; 4]), &mut found).unwrap());
        assert!(read(&message(NLMSG_ERROR, &[0; 4]), &mut found).is_err());
        for length in 1..datagram.len() {
            // It may be an error, and must not be a panic.
            let _ = read(&datagram[..length], &mut Vec::new());
        }
    }

    #[test]
    fn the_kernel_tells_its_table_and_this_machine_is_no_neighbour() {
        table().unwrap();
        assert_eq!(link_address("127.0.0.1:0".parse().unwrap()), None);
        let witness = LinkWitness::new("127.0.0.1:0".parse().unwrap());
        assert!(witness.end().is_empty());
    }
}
