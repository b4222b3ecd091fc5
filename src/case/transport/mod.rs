//! What protects the way to a service.

mod breaches;
mod certificate;
mod dtls;
mod dtls_cookie;
mod ftp;
mod ports;
mod ssh;
mod suites;
mod tls_only;
mod versions;

pub use breaches::{TlsFinding, breaches};
pub use certificate::CERTIFICATE;
pub use dtls::{DtlsPort, dtls_ports};
pub use dtls_cookie::DTLS_COOKIE;
pub use suites::SUITES;
pub use tls_only::TLS_ONLY;
pub use versions::VERSIONS;
