//! The closed loop: who is asked when, and what silence is worth.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::net::{Ask, Heard, Net};
use super::pace::Pace;
use super::table::{Datagrams, Table, UdpAnswer};
use crate::observation::{PortProof, PortSpan, UdpSweep};
use crate::probe::ports::SweepProgress;
use crate::profile::Question;

/// Between two datagrams from one address where something went missing, at first; doubled whenever a canary is
/// lost. Sixteen times as much is a little over a second, the pace of Linux (`icmp_ratelimit`).
const QUIET: Duration = Duration::from_millis(66);
const LONGEST_QUIET: Duration = Duration::from_millis(2112);
const SHORTEST_QUIET: Duration = Duration::from_millis(5);
/// After the last datagram of a pass or a window.
const PATIENCE: Duration = Duration::from_millis(500);
/// The same where nobody says anything at all.
const MUTE_PATIENCE: Duration = Duration::from_secs(1);
/// Ports that one address asks between two canaries.
const WINDOW: usize = 10;
/// The same in the end, where many ports keep silent and nothing is lost.
const LONGEST_WINDOW: usize = 1280;
/// So many silent ports are many.
const MANY: usize = 1000;
/// Up to so many ports a pass asks each through a socket of its own.
const APART: usize = 256;
/// A window asks no more than this, from all addresses together.
const BATCH: usize = 2560;
/// So many windows lost in a row at the longest quiet end it.
const HOPELESS: u32 = 3;
/// After so long it can be told whether the time will do.
const TRIAL: Duration = Duration::from_secs(60);
/// With so much more to do than there is time for, it is better to stop.
const TOO_MUCH: f64 = 4.0;
/// Between two words about how far it is.
const TOLD_EVERY: Duration = Duration::from_millis(250);

/// Hears how far it is.
pub(super) type Progress<'a> = &'a mut (dyn FnMut(SweepProgress) + Send);

/// What came of a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Window {
    /// Addresses of ours that took part.
    lanes: usize,
    /// Those of them from which a canary was not heard.
    lost: usize,
    /// Ports that settled in it.
    settled: usize,
}

pub(super) struct Run<'a, N> {
    net: N,
    pub(super) table: Table,
    pace: Pace,
    quiet: Duration,
    window: usize,
    deadline: Instant,
    /// Those that refused, else those that answered; they take turns.
    canaries: VecDeque<u16>,
    canaries_refuse: bool,
    /// By address of ours: the last question to a canary was heard, and nothing was asked since that it could
    /// not have been heard after.
    fresh: Vec<bool>,
    /// The address of ours that rested longest.
    next: usize,
    /// A port was heard that had kept silent while the canaries did not: other silences may be losses too.
    contradicted: bool,
    pub(super) datagrams: u64,
    canaries_sent: u32,
    pub(super) canaries_lost: u32,
    first_canary: Option<u16>,
    rounds: u32,
    progress: Progress<'a>,
    told_at: Instant,
    /// Since when windows are asked, and what was done by then.
    proving: Option<(Instant, f64)>,
}

impl<'a, N: Net> Run<'a, N> {
    /// `max_rate`: datagrams a second. `foreign` ports are not asked. By the `deadline` it will be cut off.
    pub(super) fn new(
        net: N,
        questions: BTreeMap<u16, (Question, Datagrams)>,
        foreign: &[u16],
        max_rate: u32,
        deadline: Instant,
        progress: Progress<'a>,
    ) -> Self {
        Self {
            fresh: vec![false; net.sources()],
            net,
            table: Table::new(questions, foreign),
            pace: Pace::new(max_rate),
            quiet: QUIET,
            window: WINDOW,
            deadline,
            canaries: VecDeque::new(),
            canaries_refuse: false,
            next: 0,
            contradicted: false,
            datagrams: 0,
            canaries_sent: 0,
            canaries_lost: 0,
            first_canary: None,
            rounds: 0,
            progress,
            told_at: Instant::now(),
            proving: None,
        }
    }

