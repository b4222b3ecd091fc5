//! What protects the way to a service.

mod breaches;
mod certificate;
mod ftp;
mod ports;
mod ssh;
mod suites;
mod tls_only;
mod versions;

pub use breaches::{TlsFinding, breaches};
pub use certificate::CERTIFICATE;
pub use suites::SUITES;
pub use tls_only::TLS_ONLY;
pub use versions::VERSIONS;
