//! What the device offers to the network.

mod closed_ports;
mod second_witness;

pub use closed_ports::CLOSED_PORTS;
