//! What a server says up to the point at which it waits (RFC 5246, section 7.3): ServerHello, certificates, key exchange, request
//! for a certificate, done. Of TLS 1.3 only the ServerHello is in clear.

use crate::observation::TlsVersion;
use crate::probe::tls::hello::Hello;
use crate::probe::tls::record::{Item, Reader};
use crate::probe::tls::server_hello::{ServerHello, number, refuses};
use crate::text::shown;
use crate::tls::{Authentication, Exchange, Suite, suite};

/// Certificates of a chain that are kept.
const CHAIN: usize = 10;

/// The answer to one hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::probe) enum Answer {
    Flight(Box<Flight>),
    /// An alert that plainly refuses.
    Refused(u8),
    /// A ServerHello that chose something that was never offered.
    Unasked(&'static str),
    /// Nothing that says yes or no.
    Unclear(Unclear),
    /// Nothing was sent.
    NotAsked(String),
}

/// Why there is neither yes nor no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::probe) enum Unclear {
    /// An alert that was set off by something else.
    Alert(u8),
    /// No TLS, or beyond every bound.
    Malformed(&'static str),
    /// It hung up in good order.
    HungUp,
    /// Asked to turn to TLS, it refused. What it said, safe to show.
    StaysInClear(String),
    /// It said nothing, or could not be reached, or reset. Safe to show.
    Lost(String),
}

impl std::fmt::Display for Unclear {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Alert(alert) => write!(f, "alert {alert}, which does not say why"),
            Self::Malformed(what) => write!(f, "malformed: {what}"),
            Self::HungUp => f.write_str("it hung up without an alert"),
            Self::StaysInClear(said) => write!(f, "it refused by `{said}`"),
            Self::Lost(how) => f.write_str(how),
        }
    }
}

/// How a flight ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::probe) enum Ending {
    /// Everything was said.
    Done,
    /// Everything that can be read was.
    Encrypted,
    /// It still had something to say.
    Open,
    /// An alert after the ServerHello.
    Alert(u8),
    /// Bytes beyond every bound, or none that make sense.
    Malformed(&'static str),
}

/// ServerHello and what follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::probe) struct Flight {
    pub hello: ServerHello,
    pub version: TlsVersion,
    /// As sent, DER.
    pub chain: Vec<Vec<u8>>,
    pub exchange: KeyExchange,
    pub asks_for_certificate: bool,
    pub ending: Ending,
}

impl Flight {
    pub(in crate::probe) fn suite(&self) -> Option<&'static Suite> {
        suite(self.hello.suite)
    }
}

/// What a ServerKeyExchange says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::probe) struct KeyExchange {
    /// The named curve.
    pub group: Option<u16>,
    /// Bits of the prime.
    pub dh_bits: Option<u16>,
    pub signature: Option<u16>,
    /// Safe to show.
    pub psk_hint: Option<String>,
}

/// Listens to the answer to a hello.
#[derive(Debug)]
pub(in crate::probe) struct Hearing<'a> {
    asked: &'a Hello,
    /// Whether the ServerHello is enough.
    brief: bool,
    /// The version of a ServerHello's number.
    version: fn(u16) -> u16,
    reader: Reader,
    flight: Option<Box<Flight>>,
}

impl<'a> Hearing<'a> {
    pub(in crate::probe) fn new(asked: &'a Hello, brief: bool) -> Self {
        Self {
            asked,
            brief,
            version: std::convert::identity,
            reader: Reader::default(),
            flight: None,
        }
    }

    /// The same for messages that come otherwise than in a stream, with the number in TLS of a version that goes by another.
    pub(in crate::probe) fn of_messages(asked: &'a Hello, version: fn(u16) -> u16) -> Self {
        Self {
            version,
            ..Self::new(asked, false)
        }
    }

    /// Takes bytes. None: more are needed.
    pub(in crate::probe) fn hear(&mut self, bytes: &[u8]) -> Option<Answer> {
        self.reader.push(bytes);
        loop {
            let item = match self.reader.next() {
                Ok(None) => return None,
                Ok(Some(item)) => item,
                Err(fault) => return Some(self.fault(fault)),
            };
            if let Some(answer) = self.item(item) {
                return Some(answer);
            }
        }
    }

    /// What was said where no more comes.
    pub(in crate::probe) fn end(&mut self, how: Unclear) -> Answer {
        match self.flight.take() {
            Some(flight) => Answer::Flight(flight),
            None => Answer::Unclear(how),
        }
    }

