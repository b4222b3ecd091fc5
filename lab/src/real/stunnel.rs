//! stunnel, which puts TLS in front of whatever speaks in clear.

use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

use super::process::directory;
use super::{RealError, Server, Tool};
use crate::pki;
use crate::standin::TlsSpec;

const STUNNEL: Tool = Tool {
    program: "stunnel",
    package: "stunnel4",
};

/// A stunnel in front of nobody.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stunnel {
    pub port: u16,
    /// Its certificate.
    #[serde(default)]
    pub tls: TlsSpec,
}

impl Stunnel {
    /// Starts it at `ip`.
    ///
    /// # Errors
    ///
    /// [`RealError`].
    pub fn start(&self, ip: IpAddr) -> Result<Server, RealError> {
        let mut command = STUNNEL.command()?;
        let address = SocketAddr::new(ip, self.port);
        let conf = format!(
            "foreground = yes\npid =\nsyslog = no\n[front]\naccept = {address}\nconnect = {ip}:9\n\
             cert = server.pem\nsslVersionMin = TLSv1.2\n"
        );
        let pem = pki::pem(&self.tls, ip)?;
        let directory = directory(&[("server.pem", pem), ("stunnel.conf", conf)])?;
        command.arg("stunnel.conf");
        Server::start(command, directory, address)
    }
}
