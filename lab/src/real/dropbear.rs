//! Dropbear, the SSH server of small devices.

use std::net::{IpAddr, SocketAddr};
use std::process::Stdio;

use serde::Deserialize;

use super::cell::{self, SystemAccount};
use super::process::directory;
use super::{RealError, Server, Tool};

const DROPBEAR: Tool = Tool {
    program: "dropbear",
    package: "dropbear-bin",
};

const DROPBEARKEY: Tool = Tool {
    program: "dropbearkey",
    package: "dropbear-bin",
};

/// A Dropbear with accounts and a host key of its own.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dropbear {
    pub port: u16,
    pub accounts: Vec<SystemAccount>,
    /// The host key's arguments for `dropbearkey`, as in `["-t", "rsa", "-s", "1024"]`.
    pub key: Vec<String>,
    /// Further arguments, as in `["-s", "-g"]`.
    #[serde(default)]
    pub args: Vec<String>,
}

impl Dropbear {
    /// Starts it at `ip`.
    ///
    /// # Errors
    ///
    /// [`RealError`].
    pub fn start(&self, ip: IpAddr) -> Result<Server, RealError> {
        let address = SocketAddr::new(ip, self.port);
        let directory = directory(&[])?;
        let made = DROPBEARKEY
            .command()?
            .args(&self.key)
            .arg("-f")
            .arg(directory.path().join("key"))
            .stdin(Stdio::null())
            .output()?;
        if !made.status.success() {
            let why = String::from_utf8_lossy(&made.stderr);
            return Err(RealError::Unable(format!("dropbearkey: {}", why.trim())));
        }
        let program = DROPBEAR.find(|_| true)?;
        let mut command = cell::command(directory.path(), &self.accounts, &program)?;
        command
            .args(["-F", "-E", "-r", "key", "-P", "pid"])
            .args(["-p", &address.to_string()])
            .args(&self.args);
        Server::start(command, directory, address)
    }
}
