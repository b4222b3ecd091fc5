//! nginx with HTTP Basic in front of everything but its version page, in clear or inside TLS.

use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

use super::process::directory;
use super::{RealError, Server, Tool};
use crate::pki;
use crate::standin::{Account, TlsSpec};

const NGINX: Tool = Tool {
    program: "nginx",
    package: "nginx-light",
};

/// An nginx with a user file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nginx {
    pub port: u16,
    pub realm: String,
    pub accounts: Vec<Account>,
    /// Does not say which version it is.
    #[serde(default)]
    pub keeps_its_version: bool,
    /// What `/api/version` says.
    pub firmware: String,
    /// Absent: it speaks in clear. `accepts_tls10` makes it take TLS 1.0 and 1.1 in earnest.
    pub tls: Option<TlsSpec>,
}

impl Nginx {
    /// Starts it at `ip`.
    ///
    /// # Errors
    ///
    /// [`RealError`].
    pub fn start(&self, ip: IpAddr) -> Result<Server, RealError> {
        let mut command = NGINX.command()?;
        let address = SocketAddr::new(ip, self.port);
        let users: String = self
            .accounts
            .iter()
            .map(|account| format!("{}:{{PLAIN}}{}\n", account.username, account.password))
            .collect();
        let pem = match &self.tls {
            Some(spec) => pki::pem(spec, ip)?,
            None => String::new(),
        };
        let version = serde_json::json!({ "firmware": self.firmware });
        let directory = directory(&[
            ("users", users),
            ("server.pem", pem),
            ("nginx.conf", self.configuration(address)),
            (
                "www/index.html",
                "<title>Hub</title><h1>Hub</h1>\n".to_owned(),
            ),
            ("www/api/version", format!("{version}\n")),
        ])?;
        command
            .arg("-p")
            .arg(directory.path())
            // Before it reads its configuration it would complain into a file of the system's.
            .args(["-e", "stderr", "-c", "nginx.conf"]);
        Server::start(command, directory, address)
    }

    /// Paths in it are in nginx's own directory. Its workers stay who it is itself, because nobody else
    /// can look into that directory.
    fn configuration(&self, address: SocketAddr) -> String {
        let realm = &self.realm;
        let tls = self.tls.as_ref().map(tls_configuration);
        let tokens = if self.keeps_its_version { "off" } else { "on" };
        let (listen, tls) = match &tls {
            Some(tls) => (" ssl", tls.as_str()),
            None => ("", ""),
        };
        format!(
            r#"daemon off;
user root;
worker_processes 1;
pid nginx.pid;
error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  server_tokens {tokens};
  client_body_temp_path temp-body;
  proxy_temp_path temp-proxy;
  fastcgi_temp_path temp-fastcgi;
  uwsgi_temp_path temp-uwsgi;
  scgi_temp_path temp-scgi;
  types {{ text/html html; }}
  default_type application/json;
  server {{
    listen {address}{listen};
    root www;
    auth_basic "{realm}";
    auth_basic_user_file users;
    location = /api/version {{ auth_basic off; }}
{tls}  }}
}}
"#
        )
    }
}

fn tls_configuration(spec: &TlsSpec) -> String {
    // Debian's OpenSSL takes old versions only below its usual security level.
    let (versions, ciphers) = match spec.switch.accepts_tls10 {
        true => ("TLSv1 TLSv1.1 TLSv1.2 TLSv1.3", "ALL:@SECLEVEL=0"),
        false => ("TLSv1.2 TLSv1.3", "HIGH"),
    };
    format!(
        "    ssl_certificate server.pem;\n    ssl_certificate_key server.pem;\n    \
         ssl_protocols {versions};\n    ssl_ciphers {ciphers};\n"
    )
}
