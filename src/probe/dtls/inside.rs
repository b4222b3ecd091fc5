//! A session with a server that shows a certificate, as a client who has none, and datagrams inside it.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::Instant;

use super::client::open;
use super::handshake::{Handshake, Means, Step};
use super::talk::{Talk, lost};
use crate::evidence::Absence;
use crate::probe::random::random_bytes;
use crate::probe::wire::Fault;

/// For the answer to a hello and to our last flight, each said so often: small devices need seconds for a curve.
const PATIENCE: &[Duration] = &[
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];

/// A session, or what came of the attempt to get one.
#[derive(Debug, Default)]
pub(in crate::probe) struct Inside {
    pub talk: Talk,
    open: Option<(UdpSocket, Handshake)>,
    heard: VecDeque<Vec<u8>>,
}

/// What came of a handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::probe) enum Entry {
    Open,
    /// It asked for a certificate of ours, and answered that there is none by this alert.
    Refused(u8),
    /// It could not be made; why. Safe to show.
    Failed(String),
}

impl Inside {
    /// Makes the handshake.
    pub(in crate::probe) async fn enter(
        &mut self,
        address: SocketAddr,
        name: Option<&str>,
    ) -> Result<Entry, Fault> {
        let socket = open(address).await.map_err(|error| lost(&error))?;
        let handshake = Handshake::new(Means::Certificate, random_bytes()?, name);
        let (socket, handshake) = self.open.insert((socket, handshake));
        let step = match self.talk.say_hello(socket, handshake, PATIENCE).await? {
            Step::Send => last_flight(&mut self.talk, socket, handshake).await?,
            step => step,
        };
        Ok(match step {
            Step::Established => Entry::Open,
            Step::Refused(alert) if handshake.shown.asks_for_ours => Entry::Refused(alert),
            Step::Refused(alert) => Entry::Failed(format!(
                "it answered the end of the handshake by alert {alert}"
            )),
            Step::Impossible(why) => Entry::Failed(why),
            Step::Wait | Step::Send => {
                let detail = format!(
                    "no answer to the end of the handshake, said {} times",
                    PATIENCE.len()
                );
                return Err(Fault::new(Absence::NoAnswer, detail));
            }
        })
    }

    /// What the server showed, also where the handshake failed afterwards.
    pub(super) fn handshake(&self) -> Option<&Handshake> {
        self.open.as_ref().map(|(_, handshake)| handshake)
    }

    /// Sends data of the application, in a datagram of its own.
    pub(in crate::probe) async fn send(&mut self, data: &[u8]) -> Result<(), Fault> {
        let Some((socket, handshake)) = &mut self.open else {
            return Err(Fault::new(Absence::HarnessFault, "there is no session"));
        };
        let datagram = handshake.data(data);
        self.talk.send(socket, &datagram).await
    }

    /// The next data of the application; none when the time is over.
    pub(in crate::probe) async fn hear(
        &mut self,
        until: Instant,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let Some((socket, handshake)) = &mut self.open else {
            return Ok(None);
        };
        while self.heard.is_empty() {
            match self.talk.hear(socket, until).await? {
                Some(datagram) => self.heard.extend(handshake.data_in(&datagram)),
                None => return Ok(None),
            }
        }
        Ok(self.heard.pop_front())
    }

    /// Says that it is over, whatever it came to: the server need not wait.
    pub(in crate::probe) async fn leave(&mut self) {
        if let Some((socket, handshake)) = &mut self.open {
            let farewell = handshake.farewell();
            let _ = self.talk.send(socket, &farewell).await;
        }
    }
}

/// Says the end of the handshake. [`Step::Wait`]: nothing came back.
async fn last_flight(
    talk: &mut Talk,
    socket: &UdpSocket,
    handshake: &mut Handshake,
) -> Result<Step, Fault> {
    for patience in PATIENCE {
        let datagram = handshake.datagram();
        talk.send(socket, &datagram).await?;
        let until = Instant::now() + *patience;
        while let Some(bytes) = talk.hear(socket, until).await? {
            match handshake.hear(&bytes) {
                Step::Wait | Step::Send => {}
                step => return Ok(step),
            }
        }
    }
    Ok(Step::Wait)
}
