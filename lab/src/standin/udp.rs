//! Services over UDP: a datagram in, perhaps some out.

use std::net::{SocketAddr, SocketAddrV4};

use tokio::net::UdpSocket;

use super::spec::{DeviceSpec, UdpSpec};
use super::{coap, dtls, stranger};

/// The largest datagram.
const DATAGRAM: usize = 64 << 10;

/// A service over UDP.
#[derive(Debug)]
pub(super) enum Service {
    Coap(coap::Server),
    Dtls(dtls::Server),
    Fixed(UdpSpec),
}

/// The services of a device.
pub(super) fn services(spec: &DeviceSpec) -> Vec<Service> {
    let coap = spec.coap.iter().map(coap::Server::new).map(Service::Coap);
    let fixed = spec.udp.iter().cloned().map(Service::Fixed);
    let dtls = spec.dtls.iter().map(dtls::Server::new).map(Service::Dtls);
    coap.chain(dtls).chain(fixed).collect()
}

impl Service {
    pub(super) fn port(&self) -> u16 {
        match self {
            Self::Coap(server) => server.port(),
            Self::Dtls(server) => server.port(),
            Self::Fixed(spec) => spec.port,
        }
    }

    fn answers(&self, datagram: &[u8]) -> Vec<Vec<u8>> {
        match self {
            Self::Coap(server) => server.answers(datagram),
            Self::Dtls(server) => server.answers(datagram),
            Self::Fixed(spec) if spec.answers.is_empty() || self.is_silenced() => Vec::new(),
            Self::Fixed(spec) => vec![spec.answers.clone().into_bytes()],
        }
    }

    /// Whether a stranger speaks in its place.
    fn is_silenced(&self) -> bool {
        match self {
            Self::Coap(_) | Self::Dtls(_) => false,
            Self::Fixed(spec) => {
                spec.switch.answered_by.is_some() || spec.switch.refused_by.is_some()
            }
        }
    }

    /// What a stranger does about a datagram. That he cannot shows in the scenario.
    fn strangers(&self, socket: &UdpSocket, peer: SocketAddr) {
        let (Self::Fixed(spec), SocketAddr::V4(peer)) = (self, peer) else {
            return;
        };
        if let Some(from) = spec.switch.answered_by {
            let from = SocketAddrV4::new(from, spec.port);
            let _ = stranger::answer(from, peer.into(), spec.answers.as_bytes());
        }
        if let (Some(from), Ok(SocketAddr::V4(device))) =
            (spec.switch.refused_by, socket.local_addr())
        {
            let _ = stranger::refuse(from, peer, device);
        }
    }

    /// Serves until it is dropped.
    pub(super) async fn serve(&self, socket: UdpSocket) {
        let mut buffer = vec![0; DATAGRAM];
        loop {
            // An error is the peer's, whose port has closed.
            let Ok((length, peer)) = socket.recv_from(&mut buffer).await else {
                continue;
            };
            self.strangers(&socket, peer);
            for answer in self.answers(&buffer[..length]) {
                let _ = socket.send_to(&answer, peer).await;
            }
        }
    }
}
