//! lighttpd with HTTP Basic in front of everything but its version page.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use serde::Deserialize;

use super::process::directory;
use super::{RealError, Server, Tool};
use crate::standin::Account;

const LIGHTTPD: Tool = Tool {
    program: "lighttpd",
    package: "lighttpd",
};

/// A lighttpd with a user file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lighttpd {
    pub port: u16,
    pub realm: String,
    pub accounts: Vec<Account>,
    /// What `/api/version` says.
    pub firmware: String,
}

impl Lighttpd {
    /// Starts it at `ip`.
    ///
    /// # Errors
    ///
    /// [`RealError`].
    pub fn start(&self, ip: IpAddr) -> Result<Server, RealError> {
        let users: String = self
            .accounts
            .iter()
            .map(|account| format!("{}:{}\n", account.username, account.password))
            .collect();
        let version = serde_json::json!({ "firmware": self.firmware });
        let directory = directory(&[
            ("users", users),
            (
                "www/index.html",
                "<title>Hub</title><h1>Hub</h1>\n".to_owned(),
            ),
            ("www/api/version", format!("{version}\n")),
        ])?;
        let conf = directory.path().join("lighttpd.conf");
        std::fs::write(&conf, self.configuration(ip, directory.path()))?;
        let mut command = LIGHTTPD.command()?;
        command.arg("-D").arg("-f").arg(&conf);
        Server::start(command, directory, SocketAddr::new(ip, self.port))
    }

    fn configuration(&self, ip: IpAddr, directory: &Path) -> String {
        let directory = directory.display();
        let Self { port, realm, .. } = self;
        format!(
            r#"server.modules = ("mod_auth", "mod_authn_file")
server.bind = "{ip}"
server.port = {port}
server.document-root = "{directory}/www"
index-file.names = ("index.html")
mimetype.assign = (".html" => "text/html", "" => "application/json")
auth.backend = "plain"
auth.backend.plain.userfile = "{directory}/users"
$HTTP["url"] != "/api/version" {{
  auth.require = ("/" => ("method" => "basic", "realm" => "{realm}", "require" => "valid-user"))
}}
"#
        )
    }
}
