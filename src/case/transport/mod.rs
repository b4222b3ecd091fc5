//! What protects the way to a service.

mod certificate;
mod ports;
mod tls_only;
mod versions;

pub use certificate::CERTIFICATE;
pub use tls_only::TLS_ONLY;
pub use versions::VERSIONS;
