//! Looking at an address that no manifest describes yet: is anybody there, what is open, what speaks.

use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use super::curiosity::Curiosity;
use super::event::{Event, Listener};
use super::socket;
use crate::dut::Address;
use crate::error::Error;
use crate::evidence::Outcome;
use crate::observation::{Observation, PortLedger, PortState, Service};
use crate::probe::identify::Stranger;
use crate::probe::ports::{EngineChoice, SweepPlan, sweep};
use crate::probe::{Stop, identify, reach};

/// An open port, and what it said it is, where it was asked and answered.
pub type OpenPort = (u16, Option<Service>);

/// An address to look at, and how.
#[derive(Clone, Debug)]
pub struct Look<'a> {
    pub address: &'a Address,
    pub ports: RangeInclusive<u16>,
    /// Connection attempts a second, never passed.
    pub max_rate: u32,
    pub engine: EngineChoice,
    /// After which the sweep ends, finished or not.
    pub limit: Duration,
}

/// What was found at an address.
#[derive(Debug)]
pub struct Discovered {
    pub ledger: PortLedger,
    /// The open ports in order.
    pub open: Vec<OpenPort>,
}

/// Looks at everything. None: nobody answered. Less intrusive than any run: no login is tried, nothing is asked
/// twice but ports that stay silent.
///
/// # Errors
///
/// The harness failed. That the look was stopped shows in `stop`.
pub async fn discover(
    look: &Look<'_>,
    listener: &mut dyn Listener,
    stop: &Stop,
) -> Result<Option<Discovered>, Error> {
    step(look, listener, "asking whether anybody is there");
    let place = socket(look.address, 0)?;
    if !reach::reach(place, &[], stop).await.answered() {
        return Ok(None);
    }
    let ledger = ledger(look, listener, stop).await?;
    let open = who_speaks(look, &ledger, listener, stop).await?;
    Ok(Some(Discovered { ledger, open }))
}

/// Sweeps, whether anybody seems to be there or not.
///
/// # Errors
///
/// As [`discover`].
pub async fn ledger(
    look: &Look<'_>,
    listener: &mut dyn Listener,
    stop: &Stop,
) -> Result<PortLedger, Error> {
    let ports = look.ports.clone();
    let all = ports == (1..=u16::MAX);
    let what = match all {
        true => "sweeping all TCP ports".to_owned(),
        false => format!("sweeping TCP ports {} to {}", ports.start(), ports.end()),
    };
    step(look, listener, &what);
    let plan = SweepPlan {
        address: socket(look.address, 0)?,
        first: *ports.start(),
        last: *ports.end(),
        max_rate: look.max_rate,
        seed: getrandom::u64()
            .map_err(|error| Error::Harness(format!("no random numbers: {error}")))?,
        likely: Vec::new(),
        foreign: Vec::new(),
        engine: look.engine,
        deadline: Instant::now() + look.limit,
    };
    sweep(&plan, stop, &mut |progress| {
        listener.hear(&Event::Sweeping(progress));
    })
    .await
    .map_err(|error| Error::Harness(error.to_string()))
}

/// Asks every open port who speaks there, until it is stopped.
///
/// # Errors
///
/// As [`discover`].
pub async fn who_speaks(
    look: &Look<'_>,
    ledger: &PortLedger,
    listener: &mut dyn Listener,
    stop: &Stop,
) -> Result<Vec<OpenPort>, Error> {
    let (mut open, mut curiosity) = (Vec::new(), Curiosity::default());
    for port in ledger.ports(PortState::Open) {
        if stop.requested() {
            break;
        }
        step(look, listener, &format!("asking who speaks on port {port}"));
        let stranger = Stranger {
            address: socket(look.address, port)?,
            name: None,
            declared: None,
            thoroughly: curiosity.is_left(),
        };
        let exchange = identify::identify(&stranger, stop).await;
        let service = service(exchange.outcome);
        curiosity.satisfied_by(service.as_ref());
        open.push((port, service));
    }
    Ok(open)
}

fn step(look: &Look<'_>, listener: &mut dyn Listener, what: &str) {
    listener.hear(&Event::Step {
        unit: "a",
        address: &look.address.to_string(),
        what,
    });
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
