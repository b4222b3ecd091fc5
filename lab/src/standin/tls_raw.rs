//! TLS by raw bytes: what no library says any more, or never would.

use std::net::IpAddr;

use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The longest ClientHello.
const LONGEST: usize = 16 * 1024;
/// A Certificate message may say that it is so long, and nothing longer.
const HUGE: usize = (1 << 24) - 1;
const RECORD: usize = 1 << 14;

/// TLS_RSA_WITH_NULL_SHA256
pub(super) const NULL: u16 = 0x003b;

const SERVER_NAME: u16 = 0;
const HEARTBEAT: u16 = 15;
const EXTENDED_MASTER_SECRET: u16 = 23;
const RENEGOTIATION_INFO: u16 = 0xff01;

/// How a hello is answered that should be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Raw {
    /// By warnings, without end.
    AlertStorm,
    /// By a chain of which the first certificate is 60,000 indefinite lengths, each inside the one before.
    DerBomb,
    /// By no word.
    HangsUp,
    /// By a Certificate message of 16 MB.
    HugeCertificate,
    /// By an alert that says that something inside went wrong.
    InternalError,
    /// By nothing, as long as the client waits.
    Silence,
    /// By a suite in which nobody shows who he is, where it is offered.
    TakesAnonymous,
    /// By a suite of RC4, where it is offered.
    TakesRc4,
    /// By a suite that encrypts nothing, where it is offered.
    TakesNull,
    /// SSL 2 by a SERVER-HELLO, everything else by a refusal.
    TakesSsl2,
    /// SSL 3 by TLS_RSA_WITH_AES_128_CBC_SHA, where it is offered; everything else by a refusal.
    TakesSsl3,
    /// By a suite that was not offered.
    UnaskedSuite,
    /// By a version that was not offered.
    UnaskedVersion,
}

/// A ClientHello, as far as it matters here.
#[derive(Debug, Default)]
pub(super) struct Hello {
    /// Legacy version: no more than TLS 1.2.
    pub version: u16,
    pub modern: bool,
    pub suites: Vec<u16>,
    pub compressions: Vec<u8>,
    name: Option<Vec<u8>>,
    extensions: Vec<u16>,
}

impl Hello {
    /// Waits for a ClientHello and leaves it where it is. None: something else came.
    pub(super) async fn peek(stream: &TcpStream) -> Option<Self> {
        let mut buffer = vec![0; LONGEST];
        loop {
            let length = stream.peek(&mut buffer).await.ok().filter(|it| *it > 0)?;
            if buffer[0] != 22 {
                return None;
            }
            let whole = buffer.get(..length).filter(|it| it.len() >= 5);
            let needed = whole.map(|it| 5 + usize::from(u16::from_be_bytes([it[3], it[4]])));
            match needed {
                Some(needed) if needed > LONGEST => return None,
                Some(needed) if length >= needed => return Self::read(&buffer[5..needed]),
                _ => tokio::task::yield_now().await,
            }
        }
    }

    fn read(message: &[u8]) -> Option<Self> {
        let mut rest = message.get(4..)?;
        let version = number(&mut rest)?;
        take(&mut rest, 32)?;
        let session = usize::from(take(&mut rest, 1)?[0]);
        take(&mut rest, session)?;
        let length = usize::from(number(&mut rest)?);
        let suites = numbers(take(&mut rest, length)?);
        let length = usize::from(take(&mut rest, 1)?[0]);
        let compressions = take(&mut rest, length)?.to_vec();
        let mut hello = Self {
            version,
            suites,
            compressions,
            ..Self::default()
        };
        let _ = number(&mut rest);
        while let Some(kind) = number(&mut rest) {
            let length = usize::from(number(&mut rest)?);
            let content = take(&mut rest, length)?;
            hello.extensions.push(kind);
            hello.modern |= kind == 43 && content.get(1..).is_some_and(|it| it.contains(&4));
            if kind == SERVER_NAME {
                hello.name = content.get(5..).map(<[u8]>::to_vec);
            }
        }
        Some(hello)
    }

