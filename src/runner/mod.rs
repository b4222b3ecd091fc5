//! Runs probes against a device: plan, order, pace, heartbeats, events.

mod discover;
mod event;
mod import;
mod observe;
mod plan;
mod socket;
mod unit;
mod updates;

pub use discover::{Discovered, discover};
pub use event::{Event, Listener};
pub use observe::{Observing, observe};
pub use plan::{Plan, Settings};
pub use socket::socket;
