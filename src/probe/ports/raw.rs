//! The raw engine: SYN packets of our own, and answers read from raw sockets.
//!
//! The kernel knows nothing of these attempts. It answers a SYN-ACK with a RST by itself, so that nothing stays
//! half open on the device.
//!
//! Who sends the right packet at the right time from somewhere else is not believed: the kernel hands us only what
//! comes from the device's address, and every SYN has a sequence number made with a key that only this sweep knows,
//! which an answer must acknowledge and an ICMP error must quote.

use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsRawFd;

use nix::sys::socket::{SockaddrStorage, recvfrom, setsockopt, sockopt};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::unix::AsyncFd;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep_until};

use super::connect::{self, PortAnswer};
use super::engine::{Ask, Asker, Ended, Glance, watch};
use super::icmp::{self, Family, Meaning};
use super::outstanding::Outstanding;
use super::packet::{self, Ends, Says};
use super::source_ports::{self, SourcePorts};
use crate::observation::Engine;

/// More are never out: two seconds' worth of the fastest sweep.
const ROOM: usize = 200_000;
/// So much that says nothing is read in one go.
const JUNK: usize = 64;
/// Everything that tells something stands in the first bytes.
const SNAP: usize = 256;
/// Answers that came while something else was done wait here; the kernel allows less without privileges.
const RECEIVE_BUFFER: usize = 8 << 20;
/// An error that an earlier packet caused is told once, in place of what was to be done.
const STALE_ERRORS: usize = 3;

/// SYN packets to one address.
#[derive(Debug)]
pub(super) struct Raw {
    local: IpAddr,
    remote: IpAddr,
    family: Family,
    tcp: AsyncFd<Socket>,
    icmp: AsyncFd<Socket>,
    source_ports: SourcePorts,
    key: RandomState,
    out: Outstanding<Attempt>,
    /// What ended without ever having been out.
    stillborn: Vec<Ended>,
    glance: Glance,
    /// There was something at the last look, so there may be more.
    looking: bool,
}

#[derive(Clone, Copy, Debug)]
struct Attempt {
    ask: Ask,
    source_port: u16,
}

/// What reading brought.
enum Heard {
    Answer(Ended),
    Nothing,
    /// Nothing of ours so far, and there may be more.
    Junk,
}

impl Raw {
    /// Needs a runtime.
    ///
    /// # Errors
    ///
    /// The kernel's: no CAP_NET_RAW, or no way to the address.
    pub(super) fn new(address: SocketAddr) -> io::Result<Self> {
        let control = match address {
            SocketAddr::V4(_) => Protocol::ICMPV4,
            SocketAddr::V6(_) => Protocol::ICMPV6,
        };
        let domain = Domain::for_address(address);
        let kind = Type::RAW.nonblocking().cloexec();
        let tcp = Socket::new(domain, kind, Some(Protocol::TCP))?;
        // Raw sockets know no ports; for IPv6 a port would be taken for a protocol.
        let mut device = address;
        device.set_port(0);
        tcp.connect(&device.into())?;
        let mut local = tcp
            .local_addr()?
            .as_socket()
            .ok_or(io::ErrorKind::AddrNotAvailable)?;
        local.set_port(0);
        let icmp = Socket::new(domain, kind, Some(control))?;
        icmp.bind(&local.into())?;
        if setsockopt(&tcp, sockopt::RcvBufForce, &RECEIVE_BUFFER).is_err() {
            // The sweep will be slower where answers get lost in a buffer that is too small.
            let _ = tcp.set_recv_buffer_size(RECEIVE_BUFFER);
        }
        Self::over(tcp, icmp, local.ip(), address.ip())
    }

    /// Over a socket that carries segments and one that brings ICMP.
    fn over(tcp: Socket, icmp: Socket, local: IpAddr, remote: IpAddr) -> io::Result<Self> {
        Ok(Self {
            local,
            remote,
            family: match remote {
                IpAddr::V4(_) => Family::V4,
                IpAddr::V6(_) => Family::V6,
            },
            tcp: watch(tcp)?,
            icmp: watch(icmp)?,
            source_ports: source_ports::unused(),
            key: RandomState::new(),
            out: Outstanding::new(ROOM),
            stillborn: Vec::new(),
            glance: Glance::new(),
            looking: false,
        })
    }

