//! Further addresses of a unit on its link: those that answer with the link address that the manifest declares.
//!
//! Asked are all nodes of the link, with an ICMPv6 echo to `ff02::1` from each of our own addresses there, because a node
//! answers from an address that suits the asker's (RFC 6724); and the addresses that a link address makes (RFC 4291
//! appendix A). Who answers with which link address is then read from the kernel's neighbour table. An echo is all that
//! a stranger gets. For IPv4 there is no such question: only what the table holds already is found.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::time::Duration;

use nix::net::if_::if_indextoname;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};

use super::neighbours::{Neighbour, table};
use crate::dut::Address;
use crate::observation::OnLink;

const ECHO_REQUEST: u8 = 128;
const ECHO_REPLY: u8 = 129;
/// RFC 4861 section 4.1: all nodes of a link.
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
/// How long answers are waited for, after each of so many questions.
const PATIENCE: Duration = Duration::from_millis(700);
const TRIES: u32 = 2;
/// An entry that nobody has heard of lately is asked about by the kernel: after five seconds, thrice (RFC 4861
/// section 10).
const SETTLED: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(500);
/// More answers are not taken in; a test network has fewer nodes.
const MOST: usize = 512;
/// RFC 863: what is sent there is thrown away.
const DISCARD: u16 = 9;

/// Looks for addresses besides the `declared` ones.
pub async fn on_link(mac: &str, declared: &[SocketAddr]) -> OnLink {
    let mut result = OnLink {
        mac: mac.to_owned(),
        ..OnLink::default()
    };
    let before = match table() {
        Ok(before) => before,
        Err(error) => {
            let what = format!("no neighbour could be looked up: {error}");
            result.unsearched.push(what);
            return result;
        }
    };
    let links = links(&before, mac, declared);
    for link in &links {
        let name = name(*link);
        if let Err(why) = ask(*link, mac).await {
            result
                .unsearched
                .push(format!("IPv6 addresses on {name}: {why}"));
        }
        result.links.push(name);
    }
    if !links.is_empty() {
        let found = settled(&links, mac, declared).await;
        result.found = found.iter().map(ToString::to_string).collect();
    }
    result
}

/// The interfaces on which a declared address answers with that link address.
fn links(table: &[Neighbour], mac: &str, declared: &[SocketAddr]) -> BTreeSet<u32> {
    let own = |it: &&Neighbour| it.mac == mac && declared.iter().any(|host| host.ip() == it.ip);
    table.iter().filter(own).map(|it| it.interface).collect()
}

fn name(link: u32) -> String {
    let name = if_indextoname(link).ok();
    let name = name.and_then(|name| name.into_string().ok());
    name.unwrap_or_else(|| link.to_string())
}

/// Asks everybody on a link, and the addresses that `mac` makes.
async fn ask(link: u32, mac: &str) -> Result<(), String> {
    let interfaces = std::fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
    let own = own_addresses(&interfaces, link);
    if own.is_empty() {
        return Err("this machine has no IPv6 address there".to_owned());
    }
    let mut derived = vec![ALL_NODES];
    derived.extend(
        own.iter()
            .filter_map(|(ip, length)| eui64(*ip, *length, mac)),
    );
    derived.dedup();
    let mut listening = JoinSet::new();
    let mut fault = "no own address could be used".to_owned();
    for (ip, _) in &own {
        match echo_socket(*ip, link) {
            Ok(socket) => {
                listening.spawn(echoes(socket, link, derived.clone()));
            }
            Err(error) => {
                fault = format!(
                    "an ICMPv6 echo needs CAP_NET_RAW, or net.ipv4.ping_group_range: {error}"
                )
            }
        }
    }
    let mut sent = false;
    while let Some(ended) = listening.join_next().await {
        match ended {
            Ok(Ok(())) => sent = true,
            Ok(Err(error)) => fault = format!("an ICMPv6 echo could not be sent: {error}"),
            Err(_) => {}
        }
    }
    if sent { Ok(()) } else { Err(fault) }
}