    /// Whether the server name is an address.
    pub(super) fn names_an_address(&self) -> bool {
        let text = self
            .name
            .as_deref()
            .and_then(|it| std::str::from_utf8(it).ok());
        text.is_some_and(|text| text.parse::<IpAddr>().is_ok())
    }

    /// The first of these suites that it offers.
    pub(super) fn offers(&self, suites: &[u16]) -> Option<u16> {
        let mut offered = suites.iter().filter(|suite| self.suites.contains(suite));
        offered.next().copied()
    }

    /// ServerHello and ServerHelloDone of `version`.
    fn flight(&self, version: u16, suite: u16, compression: u8, more: &[u16]) -> Vec<u8> {
        // Renegotiation may be asked about by a suite that is none (RFC 5746, section 3.3).
        let asks = |kind: &u16| {
            let by_suite = *kind == RENEGOTIATION_INFO && self.suites.contains(&0x00ff);
            by_suite || self.extensions.contains(kind)
        };
        let said = [RENEGOTIATION_INFO, EXTENDED_MASTER_SECRET]
            .into_iter()
            .filter(asks)
            .chain(more.iter().copied());
        let extensions: Vec<u8> = said
            .flat_map(|kind| {
                let content: &[u8] = match kind {
                    RENEGOTIATION_INFO => &[0],
                    HEARTBEAT => &[1],
                    _ => &[],
                };
                [&kind.to_be_bytes()[..], &short(content.len()), content].concat()
            })
            .collect();
        let mut body = version.to_be_bytes().to_vec();
        body.extend([0x5a; 32]);
        body.push(0);
        body.extend(suite.to_be_bytes());
        body.push(compression);
        if !extensions.is_empty() {
            body.extend(short(extensions.len()));
            body.extend(extensions);
        }
        message(2, &body)
    }
}

/// Whether a CLIENT-HELLO of SSL 2 waits.
pub(super) async fn says_ssl2(stream: &TcpStream) -> bool {
    let mut start = [0; 3];
    matches!(stream.peek(&mut start).await, Ok(3)) && start[0] & 0x80 != 0 && start[2] == 1
}

/// A SERVER-HELLO of SSL 2 with RC4, and no certificate (draft-hickman-netscape-ssl-00, section 5.6).
pub(super) async fn take_ssl2(mut stream: TcpStream) {
    drain(&mut stream).await;
    let mut message = vec![4, 0, 1, 0, 2, 0, 0, 0, 3, 0, 16, 1, 0, 0x80];
    message.extend([0x5a; 16]);
    let length = u8::try_from(message.len()).unwrap_or_default();
    let _ = stream
        .write_all(&[&[0x80, length][..], &message].concat())
        .await;
}

/// Refuses by handshake_failure who has been read to the end.
pub(super) async fn refuse(mut stream: TcpStream) {
    let _ = stream.write_all(&record(21, &[2, 40])).await;
}

/// Refuses by an alert.
pub(super) async fn alert(mut stream: TcpStream, number: u8) {
    drain(&mut stream).await;
    let _ = stream.write_all(&record(21, &[2, number])).await;
}

/// A Certificate message with this chain (RFC 5246, section 7.4.2).
pub(super) fn certificate<'a>(chain: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let list: Vec<u8> = chain
        .flat_map(|der| [&long(der.len())[..], der].concat())
        .collect();
    message(11, &[&long(list.len())[..], &list].concat())
}

/// A ServerHello for TLS 1.0 with TLS_RSA_WITH_AES_128_CBC_SHA, where that may be chosen.
pub(super) async fn take_tls10(mut stream: TcpStream, hello: &Hello, certificate: &[u8]) {
    const SUITE: u16 = 0x002f;
    drain(&mut stream).await;
    let bytes = match hello.version {
        ..0x0301 => record(21, &[2, 70]),
        _ if !hello.suites.contains(&SUITE) => record(21, &[2, 40]),
        _ => {
            let hello = hello.flight(0x0301, SUITE, 0, &[]);
            record(22, &[&hello, certificate, &message(14, &[])].concat())
        }
    };
    let _ = stream.write_all(&bytes).await;
}

