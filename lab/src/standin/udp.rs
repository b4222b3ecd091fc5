//! Services over UDP: a datagram in, perhaps some out.

use tokio::net::UdpSocket;

use super::coap;
use super::spec::{DeviceSpec, UdpSpec};

/// The largest datagram.
const DATAGRAM: usize = 64 << 10;

/// A service over UDP.
#[derive(Debug)]
pub(super) enum Service {
    Coap(coap::Server),
    Fixed(UdpSpec),
}

/// The services of a device.
pub(super) fn services(spec: &DeviceSpec) -> Vec<Service> {
    let coap = spec.coap.iter().map(coap::Server::new).map(Service::Coap);
    let fixed = spec.udp.iter().cloned().map(Service::Fixed);
    coap.chain(fixed).collect()
}

impl Service {
    pub(super) fn port(&self) -> u16 {
        match self {
            Self::Coap(server) => server.port(),
            Self::Fixed(spec) => spec.port,
        }
    }

    fn answers(&self, datagram: &[u8]) -> Vec<Vec<u8>> {
        match self {
            Self::Coap(server) => server.answers(datagram),
            Self::Fixed(spec) if spec.answers.is_empty() => Vec::new(),
            Self::Fixed(spec) => vec![spec.answers.clone().into_bytes()],
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
            for answer in self.answers(&buffer[..length]) {
                let _ = socket.send_to(&answer, peer).await;
            }
        }
    }
}
