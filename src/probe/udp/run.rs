//! The closed loop: who is asked when, and what silence is worth.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep, sleep_until};

use crate::observation::{PortProof, PortSpan, PortState, UdpSweep};
use crate::profile::Question;

/// Between two datagrams in the first pass.
const PAUSE: Duration = Duration::from_millis(5);
/// Between two datagrams where something went missing, at first; doubled whenever a canary is lost.
/// Sixteen times as much is a little over a second, the pace of Linux (`icmp_ratelimit`).
const QUIET: Duration = Duration::from_millis(66);
const LONGEST_QUIET: Duration = Duration::from_millis(2112);
/// After the last datagram of a pass or a window.
const PATIENCE: Duration = Duration::from_millis(500);
/// The same where nobody says anything at all.
const MUTE_PATIENCE: Duration = Duration::from_secs(1);
/// Ports that are asked between two canaries.
const WINDOW: usize = 10;
/// In so many windows a port must have kept silent.
const VOTES: u8 = 3;
/// So many canaries lost in a row at the longest quiet end it.
const HOPELESS: u32 = 3;

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Answered(Vec<u8>),
    /// ICMP port unreachable.
    Refused,
    /// ICMP that says something else, a route or neighbour that is missing, a filter of our own.
    Unreachable,
    /// Our own side failed.
    LocalFault,
}

/// What is asked through, so that the loop can be tested against devices that do not exist.
pub(super) trait Net: Send {
    /// Sends. That it could not is heard.
    fn send(&mut self, port: u16, datagram: &[u8]) -> impl Future<Output = ()> + Send;

    /// What is heard next, until then.
    fn hear(&mut self, until: Instant) -> impl Future<Output = Option<(u16, Heard)>> + Send;

    /// Asks a port apart from everything else: whether it answered or refused.
    fn canary(&mut self, port: u16, datagram: &[u8]) -> impl Future<Output = bool> + Send;
}

/// A port that answered, with the first answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UdpAnswer {
    pub port: u16,
    pub question: Question,
    pub asked_at: Timestamp,
    pub sent: Vec<u8>,
    pub received: Vec<u8>,
}

struct Port {
    question: Question,
    datagrams: Vec<Vec<u8>>,
    asked: u8,
    last_asked: Timestamp,
    /// Windows in which it kept silent while the canaries did not.
    votes: u8,
    proof: PortProof,
    answer: Option<Vec<u8>>,
}

impl Port {
    fn settled(&self) -> bool {
        matches!(
            self.proof,
            PortProof::Answered | PortProof::Refused | PortProof::Foreign
        )
    }

    fn state(&self) -> PortState {
        match self.proof {
            PortProof::Answered => PortState::Open,
            PortProof::Refused => PortState::Closed,
            PortProof::NoAnswer if self.votes >= VOTES => PortState::Silent,
            _ => PortState::Unproven,
        }
    }

    /// What was sent last; before anything was sent, what will be.
    fn datagram(&self) -> &[u8] {
        let turn = usize::from(self.asked.saturating_sub(1)) % self.datagrams.len().max(1);
        self.datagrams
            .get(turn)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }
}

pub(super) struct Run<N> {
    net: N,
    ports: BTreeMap<u16, Port>,
    pause: Duration,
    quiet: Duration,
    /// Those that refused, else those that answered; they take turns.
    canaries: VecDeque<u16>,
    canaries_refuse: bool,
    /// The last question to a canary was heard.
    heard_canary: bool,
    /// A port was heard that had kept silent while the canaries did not: other silences may be losses too.
    contradicted: bool,
    datagrams: u64,
    canaries_sent: u32,
    canaries_lost: u32,
    first_canary: Option<u16>,
}

impl<N: Net> Run<N> {
    /// `max_rate`: datagrams a second. `foreign` ports are not asked.
    pub(super) fn new(
        net: N,
        questions: BTreeMap<u16, (Question, Vec<Vec<u8>>)>,
        foreign: &[u16],
        max_rate: u32,
    ) -> Self {
        let port = |(port, (question, datagrams))| {
            let proof = match foreign.contains(&port) {
                true => PortProof::Foreign,
                false => PortProof::NotAsked,
            };
            let state = Port {
                question,
                datagrams,
                asked: 0,
                last_asked: Timestamp::UNIX_EPOCH,
                votes: 0,
                proof,
                answer: None,
            };
            (port, state)
        };
        Self {
            net,
            ports: questions.into_iter().map(port).collect(),
            pause: PAUSE.max(Duration::from_secs(1) / max_rate.max(1)),
            quiet: QUIET,
            canaries: VecDeque::new(),
            canaries_refuse: false,
            heard_canary: false,
            contradicted: false,
            datagrams: 0,
            canaries_sent: 0,
            canaries_lost: 0,
            first_canary: None,
        }
    }

    /// Asks until every port is told, or nothing more can be.
    pub(super) async fn run(&mut self) {
        let all = self.silent();
        self.ask(&all, self.pause, PATIENCE).await;
        let mut lost = 0;
        loop {
            let batch = self.silent();
            if batch.is_empty() {
                return;
            }
            if self.canaries.is_empty() {
                self.ask(&batch, self.pause, MUTE_PATIENCE).await;
                self.vote(&batch);
                continue;
            }
            let batch = &batch[..batch.len().min(WINDOW)];
            let heard = self.window(batch).await;
            if std::mem::take(&mut self.contradicted) {
                self.slow_down();
                lost = 0;
            } else if heard {
                self.vote(batch);
                lost = 0;
            } else if !self.slow_down() {
                lost += 1;
                if lost >= HOPELESS {
                    return;
                }
            }
        }
    }

