//! What protects the way to a service.

mod breaches;
mod certificate;
mod common_primes;
mod dtls;
mod dtls_cookie;
mod ftp;
mod hollow;
mod key_findings;
mod key_lists;
mod key_unique_per_unit;
mod keys;
mod nameless;
mod only_audited;
mod ports;
mod redirect;
mod same_account;
mod shown_keys;
mod ssh;
mod ssh_algorithms;
mod ssh_breaches;
mod suites;
mod tls_only;
mod versions;
mod view;

pub use breaches::{TlsFinding, breaches};
pub use certificate::{CERTIFICATE, certificate_findings, unseen};
pub use dtls::{DtlsPort, dtls_ports};
pub use dtls_cookie::DTLS_COOKIE;
pub use key_findings::{audited_keys, key_findings, listed_findings};
pub use key_unique_per_unit::KEY_UNIQUE_PER_UNIT;
pub use keys::KEYS;
pub use ssh_algorithms::SSH_ALGORITHMS;
pub use suites::SUITES;
pub use tls_only::TLS_ONLY;
pub use versions::VERSIONS;
pub use view::{TlsView, tls_view};
