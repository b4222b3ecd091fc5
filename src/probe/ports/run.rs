//! The sweep itself: sends windows, takes answers, asks again.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::canary::Canaries;
use super::connect::PortAnswer;
use super::engine::{Ask, Asker, Ended, Role};
use super::ledger::Ledger;
use super::pace::{Pace, Report};
use super::sweep::{SweepPlan, SweepProgress};
use super::window::{WindowId, Windows};
use super::{COMMON, TICK, TIMEOUT, order};
use crate::observation::{PortSpan, Sweep};

/// Enough for a port to be asked three times over a network on which most windows lose something.
const ROUNDS: u32 = 16;
/// Rounds in a row that taught nothing end the sweep.
const FRUITLESS: u32 = 2;
/// One port in so many left for another round is few.
const FEW: usize = 10;
/// Canaries in a window.
pub(super) const CANARIES: u32 = 3;
/// A device that went silent is asked for so long, once a second, and that often in a sweep.
const PATIENCE: u32 = 5;
const RETURNS: u32 = 5;
/// Our own faults (or, before any answer, unreachables) in a row: it will not get better.
const TROUBLE: u32 = 512;
/// After so many windows without a canary the likely ports are asked again: whatever ate the first
/// answers, without a canary the sweep is slow and proves little.
const BLIND_WINDOWS: u32 = 20;

/// A sweep under way.
pub(super) struct Run<'a, A> {
    plan: &'a SweepPlan,
    progress: &'a mut (dyn FnMut(SweepProgress) + Send),
    ledger: Ledger,
    windows: Windows,
    canaries: Canaries,
    pace: Pace,
    rate_start: f64,
    started: Instant,
    network: &'a mut A,
    blind: u32,
    trouble: u32,
    returns: u32,
    rounds: u32,
    probes: u64,
    open: u32,
}

impl<'a, A: Asker> Run<'a, A> {
    pub(super) fn new(
        network: &'a mut A,
        plan: &'a SweepPlan,
        progress: &'a mut (dyn FnMut(SweepProgress) + Send),
    ) -> Self {
        let pace = Pace::new(plan.max_rate);
        Self {
            plan,
            progress,
            ledger: Ledger::new(plan.first..=plan.last, &plan.foreign),
            windows: Windows::default(),
            canaries: Canaries::default(),
            rate_start: pace.rate(),
            started: Instant::now(),
            pace,
            network,
            blind: 0,
            trouble: 0,
            returns: 0,
            rounds: 0,
            probes: 0,
            open: 0,
        }
    }

    /// Asks until everything is settled or going on is pointless. May be cancelled at any point.
    pub(super) async fn rounds(&mut self) {
        let mut fruitless = 0;
        while self.rounds < ROUNDS && fruitless < FRUITLESS {
            let queue = self.queue();
            if queue.is_empty() {
                return;
            }
            if self.rounds > 0 && queue.len() * FEW < self.ledger.total() as usize {
                self.pace.ease();
            }
            self.rounds += 1;
            let before = self.ledger.gained();
            if !self.ask_all(queue).await {
                return;
            }
            let learned = self.ledger.gained() > before;
            fruitless = if learned { 0 } else { fruitless + 1 };
        }
    }

    /// What is to be asked in the next round, in its order.
    fn queue(&self) -> VecDeque<u16> {
        let mut ports: Vec<u16> = self.ledger.unsettled().collect();
        order::shuffle(&mut ports, self.plan.seed, self.rounds);
        if self.rounds == 0 {
            order::put_first(&mut ports, &self.likely());
        }
        ports.into()
    }

    /// Where an open port is most probable.
    fn likely(&self) -> Vec<u16> {
        let mut likely: Vec<u16> = Vec::new();
        for port in self.plan.likely.iter().chain(&COMMON) {
            if !likely.contains(port) {
                likely.push(*port);
            }
        }
        likely
    }

