//! The datagrams of one attempt, within bounds, and its first step: a hello until the server waits for us.

use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

use super::client::{Kept, told};
use super::handshake::{Handshake, Step};
use crate::evidence::{Absence, Exchange};
use crate::probe::wire::Fault;

/// Datagrams of one attempt that are looked at.
const DATAGRAMS: usize = 256;
/// Bytes kept of each direction.
const KEPT: usize = 64 * 1024;

/// What was sent and received, datagram after datagram.
#[derive(Debug, Default)]
pub(in crate::probe) struct Talk {
    sent: Vec<u8>,
    received: Vec<u8>,
    truncated: bool,
    datagrams: usize,
}

impl Talk {
    /// With the bytes.
    pub(super) fn into_exchange(self, exchange: Exchange) -> Exchange {
        exchange.with_bytes(self.sent, self.received, self.truncated)
    }

    /// Adds what was said in other conversations.
    pub(super) fn add(&mut self, other: Kept) {
        self.sent.extend(other.sent);
        self.received.extend(other.received);
        self.truncated |= other.truncated;
    }

    /// The bytes of each direction, and whether there were more.
    pub(in crate::probe) fn into_bytes(self) -> (Vec<u8>, Vec<u8>, bool) {
        (self.sent, self.received, self.truncated)
    }

    /// Until the server waits for our last flight; so long for each hello.
    pub(super) async fn say_hello(
        &mut self,
        socket: &UdpSocket,
        handshake: &mut Handshake,
        patience: &[Duration],
    ) -> Result<Step, Fault> {
        for patience in patience {
            let datagram = handshake.datagram();
            self.send(socket, &datagram).await?;
            let mut until = Instant::now() + *patience;
            while let Some(bytes) = self.hear(socket, until).await? {
                match handshake.hear(&bytes) {
                    Step::Wait => {}
                    Step::Send if !handshake.key_is_out() => {
                        let again = handshake.datagram();
                        self.send(socket, &again).await?;
                        until = Instant::now() + *patience;
                    }
                    step => return Ok(step),
                }
            }
        }
        let detail = format!(
            "no answer to a hello for suites with {}, asked {} times",
            handshake.means(),
            patience.len()
        );
        Err(Fault::new(Absence::NoAnswer, detail))
    }

    pub(super) async fn send(&mut self, socket: &UdpSocket, datagram: &[u8]) -> Result<(), Fault> {
        let room = KEPT.saturating_sub(self.sent.len()).min(datagram.len());
        self.truncated |= room < datagram.len();
        self.sent.extend_from_slice(&datagram[..room]);
        socket.send(datagram).await.map_err(|error| lost(&error))?;
        Ok(())
    }

    /// The next datagram; none when the time is over.
    pub(super) async fn hear(
        &mut self,
        socket: &UdpSocket,
        until: Instant,
    ) -> Result<Option<Vec<u8>>, Fault> {
        self.datagrams += 1;
        if self.datagrams > DATAGRAMS {
            let detail = "it sent one datagram after the other, and none that answers";
            return Err(Fault::new(Absence::Malformed, detail));
        }
        let mut buffer = vec![0; 64 * 1024];
        let Ok(read) = timeout_at(until, socket.recv(&mut buffer)).await else {
            return Ok(None);
        };
        buffer.truncate(read.map_err(|error| lost(&error))?);
        let room = KEPT.saturating_sub(self.received.len()).min(buffer.len());
        self.truncated |= room < buffer.len();
        self.received.extend_from_slice(&buffer[..room]);
        Ok(Some(buffer))
    }
}

pub(super) fn lost(error: &std::io::Error) -> Fault {
    let reason = match error.kind() {
        std::io::ErrorKind::ConnectionRefused => Absence::Refused,
        _ => Absence::NoAnswer,
    };
    Fault::new(reason, told(error))
}
