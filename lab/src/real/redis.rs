//! Redis, as small devices use it between their own processes.

use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

use super::process::directory;
use super::{RealError, Server, Tool};

const REDIS: Tool = Tool {
    program: "redis-server",
    package: "redis-server",
};

/// A `redis-server` that keeps nothing.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redis {
    pub port: u16,
    /// Further arguments, as in `--requirepass secret`.
    #[serde(default)]
    pub args: Vec<String>,
}

impl Redis {
    /// Starts it at `ip`.
    ///
    /// # Errors
    ///
    /// [`RealError`].
    pub fn start(&self, ip: IpAddr) -> Result<Server, RealError> {
        let mut command = REDIS.command()?;
        command
            .args(["--bind", &ip.to_string(), "--port", &self.port.to_string()])
            .args(["--save", "", "--protected-mode", "no"])
            .args(&self.args);
        Server::start(command, directory(&[])?, SocketAddr::new(ip, self.port))
    }
}
