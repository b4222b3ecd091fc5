//! Between the client library and the device: everything passes here, is bounded here, and is noted here.
//!
//! The library speaks to a socket that takes one connection, so that it cannot come back by itself, and it
//! gets only packets that were read strictly before.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::packet::{Breach, Connack, Packet, length, read};
use crate::evidence::Absence;
use crate::observation::MqttVersion;
use crate::probe::wire::{Fault, Wire};
use crate::text::shown;

/// Topics of others that are noted.
const TOPICS: usize = 5;

/// What the device was seen to answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub connack: Option<Connack>,
    /// The codes of every SUBACK, in order.
    pub subacks: Vec<Vec<u8>>,
    pub echoed: bool,
    pub messages: u32,
    pub topics: Vec<String>,
    pub hung_up: bool,
}

impl Seen {
    /// Whether a message was delivered. What comes after cannot undo it.
    fn delivered(&self) -> bool {
        self.echoed || self.messages > 0
    }
}

/// Reads what the device sends, packet by packet.
pub(super) struct Reader<'a> {
    version: MqttVersion,
    /// The message that we publish.
    own: (&'a [u8], &'a [u8]),
    unread: Vec<u8>,
    pub seen: Seen,
}

impl<'a> Reader<'a> {
    pub(super) fn new(version: MqttVersion, topic: &'a str, payload: &'a [u8]) -> Self {
        Self {
            version,
            own: (topic.as_bytes(), payload),
            unread: Vec::new(),
            seen: Seen::default(),
        }
    }

