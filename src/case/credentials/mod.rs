//! Who gets in.

mod coap;
mod dtls;
mod mqtt;
mod no_default;
mod no_unauthenticated_access;
mod ssh;
mod trial;

pub use coap::{CoapPort, coap_ports};
pub use no_default::{NO_DEFAULT, max_candidates};
pub use no_unauthenticated_access::NO_UNAUTHENTICATED_ACCESS;
pub use trial::{Attempt, Trial, trials, twin_trials};
