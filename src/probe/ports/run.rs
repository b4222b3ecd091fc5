//! The sweep itself: sends windows, takes answers, asks again.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::canary::Canaries;
use super::connect::PortAnswer;
use super::engine::{Ask, Asker, Ended, Role};
use super::ledger::Ledger;
use super::order::{self, Random};
use super::pace::{Pace, Report};
use super::recheck;
use super::sweep::{SweepPlan, SweepProgress};
use super::window::{WindowId, Windows};
use super::{COMMON, TICK, TIMEOUT};
use crate::observation::{PortSpan, Recheck, Sweep};

/// Enough for a port to be asked three times over a network on which most windows lose something.
const ROUNDS: u32 = 16;
/// Rounds in a row that taught nothing end the sweep.
const FRUITLESS: u32 = 2;
/// One port in so many left for another round is few.
const FEW: usize = 10;
/// Canaries in a window.
pub(super) const CANARIES: u32 = 3;
/// A device that went silent or hides is asked after each of these pauses, seconds, and that often in a sweep. The last
/// is longer than a minute: for so long firewalls often block who knocks too fast, and some begin the minute anew with
/// every knock.
pub(super) const PAUSES: [u64; 5] = [1, 2, 4, 8, 61];
const RETURNS: u32 = 6;
/// Our own faults (or, before any answer, unreachables) in a row: it will not get better.
const TROUBLE: u32 = 512;
/// After so many windows without a canary the likely ports are asked again: whatever ate the first
/// answers, without a canary the sweep is slow and proves little.
const BLIND_WINDOWS: u32 = 20;

