//! The TCP port ledger: every port of an address is asked, and what is not shown stays unproven.
//!
//! A sweep asks in *rounds*; a round asks every port that is not settled, in another order. It sends
//! in *windows* of a tenth of a second with a few *canaries* (ports known to answer) spread in each.
//! Windows overlap: sending goes on while timeouts run. What a finished window lost sets the rate
//! (`pace`); what its canaries say decides whether silence in it may be believed (`window`).
//!
//! What sends attempts and hears answers is an *engine* (`engine`): the kernel's own connects (`dial`), which need
//! no privilege, or SYN packets of our own (`raw`). Pace, canaries and proofs are the same for both.
//!
//! - An answer settles a port at once, unless a canary that was open refuses at that time: then refusals are doubted.
//! - Silences from times in which no canary was lost settle it as silent. Each leaves a doubt, the smaller the more
//!   canaries sang around it: the chance that an open port was as silent. At least two, from two rounds, must leave one
//!   in a hundred thousand at most.
//! - A device that stops answering, or refuses what was open, is left alone for a while, then asked more slowly. One that
//!   hides at the end and comes back is asked everything again.
//! - Without a port that answers there is no canary: silence stays unproven, the rate stays at
//!   its start, and two rounds without any answer end the sweep. Nothing could then tell a device that
//!   drops everything from one that is not there.
//! - Answers that say unreachable and faults of our own prove nothing, and stay unproven.

mod canary;
mod connect;
mod dial;
mod engine;
pub(super) mod icmp;
mod icmp_origin;
#[cfg(test)]
mod imagined;
mod ledger;
pub(super) mod limit;
mod order;
mod outstanding;
mod pace;
mod packet;
mod raw;
mod recheck;
mod run;
mod source_ports;
mod sweep;
mod window;

pub use connect::{PortAnswer, connect};
pub use engine::{EngineChoice, Unavailable};
pub use pace::duration_estimate;
pub use sweep::{SweepPlan, SweepProgress, sweep};

use std::time::Duration;

/// How long a sweep waits for an answer. Just below the second after which the kernel would send
/// again, so that an attempt is one SYN and a loss is seen as one.
pub(crate) const TIMEOUT: Duration = Duration::from_millis(900);

/// The clock of the runtime ticks in milliseconds; what is due within a tick is sent now.
const TICK: Duration = Duration::from_millis(1);

/// Ports on which connected devices often answer; asked first, in search of canaries.
pub(crate) const COMMON: [u16; 16] = [
    80, 443, 22, 23, 8080, 8443, 1883, 8883, 554, 21, 53, 502, 5000, 8000, 49152, 9100,
];
