//! The sweep itself: sends windows, takes answers, asks again.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::canary::Canaries;
use super::connect::{PortAnswer, connect};
use super::ledger::{Ledger, SILENCES};
use super::pace::{Pace, Report};
use super::window::{WindowId, Windows};
use super::{COMMON, TIMEOUT, limit, order, recheck};
use crate::observation::{Engine, PortLedger, Sweep};
use crate::probe::Stop;

/// Enough for a port to be asked three times over a network on which most windows lose something.
const ROUNDS: u32 = 16;
/// Rounds in a row that taught nothing end the sweep.
const FRUITLESS: u32 = 2;
/// Canaries in a window.
const CANARIES: u32 = 3;
/// A device that went silent is asked for so long, once a second, and that often in a sweep.
const PATIENCE: u32 = 5;
const RETURNS: u32 = 5;
/// Our own faults (or, before any answer, unreachables) in a row: it will not get better.
const TROUBLE: u32 = 512;
/// After a fault of our own nothing is sent for so long, and less may be out at once.
const REST: Duration = Duration::from_millis(100);
const LEAST_ROOM: usize = 64;
/// The clock of the runtime ticks in milliseconds; what is due within a tick is sent now.
const TICK: Duration = Duration::from_millis(1);

/// What to sweep and how.
#[derive(Clone, Debug)]
pub struct SweepPlan {
    /// Its port is ignored; an IPv6 link-local address carries its scope.
    pub address: SocketAddr,
    pub first: u16,
    pub last: u16,
    /// Connection attempts a second, canaries included; never passed.
    pub max_rate: u32,
    /// Of the order in which ports are asked.
    pub seed: u64,
    /// Ports that are expected to be open: asked first, first choice of canary.
    pub likely: Vec<u16>,
    /// Ports that other programs held before the device existed: not asked.
    pub foreign: Vec<u16>,
    /// When to end, finished or not.
    pub deadline: std::time::Instant,
}

/// How far a sweep is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SweepProgress {
    /// Ports that were asked at least once, of `total`.
    pub asked: u32,
    pub total: u32,
    pub open: u32,
    /// Attempts a second.
    pub rate: f64,
    /// A guess from what is known now; none while nothing is.
    pub seconds_left: Option<f64>,
    /// From 1.
    pub round: u32,
}

/// Asks every port from `first` to `last`.
///
/// It always returns: after `stop`, at the deadline, or when the device does not answer any more,
/// what was not shown is unproven.
pub async fn sweep(
    plan: &SweepPlan,
    stop: &Stop,
    progress: &mut (dyn FnMut(SweepProgress) + Send),
) -> PortLedger {
    let started = Instant::now();
    let deadline = Instant::from_std(plan.deadline);
    let mut stop = stop.clone();
    let mut run = Run::new(plan, progress);
    tokio::select! {
        biased;
        () = stop.wait() => {}
        () = sleep_until(deadline) => {}
        () = run.rounds() => {}
    }
    run.flight.abort_all();
    let mut rechecks = recheck::pending(run.ledger.open());
    tokio::select! {
        biased;
        () = stop.wait() => {}
        () = sleep_until(deadline) => {}
        () = recheck::ask(plan.address, run.pace.rate(), &mut rechecks) => {}
    }
    PortLedger {
        engine: Engine::Connect,
        spans: run.ledger.spans(),
        rechecks,
        sweep: run.summary(started.elapsed()),
    }
}

/// An attempt that ended.
#[derive(Clone, Copy, Debug)]
struct Ended {
    window: WindowId,
    port: u16,
    canary: bool,
    answer: PortAnswer,
}

struct Run<'a> {
    plan: &'a SweepPlan,
    progress: &'a mut (dyn FnMut(SweepProgress) + Send),
    ledger: Ledger,
    windows: Windows,
    canaries: Canaries,
    pace: Pace,
    rate_start: f64,
    flight: JoinSet<Ended>,
    /// How many may be out at once.
    room: usize,
    resting_until: Instant,
    trouble: u32,
    returns: u32,
    rounds: u32,
    probes: u64,
    open: u32,
}

