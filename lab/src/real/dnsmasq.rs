//! dnsmasq, a name server of many small devices.

use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

use super::process::directory;
use super::{RealError, Server, Tool};

const DNSMASQ: Tool = Tool {
    program: "dnsmasq",
    package: "dnsmasq-base",
};

/// A `dnsmasq` that knows nobody, over UDP and TCP.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dnsmasq {
    pub port: u16,
}

impl Dnsmasq {
    /// Starts it at `ip`.
    ///
    /// # Errors
    ///
    /// [`RealError`].
    pub fn start(&self, ip: IpAddr) -> Result<Server, RealError> {
        let mut command = DNSMASQ.command()?;
        command
            // In the foreground, as whoever it is started by; without a configuration of this machine's.
            .args([
                "-d",
                "-C",
                "/dev/null",
                "--no-resolv",
                "--no-hosts",
                "--bind-interfaces",
            ])
            .arg(format!("--port={}", self.port))
            .arg(format!("--listen-address={ip}"));
        Server::start(command, directory(&[])?, SocketAddr::new(ip, self.port))
    }
}
