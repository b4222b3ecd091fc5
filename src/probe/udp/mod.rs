//! UDP ports: the ports of a list, or all of them, are asked in the words of their protocols, until each has
//! answered, refused, or kept silent while a port that is known to answer or refuse did not.
//!
//! A closed port is told by ICMP port unreachable, and most devices limit how many of those they send to one
//! address. So silence is asked again, with growing pauses, between two questions to a canary: a port that
//! refused before. Only silence between two canaries that answered counts, and even that proves nothing about
//! the port; it is written down as what it is. Where the tester has more addresses, each of them is another
//! budget of refusals, with canaries of its own.

mod answer;
mod icmp_origin;
mod net;
mod pace;
mod payload;
mod run;
mod socket;
mod sweep;
mod table;

pub use socket::reached_from;
pub use sweep::{UdpAnswer, UdpPlan, UdpSwept, budget, held, sweep};
