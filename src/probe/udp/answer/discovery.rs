//! Answers of what finds and connects devices: SSDP, WS-Discovery, SIP, STUN, CoAP, MQTT-SN.

use super::Told;
use super::bytes::{be16, be32, part, same, text};
use crate::observation::Protocol;
use crate::probe::coap;

/// UPnP Device Architecture 2.0, section 1.3.3. The product is the header SERVER.
pub(super) fn ssdp(_: &[u8], received: &[u8]) -> Option<Told> {
    let answers = received.starts_with(b"HTTP/1.1 200");
    answers.then(|| Told::new(Protocol::Ssdp, header(received, &["server"])))
}

/// RFC 3261, sections 20.35 and 20.41: Server, or User-Agent.
pub(super) fn sip(_: &[u8], received: &[u8]) -> Option<Told> {
    let answers = received.starts_with(b"SIP/2.0 ");
    let product = || header(received, &["server", "user-agent"]);
    answers.then(|| Told::new(Protocol::Sip, product()))
}

/// The first header of these names.
fn header(received: &[u8], names: &[&str]) -> Option<String> {
    let text = String::from_utf8_lossy(&received[..received.len().min(4096)]);
    let value = |name: &&str| {
        text.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            let value = value.trim();
            let found = key.trim().eq_ignore_ascii_case(name) && !value.is_empty();
            found.then(|| value.to_owned())
        })
    };
    names.iter().find_map(value)
}

/// WS-Discovery 1.1, section 5.3. The product is the types.
pub(super) fn ws_discovery(_: &[u8], received: &[u8]) -> Option<Told> {
    let head = String::from_utf8_lossy(&received[..received.len().min(16 << 10)]);
    if !head.contains("ProbeMatches") {
        return None;
    }
    let types = head.split_once("Types>").map(|(_, rest)| rest);
    let types = types.and_then(|rest| Some(rest.split_once('<')?.0.trim().to_owned()));
    let types = types.filter(|types| !types.is_empty());
    Some(Told::new(Protocol::WsDiscovery, types))
}

/// RFC 8489, section 5: a response with our transaction. The product is the attribute SOFTWARE (section 14.14).
pub(super) fn stun(sent: &[u8], received: &[u8]) -> Option<Told> {
    if !matches!(received, [1, 1 | 0x11, ..]) || !same(sent, received, 4, 16) {
        return None;
    }
    let mut at = 20;
    let mut software = None;
    while let (Some(kind), Some(length)) = (be16(received, at), be16(received, at + 2)) {
        let length = usize::from(length);
        if kind == 0x8022 {
            software = part(received, at + 4, length).map(text);
        }
        at += 4 + length.next_multiple_of(4);
    }
    Some(Told::new(Protocol::Stun, software))
}

/// RFC 7252; a list of resources that speaks of LwM2M says so.
pub(super) fn coap(sent: &[u8], received: &[u8]) -> Option<Told> {
    if !coap::answers(sent, received) {
        return None;
    }
    let lwm2m = received.windows(12).any(|it| it == b"rt=\"oma.lwm2");
    Some(Told::new(Protocol::Coap, lwm2m.then(|| "LwM2M".to_owned())))
}

/// MQTT-SN 1.2, section 5.4.3: GWINFO; or ADVERTISE, which gateways send by themselves.
pub(super) fn mqtt_sn(_: &[u8], received: &[u8]) -> Option<Told> {
    let whole = matches!(received, [length, 0 | 2, ..] if usize::from(*length) == received.len());
    whole.then(|| Told::new(Protocol::MqttSn, None))
}

/// RFC 9000, section 17.2.1: Version Negotiation about our connection. The product is the versions.
pub(super) fn quic(sent: &[u8], received: &[u8]) -> Option<Told> {
    // Ours: a first byte, a version, 8 and a connection id of that length, 0.
    let ours = part(sent, 6, 8)?;
    let about_us = received.first()? & 0x80 != 0
        && part(received, 1, 6) == Some(&[0, 0, 0, 0, 0, 8])
        && part(received, 7, 8) == Some(ours);
    if !about_us {
        return None;
    }
    let versions = received.get(15..)?.chunks_exact(4).take(16);
    let names: Vec<String> = versions
        .filter_map(|it| be32(it, 0))
        // RFC 9000, section 15: reserved to exercise negotiation.
        .filter(|version| version & 0x0f0f_0f0f != 0x0a0a_0a0a)
        .map(|version| match version {
            1 => "1".to_owned(),
            // RFC 9369.
            0x6b33_43cf => "2".to_owned(),
            0xff00_0000..=0xff00_00ff => format!("draft {}", version & 0xff),
            other => format!("{other:#010x}"),
        })
        .collect();
    let product = (!names.is_empty()).then(|| format!("QUIC versions {}", names.join(", ")));
    Some(Told::new(Protocol::Quic, product))
}
