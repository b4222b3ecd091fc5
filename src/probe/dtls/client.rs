//! One question after the other over UDP, each through a socket of its own, within a budget; and what to do where one brings no
//! answer. Datagrams are lost, so that a question is put again; silence is never an answer.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::dialogue::{Dialogue, Step};
use crate::observation::{DtlsAudit, TlsVersion};
use crate::probe::opened::Opened;
use crate::probe::random::random_bytes;
use crate::probe::tls::audit::elimination::Asked;
use crate::probe::tls::audit::flight::{Answer, Ending, Unclear};
use crate::probe::tls::hello::{Dress, Hello};
use crate::text::shown;

/// Questions beyond one for each accepted pair of version and suite.
pub(super) const SPARE: u32 = 40;
/// For an answer to the hello, and to the same once more (RFC 6347, section 4.2.4.1, begins with a second and doubles it).
const TRIES: [Duration; 2] = [Duration::from_millis(1000), Duration::from_millis(2000)];
/// Datagrams of one conversation that are looked at.
const DATAGRAMS: usize = 256;
/// Bytes of one conversation.
const BYTES: usize = 256 * 1024;
/// Bytes kept of each direction, of all conversations together.
const KEPT: usize = 64 * 1024;
/// Questions without any answer after which nobody is taken to be there.
const DEAF: u32 = 3;
/// Before somebody who fell silent is asked whether he is still there.
const WAIT: Duration = Duration::from_millis(500);

/// The datagrams of an audit, one after the other.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub sent: Vec<u8>,
    pub received: Vec<u8>,
    pub truncated: bool,
}

/// What was seen of cookies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cookies {
    /// Conversations that got to a ServerHello with and without one.
    pub with: u32,
    pub without: u32,
    /// Bytes of the hello and of what came back, where most came without a cookie for each that was sent.
    pub most: Option<(usize, usize)>,
}

/// Whom to ask, and how.
#[derive(Debug)]
pub(super) struct Client {
    pub address: SocketAddr,
    pub name: Option<String>,
    /// Between two conversations.
    pub interval: Duration,
    pub last: Option<Instant>,
    /// Conversations.
    pub asked: u32,
    /// And how many of them at the same time.
    pub opened: Arc<Opened>,
    /// Pairs of version and suite that were accepted so far.
    pub pairs: u32,
    pub dress: Dress,
    /// A hello that was answered in earnest: the question of the health check.
    pub known_good: Option<Hello>,
    /// Questions that brought nothing, while nothing was ever heard.
    pub unheard: u32,
    /// Why nothing more is asked.
    pub gone: Option<String>,
    pub cookies: Cookies,
    pub kept: Kept,
}

impl Client {
    pub(super) fn new(address: SocketAddr, name: Option<String>, max_rate: u32) -> Self {
        Self {
            address,
            name,
            interval: Duration::from_secs(1) / max_rate.max(1),
            last: None,
            asked: 0,
            opened: Arc::default(),
            pairs: 0,
            dress: Dress::Curious,
            known_good: None,
            unheard: 0,
            gone: None,
            cookies: Cookies::default(),
            kept: Kept::default(),
        }
    }

    /// Asks. Where the answer is neither yes nor no, asks in plainer words where it was an alert; where there was none, asks whether
    /// anybody is still there, and if so once more.
    pub(super) async fn ask(&mut self, hello: &Hello) -> Answer {
        let first = self.once(hello).await;
        let Answer::Unclear(why) = &first else {
            return first;
        };
        match why {
            Unclear::Alert(_) | Unclear::HungUp if hello.dress == Dress::Curious => {
                let plain = Hello {
                    dress: Dress::Plain,
                    ..hello.clone()
                };
                let second = self.once(&plain).await;
                if tells(&second) {
                    // One that is understood the second time was not for its words what brought nothing.
                    let again = self.once(hello).await;
                    if tells(&again) {
                        return again;
                    }
                    self.dress = Dress::Plain;
                    return second;
                }
            }
            Unclear::Lost(_) if self.check_health().await => return self.once(hello).await,
            _ => {}
        }
        first
    }

    /// Whether it still answers what it answered before. Where it does not, nothing more is asked.
    async fn check_health(&mut self) -> bool {
        let Some(good) = self.known_good.clone() else {
            if self.unheard >= DEAF {
                self.gone = Some("nothing that is DTLS was ever heard".to_owned());
            }
            return false;
        };
        for _ in 0..2 {
            sleep(WAIT).await;
            if !matches!(self.once(&good).await, Answer::Unclear(_)) {
                return true;
            }
        }
        self.gone = Some("it stopped answering what it answered before".to_owned());
        false
    }

    /// One conversation.
    async fn once(&mut self, hello: &Hello) -> Answer {
        if let Some(why) = self.refrain() {
            return Answer::NotAsked(why);
        }
        if let Some(last) = self.last {
            sleep_until(last + self.interval).await;
        }
        self.last = Some(Instant::now());
        self.asked += 1;
        let answer = match self.converse(hello).await {
            Ok(answer) => answer,
            Err(why) => Answer::Unclear(Unclear::Lost(why)),
        };
        match &answer {
            Answer::Flight(flight) => {
                self.unheard = 0;
                if flight.ending != Ending::Open {
                    self.known_good.get_or_insert_with(|| hello.clone());
                }
            }
            Answer::Unclear(Unclear::Lost(_) | Unclear::Malformed(_)) => self.unheard += 1,
            _ => self.unheard = 0,
        }
        answer
    }

