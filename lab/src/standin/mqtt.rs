//! A small MQTT broker (3.1.1 and 5, QoS 0), as wrong as its switches say.
//!
//! A client hears the retained messages and its own. Section numbers are those of version 5.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::account::{Answer, Door};
use super::pulse::Diary;
use super::spec::{MqttSpec, Trigger};
use super::tls::Front;
use super::{connection, hostile};

const MAX_PACKET: usize = 16 << 10;
const MAX_PACKETS: usize = 1000;
const MAX_FILTERS: usize = 64;
const FLOOD: usize = 100_000;
const PATIENCE: Duration = Duration::from_secs(15);

const CONNECT: u8 = 1;
const PUBLISH: u8 = 3;
const SUBSCRIBE: u8 = 8;
const PINGREQ: u8 = 12;

/// A broker.
#[derive(Debug)]
pub(super) struct Server {
    spec: MqttSpec,
    door: Door,
    /// None: it speaks in clear.
    tls: Option<Front>,
}

/// A CONNECT, as far as it matters here.
#[derive(Debug, PartialEq, Eq)]
struct Connect {
    five: bool,
    account: Option<(String, String)>,
}

/// What somebody who connected may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Guest {
    Served,
    /// Every subscription is refused.
    Idle,
}

/// Why somebody may not connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum No {
    Version,
    Account,
    Stranger,
    Pace,
    /// Without a word.
    Silent,
}

impl No {
    /// The code in CONNACK; none where 3.1.1 has none.
    fn code(self, five: bool) -> Option<u8> {
        match (self, five) {
            (Self::Version, false) => Some(1),
            (Self::Version, true) => Some(0x84),
            (Self::Account, false) => Some(4),
            (Self::Account, true) => Some(0x86),
            (Self::Stranger, false) => Some(5),
            (Self::Stranger, true) => Some(0x87),
            (Self::Pace, false) | (Self::Silent, _) => None,
            (Self::Pace, true) => Some(0x9f),
        }
    }
}

impl Server {
    pub(super) fn new(spec: &MqttSpec) -> Self {
        let switch = &spec.switch;
        let door = Door::new(
            &spec.accounts,
            switch.accepts_anything,
            switch.lockout_after,
            switch.throttle_after,
        );
        let tls = spec.tls.as_ref().filter(|_| !switch.in_clear);
        Self {
            spec: spec.clone(),
            door,
            tls: tls.map(Front::new),
        }
    }

    pub(super) fn port(&self) -> u16 {
        self.spec.port
    }

    pub(super) fn dies_after(&self) -> Option<Trigger> {
        self.spec.switch.dies_after
    }

    pub(super) async fn serve(&self, stream: TcpStream, diary: &Diary) {
        if self.spec.switch.never_answers {
            return connection::mute(stream).await;
        }
        match &self.tls {
            None => drop(self.converse(stream, diary).await),
            Some(_) if self.spec.switch.also_in_clear && begins_with_connect(&stream).await => {
                let _ = self.converse(stream, diary).await;
            }
            Some(front) => {
                if let Ok(Some(stream)) = timeout(PATIENCE, front.accept(stream)).await {
                    let _ = self.converse(stream, diary).await;
                }
            }
        }
    }

    /// None: it is over.
    async fn converse(
        &self,
        mut stream: impl AsyncRead + AsyncWrite + Unpin,
        diary: &Diary,
    ) -> Option<()> {
        let (CONNECT, body) = packet(&mut stream).await? else {
            return None;
        };
        let connect = connect(&body)?;
        let five = connect.five;
        let guest = match self.admit(&connect, diary) {
            Ok(guest) => guest,
            Err(no) => {
                let code = no.code(five)?;
                return stream.write_all(&connack(code, five)).await.ok();
            }
        };
        stream.write_all(&connack(0, five)).await.ok()?;
        self.misbehave(&mut stream).await?;
        let mut filters = Vec::new();
        for _ in 0..MAX_PACKETS {
            match packet(&mut stream).await? {
                (SUBSCRIBE, body) => {
                    self.subscribe(&mut stream, &body, five, guest, &mut filters)
                        .await?;
                }
                (PUBLISH, body) => {
                    let topic = text(&mut body.as_slice())?;
                    if heard(&filters, &topic) {
                        // Only its flags are those of a server's message: QoS 0, not retained.
                        stream.write_all(&framed(0x30, &body)).await.ok()?;
                    }
                }
                (PINGREQ, _) => stream.write_all(b"\xd0\x00").await.ok()?,
                _ => return None,
            }
        }
        None
    }

