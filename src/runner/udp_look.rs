//! Asking the UDP ports of an address that no manifest describes.

use std::collections::BTreeMap;
use std::time::Instant;

use super::discover::{Look, OpenPort};
use super::event::{Event, Listener};
use super::socket::socket;
use super::sources::Sources;
use crate::error::Error;
use crate::evidence::Outcome;
use crate::observation::{Observation, UdpLedger};
use crate::probe::Stop;
use crate::probe::udp::{UdpPlan, sweep};
use crate::profile::Question;

/// What to ask, and from where.
#[derive(Debug)]
pub struct UdpLook<'a> {
    /// Its ports and its engine are those of TCP.
    pub look: &'a Look<'a>,
    pub questions: BTreeMap<u16, Question>,
    pub sources: Sources,
}

/// What was found.
#[derive(Debug)]
pub struct UdpSeen {
    pub ledger: UdpLedger,
    /// The ports that answered, in order, with what their answers tell; no more than 256.
    pub open: Vec<OpenPort>,
}

/// Asks UDP ports, whether anybody seems to be there or not.
///
/// # Errors
///
/// The harness failed. That it was stopped shows in `stop`.
pub async fn udp_ledger(
    udp: UdpLook<'_>,
    listener: &mut dyn Listener,
    stop: &Stop,
) -> Result<UdpSeen, Error> {
    let UdpLook {
        look,
        questions,
        sources,
    } = udp;
    let from = match sources.addresses.len() {
        0 => String::new(),
        ours => format!(" from {ours} addresses"),
    };
    listener.hear(&Event::Step {
        unit: "a",
        address: &look.address.to_string(),
        what: &format!("asking {} UDP ports{from}", questions.len()),
    });
    let plan = UdpPlan {
        address: socket(look.address, 0)?,
        questions,
        sources: sources.addresses,
        sources_because: sources.because,
        max_rate: look.max_rate,
        foreign: Vec::new(),
        deadline: Instant::now() + look.limit,
    };
    let swept = sweep(&plan, stop, &mut |progress| {
        listener.hear(&Event::Sweeping(progress));
    })
    .await?;
    let answers = swept.answers.into_iter();
    let open = answers.map(|answer| {
        let port = answer.port;
        let service = match answer.into_exchange().outcome {
            Outcome::Observed { observations } => {
                observations.into_iter().find_map(|it| match it {
                    Observation::Service(service) => Some(service),
                    _ => None,
                })
            }
            Outcome::Absent { .. } => None,
        };
        (port, service)
    });
    Ok(UdpSeen {
        open: open.collect(),
        ledger: swept.ledger,
    })
}
