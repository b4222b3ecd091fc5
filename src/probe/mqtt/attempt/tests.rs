use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;
use crate::evidence::Outcome;
use crate::probe::{Stopper, fake};
use MqttVersion::{V3, V5};

/// A broker by script: what it says to CONNECT, its SUBACK code, whether it sends messages back.
#[derive(Clone, Copy)]
struct Script {
    connack: &'static [u8],
    suback: u8,
    echoes: bool,
    /// After CONNACK.
    then: &'static [u8],
    hangs_up_at: Option<u8>,
}

const SOUND: Script = Script {
    connack: b"\x20\x02\x00\x00",
    suback: 0,
    echoes: true,
    then: b"",
    hangs_up_at: None,
};

const SOUND_5: Script = Script {
    connack: b"\x20\x03\x00\x00\x00",
    ..SOUND
};

/// A whole packet, as long as a client's packets here ever are: one digit of length.
async fn packet(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let (first, length) = (stream.read_u8().await.ok()?, stream.read_u8().await.ok()?);
    let mut packet = vec![0; usize::from(length)];
    stream.read_exact(&mut packet).await.ok()?;
    packet.splice(0..0, [first, length]);
    Some(packet)
}

async fn play(script: Script, mut stream: TcpStream) -> Option<()> {
    let five = packet(&mut stream).await?[8] == 5;
    stream.write_all(script.connack).await.ok()?;
    stream.write_all(script.then).await.ok()?;
    loop {
        let packet = packet(&mut stream).await?;
        if script.hangs_up_at == Some(packet[0]) {
            return None;
        }
        match packet[0] {
            0x82 => {
                let mut body = &packet[if five { 5 } else { 4 }..];
                let mut codes = Vec::new();
                while !body.is_empty() {
                    body = &body[3 + usize::from(body[1])..];
                    codes.push(script.suback);
                }
                let none: &[u8] = if five { &[0] } else { &[] };
                let answer = [&packet[2..4], none, &codes].concat();
                let length = u8::try_from(answer.len()).unwrap();
                let answer = [&[0x90, length], &answer[..]].concat();
                stream.write_all(&answer).await.ok()?;
            }
            0x30 if script.echoes => stream.write_all(&packet).await.ok()?,
            _ => {}
        }
    }
}

/// An attempt at a scripted broker, and how often it was connected to.
async fn visit(script: Script, version: MqttVersion) -> (Exchange, usize) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let address = fake::serve(move |stream| {
        counted.fetch_add(1, Ordering::SeqCst);
        async move {
            let _ = play(script, stream).await;
        }
    })
    .await;
    let (_keep, stop) = Stopper::new();
    let endpoint = Endpoint::clear(address);
    let credential = Credential::clear("owner", "quay-lantern");
    let exchange = attempt(&endpoint, version, None, Some(&credential), &stop).await;
    (exchange, count.load(Ordering::SeqCst))
}

fn answer(exchange: &Exchange) -> Result<&AccessReply, Absence> {
    match &exchange.outcome {
        Outcome::Observed { observations } => match &observations[..] {
            [Observation::Access(reply)] => Ok(reply),
            other => panic!("{other:?}"),
        },
        Outcome::Absent { reason, .. } => Err(*reason),
    }
}

#[tokio::test]
async fn a_message_that_comes_back_is_served_in_both_versions() {
    for (script, version) in [(SOUND, V3), (SOUND_5, V5)] {
        let (exchange, connections) = visit(script, version).await;
        let reply = answer(&exchange).unwrap();
        assert_eq!(reply.outcome, AccessOutcome::Served, "{}", reply.detail);
        let mqtt = reply.mqtt.as_ref().unwrap();
        assert!(mqtt.echoed && mqtt.messages == 0 && !mqtt.hung_up);
        assert_eq!(mqtt.subscriptions.len(), 3);
        assert!(mqtt.subscriptions.iter().all(MqttSubscription::granted));
        assert_eq!(connections, 1);
        // Where the redactor finds it, and with leave taken.
        let sent = &exchange.sent;
        assert!(sent.windows(12).any(|part| part == b"quay-lantern"));
        let farewell: &[u8] = if version == V3 { b"\xe0\x00" } else { b"\xe0" };
        assert!(
            sent[sent.len() - 4..]
                .windows(farewell.len())
                .any(|it| it == farewell)
        );
    }
}

