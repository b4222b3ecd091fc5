//! Answers of things at home: Matter, miIO, LIFX, Kasa, WiZ, Ubiquiti.

use serde_json::Value;

use super::Told;
use super::bytes::{be16, le16, part, text, words};
use crate::observation::Protocol;
use crate::probe::udp::payload::unscrambled;

/// No answer of these is longer.
const LONGEST: usize = 8 << 10;
/// Fields of a Ubiquiti answer that are read.
const FIELDS: usize = 32;

/// Matter 1.3, sections 4.4 and 4.10: an unencrypted message to the node that we said we are, about our exchange.
pub(super) fn matter(sent: &[u8], received: &[u8]) -> Option<Told> {
    // Before a destination of 64 bits there may be a source.
    let source = if received.first()? & 4 == 4 { 8 } else { 0 };
    let to_us = received[0] & 3 == 1
        && part(received, 1, 3) == Some(&[0, 0, 0])
        && part(received, 8 + source, 8) == part(sent, 8, 8);
    let about = part(received, 18 + source, 2) == part(sent, 18, 2)
        && le16(received, 20 + source) == Some(0);
    (to_us && about).then(|| Told::new(Protocol::Matter, None))
}

/// miIO: a hello with the id of a device.
pub(super) fn miio(_: &[u8], received: &[u8]) -> Option<Told> {
    let answers = received.len() == 32
        && received.starts_with(&[0x21, 0x31, 0, 0x20])
        && received.get(8..12) != Some(&[0xff; 4]);
    answers.then(|| Told::new(Protocol::Miio, None))
}

/// LIFX LAN protocol: StateService to our source.
pub(super) fn lifx(sent: &[u8], received: &[u8]) -> Option<Told> {
    let answers = le16(received, 0).is_some_and(|length| usize::from(length) == received.len())
        && part(received, 4, 4) == part(sent, 4, 4)
        && le16(received, 32) == Some(3);
    answers.then(|| Told::new(Protocol::Lifx, None))
}

/// TP-Link smart home protocol. The product is the model and the version of its software.
pub(super) fn kasa(_: &[u8], received: &[u8]) -> Option<Told> {
    let plain = unscrambled(&received[..received.len().min(LONGEST)]);
    let answer: Value = serde_json::from_slice(&plain).ok()?;
    let about = answer.get("system")?.get("get_sysinfo")?;
    about.as_object().filter(|it| !it.is_empty())?;
    Some(Told::new(
        Protocol::Kasa,
        fields(about, &["model", "sw_ver"]),
    ))
}

/// WiZ local control. The product is the module and the version of its firmware.
pub(super) fn wiz(_: &[u8], received: &[u8]) -> Option<Told> {
    let answer: Value = serde_json::from_slice(&received[..received.len().min(LONGEST)]).ok()?;
    answer.get("method")?;
    let result = answer.get("result").or_else(|| answer.get("error"))?;
    Some(Told::new(
        Protocol::Wiz,
        fields(result, &["moduleName", "fwVersion"]),
    ))
}

fn fields(object: &Value, names: &[&str]) -> Option<String> {
    words(names.iter().filter_map(|name| object.get(name)?.as_str()))
}

/// Ubiquiti discovery, version 1. The product is the model and the version of its firmware.
pub(super) fn ubiquiti(_: &[u8], received: &[u8]) -> Option<Told> {
    let whole = be16(received, 2).is_some_and(|length| usize::from(length) + 4 == received.len());
    if !received.starts_with(&[1, 0]) || !whole || received.len() == 4 {
        return None;
    }
    let (mut model, mut firmware) = (String::new(), String::new());
    let mut at = 4;
    for _ in 0..FIELDS {
        let (Some(kind), Some(length)) = (received.get(at), be16(received, at + 1)) else {
            break;
        };
        let value = part(received, at + 3, length.into())
            .map(text)
            .unwrap_or_default();
        match kind {
            3 => firmware = value,
            0x0c | 0x14 => model = value,
            _ => {}
        }
        at += 3 + usize::from(length);
    }
    Some(Told::new(
        Protocol::Ubiquiti,
        words([model.as_str(), &firmware]),
    ))
}
