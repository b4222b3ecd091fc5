//! What a sweep is asked for, how far it is, and its beginning and end.

use std::net::SocketAddr;

use tokio::time::{Instant, sleep_until};

use super::connect::{Dial, Tcp};
use super::recheck;
use super::run::Run;
use crate::observation::{Engine, PortLedger};
use crate::probe::Stop;

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
    sweep_over(Tcp, plan, stop, progress).await
}

/// The same over any network.
async fn sweep_over(
    network: impl Dial,
    plan: &SweepPlan,
    stop: &Stop,
    progress: &mut (dyn FnMut(SweepProgress) + Send),
) -> PortLedger {
    let started = Instant::now();
    let deadline = Instant::from_std(plan.deadline);
    let mut stop = stop.clone();
    let mut run = Run::new(network.clone(), plan, progress);
    tokio::select! {
        biased;
        () = stop.wait() => {}
        () = sleep_until(deadline) => {}
        () = run.rounds() => {}
    }
    run.hang_up();
    let mut rechecks = recheck::pending(run.open());
    tokio::select! {
        biased;
        () = stop.wait() => {}
        () = sleep_until(deadline) => {}
        () = recheck::ask(&network, plan.address, run.rate(), &mut rechecks) => {}
    }
    PortLedger {
        engine: Engine::Connect,
        spans: run.spans(),
        rechecks,
        sweep: run.summary(started.elapsed()),
    }
}

#[cfg(test)]
mod tests;
