//! OpenSSL's own test server: one connection at a time, as the stacks of small devices have it.

use std::net::{IpAddr, SocketAddr};
use std::process::Command;

use serde::Deserialize;

use super::process::directory;
use super::{RealError, Server, Tool};
use crate::pki;
use crate::standin::TlsSpec;

const OPENSSL: Tool = Tool {
    program: "openssl",
    package: "openssl",
};

/// `openssl s_server` with a certificate of the lab's authority.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpensslServer {
    pub port: u16,
    /// As `s_server` takes them.
    pub options: Vec<String>,
    /// Its certificate.
    #[serde(default)]
    pub tls: TlsSpec,
}

impl OpensslServer {
    /// Starts it at `ip`.
    ///
    /// # Errors
    ///
    /// [`RealError`].
    pub fn start(&self, ip: IpAddr) -> Result<Server, RealError> {
        let address = SocketAddr::new(ip, self.port);
        let pem = pki::pem(&self.tls, ip)?;
        let directory = directory(&[("server.pem", pem)])?;
        // Debian's configuration forbids what the lab wants to have.
        let mut command = Command::new("env");
        command
            .arg("OPENSSL_CONF=/dev/null")
            .arg(OPENSSL.find(|_| true)?)
            .args(["s_server", "-quiet", "-accept", &address.to_string()])
            .args(["-cert", "server.pem", "-key", "server.pem"])
            .args(&self.options);
        Server::start(command, directory, address)
    }
}