    /// Asks until every port is told, or nothing more can be.
    pub(super) async fn run(&mut self) {
        self.tell_all().await;
        self.ask_as_ourselves().await;
    }

    /// What refuses addresses that the device does not know may answer the one from which all else is asked. A silence
    /// there shows nothing new.
    async fn ask_as_ourselves(&mut self) {
        let Some(own) = self.net.own() else { return };
        for (number, datagram) in self.table.refused() {
            self.send(number, &datagram, own, true).await;
            self.listen(Instant::now() + self.pace.pause()).await;
        }
        self.listen(Instant::now() + PATIENCE).await;
    }

    async fn tell_all(&mut self) {
        self.passes().await;
        let mut lost = 0;
        loop {
            let batch = self.table.silent();
            if batch.is_empty() || self.out_of_reach() {
                return;
            }
            self.rounds += 1;
            if self.canaries.is_empty() {
                self.pass(&batch, MUTE_PATIENCE).await;
                self.table.vote(&batch);
                continue;
            }
            let window = self.window(&batch).await;
            if std::mem::take(&mut self.contradicted) {
                self.table.forget_votes();
                self.slow_down();
                lost = 0;
            } else if window.lost * 4 > window.lanes {
                if self.slow_down() {
                    self.table.forget_votes();
                } else if window.lost == window.lanes {
                    lost += 1;
                }
                if lost >= HOPELESS {
                    return;
                }
            } else {
                lost = 0;
                if window.lost == 0 && window.settled == 0 && batch.len() > MANY {
                    self.speed_up();
                }
            }
        }
    }

    /// Asks everything, and again what was lost, as long as that brings much.
    async fn passes(&mut self) {
        loop {
            let all = self.table.silent();
            self.rounds += 1;
            let settled = self.pass(&all, PATIENCE).await;
            if all.len() < MANY.min(APART) || settled * 2 < all.len() {
                return;
            }
        }
    }

    /// Silence at the old pace may have been loss. False: it does not get slower.
    fn slow_down(&mut self) -> bool {
        let before = self.quiet;
        self.window = WINDOW;
        self.quiet = LONGEST_QUIET.min(before * 2);
        self.quiet > before
    }

    /// Ports that keep silent use up nothing, and there are many of them.
    fn speed_up(&mut self) {
        self.window = LONGEST_WINDOW.min(self.window * 2);
        self.quiet = SHORTEST_QUIET.max(self.quiet / 2);
    }

    /// Whether there is much more left than the time will do for.
    fn out_of_reach(&mut self) -> bool {
        let done = self.table.done();
        let (since, before) = *self.proving.get_or_insert((Instant::now(), done));
        let passed = since.elapsed();
        if passed < TRIAL {
            return false;
        }
        let left = self.table.ports.len() as f64 - done;
        let rate = (done - before) / passed.as_secs_f64();
        let time = self.deadline.saturating_duration_since(Instant::now());
        left > TOO_MUCH * rate.max(0.001) * time.as_secs_f64().max(1.0)
    }

    /// Asks each once, as fast as the pace is, then listens until all are told or the patience ends; how many
    /// were told.
    async fn pass(&mut self, batch: &[u16], patience: Duration) -> usize {
        let before = self.table.settled();
        let few = batch.len() <= APART;
        let mut next = Instant::now();
        self.pace.restart();
        for number in batch {
            let Some((question, datagram)) = self.table.ask(*number) else {
                continue;
            };
            let apart = few || question != Question::Text;
            let source = self.turn();
            self.send(*number, &datagram, source, apart).await;
            self.pace.asked();
            // Time that was lost is not made up for by a burst.
            next = next.max(Instant::now() - SHORTEST_QUIET) + self.pace.pause();
            self.listen(next).await;
            self.tell(self.pace.rate());
        }
        self.listen_to(batch, patience).await;
        self.table.settled() - before
    }