    /// Asks the likely ports again now and then while there is no canary. Such asks prove no
    /// silence, so that more of them in a round change nothing.
    fn look_again(&mut self, queue: &mut VecDeque<u16>) {
        self.blind = if self.canaries.any() {
            0
        } else {
            self.blind + 1
        };
        if self.blind < BLIND_WINDOWS {
            return;
        }
        self.blind = 0;
        let mut likely = self.likely();
        likely.retain(|port| self.ledger.wanted(*port));
        queue.retain(|port| !likely.contains(port));
        likely.iter().rev().for_each(|port| queue.push_front(*port));
    }

    /// One round. False where going on is pointless.
    async fn ask_all(&mut self, mut queue: VecDeque<u16>) -> bool {
        while !queue.is_empty() {
            if self.canaries.gone() && !self.comes_back().await {
                return false;
            }
            if self.trouble >= TROUBLE {
                return false;
            }
            self.look_again(&mut queue);
            self.send_window(&mut queue).await;
            self.tell(queue.len());
        }
        self.drain().await;
        self.settle(true);
        true
    }

    /// Sends one window, evenly spread, and meanwhile takes what comes back.
    async fn send_window(&mut self, queue: &mut VecDeque<u16>) {
        let rate = self.pace.rate();
        let (length, attempts) = self.pace.window();
        let canaries = match self.canaries.any() {
            true => CANARIES.min(attempts / 3).max(u32::from(attempts > 1)),
            false => 0,
        };
        let asks = (attempts - canaries).min(u32::try_from(queue.len()).unwrap_or(u32::MAX));
        let total = asks + canaries;
        let full = total == attempts;
        let begun = Instant::now();
        let id = self.windows.open(self.pace.epoch());
        for slot in 0..total {
            self.until(begun + length * slot / attempts, TICK).await;
            self.make_room().await;
            // One canary in the middle of each of as many equal parts.
            let canary = (0..canaries).any(|n| slot == (2 * n + 1) * total / (2 * canaries));
            let port = match canary {
                true => self.canaries.next(),
                false => queue.pop_front(),
            };
            if let Some(port) = port {
                self.send(id, port, canary);
            }
        }
        self.until(begun + length * total / attempts, Duration::ZERO)
            .await;
        let real = f64::from(total) / begun.elapsed().as_secs_f64().max(1e-3);
        let report = self.windows.seal(id, rate.min(real), full);
        self.vet();
        self.learn(report);
    }

    fn send(&mut self, window: WindowId, port: u16, canary: bool) {
        self.windows.sent(window, canary);
        self.probes += u64::from(!canary);
        let role = match canary {
            true => Role::Canary(window),
            false => Role::State(window),
        };
        self.network.send(Ask { port, role });
    }

    /// Takes answers until a moment; returns at once where that is less than `early` away.
    async fn until(&mut self, due: Instant, early: Duration) {
        while let Some(ended) = self.network.ended() {
            self.take(ended);
        }
        if due <= Instant::now() + early {
            return;
        }
        while let Some(ended) = self.network.ended_before(due).await {
            self.take(ended);
        }
    }

    /// Waits until one more may be out.
    async fn make_room(&mut self) {
        self.until(self.network.resting_until(), Duration::ZERO)
            .await;
        while self.network.full() {
            let Some(ended) = self.network.ended_some_time().await else {
                return;
            };
            self.take(ended);
        }
    }

    /// Waits for everything that is out; at most one timeout.
    async fn drain(&mut self) {
        while let Some(ended) = self.network.ended_some_time().await {
            self.take(ended);
        }
    }

    /// Takes in an attempt that ended.
    fn take(&mut self, Ended { ask, answer }: Ended) {
        self.look_for_trouble(answer);
        if answer.answered() {
            self.canaries.something_answered();
        }
        let report = match ask.role {
            Role::Canary(window) => self.take_canary(window, ask.port, answer),
            Role::State(window) => self.take_state(window, ask.port, answer),
            Role::Recheck => None,
        };
        self.learn(report);
    }