impl<'a> Run<'a> {
    fn new(plan: &'a SweepPlan, progress: &'a mut (dyn FnMut(SweepProgress) + Send)) -> Self {
        let pace = Pace::new(plan.max_rate);
        Self {
            plan,
            progress,
            ledger: Ledger::new(plan.first..=plan.last, &plan.foreign),
            windows: Windows::default(),
            canaries: Canaries::default(),
            rate_start: pace.rate(),
            pace,
            flight: JoinSet::new(),
            room: limit::sockets(),
            resting_until: Instant::now(),
            trouble: 0,
            returns: 0,
            rounds: 0,
            probes: 0,
            open: 0,
        }
    }

    async fn rounds(&mut self) {
        let mut fruitless = 0;
        while self.rounds < ROUNDS && fruitless < FRUITLESS {
            let queue = self.queue();
            if queue.is_empty() {
                return;
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
            order::put_first(&mut ports, &[&self.plan.likely[..], &COMMON].concat());
        }
        ports.into()
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
        self.learn(report);
    }

    fn send(&mut self, window: WindowId, port: u16, canary: bool) {
        self.windows.sent(window);
        self.probes += u64::from(!canary);
        let mut target = self.plan.address;
        target.set_port(port);
        self.flight.spawn(async move {
            Ended {
                window,
                port,
                canary,
                answer: connect(target, TIMEOUT).await,
            }
        });
    }

    /// Takes answers until a moment; returns at once where that is less than `early` away.
    async fn until(&mut self, due: Instant, early: Duration) {
        while let Some(ended) = self.flight.try_join_next() {
            self.take(ended.ok());
        }
        if due <= Instant::now() + early {
            return;
        }
        loop {
            tokio::select! {
                biased;
                Some(ended) = self.flight.join_next() => self.take(ended.ok()),
                () = sleep_until(due) => return,
            }
        }
    }

    /// Waits until one more may be out.
    async fn make_room(&mut self) {
        let rest = self.resting_until;
        self.until(rest, Duration::ZERO).await;
        while self.flight.len() >= self.room {
            if let Some(ended) = self.flight.join_next().await {
                self.take(ended.ok());
            }
        }
    }

    /// Waits for everything that is out; at most one timeout.
    async fn drain(&mut self) {
        while let Some(ended) = self.flight.join_next().await {
            self.take(ended.ok());
        }
    }

    /// Takes in an attempt that ended; none: its task was aborted.
    fn take(&mut self, ended: Option<Ended>) {
        let Some(Ended {
            window,
            port,
            canary,
            answer,
        }) = ended
        else {
            return;
        };
        self.look_for_trouble(answer);
        if answer.answered() {
            self.canaries.something_answered();
        }
        let report = if canary {
            if answer != PortAnswer::LocalFault {
                self.canaries.heard(port, answer.answered());
            }
            self.windows.canary(window, answer)
        } else {
            self.ledger.record(port, answer);
            if answer.answered() {
                self.canaries.offer(port, answer == PortAnswer::Accepted);
                self.open += u32::from(answer == PortAnswer::Accepted);
            }
            self.windows.asked(window, port, answer)
        };
        self.learn(report);
    }

    fn look_for_trouble(&mut self, answer: PortAnswer) {
        match answer {
            PortAnswer::LocalFault => {
                self.trouble += 1;
                self.resting_until = Instant::now() + REST;
                self.room = (self.room / 2).max(LEAST_ROOM.min(self.room));
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
            seconds_left: (asked > 0).then(|| self.asks_left(queued) / self.pace.rate()),
            round: self.rounds,
        };
        (self.progress)(progress);
    }

    /// The asks still to come, if the rest is like what was seen.
    fn asks_left(&self, queued: usize) -> f64 {
        let unsettled = self.ledger.unsettled().count().saturating_sub(queued) as f64;
        let asked_this_round = f64::from(self.ledger.total()) - queued as f64;
        let share = if asked_this_round > 0.0 {
            unsettled / asked_this_round
        } else {
            0.0
        };
        let more_rounds = f64::from(u32::from(SILENCES).saturating_sub(self.rounds));
        queued as f64 + (unsettled + share * queued as f64) * more_rounds
    }

    fn summary(&self, took: Duration) -> Sweep {
        Sweep {
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
            seconds: took.as_secs_f64(),
        }
    }
}