/// A window that took so little longer was sent at its rate.
const CARRIED: f64 = 0.9;
/// No epoch: from a window of it no rate is learned.
const NEVER: u32 = u32::MAX;

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
    /// Of the whole sweep, and of this pass over all ports.
    rounds: u32,
    pass: u32,
    /// The ports of this round.
    size: usize,
    probes: u64,
    open: u32,
    given_up: bool,
    /// What was open refused for longer than anybody would hide.
    deserted: bool,
    random: Random,
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
            pass: 0,
            size: 0,
            probes: 0,
            open: 0,
            given_up: false,
            deserted: false,
            random: Random::new(plan.seed.rotate_left(32)),
        }
    }

    /// Asks until everything is settled or going on is pointless. May be cancelled at any point.
    pub(super) async fn rounds(&mut self) {
        let mut fruitless = 0;
        self.pass = 0;
        while self.pass < ROUNDS && fruitless < FRUITLESS && !self.given_up {
            let queue = self.queue();
            if queue.is_empty() {
                return;
            }
            if self.pass > 0 && queue.len() * FEW < self.ledger.total() as usize {
                self.pace.ease();
            }
            self.rounds += 1;
            self.pass += 1;
            self.size = queue.len();
            let before = self.ledger.gained();
            self.given_up = !self.ask_all(queue).await;
            let learned = self.ledger.gained() > before;
            fruitless = if learned { 0 } else { fruitless + 1 };
        }
    }

    /// The device hid ports from us until now, and so it may have done with others: everything but what is open is
    /// asked again, more slowly.
    pub(super) async fn repeat(&mut self) {
        self.ledger.doubt_all();
        self.pace.chasten();
        self.rounds().await;
    }

    /// Asks each port once more at the present rate: what is there at the end.
    pub(super) async fn recheck(&mut self, rechecks: &mut [Recheck]) {
        self.network.hang_up();
        recheck::ask(self.network, self.pace.rate(), rechecks).await;
    }

    /// Whether the device left us, or closed what was open, and was waited for already.
    pub(super) fn waited_in_vain(&self) -> bool {
        self.given_up || self.deserted
    }

    /// The ports seen open so far, in order.
    pub(super) fn open(&self) -> impl Iterator<Item = u16> + '_ {
        self.ledger.open()
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
            if self.turned_away() && !self.comes_back(queue.len()).await {
                return false;
            }
            if self.trouble >= TROUBLE {
                return false;
            }
            self.look_again(&mut queue);
            self.send_window(&mut queue).await;
            self.tell(queue.len(), false);
        }
        self.drain().await;
        self.settle(true);
        true
    }

    /// Sends one window, evenly spread, and meanwhile takes what comes back.
    async fn send_window(&mut self, queue: &mut VecDeque<u16>) {
        let rate = self.pace.rate();
        let (length, attempts) = self.pace.window();
        self.pace.sent();
        let canaries = match self.canaries.any() {
            true => CANARIES.min(attempts / 3).max(u32::from(attempts > 1)),
            false => 0,
        };
        let asks = (attempts - canaries).min(u32::try_from(queue.len()).unwrap_or(u32::MAX));
        let total = asks + canaries;
        let full = total == attempts;
        let places = self.places(canaries, total);
        let begun = Instant::now();
        let id = self.windows.open(self.pace.epoch());
        for slot in 0..total {
            self.until(begun + length * slot / attempts, TICK).await;
            self.make_room().await;
            let canary = places.contains(&slot);
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
        // The clock ticks in milliseconds; only what is clearly slower was not carried.
        let carried = if real < rate * CARRIED { real } else { rate };
        let report = self.windows.seal(id, carried, full);
        self.vet();
        self.learn(report);
    }

    /// One canary in each of as many equal parts of a window, anywhere in it: a device that drops every hundredth packet
    /// must not miss them all by keeping our time.
    fn places(&mut self, canaries: u32, total: u32) -> Vec<u32> {
        let part = |n| n * total / canaries;
        (0..canaries)
            .map(|n| part(n) + self.random.below((part(n + 1) - part(n)) as usize) as u32)
            .collect()
    }

    fn turned_away(&self) -> bool {
        self.canaries.gone() || self.canaries.hiding()
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
        let song = self.canaries.heard(port, answer);
        if answer == PortAnswer::Accepted {
            // One that refused before is open now.
            self.ledger.record(port, answer);
        }
        let report = self.windows.canary(id, song);
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
        let judgement = self.windows.judge(over);
        for (port, doubt) in judgement.believed {
            self.ledger.believe_silence(port, doubt);
        }
        for port in judgement.doubted {
            self.ledger.doubt_refusal(port);
        }
    }

    /// Every canary is lost and nothing else answers, or what was open refuses. Waits, longer and longer, and asks.
    async fn comes_back(&mut self, queued: usize) -> bool {
        // What is still out may answer, and its silence must not be counted against the return.
        self.drain().await;
        self.returns += 1;
        if self.returns > RETURNS {
            return false;
        }
        let mut pauses = 0;
        for pause in PAUSES {
            if !self.turned_away() {
                break;
            }
            pauses += 1;
            for _ in 0..pause {
                sleep(Duration::from_secs(1)).await;
                self.tell(queued, true);
            }
            let id = self.windows.open(NEVER);
            for _ in 0..CANARIES {
                if let Some(port) = self.canaries.next_open() {
                    self.send(id, port, true);
                }
            }
            self.windows.seal(id, 0.0, false);
            self.drain().await;
        }
        match pauses {
            0..=1 => self.pace.came_back(),
            _ => self.pace.chasten(),
        }
        if self.canaries.hiding() {
            // It refuses for good. That it was open shows at the end; the other ports can be asked.
            self.canaries.forget_open();
            self.deserted = true;
        }
        !self.canaries.gone()
    }

    fn tell(&mut self, queued: usize, waiting: bool) {
        let asked = self.ledger.touched();
        let progress = SweepProgress {
            asked,
            total: self.ledger.total(),
            open: self.open,
            rate: self.pace.rate(),
            seconds_left: (asked > 0).then(|| self.seconds_left(queued)),
            round: self.rounds,
            waiting,
        };
        (self.progress)(progress);
    }

    /// From what is to be asked yet, canaries included, and the pace of the last seconds.
    fn seconds_left(&self, queued: usize) -> f64 {
        let asks = self.ledger.asks_left(queued, self.size, self.pass);
        let sent = self.probes + u64::from(self.canaries.sent());
        let with_canaries = sent as f64 / self.probes.max(1) as f64;
        asks * with_canaries / self.pace.lately()
    }

    /// What came of it, however far it went.
    pub(super) fn end(self) -> (Vec<PortSpan>, Sweep) {
        let summary = Sweep {
            seed: self.plan.seed,
            rounds: self.rounds,
            probes: self.probes,
            canary: self.canaries.named(),
            canaries_sent: self.canaries.sent(),
            canaries_lost: self.canaries.lost(),
            absences: self.returns,
            residual: self.ledger.residual(),
            rate_start: self.rate_start,
            rate_peak: self.pace.peak(),
            rate_end: self.pace.rate(),
            rate_ceiling: self.pace.ceiling(),
            timeout_seconds: TIMEOUT.as_secs_f64(),
            seconds: self.started.elapsed().as_secs_f64(),
        };
        (self.ledger.spans(), summary)
    }
}
