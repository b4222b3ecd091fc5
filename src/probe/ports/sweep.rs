//! What a sweep is asked for, how far it is, and its beginning and end.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use super::dial::Dialler;
use super::engine::{Asker, EngineChoice, Unavailable};
use super::raw::Raw;
use super::recheck;
use super::run::{PAUSES, Run};
use crate::observation::{PortLedger, Recheck, Sweep};
use crate::probe::Stop;

/// A device that hides whenever it is swept is swept so often more.
const REPEATS: u32 = 2;

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
    pub engine: EngineChoice,
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
    /// Nothing is asked for a while, because nothing answered any more.
    pub waiting: bool,
}

/// Asks every port from `first` to `last`.
///
/// It always returns: after `stop`, at the deadline, or when the device does not answer any more,
/// what was not shown is unproven.
///
/// # Errors
///
/// [`Unavailable`] where the system does not permit the engine that was asked for, or none at all. Nothing was sent.
pub async fn sweep(
    plan: &SweepPlan,
    stop: &Stop,
    progress: &mut (dyn FnMut(SweepProgress) + Send),
) -> Result<PortLedger, Unavailable> {
    let why_not = match (plan.engine, raw(plan)) {
        (EngineChoice::Connect, _) => "it was asked for".to_owned(),
        (EngineChoice::Raw, Ok(mut raw)) => {
            let ledger = sweep_over(&mut raw, plan, stop, progress).await;
            return Ok(because(ledger, "it was asked for"));
        }
        (EngineChoice::Raw, Err(error)) => return Err(error),
        (EngineChoice::Auto, Ok(mut raw)) => {
            let ledger = sweep_over(&mut raw, plan, stop, progress).await;
            let cut = stop.requested() || std::time::Instant::now() >= plan.deadline;
            if cut || ledger.sweep.canary.is_some() {
                return Ok(because(ledger, "raw sockets are permitted"));
            }
            // Something between us and the network may eat packets that no socket of the kernel's has sent.
            "the raw engine got no answer at all".to_owned()
        }
        (EngineChoice::Auto, Err(error)) => error.to_string(),
    };
    let mut dialler = Dialler::new(plan.address).map_err(Unavailable::connect)?;
    let ledger = sweep_over(&mut dialler, plan, stop, progress).await;
    Ok(because(ledger, &why_not))
}

fn raw(plan: &SweepPlan) -> Result<Raw, Unavailable> {
    Raw::new(plan.address).map_err(Unavailable::raw)
}

fn because(ledger: PortLedger, reason: &str) -> PortLedger {
    PortLedger {
        engine_because: reason.to_owned(),
        ..ledger
    }
}

/// The same over any network.
async fn sweep_over(
    network: &mut impl Asker,
    plan: &SweepPlan,
    stop: &Stop,
    progress: &mut (dyn FnMut(SweepProgress) + Send),
) -> PortLedger {
    let started = Instant::now();
    let deadline = Instant::from_std(plan.deadline);
    let mut stop = stop.clone();
    let mut run = Run::new(network, plan, progress);
    let mut rechecks = Vec::new();
    tokio::select! {
        biased;
        () = stop.wait() => {}
        () = sleep_until(deadline) => {}
        () = converge(&mut run, &mut rechecks) => {}
    }
    // Cut before they could be asked again.
    let open: Vec<u16> = run.open().collect();
    if rechecks.len() != open.len() {
        rechecks = recheck::pending(open.into_iter());
    }
    let (spans, summary) = run.end();
    network.hang_up();
    PortLedger {
        engine: network.engine(),
        engine_because: String::new(),
        link_addresses: Vec::new(),
        spans,
        rechecks,
        sweep: Sweep {
            seconds: started.elapsed().as_secs_f64(),
            ..summary
        },
    }
}

/// Sweeps, and asks the open ports once more. Where one has vanished that comes back after a while, the device has
/// begun to hide from us, and nobody knows since when: then everything that is not open is asked again, more slowly.
async fn converge<A: Asker>(run: &mut Run<'_, A>, rechecks: &mut Vec<Recheck>) {
    run.rounds().await;
    for repeats in 0..=REPEATS {
        *rechecks = recheck::pending(run.open());
        run.recheck(rechecks).await;
        let vanished = recheck::vanished(rechecks);
        if vanished == 0 || run.waited_in_vain() || repeats == REPEATS {
            return;
        }
        for pause in PAUSES {
            sleep(Duration::from_secs(pause)).await;
            recheck::again(rechecks);
            run.recheck(rechecks).await;
            if recheck::vanished(rechecks) == 0 {
                break;
            }
        }
        if recheck::vanished(rechecks) > 0 {
            return; // it hides for good, or a service died
        }
        run.repeat().await;
    }
}

#[cfg(test)]
mod tests;