    fn admit(&self, connect: &Connect, diary: &Diary) -> Result<Guest, No> {
        let switch = &self.spec.switch;
        if switch.only_version_5 && !connect.five {
            return Err(No::Version);
        }
        let Some((username, password)) = &connect.account else {
            let open = switch.accepts_anonymous || (switch.accepts_anonymous_in_5 && connect.five);
            return match (open, switch.admits_anonymous) {
                (true, _) => Ok(Guest::Served),
                (false, true) => Ok(Guest::Idle),
                _ if connect.five && switch.hangs_up_in_5() => Err(No::Silent),
                (false, false) => Err(No::Stranger),
            };
        };
        diary.login();
        let default = (username.as_str(), password.as_str()) == ("root", "root");
        if connect.five
            && (switch.accepts_anything_in_5 || (switch.default_password_in_5 && default))
        {
            return Ok(Guest::Served);
        }
        match self.door.knock(username, password) {
            Answer::Accepted => Ok(Guest::Served),
            _ if switch.admits_anything => Ok(Guest::Idle),
            Answer::Refused => Err(No::Account),
            Answer::Throttled => Err(No::Pace),
        }
    }

    async fn misbehave(&self, stream: &mut (impl AsyncWrite + Unpin)) -> Option<()> {
        let switch = &self.spec.switch;
        let (start, more): (&[u8], &[u8]) = if switch.absurd_length {
            (b"\x30\xff\xff\xff\x7f\x00\x01a", &[b'A'; 1024])
        } else if switch.endless_length {
            (b"\x30", &[0xff; 1024])
        } else if switch.garbage {
            (b"HTTP/1.1 200 OK\r\n\r\n", b"<p>")
        } else {
            return Some(());
        };
        stream.write_all(start).await.ok()?;
        for _ in 0..FLOOD {
            stream.write_all(more).await.ok()?;
        }
        None
    }

    async fn subscribe(
        &self,
        stream: &mut (impl AsyncWrite + Unpin),
        body: &[u8],
        five: bool,
        guest: Guest,
        filters: &mut Vec<String>,
    ) -> Option<()> {
        let mut rest = body;
        let id = take(&mut rest, 2)?;
        if five {
            properties(&mut rest)?;
        }
        let mut new = Vec::new();
        while !rest.is_empty() {
            new.push(text(&mut rest)?);
            take(&mut rest, 1)?;
        }
        let code = match (guest, five) {
            (Guest::Served, _) => 0,
            (Guest::Idle, false) => 0x80,
            (Guest::Idle, true) => 0x87,
        };
        let none: &[u8] = if five { &[0] } else { &[] };
        let answer = [id, none, &vec![code; new.len()]].concat();
        stream.write_all(&framed(0x90, &answer)).await.ok()?;
        if guest == Guest::Idle {
            return Some(());
        }
        let hostile = self.spec.switch.hostile_text.then_some(hostile::TEXT);
        let retained = self.spec.retained.iter().map(String::as_str).chain(hostile);
        for topic in retained.filter(|topic| heard(&new, topic)) {
            let message = message(topic, five);
            let times = if self.spec.switch.endless_messages {
                FLOOD
            } else {
                1
            };
            for _ in 0..times {
                stream.write_all(&message).await.ok()?;
            }
        }
        filters.extend(new);
        filters.truncate(MAX_FILTERS);
        Some(())
    }
}

/// Whether the first byte is that of a CONNECT, type and flags; a handshake of TLS begins with 0x16.
async fn begins_with_connect(stream: &TcpStream) -> bool {
    let mut first = [0];
    let peeked = timeout(PATIENCE, stream.peek(&mut first)).await;
    matches!(peeked, Ok(Ok(1))) && first[0] == CONNECT << 4
}

/// Section 3.2.
fn connack(code: u8, five: bool) -> Vec<u8> {
    let properties: &[u8] = if five { &[0] } else { &[] };
    framed(0x20, &[&[0, code], properties].concat())
}

/// Section 3.3, retained.
fn message(topic: &str, five: bool) -> Vec<u8> {
    let length = u16::try_from(topic.len()).unwrap_or_default().to_be_bytes();
    let properties: &[u8] = if five { &[0] } else { &[] };
    framed(
        0x31,
        &[&length, topic.as_bytes(), properties, b"on"].concat(),
    )
}

/// Section 2.1: type and flags, then the length of what follows.
fn framed(first: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![first];
    let mut left = body.len();
    loop {
        let digit = u8::try_from(left % 128).unwrap_or_default();
        left /= 128;
        packet.push(digit | if left > 0 { 0x80 } else { 0 });
        if left == 0 {
            break;
        }
    }
    packet.extend(body);
    packet
}

