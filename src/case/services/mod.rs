//! What the device offers to the network.

mod closed_ports;
mod closed_udp_ports;
mod matches_mud;
mod mud_policy;
mod second_witness;

pub use closed_ports::CLOSED_PORTS;
pub use closed_udp_ports::CLOSED_UDP_PORTS;
pub use matches_mud::MATCHES_MUD;
