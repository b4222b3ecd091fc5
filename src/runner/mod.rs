//! Runs probes against a device: plan, order, pace, heartbeats, events.

mod compromised;
mod curiosity;
mod discover;
mod documents;
mod event;
mod examinations;
mod foreign;
mod import;
mod observe;
mod plan;
mod socket;
mod sources;
mod stand_in;
mod udp;
mod udp_look;
mod unit;
mod updates;

pub use discover::{Discovered, Look, OpenPort, discover, ledger, who_speaks};
pub use documents::FetchTerms;
pub use event::{Event, Listener};
pub use examinations::examination;
pub use foreign::Foreign;
pub use observe::{Observing, observe};
pub use plan::{Plan, Settings};
pub use socket::socket;
pub use sources::{Sources, sources};
pub use udp::questions;
pub use udp_look::{UdpLook, UdpSeen, udp_ledger};