/// The next packet: its type and what follows its length. None: there is none that we take.
async fn packet(stream: &mut (impl AsyncRead + Unpin)) -> Option<(u8, Vec<u8>)> {
    let read = async {
        let first = stream.read_u8().await.ok()?;
        let mut length = 0;
        for place in 0..4 {
            let digit = stream.read_u8().await.ok()?;
            length |= usize::from(digit & 0x7f) << (7 * place);
            if digit & 0x80 == 0 {
                let mut body = vec![0; (length <= MAX_PACKET).then_some(length)?];
                stream.read_exact(&mut body).await.ok()?;
                return Some((first >> 4, body));
            }
        }
        None
    };
    timeout(PATIENCE, read).await.ok().flatten()
}

/// Section 3.1. Wills are not known here.
fn connect(mut body: &[u8]) -> Option<Connect> {
    let (name, level) = (text(&mut body)?, take(&mut body, 1)?[0]);
    let flags = take(&mut body, 1)?[0];
    take(&mut body, 2)?;
    let five = match (name.as_str(), level) {
        ("MQTT", 4) => false,
        ("MQTT", 5) => true,
        _ => return None,
    };
    if five {
        properties(&mut body)?;
    }
    text(&mut body)?;
    let mut field = |flag| match flags & flag {
        0 => Some(None),
        _ => text(&mut body).map(Some),
    };
    let (username, password) = (field(0x80)?, field(0x40)?);
    Some(Connect {
        five,
        account: username.map(|username| (username, password.unwrap_or_default())),
    })
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(taken)
}

/// Section 1.5.4.
fn text(bytes: &mut &[u8]) -> Option<String> {
    let length = take(bytes, 2)?;
    let text = take(
        bytes,
        usize::from(u16::from_be_bytes([length[0], length[1]])),
    )?;
    String::from_utf8(text.to_vec()).ok()
}

/// Section 2.2.2: ours to skip. Nobody sends us more than 127 bytes of them.
fn properties(bytes: &mut &[u8]) -> Option<()> {
    let length = take(bytes, 1)?[0];
    take(bytes, usize::from(length)).map(drop)
}

fn heard(filters: &[String], topic: &str) -> bool {
    filters.iter().any(|filter| matches(filter, topic))
}

/// Section 4.7.
fn matches(filter: &str, topic: &str) -> bool {
    if topic.starts_with('$') && filter.starts_with(['#', '+']) {
        return false;
    }
    let (mut filter, mut topic) = (filter.split('/'), topic.split('/'));
    loop {
        match (filter.next(), topic.next()) {
            (Some("#"), _) | (None, None) => return true,
            (Some("+"), Some(_)) => {}
            (Some(one), Some(other)) if one == other => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_match_as_the_standard_says() {
        for (filter, topic) in [
            ("#", "a/b"),
            ("a/#", "a"),
            ("a/+/c", "a/b/c"),
            ("$SYS/#", "$SYS/x"),
            ("a", "a"),
        ] {
            assert!(matches(filter, topic), "{filter} {topic}");
        }
        for (filter, topic) in [("#", "$SYS/x"), ("a/+", "a"), ("a", "a/b"), ("a/b", "a")] {
            assert!(!matches(filter, topic), "{filter} {topic}");
        }
    }

    #[test]
    fn a_connect_is_read() {
        let body = b"\x00\x04MQTT\x04\xc2\x00\x1e\x00\x02id\x00\x01u\x00\x02pw";
        let account = Some(("u".to_owned(), "pw".to_owned()));
        let read = connect(body).unwrap();
        assert_eq!(
            read,
            Connect {
                five: false,
                account
            }
        );
        let body = b"\x00\x04MQTT\x05\x02\x00\x1e\x03\x21\x00\x14\x00\x02id";
        let read = connect(body).unwrap();
        assert_eq!((read.five, read.account), (true, None));
        assert_eq!(connect(b"\x00\x06MQIsdp\x03\x02\x00\x1e\x00\x00"), None);
        for end in 0..body.len() {
            assert_eq!(connect(&body[..end]), None, "{end}");
        }
    }

    #[test]
    fn a_length_has_as_many_digits_as_it_needs() {
        assert_eq!(framed(0x20, &[0, 5]), b"\x20\x02\x00\x05");
        assert_eq!(framed(0x30, &[0; 128])[..3], [0x30, 0x80, 0x01]);
    }
}
