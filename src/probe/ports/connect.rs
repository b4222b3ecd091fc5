//! One TCP connect and what its outcome means.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use nix::errno::Errno;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpSocket;

use crate::observation::{PortProof, PortState};

/// How often a connect that met itself is tried again.
pub(super) const SELF_CONNECTS: usize = 4;

/// What came back from one connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortAnswer {
    /// The handshake was completed.
    Accepted,
    /// The other side refused.
    Refused,
    /// The address itself said by ICMP that the port is unreachable or prohibited.
    Rejected,
    /// Nothing came back in time.
    NoAnswer,
    /// Something on the way, or our own neighbour discovery, said unreachable or prohibited.
    Unreachable,
    /// Our own side failed; nothing is known to have been sent.
    LocalFault,
}

impl PortAnswer {
    /// What the answer shows.
    pub fn proof(self) -> PortProof {
        match self {
            Self::Accepted => PortProof::Accepted,
            Self::Refused => PortProof::Refused,
            Self::Rejected => PortProof::Rejected,
            Self::NoAnswer => PortProof::NoAnswer,
            Self::Unreachable => PortProof::Unreachable,
            Self::LocalFault => PortProof::LocalFault,
        }
    }

    /// The state that this one answer proves. One silence proves none.
    pub fn state(self) -> PortState {
        match self {
            Self::Accepted => PortState::Open,
            Self::Refused | Self::Rejected => PortState::Closed,
            Self::NoAnswer | Self::Unreachable | Self::LocalFault => PortState::Unproven,
        }
    }

    /// Whether the address itself answered.
    pub fn answered(self) -> bool {
        matches!(self, Self::Accepted | Self::Refused | Self::Rejected)
    }

    /// Whether it would answer again however often it is asked. ICMP errors are rationed (RFC 1812 section
    /// 4.3.2.8, RFC 4443 section 2.4), so that their absence says nothing.
    pub fn reliable(self) -> bool {
        matches!(self, Self::Accepted | Self::Refused)
    }
}

/// Connects once and hangs up with a RST, so that no socket lingers on either side.
///
/// Below one second the kernel sends a single SYN (its first retransmission comes after one second,
/// RFC 6298 section 2); a longer timeout forgives the loss of a packet.
pub async fn connect(address: SocketAddr, timeout: Duration) -> PortAnswer {
    tokio::time::timeout(timeout, attempt(address, plain_socket))
        .await
        .unwrap_or(PortAnswer::NoAnswer)
}

/// Connects, again where the connection turns out to be with ourselves: on an address of this
/// machine the kernel may choose the destination port as source, and a TCP socket that meets its
/// own SYN opens (RFC 9293 section 3.5, simultaneous open) though nobody listens.
async fn attempt(
    address: SocketAddr,
    mut socket: impl FnMut(SocketAddr) -> io::Result<Socket>,
) -> PortAnswer {
    for _ in 0..SELF_CONNECTS {
        let outcome = match socket(address) {
            Ok(socket) => {
                TcpSocket::from_std_stream(socket.into())
                    .connect(address)
                    .await
            }
            Err(_) => return PortAnswer::LocalFault,
        };
        match outcome {
            Ok(stream) if met_itself(stream.local_addr(), address) => {}
            Ok(_) => return PortAnswer::Accepted,
            Err(error) => return classify(&error),
        }
    }
    PortAnswer::LocalFault
}

/// A socket that blocks nobody.
pub(super) fn socket(address: SocketAddr) -> io::Result<Socket> {
    let kind = Type::STREAM.nonblocking().cloexec();
    Socket::new(Domain::for_address(address), kind, Some(Protocol::TCP))
}

/// One that hangs up with a RST.
fn plain_socket(address: SocketAddr) -> io::Result<Socket> {
    let socket = socket(address)?;
    socket.set_linger(Some(Duration::ZERO))?;
    Ok(socket)
}

/// Whether a connection to `address` from `local` is one with ourselves.
pub(super) fn met_itself(local: io::Result<SocketAddr>, address: SocketAddr) -> bool {
    // Not the peer's address: it cannot be had where the peer has hung up already. Not the whole address: a scope
    // may be filled in on one side only.
    local.is_ok_and(|local| local.ip() == address.ip() && local.port() == address.port())
}