    /// Why nothing may be asked now.
    fn refrain(&self) -> Option<String> {
        if self.gone.is_some() {
            return self.gone.clone();
        }
        let most = self.pairs + SPARE;
        (self.asked >= most)
            .then(|| format!("{most} conversations are the most that this service is asked for"))
    }

    async fn converse(&mut self, hello: &Hello) -> Result<Answer, String> {
        let random = random_bytes().map_err(|fault| fault.detail)?;
        let mut dialogue = Dialogue::new(hello, random);
        let _open = self.opened.one();
        let socket = open(self.address).await.map_err(|error| told(&error))?;
        let answer = self.hear(&socket, &mut dialogue).await;
        if let Ok(Answer::Flight(flight)) = &answer {
            // It need not wait for us, nor send again what we have.
            let farewell = dialogue.farewell();
            self.keep_sent(&farewell);
            let _ = socket.send(&farewell).await;
            if flight.ending != Ending::Encrypted {
                self.note_cookie(hello, &dialogue);
            }
        }
        answer
    }

    fn note_cookie(&mut self, hello: &Hello, dialogue: &Dialogue<'_>) {
        let cookies = &mut self.cookies;
        if dialogue.has_cookie() {
            cookies.with += 1;
            return;
        }
        cookies.without += 1;
        let asked = Dialogue::new(hello, [0; 32]).datagram().len();
        let now = (asked, dialogue.unverified);
        let worse = |(sent, got): (usize, usize)| now.1 * sent > got * now.0;
        if cookies.most.is_none_or(worse) {
            cookies.most = Some(now);
        }
    }

    async fn hear(
        &mut self,
        socket: &UdpSocket,
        dialogue: &mut Dialogue<'_>,
    ) -> Result<Answer, String> {
        let mut buffer = vec![0; 64 * 1024];
        let (mut datagrams, mut bytes) = (0, 0);
        for patience in TRIES {
            let datagram = dialogue.datagram();
            self.keep_sent(&datagram);
            socket.send(&datagram).await.map_err(|error| told(&error))?;
            let mut until = Instant::now() + patience;
            while let Ok(read) = timeout_at(until, socket.recv(&mut buffer)).await {
                let length = read.map_err(|error| told(&error))?;
                let received = buffer.get(..length).unwrap_or_default();
                self.keep_received(received);
                (datagrams, bytes) = (datagrams + 1, bytes + length);
                if datagrams > DATAGRAMS || bytes > BYTES {
                    return Ok(dialogue.end(Unclear::Malformed("more bytes than any answer has")));
                }
                match dialogue.hear(received) {
                    Step::Wait => {}
                    Step::Done(answer) => return Ok(answer),
                    Step::Send(again) => {
                        self.keep_sent(&again);
                        socket.send(&again).await.map_err(|error| told(&error))?;
                        until = Instant::now() + patience;
                    }
                }
            }
        }
        let seconds = TRIES.iter().sum::<Duration>().as_secs_f32();
        let silence = format!("no answer within {seconds} s, asked twice");
        Ok(dialogue.end(Unclear::Lost(silence)))
    }

    fn keep_sent(&mut self, bytes: &[u8]) {
        let room = KEPT.saturating_sub(self.kept.sent.len()).min(bytes.len());
        self.kept.sent.extend_from_slice(&bytes[..room]);
        self.kept.truncated |= room < bytes.len();
    }

    fn keep_received(&mut self, bytes: &[u8]) {
        let kept = &mut self.kept;
        let room = KEPT.saturating_sub(kept.received.len()).min(bytes.len());
        kept.received.extend_from_slice(&bytes[..room]);
        kept.truncated |= room < bytes.len();
    }

    /// A hello in the words that this service understands.
    pub(super) fn hello(&self, version: TlsVersion, suites: Vec<u16>) -> Hello {
        let groups = match version {
            TlsVersion::Tls13 => crate::tls::GROUPS_13,
            _ => crate::tls::GROUPS,
        };
        Hello {
            version,
            suites,
            groups: groups.iter().map(|group| group.code).collect(),
            signatures: crate::tls::SIGNATURES.iter().map(|it| it.code).collect(),
            compression: vec![0],
            name: self.name.clone(),
            // Without one a server of DTLS 1.3 asks for one, in clear, and names its suite with it.
            share: false,
            dress: self.dress,
        }
    }
}

impl Asked for Client {
    fn hello(&self, version: TlsVersion, suites: Vec<u16>) -> Hello {
        self.hello(version, suites)
    }

    async fn ask(&mut self, hello: &Hello) -> Answer {
        self.ask(hello).await
    }

    fn called(&self, version: TlsVersion) -> String {
        DtlsAudit::name(version).to_owned()
    }
}

/// Connected, so that only the service itself is heard, and ICMP errors are.
pub(super) async fn open(address: SocketAddr) -> io::Result<UdpSocket> {
    let any: SocketAddr = match address {
        SocketAddr::V4(_) => (std::net::Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (std::net::Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(address).await?;
    Ok(socket)
}

pub(super) fn told(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "the port refused (ICMP port unreachable)".to_owned(),
        _ => shown(format!("no datagram could be sent: {error}"), 120),
    }
}

/// Whether an answer is a yes or a no.
fn tells(answer: &Answer) -> bool {
    matches!(answer, Answer::Flight(_) | Answer::Refused(_))
}