    fn ends(&self, source_port: u16, port: u16) -> Ends {
        Ends {
            local: self.local,
            remote: self.remote,
            local_port: source_port,
            remote_port: port,
        }
    }

    /// What is added to the number of an attempt to make its sequence number.
    fn cookie(&self, source_port: u16, port: u16) -> u32 {
        self.key.hash_one((source_port, port)) as u32
    }

    /// The attempt that had this sequence number between these ports, if it is out.
    fn attempt(&mut self, source_port: u16, port: u16, sequence: u32) -> Option<Ask> {
        let low = sequence.wrapping_sub(self.cookie(source_port, port));
        let number = self.out.with_low_bits(low);
        let Attempt {
            ask,
            source_port: own,
        } = *self.out.get(number)?;
        if ask.port != port || own != source_port {
            return None;
        }
        self.out.take(number).map(|attempt| attempt.ask)
    }

    fn transmit(&self, packet: &[u8]) -> Result<(), PortAnswer> {
        let mut fault = PortAnswer::LocalFault;
        for _ in 0..=STALE_ERRORS {
            match self.tcp.get_ref().send(packet) {
                Ok(_) => return Ok(()),
                Err(error) => fault = connect::classify(&error),
            }
        }
        // A refusal would be a stale one: nothing of this attempt was sent.
        Err(match fault {
            PortAnswer::Unreachable => fault,
            _ => PortAnswer::LocalFault,
        })
    }

    /// Reads segments until one is an answer.
    fn hear_tcp(&mut self) -> Heard {
        let mut bytes = [0; SNAP];
        for _ in 0..JUNK {
            let length = match self.tcp.get_ref().read(&mut bytes) {
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Heard::Nothing,
                Err(_) => continue, // told once, of an earlier packet
            };
            if let Some(ended) = self.understand_tcp(bytes.get(..length).unwrap_or_default()) {
                return Heard::Answer(ended);
            }
        }
        Heard::Junk
    }

    fn understand_tcp(&mut self, bytes: &[u8]) -> Option<Ended> {
        let segment = match self.family {
            // The kernel looked at the addresses, and looks at no packet twice: so do we.
            Family::V4 => {
                let packet = packet::ipv4(bytes)?;
                let ours = IpAddr::from(packet.from) == self.remote
                    && IpAddr::from(packet.to) == self.local;
                ours.then_some(packet.payload)?
            }
            Family::V6 => bytes,
        };
        let answer = packet::answer(segment)?;
        let ask = self.attempt(answer.to, answer.from, answer.sequence)?;
        let answer = match answer.says {
            Says::Welcome => PortAnswer::Accepted,
            Says::GoAway => PortAnswer::Refused,
        };
        Some(Ended { ask, answer })
    }

    /// Reads ICMP messages until one is about an attempt.
    fn hear_icmp(&mut self) -> Heard {
        let mut bytes = [0; SNAP];
        for _ in 0..JUNK {
            let socket = self.icmp.get_ref().as_raw_fd();
            let (length, from) = match recvfrom::<SockaddrStorage>(socket, &mut bytes) {
                Ok(received) => received,
                Err(nix::errno::Errno::EAGAIN) => return Heard::Nothing,
                Err(_) => continue,
            };
            let from = from.and_then(|from| source(&from));
            let message = bytes.get(..length).unwrap_or_default();
            if let Some(ended) = self.understand_icmp(message, from) {
                return Heard::Answer(ended);
            }
        }
        Heard::Junk
    }

