//! The lab that proves the harness: devices of known faults, and what must be found in them.
//!
//! A [`Scenario`] is a file: a device under test ([`standin`] or [`real`]), perhaps a [`firewall`] in
//! front of it, the manifest that the harness is given, and the certificate that must come out
//! ([`expect`]). The lab shares no code with the harness, so that no mistake can cancel itself out.

pub mod demo;
pub mod documents;
pub mod expect;
pub mod files;
pub mod firewall;
pub mod launch;
pub mod library;
pub mod link;
pub mod namespace;
pub mod pki;
pub mod real;
pub mod record;
pub mod scenario;
pub mod site;
pub mod standin;

pub use expect::{Expectation, check};
pub use launch::{Launched, NotLaunched, launch};
pub use scenario::Scenario;
