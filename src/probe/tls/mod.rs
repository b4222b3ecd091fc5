//! TLS: a client that accepts whatever it is shown and writes it down, and what a service takes and shows.

pub(in crate::probe) mod audit;
pub(in crate::probe) mod certificate;
mod client;
pub(in crate::probe) mod hello;
mod probe;
pub(in crate::probe) mod record;
pub(in crate::probe) mod server_hello;
mod stream;

pub use audit::{Audited, SPARE, audit, observe};
pub(super) use client::{Handshake, handshake, speaks_tls};
pub use probe::{Ask, tls};
pub(in crate::probe) use probe::{Shown, facts};
pub(super) use stream::Stream;
