//! OpenSSH's server.

use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;

use serde::Deserialize;

use super::cell::{self, SystemAccount};
use super::process::directory;
use super::{RealError, Server, Tool};
use crate::pki::PUBLISHED_KEY;

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
    /// The host key's arguments for `ssh-keygen`.
    #[serde(default = "ed25519")]
    pub key: Vec<String>,
    /// Its host key is one that everybody has, instead.
    #[serde(default)]
    pub published_key: bool,
}

fn ed25519() -> Vec<String> {
    ["-t", "ed25519"].map(str::to_owned).to_vec()
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
        if self.published_key {
            std::fs::write(&key, PUBLISHED_KEY)?;
            std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600))?;
        } else {
            self.make_key(&key)?;
        }
        // It starts itself anew for a connection, and wants to know where it is.
        let program = SSHD.find(|path| path.is_absolute())?;
        let mut command = cell::command(directory.path(), &self.accounts, &program)?;
        command.args(["-D", "-e", "-f"]).arg(&conf);
        Server::start(command, directory, SocketAddr::new(ip, *port))
    }

    fn make_key(&self, path: &Path) -> Result<(), RealError> {
        let made = KEYGEN
            .command()?
            .arg("-q")
            .args(&self.key)
            .args(["-N", "", "-f"])
            .arg(path)
            .stdin(Stdio::null())
            .output()?;
        if made.status.success() {
            return Ok(());
        }
        let why = String::from_utf8_lossy(&made.stderr);
        Err(RealError::Unable(format!("ssh-keygen: {}", why.trim())))
    }
}