    /// Notes what the bytes say. Returns those of whole packets, which may go on to the library.
    fn take(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Breach> {
        self.unread.extend_from_slice(bytes);
        let mut whole = 0;
        while let Some(length) = length(&self.unread[whole..], self.version)? {
            let packet = read(&self.unread[whole..whole + length], self.version)?;
            self.note(packet)?;
            whole += length;
        }
        Ok(self.unread.drain(..whole).collect())
    }

    /// MQTT 5, section 3.2: CONNACK comes first, and once.
    fn note(&mut self, packet: Packet) -> Result<(), Breach> {
        let seen = &mut self.seen;
        match (packet, seen.connack) {
            (Packet::Connack(connack), None) => seen.connack = Some(connack),
            (Packet::Connack(_), Some(_)) => return Err(Breach("a second CONNACK")),
            (_, None) => return Err(Breach("a packet before CONNACK")),
            (Packet::Suback { codes }, _) => seen.subacks.push(codes),
            (Packet::Publish { topic, payload }, _) if (&*topic, &*payload) == self.own => {
                seen.echoed = true;
            }
            (Packet::Publish { topic, .. }, _) => {
                seen.messages += 1;
                let topic = shown(&topic, 80);
                if seen.topics.len() < TOPICS && !seen.topics.contains(&topic) {
                    seen.topics.push(topic);
                }
            }
            (Packet::Disconnect, _) => seen.hung_up = true,
            (Packet::Pingresp, _) => {}
        }
        Ok(())
    }

    /// Whether nothing more is to be expected: refused, or answered in the form of another version, or
    /// sent away.
    fn over(&self) -> bool {
        let form = self.version == MqttVersion::V5;
        let connack = self.seen.connack;
        connack.is_some_and(|it| it.code != 0 || it.properties != form) || self.seen.hung_up
    }
}

/// Carries bytes until the client or the device ends it.
///
/// # Errors
///
/// The device said nothing that counts, or broke the protocol before a message was delivered.
pub(super) async fn relay(
    wire: &mut Wire,
    mut client: UnixStream,
    reader: &mut Reader<'_>,
) -> Result<(), Fault> {
    let (mut ours, mut theirs) = ([0; 4096], [0; 4096]);
    // A device that hung up may have said why before.
    let mut listening = true;
    loop {
        tokio::select! {
            read = client.read(&mut ours), if listening => match read {
                Ok(0) | Err(_) => return Ok(()),
                Ok(count) => listening = wire.say(&ours[..count]).await.is_ok(),
            },
            read = wire.read(&mut theirs) => {
                let fault = match read {
                    Ok(0) => Fault::new(Absence::Disconnected, "it hung up on CONNECT"),
                    Ok(count) => match reader.take(&theirs[..count]) {
                        // A client that has gone is seen at the next reading.
                        Ok(whole) => {
                            let _ = client.write_all(&whole).await;
                            if reader.over() {
                                return Ok(());
                            }
                            continue;
                        }
                        Err(breach) => breach.into(),
                    },
                    Err(error) => error.into(),
                };
                return end(reader, fault);
            }
        }
    }
}

/// What the end of a connection means: hanging up on somebody who was answered is an answer.
fn end(reader: &mut Reader<'_>, fault: Fault) -> Result<(), Fault> {
    let answered = reader.seen.connack.is_some();
    match fault.reason {
        Absence::Disconnected if answered && reader.unread.is_empty() => {
            reader.seen.hung_up = true;
            Ok(())
        }
        Absence::Disconnected if answered && !reader.seen.delivered() => {
            Err(Breach("a packet that breaks off").into())
        }
        _ if reader.seen.delivered() => Ok(()),
        _ => Err(fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONNACK: &[u8] = b"\x20\x02\x00\x00";
    const SUBACK: &[u8] = b"\x90\x03\x00\x01\x00";
    const OWN: &[u8] = b"\x30\x05\x00\x01too";
    const OTHER: &[u8] = b"\x30\x05\x00\x01a\x1b[";

    fn reader() -> Reader<'static> {
        Reader::new(MqttVersion::V3, "t", b"oo")
    }

    #[test]
    fn whole_packets_go_on_wherever_the_bytes_are_cut() {
        let bytes = [CONNACK, SUBACK, OWN, OTHER, OTHER].concat();
        for cut in 0..=bytes.len() {
            let mut reader = reader();
            let mut passed = reader.take(&bytes[..cut]).unwrap();
            assert!(bytes.starts_with(&passed));
            passed.extend(reader.take(&bytes[cut..]).unwrap());
            assert_eq!(passed, bytes);
            let seen = Seen {
                connack: Some(Connack {
                    code: 0,
                    properties: false,
                }),
                subacks: vec![vec![0]],
                echoed: true,
                messages: 2,
                topics: vec!["a".to_owned()],
                hung_up: false,
            };
            assert_eq!(reader.seen, seen);
        }
    }

    #[test]
    fn nothing_of_a_breach_goes_on() {
        for breach in [
            [CONNACK, CONNACK].concat(),
            SUBACK.to_vec(),
            [CONNACK, b"\x30\xff\xff\xff\x7f"].concat(),
            [CONNACK, b"GET /"].concat(),
        ] {
            assert!(reader().take(&breach).is_err(), "{breach:x?}");
        }
    }

    #[test]
    fn what_is_kept_of_a_packet_is_bounded() {
        let mut reader = reader();
        reader.take(CONNACK).unwrap();
        // Endless, and beyond the bound only by its own account.
        assert!(reader.take(b"\x30\xff\xff\xff\x7f").is_err());
        assert!(reader.unread.len() < 16);
    }

    #[test]
    fn an_end_is_an_answer_only_after_one() {
        let gone = || Fault::new(Absence::Disconnected, "x");
        let broken = || Fault::new(Absence::Malformed, "x");
        let mut unanswered = reader();
        assert_eq!(end(&mut unanswered, gone()), Err(gone()));
        let mut answered = reader();
        answered.take(CONNACK).unwrap();
        assert_eq!(end(&mut answered, broken()), Err(broken()));
        assert_eq!(end(&mut answered, gone()), Ok(()));
        assert!(answered.seen.hung_up);
        answered.take(&OWN[..3]).unwrap();
        assert_eq!(
            end(&mut answered, gone()).unwrap_err().reason,
            Absence::Malformed
        );
        answered.take(&OWN[3..]).unwrap();
        assert_eq!(end(&mut answered, broken()), Ok(()));
    }
}
