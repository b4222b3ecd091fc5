//! What happens during a run, for whoever wants to show or log it.

use std::time::Duration;

use crate::evidence::{Evidence, RunState};
use crate::probe::ports::SweepProgress;

/// One event. Evidence has been written down before it is told.
#[derive(Debug)]
pub enum Event<'a> {
    /// A step begins: `port sweep` of `192.0.2.10`.
    Step {
        unit: &'a str,
        address: &'a str,
        what: &'a str,
    },
    /// A document is fetched over the Internet.
    Fetching { url: &'a str },
    /// A sweep goes on.
    Sweeping(SweepProgress),
    /// An attempt ended and was written down.
    Recorded(&'a Evidence),
    /// Nothing is sent for a while, to keep the pace.
    Waiting { time: Duration, why: &'a str },
    /// The unit stopped answering.
    Lost { unit: &'a str, during: &'a str },
    /// The run is over.
    Ended {
        state: RunState,
        why: Option<&'a str>,
    },
}

/// Hears the events of a run, in order.
pub trait Listener: Send {
    /// Called for every event; must not block.
    fn hear(&mut self, event: &Event<'_>);
}

/// Hears nothing.
impl Listener for () {
    fn hear(&mut self, _event: &Event<'_>) {}
}
