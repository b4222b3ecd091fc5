//! One GET, with the repetitions that an unreliable transport needs.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use coap_lite::{CoapOption, MessageClass, MessageType, Packet};
use jiff::Timestamp;
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

use super::message::{Block, DISCOVERY, acknowledgement, code, get, is_response_to, parse};
use crate::digest::sha256_hex;
use crate::evidence::{Absence, Exchange};
use crate::observation::{AccessOutcome, AccessReply, Observation};
use crate::probe::Stop;
use crate::probe::dtls::{Entry, Inside};
use crate::probe::random::random_bytes;
use crate::probe::wire::Fault;
use crate::text::shown;

/// After each transmission, so long for an answer: RFC 7252 section 4.2 doubles from 2 s, and goes on for
/// longer than a test can.
const PATIENCE: [Duration; 3] = [
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(4),
];
/// For a response that was promised by an empty acknowledgement (section 5.2.2).
const SEPARATE: Duration = Duration::from_secs(8);
/// Blocks of a list that are read at most: 64 KiB of the largest.
const BLOCKS: u32 = 64;
/// Datagrams that are no answer to us; whoever sends more is not listened to.
const NOISE: usize = 32;
/// Bytes of answers that are kept.
const KEPT: usize = 256 * 1024;

/// How a request travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way<'a> {
    Clear,
    /// Inside DTLS, with a server that shows a certificate to a client who has none. The name is a DNS name that is sent.
    Inside {
        name: Option<&'a str>,
    },
}

/// What a GET brought.
#[derive(Debug)]
pub struct Reading {
    pub exchange: Exchange,
    /// What was served; empty where nothing was.
    pub content: Vec<u8>,
    /// Whether that is all of it: no block was left unread.
    pub whole: bool,
}

/// Asks for a path without any credentials. Of a list ([`DISCOVERY`]) further blocks are read, of anything
/// else the first one is enough to show that it is given away.
pub async fn read(address: SocketAddr, way: Way<'_>, path: &str, stop: &Stop) -> Reading {
    let started = Timestamp::now();
    let mut talk = Talk::default();
    let mut stop = stop.clone();
    let outcome = tokio::select! {
        biased;
        () = stop.wait() => {
            let why = stop.reason().unwrap_or_default();
            Err(Fault::new(Absence::Aborted, why))
        }
        outcome = talk.get(address, way, path) => outcome,
    };
    let (exchange, content, whole) = match outcome {
        Ok((reply, content, whole)) => {
            let observation = Observation::Access(reply);
            (Exchange::observed(started, observation), content, whole)
        }
        Err(fault) => {
            let exchange = Exchange::absent(started, fault.reason, fault.detail);
            (exchange, Vec::new(), false)
        }
    };
    let (sent, received, truncated) = match talk.line {
        Some(Line::Inside(mut inside)) => {
            inside.leave().await;
            inside.talk.into_bytes()
        }
        _ => (talk.sent, talk.received, talk.truncated),
    };
    Reading {
        exchange: exchange.with_bytes(sent, received, truncated),
        content,
        whole,
    }
}

/// What carries datagrams.
#[derive(Debug)]
enum Line {
    Clear(UdpSocket),
    /// Keeps its bytes itself: those that are encrypted.
    Inside(Box<Inside>),
}

/// The bytes of an exchange, datagram after datagram.
#[derive(Debug, Default)]
struct Talk {
    line: Option<Line>,
    sent: Vec<u8>,
    received: Vec<u8>,
    truncated: bool,
    noise: usize,
    garbage: bool,
}

impl Talk {
    async fn get(
        &mut self,
        address: SocketAddr,
        way: Way<'_>,
        path: &str,
    ) -> Result<(AccessReply, Vec<u8>, bool), Fault> {
        if let Some(reply) = self.connect(address, way).await? {
            return Ok((reply, Vec::new(), true));
        }
        let mut content = Vec::new();
        let mut block: Option<Block> = None;
        loop {
            let response = self.ask(path, block).await?;
            let served = code(&response) == CONTENT;
            let found = Block::of(&response);
            // A block that was not asked for would be put in the wrong place.
            let fits = block.map_or(0, |asked| asked.number) == found.map_or(0, |it| it.number);
            if served && fits {
                content.extend_from_slice(&response.payload);
            }
            let more = found.is_some_and(|it| it.more);
            let next = found.filter(|_| served && fits && more && path == DISCOVERY);
            let next = next.and_then(Block::next).filter(|it| it.number < BLOCKS);
            match (next, block) {
                (Some(next), _) => block = Some(next),
                // What a later block answers says nothing about the first, which was served.
                (None, Some(_)) => {
                    let whole = served && fits && !more;
                    return Ok((served_reply(&content, None), content, whole));
                }
                (None, None) => return Ok((reply(&response, more), content, !more)),
            }
        }
    }