/// Our addresses on a link with the length of their prefixes, from `/proc/net/if_inet6`: address, interface, length,
/// scope, flags, name, all but the name in hex.
fn own_addresses(table: &str, link: u32) -> Vec<(Ipv6Addr, u32)> {
    let line = |line: &str| {
        let mut fields = line.split_ascii_whitespace();
        let ip = u128::from_str_radix(fields.next()?, 16).ok()?;
        let interface = u32::from_str_radix(fields.next()?, 16).ok()?;
        let length = u32::from_str_radix(fields.next()?, 16).ok()?;
        (interface == link).then_some((Ipv6Addr::from(ip), length))
    };
    table.lines().filter_map(line).collect()
}

/// The address that a link address makes in the network of one of ours (RFC 4291 appendix A).
fn eui64(own: Ipv6Addr, length: u32, mac: &str) -> Option<Ipv6Addr> {
    let octets: Vec<u8> = mac
        .split(':')
        .map(|octet| u8::from_str_radix(octet, 16))
        .collect::<Result<_, _>>()
        .ok()?;
    let &[a, b, c, d, e, f] = octets.as_slice() else {
        return None;
    };
    let host = u64::from_be_bytes([a ^ 2, b, c, 0xff, 0xfe, d, e, f]);
    let network = own.to_bits() >> 64 << 64;
    (length == 64).then(|| Ipv6Addr::from_bits(network | u128::from(host)))
}

/// One that needs a privilege, or else one that the system may permit to anybody.
fn echo_socket(own: Ipv6Addr, link: u32) -> io::Result<UdpSocket> {
    let kind = |kind: Type| {
        let kind = kind.nonblocking().cloexec();
        Socket::new(Domain::IPV6, kind, Some(Protocol::ICMPV6))
    };
    let socket = kind(Type::RAW).or_else(|_| kind(Type::DGRAM))?;
    let scope = if own.is_unicast_link_local() { link } else { 0 };
    socket.bind(&SocketAddrV6::new(own, 0, 0, scope).into())?;
    socket.set_multicast_if_v6(link)?;
    UdpSocket::from_std(socket.into())
}

/// Sends echoes, and one more to everybody who answered: then the kernel looks up who that is.
async fn echoes(socket: UdpSocket, link: u32, to: Vec<Ipv6Addr>) -> io::Result<()> {
    let mut answered = BTreeSet::new();
    for number in 0..TRIES {
        for ip in &to {
            match send(&socket, *ip, link, number).await {
                Ok(()) => {}
                Err(error) if *ip == ALL_NODES && number == 0 => return Err(error),
                Err(_) => {} // nobody has that address
            }
        }
        let due = Instant::now() + PATIENCE;
        let mut bytes = [0; 256];
        while let Ok(Ok((length, from))) = timeout_at(due, socket.recv_from(&mut bytes)).await {
            let reply = bytes.first() == Some(&ECHO_REPLY) && length >= 8;
            let mut fresh = |ip| reply && answered.len() < MOST && answered.insert(ip);
            if let IpAddr::V6(ip) = from.ip()
                && fresh(ip)
            {
                // That it cannot be sent is told by the table.
                let _ = send(&socket, ip, link, TRIES).await;
            }
        }
    }
    Ok(())
}

async fn send(socket: &UdpSocket, ip: Ipv6Addr, link: u32, number: u32) -> io::Result<()> {
    // The kernel fills in the checksum.
    let [_, _, high, low] = number.to_be_bytes();
    let echo = [ECHO_REQUEST, 0, 0, 0, 0x50, 0x4d, high, low];
    let scoped = ip.is_unicast_link_local() || ip.is_multicast();
    let scope = if scoped { link } else { 0 };
    let to = SocketAddrV6::new(ip, 0, 0, scope);
    socket.send_to(&echo, SocketAddr::V6(to)).await.map(|_| ())
}

/// The addresses that have that link address, once the kernel has made sure of each.
async fn settled(links: &BTreeSet<u32>, mac: &str, declared: &[SocketAddr]) -> Vec<Address> {
    let deadline = Instant::now() + SETTLED;
    let mut nudged = BTreeSet::new();
    loop {
        let mut entries = table().unwrap_or_default();
        entries.retain(|it| links.contains(&it.interface) && it.mac == mac);
        entries.retain(|it| declared.iter().all(|host| host.ip() != it.ip));
        let stale: Vec<_> = entries.iter().filter(|it| !it.fresh).cloned().collect();
        if stale.is_empty() || Instant::now() >= deadline {
            let fresh = entries.iter().filter(|it| it.fresh);
            let mut found: Vec<Address> = fresh.filter_map(address).collect();
            found.sort();
            found.dedup();
            return found;
        }
        for entry in stale {
            if nudged.insert(entry.ip) {
                nudge(&entry).await;
            }
        }
        sleep(LOOK).await;
    }
}

