//! What is asked of which address, and the beginning and end of it.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

pub use super::table::UdpAnswer;

use super::answer;
use super::payload::datagrams;
use super::run::Run;
use super::socket::Udp;
use super::table::Datagrams;
use crate::error::Error;
use crate::evidence::Exchange;
use crate::observation::{AddressSpan, Observation, PortState, UdpLedger};
use crate::probe::Stop;
use crate::probe::ports::SweepProgress;
use crate::probe::random::random_bytes;
use crate::profile::Question;

/// The least time that there is for one address. Fifty closed ports of a device that refuses once a second take
/// about a minute.
const LEAST: Duration = Duration::from_secs(90);
/// For a port and an address of ours, where a device refuses once a second.
const REFUSED: f64 = 1.8;
/// For a port that keeps silent, asked as gently as at first and as often as silence is.
const SILENT: f64 = 0.02;

/// The longest time for so many ports of one address, asked from so many addresses of ours.
pub fn budget(ports: usize, sources: usize) -> Duration {
    let limited = REFUSED / sources.max(1) as f64;
    let seconds = ports as f64 * limited.max(SILENT);
    LEAST.max(Duration::from_secs_f64(seconds))
}

/// What to ask and how.
#[derive(Clone, Debug)]
pub struct UdpPlan {
    /// Its port is ignored; an IPv6 link-local address carries its scope.
    pub address: SocketAddr,
    pub questions: BTreeMap<u16, Question>,
    /// Addresses of this machine to ask from, in turns; empty: the one from which the kernel asks.
    pub sources: Vec<IpAddr>,
    /// Why there are none, where some were given; else empty.
    pub sources_because: String,
    /// Datagrams a second; never passed.
    pub max_rate: u32,
    /// Ports that other programs held before the device existed: not asked.
    pub foreign: Vec<u16>,
    /// When to end, finished or not.
    pub deadline: std::time::Instant,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct UdpSwept {
    pub ledger: UdpLedger,
    /// One for each port that answered, in port order; no more than 256.
    pub answers: Vec<UdpAnswer>,
}

impl UdpAnswer {
    /// What speaks there, as an attempt with its bytes.
    pub fn into_exchange(self) -> Exchange {
        let service = answer::service(self.question, &self.sent, &self.received);
        Exchange::observed(self.asked_at, Observation::Service(service)).with_bytes(
            self.sent,
            self.received,
            false,
        )
    }
}

/// Asks every port of the plan.
///
/// It always returns: after `stop`, at the deadline, when the budget is used up or will not do, or when the
/// device does not answer any more, what was not shown is unproven.
///
/// # Errors
///
/// A system without random numbers.
pub async fn sweep(
    plan: &UdpPlan,
    stop: &Stop,
    progress: &mut (dyn FnMut(SweepProgress) + Send),
) -> Result<UdpSwept, Error> {
    let started = Instant::now();
    let budget = budget(plan.questions.len(), plan.sources.len());
    let deadline = Instant::from_std(plan.deadline).min(started + budget);
    let mut stop = stop.clone();
    let asked = plan.questions.keys().copied().collect();
    let net = Udp::new(plan.address, plan.sources.clone(), asked);
    let questions = questions(plan)?;
    let (foreign, max_rate) = (&plan.foreign, plan.max_rate);
    let mut run = Run::new(net, questions, foreign, max_rate, deadline, progress);
    tokio::select! {
        biased;
        () = stop.wait() => {}
        () = sleep_until(deadline) => {}
        () = run.run() => {}
    }
    let mut sweep = run.summary(started.elapsed());
    sweep.sources = AddressSpan::all(&plan.sources);
    sweep.sources_because.clone_from(&plan.sources_because);
    Ok(UdpSwept {
        ledger: UdpLedger {
            spans: run.spans(),
            sweep,
        },
        answers: run.answers(),
    })
}

/// The questions with their bytes; what has no protocol is asked everywhere the same.
fn questions(plan: &UdpPlan) -> Result<BTreeMap<u16, (Question, Datagrams)>, Error> {
    let host = plan.address.ip();
    let plain: Datagrams = datagrams(Question::Text, &[0; 32], host).into();
    let mut questions = BTreeMap::new();
    for (port, question) in &plan.questions {
        let datagrams = match question {
            Question::Text => Datagrams::clone(&plain),
            question => {
                let random = random_bytes().map_err(|fault| Error::Harness(fault.detail))?;
                datagrams(*question, &random, host).into()
            }
        };
        questions.insert(*port, (*question, datagrams));
    }
    Ok(questions)
}

/// The ports that do not refuse at once at an address of this machine: other programs' ports, before the
/// device exists.
///
/// # Errors
///
/// As for [`sweep`].
pub async fn held(mut plan: UdpPlan, stop: &Stop) -> Result<Vec<u16>, Error> {
    // Long enough for one pass: loopback answers within milliseconds, and silence will not change.
    plan.deadline = std::time::Instant::now() + Duration::from_secs(2);
    let ledger = sweep(&plan, stop, &mut |_| {}).await?.ledger;
    let held = ledger
        .spans
        .iter()
        .filter(|span| span.state != PortState::Closed);
    Ok(held.flat_map(|span| span.first..=span.last).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{PortProof, Protocol};
    use crate::probe::Stopper;
    use tokio::net::UdpSocket;

    async fn asked(plan: UdpPlan) -> UdpSwept {
        let (_keep, stop) = Stopper::new();
        sweep(&plan, &stop, &mut |_| {}).await.unwrap()
    }

    fn plan(ip: &str, questions: &[(u16, Question)]) -> UdpPlan {
        UdpPlan {
            address: (ip.parse::<std::net::IpAddr>().unwrap(), 0).into(),
            questions: questions.iter().copied().collect(),
            sources: vec![],
            sources_because: String::new(),
            max_rate: 3000,
            foreign: vec![],
            deadline: std::time::Instant::now() + Duration::from_secs(60),
        }
    }

    /// A port that nobody holds, and nobody will get by chance: below the ephemeral ones.
    async fn closed(ip: &str) -> u16 {
        for port in 20_000..30_000 {
            if UdpSocket::bind((ip, port)).await.is_ok() {
                return port;
            }
        }
        panic!("no port is free");
    }

    #[tokio::test]
    async fn open_closed_and_silent_are_told_apart() {
        for ip in ["127.77.5.1", "::1"] {
            let Ok(server) = UdpSocket::bind((ip, 0)).await else {
                assert_eq!(ip, "::1", "only IPv6 may be missing");
                continue;
            };
            let mute = UdpSocket::bind((ip, 0)).await.unwrap();
            let (open, silent) = (
                server.local_addr().unwrap().port(),
                mute.local_addr().unwrap().port(),
            );
            let closed = closed(ip).await;
            let serving = tokio::spawn(async move {
                let mut buffer = [0; 2048];
                while let Ok((length, from)) = server.recv_from(&mut buffer).await {
                    let answer = [&buffer[..2], &[0x80, 0][..], &buffer[4..length]].concat();
                    let _ = server.send_to(&answer, from).await;
                }
            });
            let (dns, text) = (Question::Dns, Question::Text);
            let swept = asked(plan(ip, &[(open, dns), (silent, text), (closed, text)])).await;
            serving.abort();
            let known = |port| {
                let span = swept.ledger.span(port).unwrap();
                (span.state, span.proof)
            };
            assert_eq!(known(open), (PortState::Open, PortProof::Answered), "{ip}");
            assert_eq!(
                known(closed),
                (PortState::Closed, PortProof::Refused),
                "{ip}"
            );
            assert_eq!(
                known(silent),
                (PortState::Silent, PortProof::NoAnswer),
                "{ip}"
            );
            assert_eq!(swept.ledger.sweep.canary, Some(closed));
            let [answer] = &swept.answers[..] else {
                panic!("{:?}", swept.answers);
            };
            let exchange = answer.clone().into_exchange();
            let told = format!("{:?}", exchange.outcome);
            assert!(told.contains(&format!("{:?}", Protocol::Dns)), "{told}");
            assert_eq!(exchange.received[2], 0x80);
        }
    }

    #[tokio::test]
    async fn an_answer_from_another_port_counts_and_a_strangers_does_not() {
        let (server, other) = (
            UdpSocket::bind("127.77.5.2:0").await.unwrap(),
            UdpSocket::bind("127.77.5.2:0").await.unwrap(),
        );
        let (spoofed, stranger) = (
            UdpSocket::bind("127.77.5.2:0").await.unwrap(),
            UdpSocket::bind("127.77.5.3:0").await.unwrap(),
        );
        let ports = [&server, &spoofed].map(|it| it.local_addr().unwrap().port());
        let serve = |server: UdpSocket, voice: UdpSocket| {
            tokio::spawn(async move {
                let mut buffer = [0; 2048];
                while let Ok((_, from)) = server.recv_from(&mut buffer).await {
                    let _ = voice.send_to(b"\0\x05\0\x01no\0", from).await;
                }
            })
        };
        let serving = [serve(server, other), serve(spoofed, stranger)];
        let questions = ports.map(|port| (port, Question::Tftp));
        let swept = asked(plan("127.77.5.2", &questions)).await;
        serving.iter().for_each(tokio::task::JoinHandle::abort);
        let states = ports.map(|port| swept.ledger.span(port).unwrap().state);
        assert_eq!(states[0], PortState::Open);
        assert_ne!(states[1], PortState::Open);
    }

    #[tokio::test]
    async fn foreign_ports_are_not_asked_and_a_stop_leaves_the_rest_unproven() {
        let mut plan = plan(
            "127.77.5.4",
            &[(20_001, Question::Text), (20_002, Question::Text)],
        );
        plan.foreign = vec![20_001];
        let swept = asked(plan.clone()).await;
        let span = swept.ledger.spans[0];
        assert_eq!((span.proof, span.asked), (PortProof::Foreign, 0));
        assert_eq!(swept.ledger.counts().excluded, 1);
        let (stopper, stop) = Stopper::new();
        stopper.stop("enough");
        let swept = sweep(&plan, &stop, &mut |_| {}).await.unwrap();
        let span = swept.ledger.span(20_002).unwrap();
        assert_eq!(
            (span.state, span.proof),
            (PortState::Unproven, PortProof::NotAsked)
        );
    }
}
