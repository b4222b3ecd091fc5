//! A way for datagrams from one address to another, each client with a socket of its own, as a router would give it.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::thread::JoinHandle;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// More clients at a time are not remembered: who came first goes.
const CLIENTS: usize = 512;

/// A running relay. It ends when this is dropped.
#[derive(Debug)]
pub struct Relay {
    /// Closed to end it.
    stop: Option<UnixStream>,
    thread: Option<JoinHandle<()>>,
}

impl Relay {
    /// Leads whatever comes to `outside` on to `inside`, and the answers back.
    ///
    /// # Errors
    ///
    /// The address cannot be had.
    pub fn start(outside: SocketAddr, inside: SocketAddr) -> io::Result<Self> {
        let listener = UdpSocket::bind(outside)?;
        let (stop, stopped) = UnixStream::pair()?;
        let thread = std::thread::spawn(move || {
            // It ends where its sockets fail, and then nothing answers, which every test would see.
            let _ = Ways::new(listener, inside).run(&stopped);
        });
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Ways {
    listener: UdpSocket,
    inside: SocketAddr,
    /// By the order in which they came.
    clients: BTreeMap<u64, (SocketAddr, UdpSocket)>,
    came: u64,
}

impl Ways {
    fn new(listener: UdpSocket, inside: SocketAddr) -> Self {
        Self {
            listener,
            inside,
            clients: BTreeMap::new(),
            came: 0,
        }
    }

    fn run(&mut self, stopped: &UnixStream) -> io::Result<()> {
        let mut buffer = vec![0; 1 << 16];
        loop {
            let sockets = self.clients.values().map(|(_, socket)| socket.as_fd());
            let all = [stopped.as_fd(), self.listener.as_fd()];
            let mut all: Vec<PollFd<'_>> = all
                .into_iter()
                .chain(sockets)
                .map(|it| PollFd::new(it, PollFlags::POLLIN))
                .collect();
            poll(&mut all, PollTimeout::NONE)?;
            let ready: Vec<bool> = all.iter().map(|it| it.any() == Some(true)).collect();
            if ready.first() == Some(&true) {
                return Ok(());
            }
            self.answers(ready.get(2..).unwrap_or_default(), &mut buffer);
            if ready.get(1) == Some(&true) {
                let (length, client) = self.listener.recv_from(&mut buffer)?;
                self.question(client, buffer.get(..length).unwrap_or_default())?;
            }
        }
    }

    /// What a datagram cannot reach is lost, as it would be on a network.
    fn answers(&mut self, ready: &[bool], buffer: &mut [u8]) {
        for ((client, socket), _) in self.clients.values().zip(ready).filter(|it| *it.1) {
            if let Ok(length) = socket.recv(buffer) {
                let _ = self
                    .listener
                    .send_to(buffer.get(..length).unwrap_or_default(), client);
            }
        }
    }

    fn question(&mut self, client: SocketAddr, bytes: &[u8]) -> io::Result<()> {
        let known = self.clients.values().find(|(it, _)| *it == client);
        if let Some((_, socket)) = known {
            let _ = socket.send(bytes);
            return Ok(());
        }
        if self.clients.len() >= CLIENTS {
            self.clients.pop_first();
        }
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.connect(self.inside)?;
        let _ = socket.send(bytes);
        self.clients.insert(self.came, (client, socket));
        self.came += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_has_its_own_way_and_its_own_answers() {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let outside = UdpSocket::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let relay = Relay::start(outside, server.local_addr().unwrap()).unwrap();
        let clients = [1, 2].map(|_| UdpSocket::bind("127.0.0.1:0").unwrap());
        let mut buffer = [0; 64];
        let mut ways = Vec::new();
        for round in 0..2 {
            for (number, client) in (0_u8..).zip(&clients) {
                client.send_to(&[number, round], outside).unwrap();
                let (length, from) = server.recv_from(&mut buffer).unwrap();
                assert_eq!(buffer[..length], [number, round]);
                ways.push(from);
            }
        }
        assert_eq!(ways[..2], ways[2..]);
        assert_ne!(ways[0], ways[1]);
        for (number, way) in [(1, ways[1]), (0, ways[0])] {
            server.send_to(&[number], way).unwrap();
            let (length, from) = clients[usize::from(number)].recv_from(&mut buffer).unwrap();
            assert_eq!((&buffer[..length], from), (&[number][..], outside));
        }
        drop(relay);
        assert!(UdpSocket::bind(outside).is_ok());
    }
}
