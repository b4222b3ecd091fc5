//! Test cases: pure functions from evidence to an assessment. One file a test case, its page beside it.

pub mod credentials;
pub mod disclosure;
mod facts;
mod identity;
pub mod manual;
mod on_link;
mod parameters;
mod port_set;
mod resilience;
pub mod services;
mod stand_in;
mod surface;
mod test_case;
mod transport;
mod udp;
pub mod updates;

pub use facts::{Facts, OpenPort, Surfaces};
pub use test_case::{Basis, TestCase, find};
pub use transport::{
    TlsFinding, TlsView, audited_keys, breaches, certificate_findings, key_findings,
    listed_findings, tls_view, unseen,
};

/// Every test case, by area.
pub const TEST_CASES: &[&TestCase] = &[
    &credentials::NO_DEFAULT,
    &credentials::NO_UNAUTHENTICATED_ACCESS,
    &disclosure::POLICY,
    &disclosure::SUPPORT_PERIOD,
    &identity::MODEL_DESIGNATION,
    &manual::EXAMINATION,
    &resilience::SURVIVES_TESTING,
    &services::CLOSED_PORTS,
    &services::CLOSED_UDP_PORTS,
    &services::MATCHES_MUD,
    &services::NO_DEBUG_SERVICES,
    &services::NO_INFORMATION_BEFORE_LOGIN,
    &transport::TLS_ONLY,
    &transport::VERSIONS,
    &transport::SUITES,
    &transport::CERTIFICATE,
    &transport::DTLS_COOKIE,
    &transport::KEYS,
    &transport::KEY_UNIQUE_PER_UNIT,
    &transport::SSH_ALGORITHMS,
    &updates::SIGNED,
    &updates::NO_ROLLBACK,
    &updates::PACKAGE_SIGNED,
];