/// A ServerHello that agrees to compression.
pub(super) async fn compress(mut stream: TcpStream, hello: &Hello, suite: u16, certificate: &[u8]) {
    drain(&mut stream).await;
    let hello = hello.flight(0x0303, suite, 1, &[]);
    let flight = [&hello, certificate, &message(14, &[])].concat();
    let _ = stream.write_all(&record(22, &flight)).await;
}

/// A ServerHello, and a Certificate message with none in it.
pub(super) async fn show_none(mut stream: TcpStream, hello: &Hello, suite: u16) {
    drain(&mut stream).await;
    let none = certificate(std::iter::empty());
    let flight = [hello.flight(0x0303, suite, 0, &[]), none, message(14, &[])].concat();
    let _ = stream.write_all(&record(22, &flight)).await;
}

/// Agrees to heartbeats, and answers one that lies: where it `bleeds` by what it says it is long, in several records, else by what
/// it brought.
pub(super) async fn beat(
    mut stream: TcpStream,
    hello: &Hello,
    suite: u16,
    certificate: &[u8],
    bleeds: bool,
) {
    drain(&mut stream).await;
    let hello = hello.flight(0x0303, suite, 0, &[HEARTBEAT]);
    let flight = [&hello, certificate, &message(14, &[])].concat();
    if stream.write_all(&record(22, &flight)).await.is_err() {
        return;
    }
    let mut request = [0; 256];
    let Ok(length @ 8..) = stream.read(&mut request).await else {
        return;
    };
    if request[0] == 24 && length >= 8 {
        let brought = usize::from(u16::from_be_bytes([request[3], request[4]])).saturating_sub(3);
        let says = match bleeds {
            true => usize::from(u16::from_be_bytes([request[6], request[7]])),
            false => brought,
        };
        let mut answer = vec![2];
        answer.extend(short(says));
        // What was brought, from behind which memory follows, and padding.
        let payload = request[8..length].iter().take(brought).copied();
        answer.extend(payload.chain(std::iter::repeat(0x41)).take(says + 16));
        // In records shorter than what was asked for: who looks at one alone sees nothing.
        let longest = if bleeds { 16 } else { answer.len() };
        let records: Vec<u8> = answer
            .chunks(longest)
            .flat_map(|part| record(24, part))
            .collect();
        let _ = stream.write_all(&records).await;
    }
}

/// Answers as it is told.
pub(super) async fn answer(mut stream: TcpStream, hello: &Hello, how: Raw, certificate: &[u8]) {
    drain(&mut stream).await;
    let version = hello.version;
    // TLS_RSA_WITH_AES_128_GCM_SHA256, which needs no more than a certificate.
    let static_rsa = || hello.flight(version, 0x009c, 0, &[]);
    if matches!(how, Raw::DerBomb | Raw::HugeCertificate) && hello.offers(&[0x009c]).is_none() {
        let _ = stream.write_all(&record(21, &[2, 40])).await;
        return;
    }
    let takes_with = |suite: u16, certificate: &[u8]| match hello.suites.contains(&suite) {
        true => {
            let hello = hello.flight(version, suite, 0, &[]);
            record(22, &[&hello, certificate, &message(14, &[])].concat())
        }
        false => record(21, &[2, 40]),
    };
    let takes = |suite: u16| takes_with(suite, certificate);
    let bytes = match how {
        Raw::AlertStorm => return storm(stream).await,
        Raw::DerBomb => {
            let bomb = [0x30, 0x80].repeat(30_000);
            let list = [&long(bomb.len())[..], &bomb].concat();
            let body = [&long(list.len())[..], &list].concat();
            let messages = [static_rsa(), message(11, &body), message(14, &[])].concat();
            messages
                .chunks(RECORD)
                .flat_map(|it| record(22, it))
                .collect()
        }
        Raw::HangsUp => return,
        Raw::HugeCertificate => return huge(stream, &static_rsa()).await,
        Raw::InternalError => record(21, &[2, 80]),
        Raw::Silence => return wait(stream).await,
        // TLS_DH_anon_WITH_AES_128_CBC_SHA, TLS_RSA_WITH_RC4_128_SHA
        Raw::TakesAnonymous => takes_with(0x0034, &[]),
        Raw::TakesRc4 => takes(0x0005),
        Raw::TakesNull => takes(NULL),
        Raw::TakesSsl3 if version == 0x0300 => takes(0x002f),
        Raw::TakesSsl2 | Raw::TakesSsl3 => record(21, &[2, 70]),
        Raw::UnaskedSuite => record(22, &hello.flight(version, 0x1305, 0, &[])),
        Raw::UnaskedVersion => record(22, &hello.flight(version + 1, 0x002f, 0, &[])),
    };
    let _ = stream.write_all(&bytes).await;
}

