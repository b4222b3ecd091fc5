//! The sockets, and what is heard through them.
//!
//! None is connected, because some services answer from another port (TFTP, RFC 1350 section 4); the kernel
//! reports ICMP errors all the same. A port that is asked apart has a socket of its own, so that an answer
//! from any port of the device is its answer. The many ports of which no protocol is known share one socket
//! for each address of ours, where only the port itself can answer.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::socket::{setsockopt, sockopt};
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, timeout, timeout_at};

use super::icmp_origin;
use super::net::{Ask, Heard, Net};
use crate::probe::ports::limit;

/// The largest datagram.
const DATAGRAM: usize = 64 * 1024;

/// How often a source port that is itself to be asked is given back.
const SOURCES: usize = 8;

/// So often a datagram is sent again that an error of the one before kept back.
const SENDINGS: usize = 8;

/// For one question to a canary.
const CANARY: Duration = Duration::from_millis(700);

/// Sockets of single ports at a time: the oldest is given up for one more.
const APART: usize = 3000;

/// What a shared socket may hold until it is read.
const BUFFER: usize = 1 << 20;

/// A socket, and who listens to it.
struct Voice {
    socket: Arc<UdpSocket>,
    /// The ports that were asked through a shared one.
    asked: Arc<Mutex<HashSet<u16>>>,
    ear: AbortHandle,
}

impl Drop for Voice {
    fn drop(&mut self) {
        self.ear.abort();
    }
}

/// The network.
pub(super) struct Udp {
    host: SocketAddr,
    /// Where to ask from; empty: wherever the kernel asks from.
    sources: Vec<IpAddr>,
    /// Ports that are asked: none of our own sockets may sit there, or it would keep a closed port of
    /// this machine from refusing.
    asked: BTreeSet<u16>,
    /// The ports of our own sockets, which are no answers where the device is this machine.
    ours: Ports,
    shared: BTreeMap<usize, Voice>,
    apart: BTreeMap<(u16, usize), Voice>,
    order: VecDeque<(u16, usize)>,
    room: usize,
    ears: JoinSet<()>,
    tell: UnboundedSender<(u16, Heard)>,
    told: UnboundedReceiver<(u16, Heard)>,
}

type Ports = Arc<Mutex<BTreeSet<u16>>>;

impl Udp {
    pub(super) fn new(host: SocketAddr, sources: Vec<IpAddr>, asked: BTreeSet<u16>) -> Self {
        let (tell, told) = unbounded_channel();
        Self {
            host,
            sources,
            asked,
            ours: Ports::default(),
            shared: BTreeMap::new(),
            apart: BTreeMap::new(),
            order: VecDeque::new(),
            room: APART.min(limit::sockets() / 2),
            ears: JoinSet::new(),
            tell,
            told,
        }
    }

    fn open(&self, source: usize) -> io::Result<UdpSocket> {
        let socket = open(self.host, self.sources.get(source).copied(), &self.asked)?;
        locked(&self.ours).insert(socket.local_addr()?.port());
        Ok(socket)
    }

    /// The socket through which a port is asked: opened and listened to once, so that a late answer is heard.
    fn socket(&mut self, ask: Ask<'_>) -> io::Result<Arc<UdpSocket>> {
        // Ears that have ended.
        while self.ears.try_join_next().is_some() {}
        if ask.apart {
            let key = (ask.port, ask.source);
            if let Some(voice) = self.apart.get(&key) {
                return Ok(Arc::clone(&voice.socket));
            }
            while self.apart.len() >= self.room.max(1)
                && let Some(oldest) = self.order.pop_front()
            {
                self.apart.remove(&oldest);
            }
            let voice = self.voice(ask.source, Some(ask.port))?;
            let socket = Arc::clone(&voice.socket);
            self.apart.insert(key, voice);
            self.order.push_back(key);
            return Ok(socket);
        }
        if !self.shared.contains_key(&ask.source) {
            let voice = self.voice(ask.source, None)?;
            // More than the system allows is not given; then less fits.
            let _ = setsockopt(&voice.socket, sockopt::RcvBuf, &BUFFER);
            self.shared.insert(ask.source, voice);
        }
        let voice = self
            .shared
            .get(&ask.source)
            .ok_or(io::ErrorKind::NotFound)?;
        locked(&voice.asked).insert(ask.port);
        Ok(Arc::clone(&voice.socket))
    }