    /// Asks some ports between two canaries, from as many addresses of ours as there are and in parallel. What
    /// kept silent gets a vote where both canaries of its address were heard, and nobody contradicted.
    async fn window(&mut self, silent: &[u16]) -> Window {
        let silent = &silent[..silent.len().min(BATCH)];
        let lanes = self.net.sources().min(silent.len()).max(1);
        let each = silent.len().div_ceil(lanes).min(self.window);
        let before = self.table.settled();
        let mut batches: BTreeMap<usize, &[u16]> = BTreeMap::new();
        for batch in silent.chunks(each).take(lanes) {
            batches.insert(self.turn(), batch);
        }
        let lanes = batches.len();
        let stale = batches.keys().filter(|source| !self.fresh[**source]);
        let stale: Vec<usize> = stale.copied().collect();
        self.canary(&stale).await;
        batches.retain(|source, _| self.fresh[*source]);
        if !batches.is_empty() {
            // Its refusal used up what the device had left of them.
            sleep(self.quiet).await;
            self.ask_in_step(&batches).await;
            let sources: Vec<usize> = batches.keys().copied().collect();
            self.canary(&sources).await;
            if !self.contradicted {
                for (_, batch) in batches.iter().filter(|(source, _)| self.fresh[**source]) {
                    self.table.vote(batch);
                }
            }
        }
        Window {
            lanes,
            lost: lanes - batches.keys().filter(|source| self.fresh[**source]).count(),
            settled: self.table.settled() - before,
        }
    }

    /// One port of each batch, then the next of each, every address of ours at its own pace.
    async fn ask_in_step(&mut self, batches: &BTreeMap<usize, &[u16]>) {
        let pause = self.in_step(batches.len());
        let longest = batches.values().map(|batch| batch.len()).max();
        let mut next = Instant::now();
        for step in 0..longest.unwrap_or_default() {
            for (source, batch) in batches {
                let asked = batch
                    .get(step)
                    .and_then(|port| Some((*port, self.table.ask(*port)?.1)));
                if let Some((port, datagram)) = asked {
                    self.send(port, &datagram, *source, true).await;
                }
                next = next.max(Instant::now() - SHORTEST_QUIET) + pause;
                self.listen(next).await;
                self.tell(1.0 / pause.as_secs_f64());
            }
        }
        let all: Vec<u16> = batches
            .values()
            .flat_map(|batch| batch.iter().copied())
            .collect();
        self.listen_to(&all, PATIENCE).await;
    }

    /// Between two datagrams of any address where each of so many has its own pause.
    fn in_step(&self, lanes: usize) -> Duration {
        let lanes = u32::try_from(lanes.max(1)).unwrap_or(u32::MAX);
        (self.quiet / lanes).max(self.pace.shortest())
    }

    async fn send(&mut self, port: u16, datagram: &[u8], source: usize, apart: bool) {
        self.datagrams += 1;
        let ask = Ask {
            port,
            datagram,
            source,
            apart,
        };
        self.net.send(ask).await;
    }

    /// The address of ours whose turn it is.
    fn turn(&mut self) -> usize {
        let source = self.next;
        self.next = (source + 1) % self.net.sources();
        source
    }

    async fn listen(&mut self, until: Instant) {
        while let Some((number, heard)) = self.net.hear(until).await {
            self.note(number, heard);
        }
    }

    /// Listens until all of these are told or the patience ends.
    async fn listen_to(&mut self, batch: &[u16], patience: Duration) {
        let end = Instant::now() + patience;
        let ports = batch
            .iter()
            .filter_map(|number| self.table.ports.get(number));
        let mut left = ports.filter(|port| !port.settled()).count();
        while left > 0
            && let Some((number, heard)) = self.net.hear(end).await
        {
            let before = self.table.settled();
            self.note(number, heard);
            // Others than these may be told as well: then it waits somewhat longer than it must.
            if batch.len() > APART || batch.contains(&number) {
                left -= left.min(self.table.settled() - before);
            }
        }
    }

