//! SWUpdate's own web server, which takes packages for it.

use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

use super::process::directory;
use super::{RealError, Server, Tool};
use crate::pki::{CA_FILE, ca_pem};

const SWUPDATE: Tool = Tool {
    program: "swupdate",
    package: "swupdate",
};

/// A SWUpdate that trusts the lab's authority. Debian builds it for signed packages only: it does not start
/// without a certificate to check them with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Swupdate {
    pub port: u16,
    /// What `/api/version` says.
    pub firmware: String,
}

impl Swupdate {
    /// Starts it at `ip`.
    ///
    /// # Errors
    ///
    /// [`RealError`].
    pub fn start(&self, ip: IpAddr) -> Result<Server, RealError> {
        let mut command = SWUPDATE.command()?;
        let address = SocketAddr::new(ip, self.port);
        let version = serde_json::json!({ "firmware": self.firmware });
        let directory = directory(&[
            (CA_FILE, ca_pem().to_owned()),
            (
                "www/index.html",
                "<title>Update</title><h1>Update</h1>\n".to_owned(),
            ),
            ("www/api/version", format!("{version}\n")),
        ])?;
        command
            .args(["-v", "-k", CA_FILE, "-w"])
            .arg(format!("--port {address} --document-root www"));
        Server::start(command, directory, address)
    }
}