#[tokio::test]
async fn a_refusal_is_read_from_its_code() {
    use AccessOutcome::{NotFound, Refused, Throttled, Unclear};
    let cases: [(&'static [u8], MqttVersion, AccessOutcome); 8] = [
        (b"\x20\x02\x00\x01", V3, NotFound),
        (b"\x20\x02\x00\x04", V3, Refused),
        (b"\x20\x02\x00\x05", V3, Refused),
        (b"\x20\x02\x00\x02", V3, Unclear),
        (b"\x20\x03\x00\x87\x00", V5, Refused),
        (b"\x20\x03\x00\x9f\x00", V5, Throttled),
        (b"\x20\x02\x00\x01", V5, NotFound),
        // Accepted, and in no form of the version that was asked for.
        (b"\x20\x02\x00\x00", V5, Unclear),
    ];
    for (connack, version, outcome) in cases {
        let (exchange, connections) = visit(Script { connack, ..SOUND }, version).await;
        let reply = answer(&exchange).unwrap();
        assert_eq!(reply.outcome, outcome, "{connack:x?} {}", reply.detail);
        assert_eq!(reply.mqtt.as_ref().unwrap().connack, connack[3]);
        assert_eq!(connections, 1, "{connack:x?}");
    }
}

#[tokio::test]
async fn being_let_in_is_not_being_served() {
    let refuses = Script {
        suback: 0x80,
        ..SOUND
    };
    let mute = Script {
        echoes: false,
        ..SOUND
    };
    let hangs_up = Script {
        hangs_up_at: Some(0x82),
        ..SOUND
    };
    let drops_publisher = Script {
        hangs_up_at: Some(0x30),
        ..SOUND
    };
    for (script, refused) in [
        (refuses, true),
        (mute, false),
        (hangs_up, true),
        (drops_publisher, false),
    ] {
        let (exchange, connections) = visit(script, V3).await;
        let reply = answer(&exchange).unwrap();
        assert_eq!(reply.outcome, AccessOutcome::Admitted, "{}", reply.detail);
        let mqtt = reply.mqtt.as_ref().unwrap();
        assert_eq!(mqtt.refuses_subscriptions(), refused, "{}", reply.detail);
        assert_eq!(connections, 1);
    }
}

#[tokio::test]
async fn what_breaks_the_protocol_is_malformed_at_once() {
    const FLOOD: &[u8] = &[b'A'; 300 * 1024];
    for then in [
        b"\x30\xff\xff\xff\x7f\x00\x01a".as_slice(),
        b"\x30\xff\xff\xff\xff\xff",
        b"\x20\x02\x00\x00",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"\x90\x03\x00\x01\x00\x90\x03\x00\x02\x00\x90\x03\x00\x03\x00",
        FLOOD,
    ] {
        let started = Instant::now();
        let (exchange, connections) = visit(Script { then, ..SOUND }, V3).await;
        let shown = &then[..then.len().min(8)];
        assert_eq!(
            answer(&exchange).err(),
            Some(Absence::Malformed),
            "{shown:x?}"
        );
        assert_eq!(connections, 1);
        assert!(started.elapsed().as_secs() < 7, "{shown:x?}");
    }
}

#[tokio::test]
async fn messages_of_others_are_counted_and_end() {
    const MANY: [u8; 7 * 500] = {
        let mut all = [0; 7 * 500];
        let mut at = 0;
        while at < all.len() {
            let one = b"\x31\x05\x00\x01\x1bon";
            all[at] = one[at % 7];
            at += 1;
        }
        all
    };
    let script = Script {
        echoes: false,
        then: &MANY,
        ..SOUND
    };
    let (exchange, _) = visit(script, V3).await;
    let reply = answer(&exchange).unwrap();
    assert_eq!(reply.outcome, AccessOutcome::Served);
    let mqtt = reply.mqtt.as_ref().unwrap();
    assert_eq!((mqtt.messages, mqtt.echoed), (500, false));
    assert_eq!(mqtt.topics, ["\\u{1b}"]);
}

#[tokio::test]
async fn hanging_up_on_connect_is_no_answer_of_mqtt() {
    let script = Script {
        connack: b"",
        hangs_up_at: None,
        ..SOUND
    };
    let address = fake::serve(async |mut stream| drop(packet(&mut stream).await)).await;
    let (_keep, stop) = Stopper::new();
    let gone = attempt(&Endpoint::clear(address), V5, None, None, &stop).await;
    assert_eq!(answer(&gone).err(), Some(Absence::Disconnected));
    let (silent, connections) = visit(script, V3).await;
    assert_eq!(answer(&silent).err(), Some(Absence::NoAnswer));
    assert_eq!(connections, 1);
}