/// Says nothing, until the client has gone.
pub(super) async fn wait(mut stream: TcpStream) {
    let mut buffer = vec![0; LONGEST];
    while matches!(stream.read(&mut buffer).await, Ok(1..)) {}
}

async fn storm(mut stream: TcpStream) {
    let warnings = record(21, &[1, 112]).repeat(512);
    for _ in 0..512 {
        if stream.write_all(&warnings).await.is_err() {
            return;
        }
    }
}

async fn huge(mut stream: TcpStream, hello: &[u8]) {
    let head = [&[11][..], &long(HUGE), &long(HUGE - 3), &long(HUGE - 6)].concat();
    let begin = [record(22, hello), record(22, &head)].concat();
    let block = record(22, &[0x30; RECORD]);
    if stream.write_all(&begin).await.is_err() {
        return;
    }
    for _ in 0..HUGE / RECORD {
        if stream.write_all(&block).await.is_err() {
            return;
        }
    }
}

/// Takes the hello away, so that hanging up afterwards resets nothing.
async fn drain(stream: &mut TcpStream) {
    let mut buffer = vec![0; LONGEST];
    let _ = stream.read(&mut buffer).await;
}

fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    [&[kind, 3, 3][..], &short(content.len()), content].concat()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &long(body.len()), body].concat()
}

/// A length in two bytes; nothing here is longer.
fn short(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes()
}

/// A length in three bytes.
fn long(length: usize) -> [u8; 3] {
    let [_, a, b, c] = u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
    [a, b, c]
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

fn number(rest: &mut &[u8]) -> Option<u16> {
    take(rest, 2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
}

fn numbers(bytes: &[u8]) -> Vec<u16> {
    let pairs = bytes.chunks_exact(2);
    pairs
        .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_is_read_and_nothing_else() {
        let mut message = vec![1, 0, 0, 0, 3, 3];
        message.extend([7; 32]);
        message.extend([0, 0, 4, 0x00, 0x2f, 0x13, 0x01, 2, 1, 0]);
        message.extend([0, 24, 0, 0, 0, 14, 0, 12, 0, 0, 9]);
        message.extend(b"127.0.0.1");
        message.extend([0, 23, 0, 0]);
        let hello = Hello::read(&message).unwrap();
        assert_eq!((hello.version, hello.modern), (0x0303, false));
        assert_eq!(hello.suites, [0x002f, 0x1301]);
        assert_eq!(hello.compressions, [1, 0]);
        assert!(hello.names_an_address());
        assert_eq!(hello.offers(&[0xc02b, 0x1301]), Some(0x1301));
        assert_eq!(hello.offers(&[0xc02b]), None);
        for end in 0..45 {
            let _ = Hello::read(&message[..end]);
        }
        assert!(Hello::read(&message[..40]).is_none());
    }
}