    /// Silence at the old pace may have been loss. False: it does not get slower.
    fn slow_down(&mut self) -> bool {
        self.forget_votes();
        let before = self.quiet;
        self.quiet = LONGEST_QUIET.min(before * 2);
        self.quiet > before
    }

    fn forget_votes(&mut self) {
        for port in self.ports.values_mut() {
            port.votes = 0;
        }
    }

    /// Asks some ports between two canaries: whether both were heard.
    async fn window(&mut self, batch: &[u16]) -> bool {
        // The last canary of the window before is the first of this one.
        if !self.heard_canary && !self.canary().await {
            return false;
        }
        // Its refusal used up what the device had left of them.
        sleep(self.quiet).await;
        self.ask(batch, self.quiet, PATIENCE).await;
        self.canary().await
    }

    /// Ports of which nothing is told yet, least often asked first.
    fn silent(&self) -> Vec<u16> {
        let left = self.ports.iter();
        let left = left.filter(|(_, port)| !port.settled() && port.votes < VOTES);
        let mut left: Vec<_> = left.map(|(number, port)| (port.asked, *number)).collect();
        left.sort_unstable();
        left.into_iter().map(|(_, number)| number).collect()
    }

    fn vote(&mut self, batch: &[u16]) {
        for number in batch {
            if let Some(port) = self.ports.get_mut(number) {
                port.votes = port.votes.saturating_add(1);
            }
        }
    }

    /// Asks each once, then listens until all are told or the patience ends.
    async fn ask(&mut self, batch: &[u16], pause: Duration, patience: Duration) {
        for number in batch {
            let next = Instant::now() + pause;
            if let Some(port) = self.ports.get_mut(number) {
                if port.settled() {
                    continue;
                }
                port.asked = port.asked.saturating_add(1);
                port.last_asked = Timestamp::now();
                if port.proof == PortProof::NotAsked {
                    port.proof = PortProof::NoAnswer;
                }
                let datagram = port.datagram().to_vec();
                self.datagrams += 1;
                self.net.send(*number, &datagram).await;
            }
            while let Some((number, heard)) = self.net.hear(next).await {
                self.note(number, heard);
            }
            sleep_until(next).await;
        }
        let end = Instant::now() + patience;
        let told = |run: &Self| {
            let mut ports = batch.iter().filter_map(|number| run.ports.get(number));
            ports.all(Port::settled)
        };
        while !told(self)
            && let Some((number, heard)) = self.net.hear(end).await
        {
            self.note(number, heard);
        }
    }

    fn note(&mut self, number: u16, heard: Heard) {
        let Some(port) = self.ports.get_mut(&number).filter(|port| !port.settled()) else {
            return;
        };
        port.proof = match heard {
            Heard::Answered(bytes) => {
                port.answer = Some(bytes);
                PortProof::Answered
            }
            Heard::Refused => PortProof::Refused,
            Heard::Unreachable => PortProof::Unreachable,
            Heard::LocalFault => PortProof::LocalFault,
        };
        if port.settled() {
            self.contradicted |= port.votes > 0;
            let refuses = port.proof == PortProof::Refused;
            self.becomes_canary(number, refuses);
        }
    }

    /// What was silent before anybody was heard was silent without a control.
    fn becomes_canary(&mut self, number: u16, refuses: bool) {
        if self.canaries.is_empty() || (refuses && !self.canaries_refuse) {
            self.canaries.clear();
            self.canaries_refuse = refuses;
            self.first_canary = Some(number);
            self.forget_votes();
        }
        if refuses == self.canaries_refuse {
            self.canaries.push_back(number);
        }
    }

    async fn canary(&mut self) -> bool {
        let Some(number) = self.canaries.pop_front() else {
            return false;
        };
        self.canaries.push_back(number);
        let datagram = self.ports.get(&number).map(|port| port.datagram().to_vec());
        sleep(self.quiet).await;
        self.canaries_sent += 1;
        let heard = self.net.canary(number, &datagram.unwrap_or_default()).await;
        if !heard {
            self.canaries_lost += 1;
        }
        self.heard_canary = heard;
        heard
    }

    /// What is known of each port, in ranges.
    pub(super) fn spans(&self) -> Vec<PortSpan> {
        let mut spans: Vec<PortSpan> = Vec::new();
        for (number, port) in &self.ports {
            let (state, proof) = (port.state(), port.proof);
            match spans.last_mut() {
                Some(last)
                    if last.last.checked_add(1) == Some(*number)
                        && (last.state, last.proof) == (state, proof) =>
                {
                    last.last = *number;
                    last.asked = last.asked.min(port.asked);
                }
                _ => spans.push(PortSpan {
                    first: *number,
                    last: *number,
                    state,
                    proof,
                    asked: port.asked,
                }),
            }
        }
        spans
    }

    /// Who answered, and what.
    pub(super) fn answers(&self) -> Vec<UdpAnswer> {
        let answer = |(number, port): (&u16, &Port)| {
            Some(UdpAnswer {
                port: *number,
                question: port.question,
                asked_at: port.last_asked,
                sent: port.datagram().to_vec(),
                received: port.answer.clone()?,
            })
        };
        self.ports.iter().filter_map(answer).collect()
    }

    /// How it went.
    pub(super) fn summary(&self, took: Duration) -> UdpSweep {
        UdpSweep {
            datagrams: self.datagrams,
            canary: self.first_canary,
            canaries_sent: self.canaries_sent,
            canaries_lost: self.canaries_lost,
            pause_seconds: match self.canaries_sent {
                0 => self.pause,
                _ => self.quiet,
            }
            .as_secs_f64(),
            rate_peak: 1.0 / self.pause.as_secs_f64(),
            seconds: took.as_secs_f64(),
        }
    }
}

#[cfg(test)]
mod tests;
