//! What protects the way to a service.

mod certificate;
mod ftp;
mod ports;
mod ssh;
mod tls_only;
mod versions;

pub use certificate::CERTIFICATE;
pub use tls_only::TLS_ONLY;
pub use versions::VERSIONS;
