//! BusyBox, which is in more devices than anything else: its web server and its Telnet server.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use super::process::directory;
use super::{Missing, RealError, Server, Tool};

/// Debian's package `busybox` has no telnetd, `busybox-static` has.
const BUSYBOX: Tool = Tool {
    program: "busybox",
    package: "busybox-static",
};

/// `busybox httpd`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BusyboxHttpd {
    pub port: u16,
    pub realm: String,
    /// Lines of `httpd.conf`, as in `/:admin:admin`.
    pub conf: Vec<String>,
}

impl BusyboxHttpd {
    /// Starts it at `ip`.
    ///
    /// # Errors
    ///
    /// [`RealError`].
    pub fn start(&self, ip: IpAddr) -> Result<Server, RealError> {
        let address = SocketAddr::new(ip, self.port);
        let directory = directory(&[
            ("httpd.conf", self.conf.join("\n") + "\n"),
            (
                "www/index.html",
                "<title>IPCAM</title><h1>IPCAM</h1>\n".to_owned(),
            ),
        ])?;
        let mut command = Command::new(applet("httpd")?);
        command
            .args(["httpd", "-f", "-h", "www", "-c", "../httpd.conf"])
            .args(["-r", &self.realm, "-p", &address.to_string()]);
        Server::start(command, directory, address)
    }
}

/// `busybox telnetd -l PROGRAM`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BusyboxTelnetd {
    pub port: u16,
    /// What a connection gets instead of a login, as in `/bin/sh`.
    pub login: String,
}

impl BusyboxTelnetd {
    /// Starts it at `ip`.
    ///
    /// # Errors
    ///
    /// [`RealError`].
    pub fn start(&self, ip: IpAddr) -> Result<Server, RealError> {
        let address = SocketAddr::new(ip, self.port);
        let directory = directory(&[])?;
        let mut command = Command::new(applet("telnetd")?);
        command
            .args(["telnetd", "-F", "-b", &ip.to_string()])
            .args(["-p", &self.port.to_string(), "-l", &self.login]);
        Server::start(command, directory, address)
    }
}

fn applet(name: &str) -> Result<PathBuf, Missing> {
    let has_it = |path: &Path| {
        let listed = Command::new(path).arg("--list").output();
        listed.is_ok_and(|output| {
            String::from_utf8_lossy(&output.stdout)
                .lines()
                .any(|applet| applet == name)
        })
    };
    BUSYBOX
        .find(has_it)
        .map_err(|_| BUSYBOX.missing(&format!("busybox {name}")))
}
