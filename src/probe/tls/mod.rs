//! TLS: a client that accepts whatever it is shown and writes it down, and what a service takes and shows.

mod audit;
mod certificate;
mod client;
mod hello;
mod probe;
mod record;
mod server_hello;
mod stream;
mod trust;

pub use audit::{Audited, SPARE, audit, observe};
pub(super) use client::{Handshake, handshake, speaks_tls};
pub use probe::{Ask, tls};
pub(super) use stream::Stream;
