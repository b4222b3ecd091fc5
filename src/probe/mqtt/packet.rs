//! Packets of a server, bounded and read strictly before anybody else sees them.
//!
//! Section numbers are those of MQTT 5; 3.1.1 numbers what it has alike.

use crate::evidence::Absence;
use crate::observation::MqttVersion;
use crate::probe::wire::Fault;

/// The longest packet that is taken, in bytes, header included. MQTT allows 256 MB.
pub(super) const LONGEST: usize = 64 * 1024;

/// What a server may send to somebody who connected, subscribed, and published with QoS 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Packet {
    Connack(Connack),
    Publish { topic: Vec<u8>, payload: Vec<u8> },
    Suback { codes: Vec<u8> },
    Pingresp,
    Disconnect,
}

/// The answer to CONNECT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Connack {
    pub code: u8,
    /// Whether it has properties, as version 5 demands and 3.1.1 forbids.
    pub properties: bool,
}

/// A rule that the server broke, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Breach(pub(super) &'static str);

impl From<Breach> for Fault {
    fn from(Breach(what): Breach) -> Self {
        Self::new(Absence::Malformed, format!("it broke MQTT: {what}"))
    }
}

/// The length of the packet at the beginning, header included. None: it is not all there yet.
pub(super) fn length(bytes: &[u8], version: MqttVersion) -> Result<Option<usize>, Breach> {
    let Some(&first) = bytes.first() else {
        return Ok(None);
    };
    may_be_sent(first, version)?;
    let Some((digits, remaining)) = number(&bytes[1..])? else {
        return Ok(None);
    };
    match 1 + digits + remaining {
        whole if whole > LONGEST => Err(Breach("a packet beyond our bound")),
        whole => Ok((bytes.len() >= whole).then_some(whole)),
    }
}

/// Reads one whole packet, as [`length`] cut it off.
pub(super) fn read(packet: &[u8], version: MqttVersion) -> Result<Packet, Breach> {
    let mut body = Body::after_header(packet)?;
    let kind = packet.first().map_or(0, |first| first >> 4);
    let packet = match kind {
        2 => Packet::Connack(body.connack(version)?),
        3 => body.publish(packet[0], version)?,
        9 => body.suback(version)?,
        13 => Packet::Pingresp,
        // Section 3.14. Why it sends us away is for people.
        _ => {
            body.all();
            Packet::Disconnect
        }
    };
    match body.0 {
        [] => Ok(packet),
        _ => Err(Breach("a packet that is longer than what it holds")),
    }
}

/// Section 2.1.2 and 2.1.3: types and flags. Acknowledgements of what we never send, and packets that only
/// a client sends, are none of them.
fn may_be_sent(first: u8, version: MqttVersion) -> Result<(), Breach> {
    match (first >> 4, first & 0xf) {
        (2 | 9 | 13, 0) => Ok(()),
        (3, flags) if flags & 6 != 6 => Ok(()),
        (14, 0) if version == MqttVersion::V5 => Ok(()),
        _ => Err(Breach("no packet that a server may send here")),
    }
}

/// Section 1.5.5: a variable byte integer, with how many bytes it takes, at most four. None: it goes on.
fn number(bytes: &[u8]) -> Result<Option<(usize, usize)>, Breach> {
    let mut value = 0;
    for (place, &byte) in bytes.iter().take(4).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok(Some((place + 1, value)));
        }
    }
    match bytes.len() {
        0..4 => Ok(None),
        _ => Err(Breach("a length of more than four bytes")),
    }
}

/// What is left of a packet.
struct Body<'a>(&'a [u8]);

const SHORT: Breach = Breach("a packet that ends too early");

