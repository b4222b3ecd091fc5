//! What the registries of TLS call things, and what their names say; who signed a certificate and where a chain leads. Pure: probes
//! offer and look by it, and judging reads names with it.

mod group;
mod signature;
mod signed;
mod suite;
mod trust;

pub use group::{GROUPS, GROUPS_13, Group, group, group_named};
pub use signature::{SIGNATURES, Signature, signature};
pub use signed::{algorithm, signed_by};
pub use suite::{Authentication, Cipher, Exchange, Since, Suite, suite, suite_named, suites};
pub use trust::{names, trust};