    pub(super) fn note(&mut self, number: u16, heard: Heard) {
        let (proof, answer) = match heard {
            Heard::Answered(bytes) => (PortProof::Answered, Some(bytes)),
            Heard::Refused => (PortProof::Refused, None),
            Heard::Rejected => (PortProof::Rejected, None),
            Heard::Unreachable => (PortProof::Unreachable, None),
            Heard::LocalFault => (PortProof::LocalFault, None),
        };
        let refuses = answer.is_none();
        if let Some(votes) = self.table.note(number, proof, answer) {
            self.contradicted |= votes > 0;
            self.pace.told();
            self.becomes_canary(number, refuses);
        }
    }

    /// What was silent before anybody was heard was silent without a control.
    fn becomes_canary(&mut self, number: u16, refuses: bool) {
        if self.canaries.is_empty() || (refuses && !self.canaries_refuse) {
            self.canaries.clear();
            self.canaries_refuse = refuses;
            self.first_canary = Some(number);
            self.table.forget_votes();
            self.contradicted = false;
            self.fresh.fill(false);
        }
        if refuses == self.canaries_refuse && self.canaries.len() < APART {
            self.canaries.push_back(number);
        }
    }

    /// Asks a port that is known to be heard, from each of these addresses of ours.
    async fn canary(&mut self, sources: &[usize]) {
        if sources.is_empty() || self.canaries.is_empty() {
            return;
        }
        sleep(self.quiet).await;
        let mut asks = Vec::new();
        for source in sources {
            self.canaries.rotate_left(1);
            let port = self.canaries[0];
            let datagram = self
                .table
                .ports
                .get(&port)
                .map(|port| port.datagram().to_vec());
            asks.push((*source, port, datagram.unwrap_or_default()));
        }
        let questions: Vec<Ask<'_>> = asks
            .iter()
            .map(|(source, port, datagram)| Ask {
                port: *port,
                datagram,
                source: *source,
                apart: true,
            })
            .collect();
        let pause = self.in_step(sources.len());
        let heard = self.net.canaries(&questions, pause).await;
        self.canaries_sent = self.canaries_sent.saturating_add(questions.len() as u32);
        for (source, heard) in sources.iter().zip(heard) {
            self.canaries_lost += u32::from(!heard);
            self.fresh[*source] = heard;
        }
    }

    /// Tells how far it is, now and then.
    fn tell(&mut self, rate: f64) {
        if self.told_at.elapsed() < TOLD_EVERY {
            return;
        }
        self.told_at = Instant::now();
        let total = self.table.ports.len() as u32;
        let seconds_left = match self.proving {
            // Nobody knows yet how many will have to be asked again.
            None => Some(f64::from(total - self.table.asked().min(total)) / self.pace.rate()),
            Some((since, before)) => {
                let done = self.table.done();
                let rate = (done - before) / since.elapsed().as_secs_f64().max(0.1);
                (rate > 0.01).then(|| (f64::from(total) - done) / rate)
            }
        };
        (self.progress)(SweepProgress {
            asked: self.table.asked(),
            total,
            open: self.table.open(),
            rate,
            seconds_left,
            round: self.rounds,
            waiting: false,
        });
    }

    /// What is known of each port, in ranges.
    pub(super) fn spans(&self) -> Vec<PortSpan> {
        self.table.spans()
    }

    /// Who answered, and what.
    pub(super) fn answers(&self) -> Vec<UdpAnswer> {
        self.table.answers()
    }

    /// How it went.
    pub(super) fn summary(&self, took: Duration) -> UdpSweep {
        UdpSweep {
            datagrams: self.datagrams,
            canary: self.first_canary,
            canaries_sent: self.canaries_sent,
            canaries_lost: self.canaries_lost,
            pause_seconds: match self.canaries_sent {
                0 => self.pace.pause(),
                _ => self.quiet,
            }
            .as_secs_f64(),
            rate_peak: self.pace.peak(),
            seconds: took.as_secs_f64(),
            sources: Vec::new(),
            sources_because: String::new(),
        }
    }
}

#[cfg(test)]
mod tests;