    fn voice(&mut self, source: usize, only: Option<u16>) -> io::Result<Voice> {
        let socket = Arc::new(self.open(source)?);
        let asked = Arc::new(Mutex::new(HashSet::new()));
        let ear = Ear {
            socket: Arc::clone(&socket),
            host: self.host.ip(),
            ours: Arc::clone(&self.ours),
            only,
            asked: Arc::clone(&asked),
        };
        let tell = self.tell.clone();
        let listening = async move { ear.listen(|heard| tell.send(heard).is_ok()).await };
        Ok(Voice {
            socket,
            asked,
            ear: self.ears.spawn(listening),
        })
    }
}

impl Net for Udp {
    fn sources(&self) -> usize {
        self.sources.len().max(1)
    }

    fn own(&self) -> Option<usize> {
        // Nothing stands there in the list, so that the kernel chooses.
        (!self.sources.is_empty()).then_some(self.sources.len())
    }

    async fn send(&mut self, ask: Ask<'_>) {
        let mut to = self.host;
        to.set_port(ask.port);
        let sent = match self.socket(ask) {
            Ok(socket) => send(&socket, ask.datagram, to).await,
            Err(error) => Err(error),
        };
        if let Err(error) = sent {
            let _ = self.tell.send((ask.port, classify(&error)));
        }
    }

    async fn hear(&mut self, until: Instant) -> Option<(u16, Heard)> {
        timeout_at(until, self.told.recv()).await.ok().flatten()
    }

