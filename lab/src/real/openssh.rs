//! OpenSSH's server.

use std::net::{IpAddr, SocketAddr};
use std::process::Stdio;

use serde::Deserialize;

use super::cell::{self, SystemAccount};
use super::process::directory;
use super::{RealError, Server, Tool};

const SSHD: Tool = Tool {
    program: "sshd",
    package: "openssh-server",
};

const KEYGEN: Tool = Tool {
    program: "ssh-keygen",
    package: "openssh-client",
};

/// An sshd with accounts and a host key of its own.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Openssh {
    pub port: u16,
    pub accounts: Vec<SystemAccount>,
    /// Lines of `sshd_config`, as in `PasswordAuthentication no`.
    pub conf: Vec<String>,
}

impl Openssh {
    /// Starts it at `ip`.
    ///
    /// # Errors
    ///
    /// [`RealError`].
    pub fn start(&self, ip: IpAddr) -> Result<Server, RealError> {
        let Self { port, conf, .. } = self;
        let directory = directory(&[])?;
        let key = directory.path().join("key");
        let text = format!(
            "ListenAddress {ip}\nPort {port}\nHostKey {}\nPidFile none\nUsePAM no\n{}\n",
            key.display(),
            conf.join("\n")
        );
        let conf = directory.path().join("conf");
        std::fs::write(&conf, text)?;
        let made = KEYGEN
            .command()?
            .args(["-q", "-t", "ed25519", "-N", "", "-f"])
            .arg(&key)
            .stdin(Stdio::null())
            .output()?;
        if !made.status.success() {
            let why = String::from_utf8_lossy(&made.stderr);
            return Err(RealError::Unable(format!("ssh-keygen: {}", why.trim())));
        }
        // It starts itself anew for a connection, and wants to know where it is.
        let program = SSHD.find(|path| path.is_absolute())?;
        let mut command = cell::command(directory.path(), &self.accounts, &program)?;
        command.args(["-D", "-e", "-f"]).arg(&conf);
        Server::start(command, directory, SocketAddr::new(ip, *port))
    }
}
