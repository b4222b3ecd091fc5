//! tlslite-ng, a TLS library in Python that still speaks SSL 3. It rejects a server name that is an address, whatever else is
//! offered.

use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

use super::process::directory;
use super::{RealError, Server, Tool};
use crate::pki;
use crate::standin::TlsSpec;

/// A Python that has tlslite-ng, which `lab/test` fetches from PyPI.
const PYTHON: Tool = Tool {
    program: "tlslite-python",
    package: "",
};

const SERVER: &str = include_str!("tlslite_server.py");

/// A web server of one page that speaks TLS by tlslite-ng.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tlslite {
    pub port: u16,
    /// Its certificate; tlslite reads no key of a curve from a file, so that it needs `rsa`.
    #[serde(default)]
    pub tls: TlsSpec,
    /// JSON: fields of its `HandshakeSettings`.
    pub settings: String,
}

impl Tlslite {
    /// Starts it at `ip`.
    ///
    /// # Errors
    ///
    /// [`RealError`].
    pub fn start(&self, ip: IpAddr) -> Result<Server, RealError> {
        let mut command = PYTHON.command().map_err(|_| {
            RealError::Unable("tlslite-ng is missing; `lab/test --install` fetches it".to_owned())
        })?;
        let address = SocketAddr::new(ip, self.port);
        let directory = directory(&[
            ("server.pem", pki::pem(&self.tls, ip)?),
            ("server.py", SERVER.to_owned()),
        ])?;
        command
            .args(["server.py", &ip.to_string(), &self.port.to_string()])
            .args(["server.pem", &self.settings]);
        Server::start(command, directory, address)
    }
}