    async fn canaries(&mut self, asks: &[Ask<'_>], pause: Duration) -> Vec<bool> {
        let mut heard = vec![false; asks.len()];
        let mut waiting = JoinSet::new();
        let mut next = Instant::now();
        for (index, ask) in asks.iter().enumerate() {
            let mut to = self.host;
            to.set_port(ask.port);
            if let Ok(socket) = self.open(ask.source)
                && send(&socket, ask.datagram, to).await.is_ok()
            {
                let ear = Ear {
                    socket: Arc::new(socket),
                    host: self.host.ip(),
                    ours: Arc::clone(&self.ours),
                    only: Some(ask.port),
                    asked: Arc::default(),
                };
                waiting.spawn(async move { (index, timeout(CANARY, ear.alive()).await) });
            }
            next += pause;
            tokio::time::sleep_until(next).await;
        }
        while let Some(ended) = waiting.join_next().await {
            if let Ok((index, Ok(true))) = ended {
                heard[index] = true;
            }
        }
        heard
    }
}

/// Bound to the address from which the host is reached, or to the one that is wanted, so that nothing else
/// arrives.
fn open(host: SocketAddr, source: Option<IpAddr>, asked: &BTreeSet<u16>) -> io::Result<UdpSocket> {
    let from = match source {
        Some(ip) => SocketAddr::new(ip, 0),
        None => reached_from(host)?,
    };
    let mut socket = std::net::UdpSocket::bind(from)?;
    if from.ip() == host.ip() && asked.len() < usize::from(u16::MAX) {
        for _ in 0..SOURCES {
            if !asked.contains(&socket.local_addr()?.port()) {
                break;
            }
            // The next before the last is given back: not the same again.
            socket = std::net::UdpSocket::bind(from)?;
        }
    }
    icmp_origin::keep(&socket, host.ip())?;
    socket.set_nonblocking(true)?;
    UdpSocket::from_std(socket)
}

/// Our address, without a port, from which the kernel reaches the host. Nothing is sent for it.
pub fn reached_from(host: SocketAddr) -> io::Result<SocketAddr> {
    let any: SocketAddr = match host {
        SocketAddr::V4(_) => (std::net::Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (std::net::Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let guide = std::net::UdpSocket::bind(any)?;
    let mut to = host;
    to.set_port(9);
    guide.connect(to)?;
    let mut from = guide.local_addr()?;
    from.set_port(0);
    Ok(from)
}

/// Sends, again where the socket tells of an error of a datagram before instead: that one is heard elsewhere.
async fn send(socket: &UdpSocket, datagram: &[u8], to: SocketAddr) -> io::Result<()> {
    let mut last = Ok(());
    for _ in 0..SENDINGS {
        match socket.send_to(datagram, to).await {
            Ok(_) => return Ok(()),
            Err(error) => last = Err(error),
        }
    }
    last
}

/// Hears one socket.
struct Ear {
    socket: Arc<UdpSocket>,
    host: IpAddr,
    ours: Ports,
    /// The port that every answer is about; none: the one that it comes from, if it was asked.
    only: Option<u16>,
    asked: Arc<Mutex<HashSet<u16>>>,
}

impl Ear {
    /// Listens until nobody wants to hear it any more.
    async fn listen(&self, tell: impl Fn((u16, Heard)) -> bool) {
        let interest = Interest::READABLE | Interest::ERROR;
        while let Ok(ready) = self.socket.ready(interest).await {
            while let Ok(heard) = self.error() {
                if heard.is_some_and(|heard| !tell(heard)) {
                    return;
                }
            }
            if !ready.is_readable() {
                continue;
            }
            // Not kept: there are thousands of sockets, and few that are answered.
            let mut buffer = vec![0; DATAGRAM];
            loop {
                match self.socket.try_recv_from(&mut buffer) {
                    Ok((length, from)) => {
                        let port = self.answers(from);
                        let answer = buffer.get(..length).unwrap_or_default();
                        if port.is_some_and(|it| !tell((it, Heard::Answered(answer.to_vec())))) {
                            return;
                        }
                    }
                    // That there is an error; which one stands in the queue.
                    Err(error) if error.kind() != io::ErrorKind::WouldBlock => {}
                    Err(_) => break,
                }
            }
        }
    }

    /// Whether a canary was heard.
    async fn alive(&self) -> bool {
        let (tell, mut told) = unbounded_channel();
        let listening = self.listen(|(_, heard)| tell.send(heard).is_ok());
        let heard = async {
            while let Some(heard) = told.recv().await {
                if matches!(heard, Heard::Answered(_) | Heard::Refused | Heard::Rejected) {
                    return true;
                }
            }
            false
        };
        tokio::select! {
            heard = heard => heard,
            () = listening => false,
        }
    }

    fn error(&self) -> io::Result<Option<(u16, Heard)>> {
        let next = || icmp_origin::next(&*self.socket, self.host);
        self.socket.try_io(Interest::ERROR, next)
    }

    /// The port that a datagram from there answers for; none: a stranger's, or our own.
    fn answers(&self, from: SocketAddr) -> Option<u16> {
        let ours = self
            .socket
            .local_addr()
            .is_ok_and(|it| it.ip() == from.ip())
            && locked(&self.ours).contains(&from.port());
        if from.ip() != self.host || ours {
            return None;
        }
        let asked = || {
            locked(&self.asked)
                .contains(&from.port())
                .then_some(from.port())
        };
        self.only.or_else(asked)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Nothing that holds it can leave it half changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What it means on Linux that a datagram could not be sent.
fn classify(error: &io::Error) -> Heard {
    match error.raw_os_error().map(Errno::from_raw) {
        Some(
            Errno::ECONNREFUSED
            | Errno::EHOSTUNREACH
            | Errno::ENETUNREACH
            | Errno::EHOSTDOWN
            | Errno::ENETDOWN
            | Errno::ENONET
            | Errno::ENOPROTOOPT
            | Errno::EOPNOTSUPP
            | Errno::EPROTO
            | Errno::EACCES
            | Errno::EPERM,
        ) => Heard::Unreachable,
        _ => Heard::LocalFault,
    }
}