impl<'a> Body<'a> {
    fn after_header(packet: &'a [u8]) -> Result<Self, Breach> {
        let rest = packet.get(1..).ok_or(SHORT)?;
        let (digits, remaining) = number(rest)?.ok_or(SHORT)?;
        let body = rest.get(digits..).ok_or(SHORT)?;
        match body.len() == remaining {
            true => Ok(Self(body)),
            false => Err(SHORT),
        }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Breach> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(SHORT)?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Breach> {
        Ok(self.take(1)?[0])
    }

    fn short(&mut self) -> Result<u16, Breach> {
        let bytes = self.take(2)?;
        Ok(u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    fn all(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    /// Section 2.2.2: nothing that is read here, so that only their length counts.
    fn properties(&mut self) -> Result<(), Breach> {
        let (digits, length) = number(self.0)?.ok_or(SHORT)?;
        self.take(digits + length).map(drop)
    }

    /// Section 3.2. A server may refuse in the form of the version that it speaks itself.
    fn connack(&mut self, version: MqttVersion) -> Result<Connack, Breach> {
        if self.byte()? > 1 {
            return Err(Breach("flags in CONNACK that are reserved"));
        }
        let code = self.byte()?;
        let properties = !self.0.is_empty();
        if properties {
            self.properties()?;
        }
        match (version, properties, code) {
            (MqttVersion::V3, true, 0..0x80) => {
                Err(Breach("a CONNACK of version 5 to a client of 3.1.1"))
            }
            _ => Ok(Connack { code, properties }),
        }
    }

    /// Section 3.3. We allow no alias, so that a topic is always named.
    fn publish(&mut self, first: u8, version: MqttVersion) -> Result<Packet, Breach> {
        let length = self.short()?;
        let topic = self.take(usize::from(length))?.to_vec();
        if topic.is_empty() {
            return Err(Breach("a message without a topic"));
        }
        if first & 6 != 0 {
            self.short()?;
        }
        if version == MqttVersion::V5 {
            self.properties()?;
        }
        Ok(Packet::Publish {
            topic,
            payload: self.all().to_vec(),
        })
    }

    /// Section 3.9.
    fn suback(&mut self, version: MqttVersion) -> Result<Packet, Breach> {
        // The identifier: only one SUBSCRIBE is ever without its answer.
        self.short()?;
        if version == MqttVersion::V5 {
            self.properties()?;
        }
        let codes = self.all().to_vec();
        match codes.iter().all(|code| !(3..0x80).contains(code)) {
            true => Ok(Packet::Suback { codes }),
            false => Err(Breach("a code in SUBACK that is reserved")),
        }
    }
}

#[cfg(test)]
mod tests {
    use MqttVersion::{V3, V5};

    use super::*;

    /// The first packet, if it is all there, read.
    fn first(bytes: &[u8], version: MqttVersion) -> Result<Option<Packet>, Breach> {
        let Some(whole) = length(bytes, version)? else {
            return Ok(None);
        };
        read(&bytes[..whole], version).map(Some)
    }

    fn connack(code: u8, properties: bool) -> Packet {
        Packet::Connack(Connack { code, properties })
    }

    fn publish(topic: &str, payload: &str) -> Packet {
        Packet::Publish {
            topic: topic.as_bytes().to_vec(),
            payload: payload.as_bytes().to_vec(),
        }
    }

    fn suback(codes: &[u8]) -> Packet {
        let codes = codes.to_vec();
        Packet::Suback { codes }
    }

    fn samples() -> Vec<(&'static [u8], MqttVersion, Packet)> {
        vec![
            (b"\x20\x02\x00\x00", V3, connack(0, false)),
            (b"\x20\x02\x01\x05", V3, connack(5, false)),
            (b"\x20\x02\x00\x01", V5, connack(1, false)),
            (b"\x20\x03\x00\x84\x00", V3, connack(0x84, true)),
            (b"\x20\x06\x00\x00\x03\x21\x00\x14", V5, connack(0, true)),
            (b"\x90\x04\x00\x01\x00\x80", V3, suback(&[0, 0x80])),
            (b"\x90\x05\x01\x02\x00\x87\x02", V5, suback(&[0x87, 2])),
            (b"\x30\x05\x00\x01ahi", V3, publish("a", "hi")),
            (b"\x3b\x07\x00\x01a\x00\x07hi", V3, publish("a", "hi")),
            (b"\x31\x06\x00\x01a\x00hi", V5, publish("a", "hi")),
            (b"\x30\x84\x00\x00\x01a\x00", V5, publish("a", "")),
            (b"\xd0\x00", V3, Packet::Pingresp),
            (b"\xe0\x00", V5, Packet::Disconnect),
            (b"\xe0\x02\x87\x00", V5, Packet::Disconnect),
        ]
    }

    #[test]
    fn packets_are_read_and_no_beginning_of_one_is() {
        for (bytes, version, packet) in samples() {
            assert_eq!(first(bytes, version), Ok(Some(packet)), "{bytes:x?}");
            for end in 0..bytes.len() {
                assert_eq!(first(&bytes[..end], version), Ok(None), "{bytes:x?} {end}");
            }
            let more = [bytes, b"\xff"].concat();
            assert_eq!(length(&more, version), Ok(Some(bytes.len())));
        }
    }

    #[test]
    fn a_packet_that_is_cut_inside_is_a_breach() {
        // A DISCONNECT may end anywhere.
        let ends = |sample: &(_, _, Packet)| sample.2 != Packet::Disconnect;
        for (bytes, version, packet) in samples().into_iter().filter(ends) {
            // The same packet with a shorter length of its own: it ends within a field, or is another
            // packet of the same kind.
            let (digits, remaining) = number(&bytes[1..]).unwrap().unwrap();
            for length in 0..u8::try_from(remaining).unwrap() {
                let body = &bytes[1 + digits..][..usize::from(length)];
                let cut = [&[bytes[0], length][..], body].concat();
                assert_ne!(first(&cut, version), Ok(Some(packet.clone())), "{cut:x?}");
                assert_ne!(first(&cut, version), Ok(None), "{cut:x?}");
            }
        }
    }

    #[test]
    fn what_breaks_a_rule_is_a_breach_at_once() {
        let breaches: &[(&[u8], MqttVersion)] = &[
            // Packets of a client, acknowledgements of nothing, reserved flags and types.
            (b"\x10", V3),
            (b"\x40", V3),
            (b"\x82", V3),
            (b"\xb0", V5),
            (b"\xe0", V3),
            (b"\xf0", V5),
            (b"\x00", V5),
            (b"\x21", V3),
            (b"\x36", V3),
            (b"HTTP/1.1", V3),
            (b"SSH-2.0", V3),
            // Lengths.
            (b"\x30\xff\xff\xff\xff", V3),
            (b"\x30\xff\xff\xff\x7f", V3),
            (b"\x30\x80\x80\x04", V3),
            (b"\x20\x80\x80\x80\x80\x02", V3),
            // Fields.
            (b"\x20\x02\x02\x00", V3),
            (b"\x20\x03\x00\x00\x00", V3),
            (b"\x20\x03\x00\x00\x01", V5),
            (b"\x20\x04\x00\x00\x00\x00", V5),
            (b"\x30\x03\x00\x02a", V3),
            (b"\x30\x02\x00\x00", V3),
            (b"\x30\x04\x00\x01a\x05", V5),
            (b"\x90\x03\x00\x01\x03", V3),
            (b"\xd0\x01\x00", V3),
        ];
        for (bytes, version) in breaches {
            assert!(first(bytes, *version).is_err(), "{bytes:x?}");
        }
        let longest = [b"\x30\xfc\xff\x03\x00\x01a".as_slice(), &[0; LONGEST]].concat();
        assert_eq!(length(&longest, V3), Ok(Some(LONGEST)));
        assert_eq!(
            length(b"\x30\xfd\xff\x03", V3),
            Err(Breach("a packet beyond our bound"))
        );
    }
}
