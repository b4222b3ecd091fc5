//! libcoap's example server: CoAP over UDP and TCP, with resources that anyone may read.

use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

use super::process::directory;
use super::{RealError, Server, Tool};

/// The build without TLS opens no third and fourth port.
const COAP_SERVER: Tool = Tool {
    program: "coap-server-notls",
    package: "libcoap3-bin",
};

/// A `coap-server`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Libcoap {
    /// Over UDP and TCP.
    pub port: u16,
}

impl Libcoap {
    /// Starts it at `ip`.
    ///
    /// # Errors
    ///
    /// [`RealError`].
    pub fn start(&self, ip: IpAddr) -> Result<Server, RealError> {
        let mut command = COAP_SERVER.command()?;
        command
            .args(["-A", &ip.to_string()])
            .args(["-p", &self.port.to_string()]);
        Server::start(command, directory(&[])?, SocketAddr::new(ip, self.port))
    }
}
