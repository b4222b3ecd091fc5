//! gdbserver, with a program that waits to be debugged.

use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

use super::process::directory;
use super::{RealError, Server, Tool};

const GDBSERVER: Tool = Tool {
    program: "gdbserver",
    package: "gdbserver",
};

/// A `gdbserver` that holds `sleep` at its first instruction.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gdbserver {
    pub port: u16,
}

impl Gdbserver {
    /// Starts it at `ip`.
    ///
    /// # Errors
    ///
    /// [`RealError`].
    pub fn start(&self, ip: IpAddr) -> Result<Server, RealError> {
        let mut command = GDBSERVER.command()?;
        let address = SocketAddr::new(ip, self.port);
        command.args([&address.to_string(), "/bin/sleep", "600"]);
        Server::start(command, directory(&[])?, address)
    }
}
