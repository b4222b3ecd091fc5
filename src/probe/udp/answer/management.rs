//! Answers of what manages machines and networks: SNMP, NTP, IPMI, RPC, RIP, NAT-PMP, SQL Server's browser.

use super::Told;
use super::bytes::{be16, be32, le16, part, same, text};
use crate::observation::Protocol;

/// X.690: a tag, what it holds, and what follows; for lengths that a datagram can have.
fn ber(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81 => (usize::from(*rest.first()?), rest.get(1..)?),
        0x82 => (usize::from(be16(rest, 0)?), rest.get(2..)?),
        _ => return None,
    };
    Some((*tag, rest.get(..length)?, rest.get(length..)?))
}

/// The same of a tag that must be this one.
fn inside(bytes: &[u8], wanted: u8) -> Option<(&[u8], &[u8])> {
    let (tag, value, rest) = ber(bytes)?;
    (tag == wanted).then_some((value, rest))
}

const INTEGER: u8 = 2;
const TEXT: u8 = 4;
const SEQUENCE: u8 = 0x30;
const RESPONSE: u8 = 0xa2;
/// The bits that mark a report.
const REPORT: u8 = 0xa8;

/// The product is `sysDescr` (RFC 3418), or what the id of an engine tells (RFC 3411, SnmpEngineID). What made it
/// speak says whether it was the community `public`, which is itself worth knowing.
pub(super) fn snmp(_: &[u8], received: &[u8]) -> Option<Told> {
    let (message, _) = inside(received, SEQUENCE)?;
    let (version, rest) = inside(message, INTEGER)?;
    match version {
        [version @ (0 | 1)] => {
            let (_, rest) = inside(rest, TEXT)?;
            let (pdu, _) = inside(rest, RESPONSE)?;
            let after = match version {
                0 => "snmp-v1-public",
                _ => "snmp-v2c-public",
            };
            Some(Told::new(Protocol::Snmp, described(pdu)).after(after))
        }
        [3] => {
            let (_, rest) = inside(rest, SEQUENCE)?;
            let (security, rest) = inside(rest, TEXT)?;
            let (security, _) = inside(security, SEQUENCE)?;
            let (engine, _) = inside(security, TEXT)?;
            let (scoped, _) = inside(rest, SEQUENCE)?;
            let (_, scoped) = inside(scoped, TEXT)?;
            let (_, scoped) = inside(scoped, TEXT)?;
            inside(scoped, REPORT)?;
            Some(Told::new(Protocol::Snmp, engine_of(engine)).after("snmp-v3-discovery"))
        }
        _ => None,
    }
}

fn described(pdu: &[u8]) -> Option<String> {
    let (_, rest) = inside(pdu, INTEGER)?;
    let (_, rest) = inside(rest, INTEGER)?;
    let (_, rest) = inside(rest, INTEGER)?;
    let (bindings, _) = inside(rest, SEQUENCE)?;
    let (binding, _) = inside(bindings, SEQUENCE)?;
    let (_, value) = inside(binding, 6)?;
    inside(value, TEXT).map(|(value, _)| text(value))
}

fn engine_of(engine: &[u8]) -> Option<String> {
    let number = be32(engine, 0)? & 0x7fff_ffff;
    Some(format!("SNMPv3 engine of enterprise {number}"))
}

/// RFC 5905, section 7.3: server mode, and our transmit timestamp as its origin.
pub(super) fn ntp(sent: &[u8], received: &[u8]) -> Option<Told> {
    let head = part(received, 0, 48)?;
    if head[0] & 7 != 4 || sent.get(40..48) != head.get(24..32) {
        return None;
    }
    let (version, stratum) = (head[0] >> 3 & 7, head[1]);
    let product = format!("NTP version {version}, stratum {stratum}");
    Some(Told::new(Protocol::Ntp, Some(product)))
}

/// IPMI 2.0, section 22.13: authentication capabilities; or section 13.2.4: a presence pong.
pub(super) fn ipmi(_: &[u8], received: &[u8]) -> Option<Told> {
    match received {
        [6, _, _, 6, 0, 0, 0x11, 0xbe, 0x40, ..] => Some(Told::new(Protocol::Ipmi, None)),
        [6, _, _, 7, ..] => {
            // A session header without a code, and the length; then the network function of a response, 7.
            let message = part(received, 14, 13)?;
            if message[1] >> 2 != 7 || message[5] != 0x38 {
                return None;
            }
            let (completed, status, extended) = (message[6] == 0, message[9], message[10]);
            let version = match (completed, extended & 2 != 0) {
                (false, _) => return Some(Told::new(Protocol::Ipmi, None)),
                (true, true) => "IPMI 2.0",
                (true, false) => "IPMI 1.5",
            };
            let anonymous = match status & 1 {
                1 => ", anonymous login enabled",
                _ => "",
            };
            Some(Told::new(
                Protocol::Ipmi,
                Some(format!("{version}{anonymous}")),
            ))
        }
        _ => None,
    }
}

/// RFC 5531, section 9: a reply to our transaction.
pub(super) fn rpc(sent: &[u8], received: &[u8]) -> Option<Told> {
    let replies = same(sent, received, 0, 4) && be32(received, 4) == Some(1);
    (replies && received.len() >= 12).then(|| Told::new(Protocol::Rpc, None))
}

/// RFC 2453, section 3.6: a response, with entries of 20 bytes.
pub(super) fn rip(_: &[u8], received: &[u8]) -> Option<Told> {
    let [2, version @ (1 | 2), _, _, entries @ ..] = received else {
        return None;
    };
    let whole = !entries.is_empty() && entries.len() % 20 == 0;
    whole.then(|| Told::new(Protocol::Rip, Some(format!("RIP version {version}"))))
}

/// RFC 6886, section 3.2: a response with the external address.
pub(super) fn nat_pmp(_: &[u8], received: &[u8]) -> Option<Told> {
    matches!(received, [0, 0x80, 0, _, _, _, _, _, ..]).then(|| Told::new(Protocol::NatPmp, None))
}

/// MC-SQLR, section 2.2.5: names and versions of instances.
pub(super) fn sql_browser(_: &[u8], received: &[u8]) -> Option<Told> {
    let length = usize::from(le16(received, 1)?);
    let list = received.get(3..)?;
    if received[0] != 5 || length != list.len() || !list.starts_with(b"ServerName;") {
        return None;
    }
    let list = text(list);
    let mut words = list.split(';').skip_while(|it| *it != "Version").skip(1);
    let product = words.next().map(|version| format!("SQL Server {version}"));
    Some(Told::new(Protocol::SqlBrowser, product))
}
