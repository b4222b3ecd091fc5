//! What the registries of TLS call things, and what their names say. Pure: probes offer by it, and judging reads names with it.

mod group;
mod signature;
mod suite;

pub use group::{GROUPS, GROUPS_13, Group, group, group_named};
pub use signature::{SIGNATURES, Signature, signature};
pub use suite::{Authentication, Cipher, Exchange, Since, Suite, suite, suite_named, suites};
