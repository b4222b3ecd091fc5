//! One attempt to get in with a shared key, and a CoAP request where that came about.
//!
//! A wrong key is answered by an alert or, as the RFC advises (RFC 6347, section 4.1.2.7), by nothing: the server cannot read what
//! we say last. Nothing is a refusal only where the server answered hello in the same conversation, what we said last was said
//! several times, and it answers a hello again afterwards. That it takes the right key is shown by the owner's.

use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::UdpSocket;
use tokio::time::Instant;

use super::client::{Client, open};
use super::handshake::{Handshake, Means, SharedKey, Step, hello};
use super::talk::{Talk, lost};
use crate::evidence::{Absence, Exchange};
use crate::observation::{AccessOutcome, AccessReply, Observation};
use crate::probe::Stop;
use crate::probe::access::Credential;
use crate::probe::coap;
use crate::probe::random::random_bytes;
use crate::probe::tls::audit::flight::Answer;
use crate::probe::wire::Fault;

/// For an answer to the hello, and to the same once more.
const HELLO: &[Duration] = &[Duration::from_millis(1000), Duration::from_millis(2000)];
/// For an answer to the key: at least so long, and so many times what the hello took.
const LEAST: Duration = Duration::from_millis(250);
const TIMES: u32 = 8;
const MOST: Duration = Duration::from_millis(1500);
/// So often the key is sent, each time with twice the patience.
const TRIES: u32 = 3;
/// For an answer to a request inside, and to the same once more.
const INSIDE: [Duration; 2] = [Duration::from_millis(1500), Duration::from_millis(3000)];
/// Tries a key; without a credential the identity and the key that nobody need know: empty ones.
pub(in crate::probe) async fn attempt(
    address: SocketAddr,
    credential: Option<&Credential>,
    stop: &Stop,
) -> Exchange {
    let started = Timestamp::now();
    let mut attempt = Attempt::default();
    let mut stop = stop.clone();
    let outcome = tokio::select! {
        biased;
        () = stop.wait() => Err(Fault::new(Absence::Aborted, stop.reason().unwrap_or_default())),
        outcome = attempt.get_in(address, credential) => outcome,
    };
    let exchange = match outcome {
        Ok(reply) => Exchange::observed(started, Observation::Access(reply)),
        Err(fault) => Exchange::absent(started, fault.reason, fault.detail),
    };
    attempt.talk.into_exchange(exchange)
}

#[derive(Debug, Default)]
struct Attempt {
    talk: Talk,
}

impl Attempt {
    async fn get_in(
        &mut self,
        address: SocketAddr,
        credential: Option<&Credential>,
    ) -> Result<AccessReply, Fault> {
        let socket = open(address).await.map_err(|error| lost(&error))?;
        let mut handshake = Handshake::new(means(credential), random_bytes()?, None);
        let step = self.talk.say_hello(&socket, &mut handshake, HELLO).await?;
        let step = match step {
            Step::Send => self.show_key(&socket, &mut handshake).await?,
            step => step,
        };
        let reply = match step {
            Step::Established => self.ask_inside(&socket, &mut handshake).await,
            Step::Refused(alert) => Ok(reply(
                AccessOutcome::Refused,
                format!("the key was answered by alert {alert}"),
            )),
            Step::Impossible(why) => Ok(reply(AccessOutcome::Unclear, why)),
            Step::Wait | Step::Send => self.silence(address).await,
        };
        let farewell = handshake.farewell();
        let _ = self.talk.send(&socket, &farewell).await;
        reply
    }

    /// Shows the key. [`Step::Wait`]: nothing came back.
    async fn show_key(
        &mut self,
        socket: &UdpSocket,
        handshake: &mut Handshake,
    ) -> Result<Step, Fault> {
        let first = Instant::now();
        let mut patience = LEAST;
        for _ in 0..TRIES {
            let datagram = handshake.datagram();
            self.talk.send(socket, &datagram).await?;
            let until = Instant::now() + patience;
            while let Some(bytes) = self.talk.hear(socket, until).await? {
                match handshake.hear(&bytes) {
                    Step::Wait | Step::Send => {}
                    step => return Ok(step),
                }
            }
            patience = (patience * 2).min(MOST).max(first.elapsed() / TIMES);
        }
        Ok(Step::Wait)
    }

    /// Nothing came back for the key. A refusal, where somebody is still there.
    async fn silence(&mut self, address: SocketAddr) -> Result<AccessReply, Fault> {
        let mut client = Client::new(address, None, u32::MAX);
        match client.ask(&hello(&means(None), None)).await {
            Answer::Flight(_) => Ok(reply(
                AccessOutcome::Refused,
                format!(
                    "no answer to the key, shown {TRIES} times; hellos before and after it were answered"
                ),
            )),
            _ => Err(Fault::new(
                Absence::NoAnswer,
                "no answer to the key, nor to a hello after it",
            )),
        }
    }

    /// A CoAP GET inside. That the handshake came about is what the key is worth.
    async fn ask_inside(
        &mut self,
        socket: &UdpSocket,
        handshake: &mut Handshake,
    ) -> Result<AccessReply, Fault> {
        let random = random_bytes()?;
        let (id, token) = (u16::from_be_bytes([random[0], random[1]]), &random[2..6]);
        let request = coap::discovery(id, token);
        for patience in INSIDE {
            let datagram = handshake.data(&request);
            self.talk.send(socket, &datagram).await?;
            let until = Instant::now() + patience;
            while let Some(bytes) = self.talk.hear(socket, until).await? {
                for data in handshake.data_in(&bytes) {
                    if let Some(inside) = coap::response(&request, &data) {
                        return Ok(inside_the_session(inside));
                    }
                }
            }
        }
        Ok(reply(
            AccessOutcome::Admitted,
            "the handshake was completed; a CoAP request inside was not answered".to_owned(),
        ))
    }
}

fn inside_the_session(inside: AccessReply) -> AccessReply {
    AccessReply {
        outcome: match inside.outcome {
            AccessOutcome::Served => AccessOutcome::Served,
            _ => AccessOutcome::Admitted,
        },
        detail: format!(
            "the handshake was completed; CoAP inside: {}",
            inside.detail
        ),
        ..inside
    }
}

fn reply(outcome: AccessOutcome, detail: String) -> AccessReply {
    AccessReply {
        outcome,
        detail,
        status: None,
        schemes: Vec::new(),
        location: None,
        content_sha256: None,
        content_length: None,
        title: None,
        mqtt: None,
    }
}

fn means(credential: Option<&Credential>) -> Means {
    Means::Key(credential.map_or_else(
        || SharedKey {
            identity: Vec::new(),
            key: Vec::new(),
        },
        |one| SharedKey {
            identity: one.username.clone().into_bytes(),
            key: crate::dut::key_bytes(&one.password),
        },
    ))
}
