//! One socket a port, and what is heard through it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::socket::{setsockopt, sockopt};
use tokio::net::UdpSocket;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

use super::run::{Heard, Net};

/// The largest datagram.
const DATAGRAM: usize = 64 * 1024;

/// How often a source port that is itself to be asked is given back.
const SOURCES: usize = 8;

/// So many errors of a socket are no answers any more.
const ERRORS: usize = 64;

/// For one question to a canary.
const CANARY: Duration = Duration::from_millis(700);

/// The network.
pub(super) struct Udp {
    host: SocketAddr,
    /// Ports that are asked: none of our own sockets may sit there, or it would keep a closed port of
    /// this machine from refusing.
    asked: BTreeSet<u16>,
    sockets: BTreeMap<u16, Arc<UdpSocket>>,
    ears: JoinSet<()>,
    tell: UnboundedSender<(u16, Heard)>,
    told: UnboundedReceiver<(u16, Heard)>,
}

impl Udp {
    pub(super) fn new(host: SocketAddr, asked: BTreeSet<u16>) -> Self {
        let (tell, told) = unbounded_channel();
        Self {
            host,
            asked,
            sockets: BTreeMap::new(),
            ears: JoinSet::new(),
            tell,
            told,
        }
    }

    /// The socket of a port: opened and listened to once, so that a late answer is heard.
    fn socket(&mut self, port: u16) -> io::Result<Arc<UdpSocket>> {
        if let Some(socket) = self.sockets.get(&port) {
            return Ok(Arc::clone(socket));
        }
        let socket = Arc::new(open(self.host, &self.asked)?);
        self.sockets.insert(port, Arc::clone(&socket));
        let (ear, tell, host) = (Arc::clone(&socket), self.tell.clone(), self.host);
        self.ears.spawn(async move {
            for _ in 0..ERRORS {
                let heard = hear(&ear, host).await;
                let last = matches!(heard, Heard::Answered(_) | Heard::Refused);
                if tell.send((port, heard)).is_err() || last {
                    return;
                }
            }
        });
        Ok(socket)
    }
}

impl Net for Udp {
    async fn send(&mut self, port: u16, datagram: &[u8]) {
        let mut to = self.host;
        to.set_port(port);
        let sent = match self.socket(port) {
            Ok(socket) => socket.send_to(datagram, to).await,
            Err(error) => Err(error),
        };
        if let Err(error) = sent {
            // The error of the datagram before shows here, where the ear was slower.
            let _ = self.tell.send((port, classify(&error)));
        }
    }

    async fn hear(&mut self, until: Instant) -> Option<(u16, Heard)> {
        timeout_at(until, self.told.recv()).await.ok().flatten()
    }

    async fn canary(&mut self, port: u16, datagram: &[u8]) -> bool {
        let Ok(socket) = open(self.host, &self.asked) else {
            return false;
        };
        let mut to = self.host;
        to.set_port(port);
        if socket.send_to(datagram, to).await.is_err() {
            return false;
        }
        let heard = timeout(CANARY, hear(&socket, self.host)).await;
        matches!(heard, Ok(Heard::Answered(_) | Heard::Refused))
    }
}

/// Not connected, because some services answer from another port (TFTP, RFC 1350 section 4); the kernel
/// is told to report ICMP errors all the same. Bound to the address from which the host is reached, so
/// that nothing else arrives.
fn open(host: SocketAddr, asked: &BTreeSet<u16>) -> io::Result<UdpSocket> {
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
    let mut socket = std::net::UdpSocket::bind(from)?;
    for _ in 0..SOURCES {
        if !asked.contains(&socket.local_addr()?.port()) {
            break;
        }
        // The next before the last is given back: not the same again.
        socket = std::net::UdpSocket::bind(from)?;
    }
    match host {
        SocketAddr::V4(_) => setsockopt(&socket, sockopt::Ipv4RecvErr, &true)?,
        SocketAddr::V6(_) => setsockopt(&socket, sockopt::Ipv6RecvErr, &true)?,
    }
    socket.set_nonblocking(true)?;
    UdpSocket::from_std(socket)
}

/// The next datagram from the host, or error.
async fn hear(socket: &UdpSocket, host: SocketAddr) -> Heard {
    let mut buffer = vec![0; DATAGRAM];
    loop {
        match socket.recv_from(&mut buffer).await {
            Ok((length, from)) if from.ip() == host.ip() => {
                buffer.truncate(length);
                return Heard::Answered(buffer);
            }
            // A stranger.
            Ok(_) => {}
            Err(error) => return classify(&error),
        }
    }
}

/// What an error of a socket means on Linux, which has only asked one port.
fn classify(error: &io::Error) -> Heard {
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::ECONNREFUSED) => Heard::Refused,
        Some(
            Errno::EHOSTUNREACH
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
