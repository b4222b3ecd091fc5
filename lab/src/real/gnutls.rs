//! GnuTLS's own test server.

use std::net::{IpAddr, SocketAddr};

use super::process::directory;
use super::{RealError, Server, Tool};
use crate::pki;
use crate::standin::TlsSpec;

const GNUTLS: Tool = Tool {
    program: "gnutls-serv",
    package: "gnutls-bin",
};

/// `gnutls-serv` with a certificate of the lab's authority. It listens at every address: only for a namespace of its own.
#[derive(Clone, Debug)]
pub struct GnutlsServer {
    pub port: u16,
    /// As GnuTLS writes what it takes and how gladly.
    pub priority: String,
}

impl GnutlsServer {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// [`RealError`].
    pub fn start(&self, ip: IpAddr) -> Result<Server, RealError> {
        let mut command = GNUTLS.command()?;
        let pem = pki::pem(&TlsSpec::default(), ip)?;
        let directory = directory(&[("server.pem", pem)])?;
        command
            .args(["--http", "-q", "-p", &self.port.to_string()])
            .args(["--x509certfile", "server.pem"])
            .args(["--x509keyfile", "server.pem"])
            .args(["--priority", &self.priority]);
        Server::start(command, directory, SocketAddr::new(ip, self.port))
    }
}
