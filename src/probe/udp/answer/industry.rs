//! Answers of buildings, plants and vehicles: BACnet, Modbus, KNX, EtherNet/IP, DoIP, DNP3.

use super::Told;
use super::bytes::{be16, be32, le16, part, same, text, words};
use crate::observation::Protocol;
use crate::probe::udp::payload::dnp3_checksum;

/// Objects of a device identification that are read.
const OBJECTS: usize = 8;

/// ANSI/ASHRAE 135, annex J: an acknowledgement, an error, or what else is no request. The product is vendor, model and
/// firmware, where properties are given together.
pub(super) fn bacnet(_: &[u8], received: &[u8]) -> Option<Told> {
    let whole = be16(received, 2).is_some_and(|length| usize::from(length) == received.len());
    if !matches!(received, [0x81, 0x0a | 0x0b, ..]) || !whole || received.get(4) != Some(&1) {
        return None;
    }
    // Clause 6.2: where it goes to and comes from, if it is routed.
    let control = *received.get(5)?;
    let mut at = 6;
    for present in [0x20, 8] {
        if control & present != 0 {
            at += 3 + usize::from(*received.get(at + 2)?);
        }
    }
    if control & 0x20 != 0 {
        at += 1;
    }
    let answer = received.get(at..)?;
    match answer.first()? >> 4 {
        3 => Some(Told::new(Protocol::Bacnet, properties(answer))),
        5..=7 => Some(Told::new(Protocol::Bacnet, None)),
        _ => None,
    }
}

/// The texts of vendor (121), model (70) and firmware (44), each behind its number and an opening tag.
fn properties(answer: &[u8]) -> Option<String> {
    let value = |property: u8| {
        let mark = [0x29, property, 0x4e, 0x75];
        let at = answer.windows(4).position(|it| it == mark)? + 4;
        let length = usize::from(*answer.get(at)?);
        // The first byte names the encoding.
        Some(text(part(answer, at + 2, length.checked_sub(1)?)?))
    };
    let found = [121, 70, 44].map(|property| value(property).unwrap_or_default());
    words(found.iter().map(String::as_str))
}

/// Modbus application protocol 1.1b3, sections 6.21 and 7: the identification, or an exception, to our transaction.
pub(super) fn modbus(sent: &[u8], received: &[u8]) -> Option<Told> {
    let whole = be16(received, 4).is_some_and(|length| usize::from(length) + 6 == received.len());
    if !same(sent, received, 0, 4) || !whole {
        return None;
    }
    match received.get(7)? {
        0xab => Some(Told::new(Protocol::Modbus, None)),
        0x2b if received.len() > sent.len() => {
            let mut at = 14;
            let mut found = Vec::new();
            for _ in 0..usize::from(*received.get(13)?).min(OBJECTS) {
                let Some(length) = received.get(at + 1).copied().map(usize::from) else {
                    break;
                };
                found.extend(part(received, at + 2, length).map(text));
                at += 2 + length;
            }
            Some(Told::new(
                Protocol::Modbus,
                words(found.iter().map(String::as_str)),
            ))
        }
        _ => None,
    }
}

/// KNXnet/IP: DESCRIPTION_RESPONSE, and the friendly name in its first block.
pub(super) fn knx(_: &[u8], received: &[u8]) -> Option<Told> {
    let whole = be16(received, 4).is_some_and(|length| usize::from(length) == received.len());
    if !received.starts_with(&[6, 0x10, 2, 4]) || !whole {
        return None;
    }
    let name = match received.get(7) {
        Some(1) => part(received, 30, 30).map(text).filter(|it| !it.is_empty()),
        _ => None,
    };
    Some(Told::new(Protocol::Knx, name))
}

/// ODVA EtherNet/IP, chapter 2: the identity that ListIdentity gives.
pub(super) fn ethernet_ip(_: &[u8], received: &[u8]) -> Option<Told> {
    let whole = le16(received, 2).is_some_and(|length| usize::from(length) + 24 == received.len());
    if received.first() != Some(&0x63) || !whole || received.len() < 26 {
        return None;
    }
    let name = || {
        let length = usize::from(*received.get(62)?);
        let (major, minor) = (received.get(54)?, received.get(55)?);
        Some(format!(
            "{} {major}.{minor}",
            text(part(received, 63, length)?)
        ))
    };
    Some(Told::new(Protocol::EthernetIp, name()))
}

/// ISO 13400-2: a vehicle announcement.
pub(super) fn doip(_: &[u8], received: &[u8]) -> Option<Told> {
    let announces = received.first()?.checked_add(*received.get(1)?) == Some(0xff)
        && be16(received, 2) == Some(4)
        && be32(received, 4).is_some_and(|length| length as usize + 8 == received.len());
    let vehicle = part(received, 8, 17).map(|vin| format!("vehicle {}", text(vin)));
    announces.then(|| Told::new(Protocol::Doip, vehicle))
}

/// IEEE 1815, clause 9: a frame of a secondary station to us, with its checksum.
pub(super) fn dnp3(sent: &[u8], received: &[u8]) -> Option<Told> {
    let head = part(received, 0, 8)?;
    let answers = head.starts_with(&[5, 0x64])
        && head[3] & 0x40 == 0
        && part(sent, 6, 2) == head.get(4..6)
        && le16(received, 8) == Some(dnp3_checksum(head));
    let station = le16(received, 6).map(|address| format!("station {address}"));
    answers.then(|| Told::new(Protocol::Dnp3, station))
}
