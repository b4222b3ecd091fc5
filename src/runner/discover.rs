//! Looking at an address that no manifest describes yet: is anybody there, what is open, what speaks.

use std::time::{Duration, Instant};

use super::event::{Event, Listener};
use super::socket;
use crate::dut::Address;
use crate::error::Error;
use crate::evidence::Outcome;
use crate::observation::{Observation, PortLedger, PortState, Service};
use crate::probe::ports::{SweepPlan, sweep};
use crate::probe::{Stop, identify, reach};

/// What was found at an address.
#[derive(Debug)]
pub struct Discovered {
    pub ledger: PortLedger,
    /// The open ports in order, and what each said it is.
    pub open: Vec<(u16, Option<Service>)>,
}

/// Looks. None: nobody answered. Less intrusive than any run: no login is tried, nothing is asked twice but
/// ports that stay silent.
///
/// # Errors
///
/// The harness failed. That the look was stopped shows in `stop`.
pub async fn discover(
    address: &Address,
    max_rate: u32,
    limit: Duration,
    listener: &mut dyn Listener,
    stop: &Stop,
) -> Result<Option<Discovered>, Error> {
    let shown = address.to_string();
    let step = |listener: &mut dyn Listener, what: &str| {
        listener.hear(&Event::Step {
            unit: "a",
            address: &shown,
            what,
        });
    };
    step(listener, "asking whether anybody is there");
    let place = socket(address, 0)?;
    if !reach::reach(place, &[], stop).await.answered() {
        return Ok(None);
    }
    step(listener, "sweeping all TCP ports");
    let plan = SweepPlan {
        address: place,
        first: 1,
        last: u16::MAX,
        max_rate,
        seed: getrandom::u64()
            .map_err(|error| Error::Harness(format!("no random numbers: {error}")))?,
        likely: Vec::new(),
        foreign: Vec::new(),
        deadline: Instant::now() + limit,
    };
    let ledger = sweep(&plan, stop, &mut |progress| {
        listener.hear(&Event::Sweeping(progress));
    })
    .await;
    let mut open = Vec::new();
    for port in ledger.ports(PortState::Open) {
        if stop.requested() {
            break;
        }
        step(listener, &format!("asking who speaks on port {port}"));
        let exchange = identify::identify(socket(address, port)?, None, stop).await;
        open.push((port, service(exchange.outcome)));
    }
    Ok(Some(Discovered { ledger, open }))
}

fn service(outcome: Outcome) -> Option<Service> {
    let Outcome::Observed { observations } = outcome else {
        return None;
    };
    observations.into_iter().find_map(|fact| match fact {
        Observation::Service(service) => Some(service),
        _ => None,
    })
}