/// What a failed connect means on Linux. Only a refusal is an answer about the port.
pub(super) fn classify(error: &io::Error) -> PortAnswer {
    let Some(errno) = error.raw_os_error().map(Errno::from_raw) else {
        return PortAnswer::LocalFault;
    };
    match errno {
        Errno::ECONNREFUSED => PortAnswer::Refused,
        // A RST before the handshake is a refusal; these two say that it came after (the device
        // accepted and hung up at once), see `tcp_reset` in Linux.
        Errno::ECONNRESET | Errno::EPIPE => PortAnswer::Accepted,
        Errno::ETIMEDOUT => PortAnswer::NoAnswer,
        // ICMP errors, missing routes and neighbours, and filters of our own (EPERM, EACCES).
        Errno::EHOSTUNREACH
        | Errno::ENETUNREACH
        | Errno::EHOSTDOWN
        | Errno::ENETDOWN
        | Errno::ENONET
        | Errno::ENOPROTOOPT
        | Errno::EOPNOTSUPP
        | Errno::EPROTO
        | Errno::EACCES
        | Errno::EPERM => PortAnswer::Unreachable,
        _ => PortAnswer::LocalFault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(2);

    #[tokio::test]
    async fn a_listener_accepts_and_a_closed_port_refuses() {
        for ip in ["127.0.0.1", "127.77.1.1", "::1"] {
            let Ok(listener) = std::net::TcpListener::bind((ip, 0)) else {
                assert_eq!(ip, "::1", "only IPv6 may be missing");
                continue;
            };
            let address = listener.local_addr().unwrap();
            assert_eq!(connect(address, SOON).await, PortAnswer::Accepted, "{ip}");
            drop(listener);
            assert_eq!(connect(address, SOON).await, PortAnswer::Refused, "{ip}");
        }
    }

    #[tokio::test]
    async fn a_connection_with_ourselves_is_asked_again() {
        let address: SocketAddr = {
            let listener = std::net::TcpListener::bind("127.77.1.2:0").unwrap();
            listener.local_addr().unwrap()
        };
        let mut made = 0;
        let answer = attempt(address, |address| {
            made += 1;
            let socket = plain_socket(address)?;
            if made == 1 {
                socket.set_reuse_address(true)?;
                socket.bind(&address.into())?;
            }
            Ok(socket)
        })
        .await;
        assert_eq!(
            (answer, made),
            (PortAnswer::Refused, 2),
            "the first connect met itself, the second was refused"
        );
    }

    #[tokio::test]
    async fn always_meeting_ourselves_is_our_own_fault() {
        let address: SocketAddr = {
            let listener = std::net::TcpListener::bind("127.77.1.3:0").unwrap();
            listener.local_addr().unwrap()
        };
        let answer = attempt(address, |address| {
            let socket = plain_socket(address)?;
            socket.set_reuse_address(true)?;
            socket.bind(&address.into())?;
            Ok(socket)
        })
        .await;
        assert_eq!(answer, PortAnswer::LocalFault);
    }

    #[tokio::test]
    async fn a_full_backlog_is_silence_within_the_timeout() {
        // Linux drops the SYN when the accept queue is full; nobody accepts here.
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.77.1.4:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let mut held = Vec::new();
        for _ in 0..8 {
            let filling = tokio::time::timeout(
                Duration::from_millis(100),
                tokio::net::TcpStream::connect(address),
            );
            if let Ok(Ok(stream)) = filling.await {
                held.push(stream);
            }
        }
        let started = std::time::Instant::now();
        let answer = connect(address, Duration::from_millis(200)).await;
        assert_eq!(answer, PortAnswer::NoAnswer);
        assert!(started.elapsed() < SOON);
    }

    #[test]
    fn only_a_refusal_is_a_refusal() {
        for (errno, answer) in [
            (Errno::ECONNREFUSED, PortAnswer::Refused),
            (Errno::ECONNRESET, PortAnswer::Accepted),
            (Errno::EPIPE, PortAnswer::Accepted),
            (Errno::ETIMEDOUT, PortAnswer::NoAnswer),
            (Errno::EHOSTUNREACH, PortAnswer::Unreachable),
            (Errno::ENETUNREACH, PortAnswer::Unreachable),
            (Errno::EACCES, PortAnswer::Unreachable),
            (Errno::EPERM, PortAnswer::Unreachable),
            (Errno::EMFILE, PortAnswer::LocalFault),
            (Errno::ENFILE, PortAnswer::LocalFault),
            (Errno::EADDRNOTAVAIL, PortAnswer::LocalFault),
            (Errno::ENOBUFS, PortAnswer::LocalFault),
            (Errno::EAFNOSUPPORT, PortAnswer::LocalFault),
        ] {
            let error = io::Error::from_raw_os_error(errno as i32);
            assert_eq!(classify(&error), answer, "{errno}");
        }
        assert_eq!(
            classify(&io::Error::other("no errno")),
            PortAnswer::LocalFault
        );
    }
}
