//! lighttpd with HTTP Basic in front of everything but `/api/`, in clear or inside TLS.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use serde::Deserialize;

use super::process::directory;
use super::{RealError, Server, Tool};
use crate::pki;
use crate::standin::{Account, TlsSpec};

const LIGHTTPD: Tool = Tool {
    program: "lighttpd",
    package: "lighttpd",
};

/// Its TLS, which is OpenSSL.
const MODULE: Tool = Tool {
    program: "mod_openssl.so",
    package: "lighttpd-mod-openssl",
};

/// A lighttpd with a user file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lighttpd {
    pub port: u16,
    pub realm: String,
    pub accounts: Vec<Account>,
    /// Asks by HTTP Digest instead of HTTP Basic.
    #[serde(default)]
    pub digest: bool,
    /// Lists directories, of which `/api/` needs no login.
    #[serde(default)]
    pub lists_directories: bool,
    /// What `/api/version` says.
    pub firmware: String,
    /// Absent: it speaks in clear. `accepts_tls10` makes it take TLS 1.0 and 1.1 in earnest.
    pub tls: Option<TlsSpec>,
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
        let pem = match &self.tls {
            Some(spec) => certificate(spec, ip)?,
            None => String::new(),
        };
        let directory = directory(&[
            ("users", users),
            ("server.pem", pem),
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
        let method = if self.digest { "digest" } else { "basic" };
        let tls = self.tls.as_ref();
        let tls = tls.map(|spec| tls_configuration(spec, &directory));
        let tls = tls.unwrap_or_default();
        let listing = match self.lists_directories {
            true => "server.modules += (\"mod_dirlisting\")\ndir-listing.activate = \"enable\"\n",
            false => "",
        };
        format!(
            r#"server.modules = ("mod_auth", "mod_authn_file")
server.bind = "{ip}"
server.port = {port}
server.document-root = "{directory}/www"
index-file.names = ("index.html")
mimetype.assign = (".html" => "text/html", "" => "application/json")
auth.backend = "plain"
auth.backend.plain.userfile = "{directory}/users"
$HTTP["url"] !~ "^/api/" {{
  auth.require = ("/" => ("method" => "{method}", "realm" => "{realm}", "require" => "valid-user"))
}}
{listing}{tls}"#
        )
    }
}

fn certificate(spec: &TlsSpec, ip: IpAddr) -> Result<String, RealError> {
    if !Path::new("/usr/lib/lighttpd")
        .join(MODULE.program)
        .is_file()
    {
        return Err(MODULE.missing(MODULE.program).into());
    }
    Ok(pki::pem(spec, ip)?)
}

fn tls_configuration(spec: &TlsSpec, directory: &std::path::Display<'_>) -> String {
    // Debian's OpenSSL takes old versions only below its usual security level.
    let (least, ciphers) = match spec.switch.accepts_tls10 {
        true => ("TLSv1", "ALL:@SECLEVEL=0"),
        false => ("TLSv1.2", "HIGH"),
    };
    format!(
        r#"server.modules += ("mod_openssl")
ssl.engine = "enable"
ssl.pemfile = "{directory}/server.pem"
ssl.openssl.ssl-conf-cmd = ("MinProtocol" => "{least}", "CipherString" => "{ciphers}")
"#
    )
}