    fn take_canary(&mut self, id: WindowId, port: u16, answer: PortAnswer) -> Option<Report> {
        if answer != PortAnswer::LocalFault {
            self.canaries.heard(port, answer.answered());
        }
        let report = self.windows.canary(id, answer);
        self.vet();
        report
    }

    fn take_state(&mut self, id: WindowId, port: u16, answer: PortAnswer) -> Option<Report> {
        self.ledger.record(port, answer);
        if answer.reliable() {
            self.canaries.offer(port, answer == PortAnswer::Accepted);
        }
        self.open += u32::from(answer == PortAnswer::Accepted);
        self.windows.asked(id, port, answer)
    }

    fn vet(&mut self) {
        while let Some(report) = self.windows.vetted() {
            self.pace.vet(&report);
        }
    }

    fn look_for_trouble(&mut self, answer: PortAnswer) {
        match answer {
            PortAnswer::LocalFault => {
                self.trouble += 1;
                self.network.rest();
            }
            PortAnswer::Unreachable if !self.canaries.any() => self.trouble += 1,
            _ => self.trouble = 0,
        }
    }

    fn learn(&mut self, report: Option<Report>) {
        if let Some(report) = report {
            self.pace.learn(&report);
            self.settle(false);
        }
    }

    fn settle(&mut self, over: bool) {
        for port in self.windows.judge(over) {
            self.ledger.believe_silence(port);
        }
    }

    /// Every canary is lost and nothing else answers. Asks a few times more, gently.
    async fn comes_back(&mut self) -> bool {
        // What is still out may answer, and its silence must not be counted against the return.
        self.drain().await;
        self.returns += 1;
        if self.returns > RETURNS {
            return false;
        }
        for _ in 0..PATIENCE {
            if !self.canaries.gone() {
                break;
            }
            let next = Instant::now() + Duration::from_secs(1);
            let id = self.windows.open(self.pace.epoch());
            for _ in 0..CANARIES {
                if let Some(port) = self.canaries.next() {
                    self.send(id, port, true);
                }
            }
            self.windows.seal(id, 0.0, false);
            self.drain().await;
            if self.canaries.gone() {
                sleep_until(next).await;
            }
        }
        // Also ends the epoch, so that no rate is learned from these few.
        self.pace.came_back();
        !self.canaries.gone()
    }

    fn tell(&mut self, queued: usize) {
        let asked = self.ledger.touched();
        let progress = SweepProgress {
            asked,
            total: self.ledger.total(),
            open: self.open,
            rate: self.pace.rate(),
            seconds_left: (asked > 0)
                .then(|| self.ledger.asks_left(queued, self.rounds) / self.pace.rate()),
            round: self.rounds,
        };
        (self.progress)(progress);
    }

    /// What came of it, however far it went.
    pub(super) fn end(self) -> Swept {
        Swept {
            open: self.ledger.open().collect(),
            spans: self.ledger.spans(),
            rate: self.pace.rate(),
            summary: Sweep {
                seed: self.plan.seed,
                rounds: self.rounds,
                probes: self.probes,
                canary: self.canaries.named(),
                canaries_sent: self.canaries.sent(),
                canaries_lost: self.canaries.lost(),
                rate_start: self.rate_start,
                rate_peak: self.pace.peak(),
                rate_end: self.pace.rate(),
                rate_ceiling: self.pace.ceiling(),
                timeout_seconds: TIMEOUT.as_secs_f64(),
                seconds: self.started.elapsed().as_secs_f64(),
            },
        }
    }
}

/// What came of a sweep.
#[derive(Debug)]
pub(super) struct Swept {
    /// The ports seen open, in order.
    pub(super) open: Vec<u16>,
    pub(super) spans: Vec<PortSpan>,
    /// The rate at its end.
    pub(super) rate: f64,
    pub(super) summary: Sweep,
}
