//! What the device offers to the network.

mod closed_ports;
mod closed_udp_ports;
mod matches_mud;
mod mud_policy;
mod no_debug_services;
mod no_information_before_login;
mod second_witness;

pub use closed_ports::CLOSED_PORTS;
pub use closed_udp_ports::{CLOSED_UDP_PORTS, udp_list};
pub use matches_mud::MATCHES_MUD;
pub use no_debug_services::NO_DEBUG_SERVICES;
pub use no_information_before_login::NO_INFORMATION_BEFORE_LOGIN;
