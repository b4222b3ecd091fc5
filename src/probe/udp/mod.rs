//! UDP ports: the ports of a list are asked in the words of their protocols, until each has answered,
//! refused, or kept silent while a port that is known to answer or refuse did not.
//!
//! A closed port is told by ICMP port unreachable, and most devices limit how many of those they send. So
//! silence is asked again, with growing pauses, between two questions to a canary: a port that refused
//! before. Only silence between two canaries that answered counts, and even that proves nothing about the
//! port; it is written down as what it is.

mod answer;
mod payload;
mod run;
mod socket;
mod sweep;

pub use sweep::{BUDGET, UdpAnswer, UdpPlan, UdpSwept, held, sweep};
