//! mosquitto, in clear or inside TLS, open or behind a password file.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use serde::Deserialize;

use super::process::directory;
use super::{RealError, Server, Tool};
use crate::pki;
use crate::standin::{Account, TlsSpec};

const MOSQUITTO: Tool = Tool {
    program: "mosquitto",
    package: "mosquitto",
};

/// Writes the password file.
const PASSWD: Tool = Tool {
    program: "mosquitto_passwd",
    package: "mosquitto",
};

/// A mosquitto with one listener, or one inside TLS and one in clear.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mosquitto {
    pub port: u16,
    #[serde(default)]
    pub allow_anonymous: bool,
    /// Who may connect. None: there is no password file, and any credentials are those of nobody.
    #[serde(default)]
    pub accounts: Vec<Account>,
    /// Lines of an access list. None: who may connect may do everything.
    #[serde(default)]
    pub acl: Vec<String>,
    /// Absent: it speaks in clear.
    pub tls: Option<TlsSpec>,
    /// A listener in clear beside the one inside TLS.
    pub also_in_clear: Option<Listener>,
}

/// A further listener.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listener {
    pub port: u16,
    /// Who may connect there. None: the same.
    pub accounts: Option<Vec<Account>>,
}

impl Mosquitto {
    /// Starts it at `ip`.
    ///
    /// # Errors
    ///
    /// [`RealError`].
    pub fn start(&self, ip: IpAddr) -> Result<Server, RealError> {
        let mut command = MOSQUITTO.command()?;
        let pem = match &self.tls {
            Some(spec) => pki::identity(spec, ip)
                .map(|identity| identity.pem)
                .ok_or_else(|| io::Error::other("no certificate could be made"))?,
            None => String::new(),
        };
        let directory = directory(&[
            ("server.pem", pem),
            ("acl", self.acl.join("\n") + "\n"),
            ("users", String::new()),
            ("users-in-clear", String::new()),
        ])?;
        let path = directory.path();
        std::fs::set_permissions(path.join("acl"), PermissionsExt::from_mode(0o600))?;
        write_users(&self.accounts, &path.join("users"))?;
        if let Some(listener) = &self.also_in_clear {
            let accounts = listener.accounts.as_ref().unwrap_or(&self.accounts);
            write_users(accounts, &path.join("users-in-clear"))?;
        }
        let conf = path.join("mosquitto.conf");
        std::fs::write(&conf, self.configuration(ip, path))?;
        command.arg("-c").arg(&conf);
        Server::start(command, directory, SocketAddr::new(ip, self.port))
    }

    /// It gives up root's rights unless it is told to stay root, which in a namespace may be all there is.
    fn configuration(&self, ip: IpAddr, directory: &Path) -> String {
        let directory = directory.display();
        let Self {
            port,
            allow_anonymous,
            ..
        } = self;
        let file = |there: bool, key: &str, name: &str| match there {
            true => format!("{key} {directory}/{name}\n"),
            false => String::new(),
        };
        let tls = self.tls.is_some();
        [
            format!("user root\nper_listener_settings true\nlistener {port} {ip}\n"),
            format!("allow_anonymous {allow_anonymous}\n"),
            file(!self.accounts.is_empty(), "password_file", "users"),
            file(!self.acl.is_empty(), "acl_file", "acl"),
            // The least. Without it, Debian's OpenSSL turns TLS 1.1 away by an alert that does not say why.
            match tls {
                true => "tls_version tlsv1.2\n".to_owned(),
                false => String::new(),
            },
            file(tls, "certfile", "server.pem"),
            file(tls, "keyfile", "server.pem"),
            match &self.also_in_clear {
                Some(Listener { port, .. }) => format!(
                    "listener {port} {ip}\nallow_anonymous {allow_anonymous}\npassword_file {directory}/users-in-clear\n"
                ),
                None => String::new(),
            },
        ]
        .concat()
    }
}

fn write_users(accounts: &[Account], file: &Path) -> Result<(), RealError> {
    std::fs::set_permissions(file, PermissionsExt::from_mode(0o600))?;
    for account in accounts {
        let mut command = PASSWD.command()?;
        command.arg("-b").arg(file);
        command.args([&account.username, &account.password]);
        let status = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        if !status.success() {
            return Err(io::Error::other(format!("mosquitto_passwd: {status}")).into());
        }
    }
    Ok(())
}