    /// Gets to where requests are taken. A reply: it keeps out whoever has no certificate.
    async fn connect(
        &mut self,
        address: SocketAddr,
        way: Way<'_>,
    ) -> Result<Option<AccessReply>, Fault> {
        let Way::Inside { name } = way else {
            let socket = open(address).await.map_err(|error| fault(&error))?;
            self.line = Some(Line::Clear(socket));
            return Ok(None);
        };
        let Line::Inside(inside) = self.line.insert(Line::Inside(Box::default())) else {
            return Ok(None);
        };
        match inside.enter(address, name).await? {
            Entry::Open => Ok(None),
            Entry::Refused(alert) => {
                let detail = format!(
                    "it asks for a certificate of the client, and answered that there is none by alert {alert}"
                );
                Ok(Some(AccessReply::new(AccessOutcome::Refused, detail)))
            }
            Entry::Failed(why) => Err(Fault::new(Absence::Malformed, why)),
        }
    }

    async fn say(&mut self, message: &[u8]) -> Result<(), Fault> {
        match &mut self.line {
            Some(Line::Inside(inside)) => inside.send(message).await,
            Some(Line::Clear(socket)) => {
                self.sent.extend_from_slice(message);
                socket.send(message).await.map_err(|error| fault(&error))?;
                Ok(())
            }
            None => Err(Fault::new(Absence::HarnessFault, "nothing carries it")),
        }
    }

    /// One request and its response.
    async fn ask(&mut self, path: &str, block: Option<Block>) -> Result<Packet, Fault> {
        let random = random_bytes()?;
        let (id, token) = (u16::from_be_bytes([random[0], random[1]]), &random[2..6]);
        let Some(request) = get(path, id, token, block) else {
            let detail = "the path cannot be asked for";
            return Err(Fault::new(Absence::Malformed, detail));
        };
        for patience in PATIENCE {
            self.say(&request).await?;
            let mut until = Instant::now() + patience;
            let mut promised = false;
            while let Some(bytes) = self.hear(until).await? {
                let Some(packet) = parse(&bytes) else {
                    self.garbage = true;
                    continue;
                };
                let ours = packet.header.message_id == id;
                match (packet.header.get_type(), packet.header.code) {
                    (MessageType::Reset, _) if ours => {
                        let detail = "it answered with a reset: it does not take requests";
                        return Err(Fault::new(Absence::Disconnected, detail));
                    }
                    (MessageType::Acknowledgement, MessageClass::Empty) if ours => {
                        promised = true;
                        until = Instant::now() + SEPARATE;
                    }
                    (MessageType::Acknowledgement, _) if ours && is_response_to(&packet, token) => {
                        return Ok(packet);
                    }
                    (MessageType::Confirmable | MessageType::NonConfirmable, _)
                        if is_response_to(&packet, token) =>
                    {
                        if packet.header.get_type() == MessageType::Confirmable {
                            let thanks = acknowledgement(packet.header.message_id);
                            // It would only ask again; we have what we wanted.
                            let _ = self.say(&thanks).await;
                        }
                        return Ok(packet);
                    }
                    _ => {}
                }
            }
            if promised {
                break;
            }
        }
        Err(match self.garbage {
            true => Fault::new(Absence::Malformed, "what it sent is no CoAP message"),
            false => Fault::new(Absence::NoAnswer, "no answer to a GET, asked several times"),
        })
    }

