//! CoAP (RFC 7252) over UDP without security, or inside DTLS with a server that alone has a certificate: what the device gives to
//! whoever asks.

mod links;
mod message;
mod read;

pub use links::{Links, links};
pub use message::{DISCOVERY, answers, discovery};
pub(super) use read::response;
pub use read::{Reading, Way, read};