    /// The next item behind the flight, for who goes on talking; none: more bytes are needed.
    ///
    /// # Errors
    ///
    /// What is wrong with the bytes. Nothing that follows can be made sense of.
    pub(in crate::probe) fn after(&mut self, bytes: &[u8]) -> Result<Option<Item>, &'static str> {
        self.reader.push(bytes);
        self.reader.next()
    }

    /// Whether a record began and never ended.
    pub(in crate::probe) fn is_cut_off(&self) -> bool {
        self.reader.is_cut_off()
    }

    pub(in crate::probe) fn fault(&mut self, fault: &'static str) -> Answer {
        self.ended(Ending::Malformed(fault))
            .unwrap_or(Answer::Unclear(Unclear::Malformed(fault)))
    }

    fn ended(&mut self, ending: Ending) -> Option<Answer> {
        let mut flight = self.flight.take()?;
        flight.ending = ending;
        Some(Answer::Flight(flight))
    }

    /// Takes one item. None: more are needed.
    pub(in crate::probe) fn item(&mut self, item: Item) -> Option<Answer> {
        match (item, &mut self.flight) {
            (Item::Message { kind: 2, body }, None) => self.server_hello(&body),
            (Item::Alert(alert), None) if refuses(alert) => Some(Answer::Refused(alert)),
            (Item::Alert(0), None) => Some(Answer::Unclear(Unclear::HungUp)),
            (Item::Alert(alert), None) => Some(Answer::Unclear(Unclear::Alert(alert))),
            (_, None) => Some(self.fault("the first message is no ServerHello")),
            (Item::Alert(alert), Some(_)) => self.ended(Ending::Alert(alert)),
            (Item::Heartbeat(_), Some(_)) => None,
            (Item::Message { kind: 14, .. }, Some(_)) => self.ended(Ending::Done),
            (Item::Message { kind, body }, Some(flight)) => match later(flight, kind, &body) {
                Some(()) => None,
                None => Some(self.fault("a message that cannot be read")),
            },
        }
    }

    fn server_hello(&mut self, body: &[u8]) -> Option<Answer> {
        let Some(mut hello) = ServerHello::read(body) else {
            return Some(self.fault("a ServerHello that cannot be read"));
        };
        hello.version = (self.version)(hello.version);
        let version = match hello.judged_by(self.asked) {
            Ok(version) => version,
            Err(unasked) => return Some(Answer::Unasked(unasked)),
        };
        let encrypted = version == TlsVersion::Tls13;
        let flight = Box::new(Flight {
            hello,
            version,
            chain: Vec::new(),
            exchange: KeyExchange::default(),
            asks_for_certificate: false,
            ending: if encrypted {
                Ending::Encrypted
            } else {
                Ending::Open
            },
        });
        if encrypted || self.brief {
            return Some(Answer::Flight(flight));
        }
        self.flight = Some(flight);
        None
    }
}

/// Whether a suite was accepted by this flight. An alert right behind the ServerHello takes it back.
pub(in crate::probe) fn accepts(flight: &Flight) -> bool {
    !matches!(flight.ending, Ending::Alert(_))
}

/// A message between ServerHello and done. None: it cannot be read.
fn later(flight: &mut Flight, kind: u8, body: &[u8]) -> Option<()> {
    match kind {
        11 => flight.chain = certificates(body)?,
        12 => flight.exchange = key_exchange(body, flight.suite()?, flight.version)?,
        13 => flight.asks_for_certificate = true,
        // Status of certificates, tickets, and whatever else there may be.
        _ => {}
    }
    Some(())
}

/// RFC 5246, section 7.4.2.
pub(in crate::probe) fn certificates(body: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (list, rest) = counted_24(body)?;
    if !rest.is_empty() {
        return None;
    }
    let mut chain = Vec::new();
    let mut rest = list;
    while !rest.is_empty() {
        let (der, after) = counted_24(rest)?;
        if chain.len() < CHAIN {
            chain.push(der.to_vec());
        }
        rest = after;
    }
    Some(chain)
}

/// RFC 5246, section 7.4.3; RFC 8422, section 5.4; RFC 4279, section 2.
fn key_exchange(body: &[u8], suite: &Suite, version: TlsVersion) -> Option<KeyExchange> {
    let mut told = KeyExchange::default();
    let mut rest = body;
    let (authentication, exchange) = (suite.authentication(), suite.exchange());
    if authentication == Authentication::Psk {
        let (hint, after) = counted_16(rest)?;
        told.psk_hint = Some(shown(hint, 120));
        rest = after;
    }
    match exchange {
        Exchange::Ecdhe => {
            let (&kind, after) = rest.split_first()?;
            // Curves that are spelled out instead of named are in use nowhere; what follows them is not read.
            if kind != 3 {
                return Some(told);
            }
            let (group, after) = number(after)?;
            told.group = Some(group);
            let (&length, after) = after.split_first()?;
            rest = after.get(usize::from(length)..)?;
        }
        Exchange::Dhe => {
            let (prime, after) = counted_16(rest)?;
            told.dh_bits = Some(bits(prime));
            let (_generator, after) = counted_16(after)?;
            let (_share, after) = counted_16(after)?;
            rest = after;
        }
        _ => return Some(told),
    }
    let signed = !matches!(authentication, Authentication::None | Authentication::Psk);
    if signed && version == TlsVersion::Tls12 {
        told.signature = Some(number(rest)?.0);
    }
    Some(told)
}

/// The bits of a number, without leading zeros.
fn bits(number: &[u8]) -> u16 {
    let start = number.iter().position(|byte| *byte != 0);
    let number = &number[start.unwrap_or(number.len())..];
    let leading = number.first().map_or(0, |byte| byte.leading_zeros());
    let bits = number.len() * 8 - leading as usize;
    u16::try_from(bits).unwrap_or(u16::MAX)
}

fn counted_16(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = number(bytes)?;
    rest.split_at_checked(usize::from(length))
}

fn counted_24(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let ([top, high, low], rest) = bytes.split_first_chunk()?;
    let length = usize::from(*top) << 16 | usize::from(u16::from_be_bytes([*high, *low]));
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests;