    /// The next datagram; none when the time is over.
    async fn hear(&mut self, until: Instant) -> Result<Option<Vec<u8>>, Fault> {
        self.noise += 1;
        if self.noise > NOISE + BLOCKS as usize {
            let detail = "it sent one datagram after the other, and none that answers";
            return Err(Fault::new(Absence::Malformed, detail));
        }
        let socket = match &mut self.line {
            Some(Line::Inside(inside)) => return inside.hear(until).await,
            Some(Line::Clear(socket)) => socket,
            None => return Ok(None),
        };
        let mut buffer = vec![0; 64 * 1024];
        let Ok(read) = timeout_at(until, socket.recv(&mut buffer)).await else {
            return Ok(None);
        };
        buffer.truncate(read.map_err(|error| fault(&error))?);
        let room = KEPT - self.received.len();
        self.truncated |= buffer.len() > room;
        self.received
            .extend_from_slice(&buffer[..buffer.len().min(room)]);
        Ok(Some(buffer))
    }
}

/// Connected, so that only the service itself is heard, as RFC 7252 section 5.3.2 has it, and ICMP errors are.
async fn open(address: SocketAddr) -> io::Result<UdpSocket> {
    let any: IpAddr = match address {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(address).await?;
    Ok(socket)
}

fn fault(error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            Fault::new(Absence::Refused, "the port refused (ICMP port unreachable)")
        }
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            Fault::new(Absence::NoAnswer, "the address could not be reached")
        }
        _ => Fault::new(
            Absence::HarnessFault,
            format!("no datagram could be sent: {error}"),
        ),
    }
}

/// What an endpoint gave for a request of ours, wherever both travelled. None: it is no response to it.
pub(in crate::probe) fn response(request: &[u8], received: &[u8]) -> Option<AccessReply> {
    let (asked, packet) = (parse(request)?, parse(received)?);
    let ours = is_response_to(&packet, asked.get_token());
    let more = || Block::of(&packet).is_some_and(|it| it.more);
    ours.then(|| reply(&packet, more()))
}

/// 2.05.
const CONTENT: u8 = 0x45;

fn reply(packet: &Packet, more: bool) -> AccessReply {
    let code = code(packet);
    if code == CONTENT && !packet.payload.is_empty() {
        let format = packet.get_first_option(CoapOption::ContentFormat);
        let format = format.filter(|bytes| bytes.len() <= 2);
        let format =
            format.map(|bytes| bytes.iter().fold(0, |it, byte| it << 8 | u32::from(*byte)));
        let mut reply = served_reply(&packet.payload, format);
        if more {
            reply.detail.push_str(", and more in further blocks");
        }
        return reply;
    }
    let outcome = match code {
        0x81 | 0x83 => AccessOutcome::Refused,
        0x84 => AccessOutcome::NotFound,
        // RFC 8516.
        0x9d => AccessOutcome::Throttled,
        _ => AccessOutcome::Unclear,
    };
    let diagnostic = match packet.payload.as_slice() {
        [] => String::new(),
        text => format!(" (`{}`)", shown(text, 60)),
    };
    let detail = format!("{}.{:02}{}{diagnostic}", code >> 5, code & 0x1f, name(code));
    AccessReply::new(outcome, detail)
}

fn served_reply(content: &[u8], format: Option<u32>) -> AccessReply {
    let format = format
        .map(|number| format!(" in content format {number}"))
        .unwrap_or_default();
    let detail = format!(
        "2.05 Content, {} bytes{format}, beginning `{}`",
        content.len(),
        shown(&content[..content.len().min(120)], 60)
    );
    AccessReply {
        content_sha256: Some(sha256_hex(content)),
        content_length: Some(content.len() as u64),
        ..AccessReply::new(AccessOutcome::Served, detail)
    }
}

/// RFC 7252, section 12.1.2, as far as a GET meets it.
fn name(code: u8) -> &'static str {
    match code {
        0x45 => " Content",
        0x80 => " Bad Request",
        0x81 => " Unauthorized",
        0x82 => " Bad Option",
        0x83 => " Forbidden",
        0x84 => " Not Found",
        0x85 => " Method Not Allowed",
        0x86 => " Not Acceptable",
        0x9d => " Too Many Requests",
        0xa0 => " Internal Server Error",
        0xa3 => " Service Unavailable",
        _ => "",
    }
}

#[cfg(test)]
mod tests;
