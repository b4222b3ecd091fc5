//! gdbserver, with a program that waits to be debugged.
//!
//! It listens at every address of the machine, whatever it is told, and would be found in other scenarios: so it
//! speaks to its standard input here, and socat connects that to one address.

use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

use super::process::directory;
use super::{RealError, Server, Tool};

const GDBSERVER: Tool = Tool {
    program: "gdbserver",
    package: "gdbserver",
};

const SOCAT: Tool = Tool {
    program: "socat",
    package: "socat",
};

/// A `gdbserver` for each connection, which holds `sleep` at its first instruction.
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
        let gdbserver = GDBSERVER.find(|_| true)?;
        let port = self.port;
        let mut command = SOCAT.command()?;
        command
            // A sweep comes and goes often; more than this at a time wait in the kernel's queue.
            .arg(format!(
                "TCP-LISTEN:{port},bind={ip},reuseaddr,fork,max-children=16"
            ))
            .arg(format!(
                "EXEC:{} --once - /bin/sleep 600",
                gdbserver.display()
            ));
        Server::start(command, directory(&[])?, SocketAddr::new(ip, port))
    }
}