    fn understand_icmp(&mut self, bytes: &[u8], from: Option<IpAddr>) -> Option<Ended> {
        let message = match self.family {
            Family::V4 => packet::ipv4(bytes)?.payload,
            Family::V6 => bytes,
        };
        let complaint = icmp::complaint(self.family, message)?;
        let about = complaint.about;
        if (about.local, about.remote) != (self.local, self.remote) {
            return None;
        }
        let own = from == Some(self.remote);
        let answer = match icmp::meaning(self.family, complaint.kind, complaint.code, own)? {
            Meaning::Rejected => PortAnswer::Rejected,
            Meaning::Unreachable => PortAnswer::Unreachable,
        };
        let ask = self.attempt(about.local_port, about.remote_port, complaint.sequence)?;
        Some(Ended { ask, answer })
    }

    fn next_ended(&mut self) -> Heard {
        if let Some(ended) = self.stillborn.pop() {
            return Heard::Answer(ended);
        }
        let tcp = self.hear_tcp();
        if matches!(tcp, Heard::Answer(_)) {
            return tcp;
        }
        let icmp = self.hear_icmp();
        if matches!(icmp, Heard::Answer(_)) {
            return icmp;
        }
        // Answers were read before silence is stated; in a flood one may be left behind, and will be asked for again.
        match (tcp, icmp, self.out.expired(Instant::now())) {
            (_, _, Some(Attempt { ask, .. })) => Heard::Answer(Ended {
                ask,
                answer: PortAnswer::NoAnswer,
            }),
            (Heard::Nothing, Heard::Nothing, None) => Heard::Nothing,
            _ => Heard::Junk,
        }
    }
}

/// The address of a sender, without its scope.
fn source(from: &SockaddrStorage) -> Option<IpAddr> {
    let v4 = from.as_sockaddr_in().map(|from| from.ip().into());
    v4.or_else(|| from.as_sockaddr_in6().map(|from| from.ip().into()))
}

impl Asker for Raw {
    fn engine(&self) -> Engine {
        Engine::Raw
    }

    fn send(&mut self, ask: Ask) {
        let source_port = self.source_ports.next();
        let ends = self.ends(source_port, ask.port);
        let number = self.out.next();
        // The number is wider than a sequence number; of what is out at one time the low bits differ.
        let sequence = self
            .cookie(source_port, ask.port)
            .wrapping_add(number as u32);
        // Out before it is sent: a device that is this machine has answered when `send` returns.
        self.out.add(Attempt { ask, source_port });
        if let Err(answer) = self.transmit(&packet::syn(&ends, sequence)) {
            self.out.take(number);
            self.stillborn.push(Ended { ask, answer });
        }
    }

    fn ended(&mut self) -> Option<Ended> {
        if !self.looking && !self.glance.due() {
            return None;
        }
        let heard = self.next_ended();
        self.looking = matches!(heard, Heard::Answer(_));
        match heard {
            Heard::Answer(ended) => Some(ended),
            Heard::Nothing | Heard::Junk => None,
        }
    }

    async fn ended_some_time(&mut self) -> Option<Ended> {
        loop {
            match self.next_ended() {
                Heard::Answer(ended) => return Some(ended),
                // A device that floods us must not keep us from anything else.
                Heard::Junk => {
                    yield_now().await;
                    continue;
                }
                Heard::Nothing => {}
            }
            let due = self.out.due()?;
            tokio::select! {
                // Nothing was there a moment ago: wait for the next change, then look again.
                ready = self.tcp.readable() => match ready {
                    Ok(mut guard) => guard.clear_ready(),
                    Err(_) => sleep_until(due).await,
                },
                ready = self.icmp.readable() => match ready {
                    Ok(mut guard) => guard.clear_ready(),
                    Err(_) => sleep_until(due).await,
                },
                () = sleep_until(due) => {}
            }
        }
    }

    fn full(&self) -> bool {
        self.out.full()
    }

    fn rest(&mut self) {
        self.out.rest();
    }

    fn resting_until(&self) -> Instant {
        self.out.resting_until()
    }

    fn hang_up(&mut self) {
        self.out.clear();
        self.stillborn.clear();
    }
}

#[cfg(test)]
mod tests;
