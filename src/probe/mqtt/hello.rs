//! Does MQTT speak here? The one question that MQTT answers to a stranger: CONNECT.

use std::time::Duration;

use super::packet::{Packet, length, read};
use crate::observation::{AccessOutcome, FIRST_BYTES, MqttVersion, Protocol, Service, connack};
use crate::probe::Endpoint;
use crate::probe::random::random_hex;
use crate::probe::wire::{Heard, Talk, Wire};
use crate::text::shown;

/// How long CONNACK may take.
const ANSWER: Duration = Duration::from_secs(3);
/// 3.1.1, section 3.14; the shortest form of 5.
const DISCONNECT: &[u8] = b"\xe0\x00";

/// The service, if it answers CONNECT by CONNACK, whatever its code. Each version is asked over a connection
/// of its own, 5 only of a service that does not take 3.1.1.
pub(in crate::probe) async fn hello(talk: &Talk, endpoint: &Endpoint) -> Option<Service> {
    let first = greet(talk, endpoint, MqttVersion::V3).await;
    let other = match &first {
        Answer::Silence => return None,
        Answer::Connack(code, _) if connack(*code).0 != AccessOutcome::NotFound => None,
        _ => Some(greet(talk, endpoint, MqttVersion::V5).await),
    };
    match (first, other) {
        (_, Some(Answer::Connack(_, bytes))) => Some(service(endpoint, Service::MQTT_5, &bytes)),
        (Answer::Connack(_, bytes), _) => Some(service(endpoint, Service::MQTT, &bytes)),
        _ => None,
    }
}

fn service(endpoint: &Endpoint, spoke_after: &str, bytes: &[u8]) -> Service {
    Service {
        protocol: Protocol::Mqtt,
        tls: endpoint.tls,
        also_in_clear: false,
        product: None,
        spoke_after: Some(spoke_after.to_owned()),
        first_bytes: shown(bytes, FIRST_BYTES),
    }
}

/// What came back to CONNECT.
enum Answer {
    /// Its code and its bytes.
    Connack(u8, Vec<u8>),
    /// A connection that failed or ended, or bytes that are no MQTT.
    Nothing,
    Silence,
}

async fn greet(talk: &Talk, endpoint: &Endpoint, version: MqttVersion) -> Answer {
    let (Ok(id), Ok(mut wire)) = (random_hex(8), talk.open(endpoint).await) else {
        return Answer::Nothing;
    };
    if wire
        .say(&connect(version, &format!("pm{id}")))
        .await
        .is_err()
    {
        return Answer::Nothing;
    }
    let mut heard = Vec::new();
    loop {
        match wire.hear(ANSWER).await {
            Ok(Heard::Bytes(bytes)) => heard.extend(bytes),
            Ok(Heard::Quiet) => return Answer::Silence,
            Ok(Heard::Closed) | Err(_) => return Answer::Nothing,
        }
        match length(&heard, version) {
            Ok(None) => {}
            Ok(Some(whole)) => return leave(wire, &heard[..whole], version).await,
            Err(_) => return Answer::Nothing,
        }
    }
}

async fn leave(mut wire: Wire, packet: &[u8], version: MqttVersion) -> Answer {
    match read(packet, version) {
        Ok(Packet::Connack(connack)) => {
            if connack.code == 0 {
                // It may have hung up already, which is its right.
                let _ = wire.say(DISCONNECT).await;
            }
            Answer::Connack(connack.code, packet.to_vec())
        }
        _ => Answer::Nothing,
    }
}

/// Section 3.1 of both versions: a clean session without credentials.
fn connect(version: MqttVersion, client_id: &str) -> Vec<u8> {
    let (level, properties): (u8, &[u8]) = match version {
        MqttVersion::V3 => (4, &[]),
        MqttVersion::V5 => (5, &[0]),
    };
    const CLEAN: u8 = 2;
    const KEEP_ALIVE: [u8; 2] = [0, 30];
    // Ours are 18 bytes long, so that no length has a second digit.
    let id_length = u8::try_from(client_id.len()).unwrap_or(u8::MAX);
    let body = [
        b"\x00\x04MQTT",
        &[level, CLEAN][..],
        &KEEP_ALIVE,
        properties,
        &[0, id_length],
        client_id.as_bytes(),
    ]
    .concat();
    let length = u8::try_from(body.len()).unwrap_or(u8::MAX);
    [&[0x10, length][..], &body].concat()
}
