//! What the device offers to the network.

mod closed_ports;

pub use closed_ports::CLOSED_PORTS;
