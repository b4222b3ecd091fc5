//! Runs probes against a device: plan, order, pace, heartbeats, events.

mod event;
mod observe;
mod plan;
mod socket;
mod unit;

pub use event::{Event, Listener};
pub use observe::{Observing, observe};
pub use plan::{Plan, Settings};
pub use socket::socket;