fn address(entry: &Neighbour) -> Option<Address> {
    let local = matches!(entry.ip, IpAddr::V6(ip) if ip.is_unicast_link_local());
    let zone = local.then(|| name(entry.interface));
    let text = match zone {
        Some(zone) => format!("{}%{zone}", entry.ip),
        None => entry.ip.to_string(),
    };
    text.parse().ok()
}

/// Something for it, so that the kernel asks whether it is still there.
async fn nudge(entry: &Neighbour) {
    let to = match entry.ip {
        IpAddr::V4(ip) => SocketAddr::from((ip, DISCARD)),
        IpAddr::V6(ip) => {
            let scope = match ip.is_unicast_link_local() {
                true => entry.interface,
                false => 0,
            };
            SocketAddrV6::new(ip, DISCARD, 0, scope).into()
        }
    };
    let any: IpAddr = match to {
        SocketAddr::V4(_) => std::net::Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    if let Ok(socket) = UdpSocket::bind((any, 0)).await {
        // Where it cannot be sent, the entry stays as it is and does not count.
        let _ = socket.send_to(&[], to).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(ip: &str, interface: u32, mac: &str) -> Neighbour {
        Neighbour {
            ip: ip.parse().unwrap(),
            interface,
            mac: mac.to_owned(),
            fresh: true,
        }
    }

    const MAC: &str = "02:50:4d:00:00:01";

    #[test]
    fn a_link_is_one_on_which_a_declared_address_has_the_declared_link_address() {
        let table = [
            entry("192.0.2.9", 3, MAC),
            entry("192.0.2.8", 4, MAC),
            entry("192.0.2.9", 5, "02:50:4d:00:00:02"),
        ];
        let declared = ["192.0.2.9:0".parse().unwrap()];
        assert_eq!(links(&table, MAC, &declared), [3].into());
        assert!(links(&table, MAC, &[]).is_empty());
    }

    #[test]
    fn own_addresses_are_those_of_the_link() {
        let table = "00000000000000000000000000000001 01 80 10 80       lo\n\
                     fe800000000000000050 4dff 02 40\n\
                     fd990000000000000000000000000001 0a 40 00 80     eth0\n\
                     fe80000000000000005056fffe000001 0b 40 20 80     eth1\n";
        let own = own_addresses(table, 10);
        assert_eq!(own, [("fd99::1".parse().unwrap(), 64)]);
        assert_eq!(own_addresses(table, 12), []);
    }

    #[test]
    fn a_link_address_makes_an_address_in_a_network_of_64_bits() {
        let own = "fd99:1:2:3::1".parse().unwrap();
        let made = eui64(own, 64, MAC).unwrap();
        assert_eq!(made.to_string(), "fd99:1:2:3:50:4dff:fe00:1");
        assert_eq!(eui64(own, 48, MAC), None);
        assert_eq!(eui64(own, 64, "02:50:4d:00:00"), None);
    }

    #[test]
    fn a_link_local_address_is_named_with_its_link() {
        let found = address(&entry("fe80::9", 1, MAC)).unwrap();
        assert_eq!(found.to_string(), "fe80::9%lo");
        let found = address(&entry("fd99::9", 1, MAC)).unwrap();
        assert_eq!(found.to_string(), "fd99::9");
        assert_eq!(address(&entry("ff02::1", 1, MAC)), None);
    }

    #[tokio::test]
    async fn what_is_not_on_a_link_is_not_looked_for() {
        let result = on_link(MAC, &["127.77.9.9:0".parse().unwrap()]).await;
        let nothing = OnLink {
            mac: MAC.to_owned(),
            ..OnLink::default()
        };
        assert_eq!(result, nothing);
    }
}
