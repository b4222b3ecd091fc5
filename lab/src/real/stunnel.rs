//! stunnel, which puts TLS in front of whatever speaks in clear.

use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

use super::process::directory;
use super::{RealError, Server, Tool};
use crate::pki;
use crate::standin::TlsSpec;

const STUNNEL: Tool = Tool {
    program: "stunnel",
    package: "stunnel4",
};

/// A stunnel in front of nobody, or of a mail server that says no more than its greeting.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stunnel {
    pub port: u16,
    /// Its certificate.
    #[serde(default)]
    pub tls: TlsSpec,
    /// What is spoken in clear before it; absent: it speaks TLS from the first byte.
    pub protocol: Option<Mail>,
    /// Lines of `stunnel.conf` for the service.
    #[serde(default = "current")]
    pub options: Vec<String>,
}

fn current() -> Vec<String> {
    vec!["sslVersionMin = TLSv1.2".to_owned()]
}

/// A protocol of mail, with STARTTLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mail {
    Imap,
    Pop3,
    Smtp,
}

impl Mail {
    /// As in `stunnel.conf`, and how such a server greets.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Imap => ("imap", "* OK IMAP4rev1 ready"),
            Self::Pop3 => ("pop3", "+OK POP3 ready"),
            Self::Smtp => ("smtp", "220 hub.local ESMTP"),
        }
    }
}

/// Greets, and takes whatever comes.
const BACKEND: &str = "cat greeting\nexec cat >/dev/null\n";

impl Stunnel {
    /// Starts it at `ip`.
    ///
    /// # Errors
    ///
    /// [`RealError`].
    pub fn start(&self, ip: IpAddr) -> Result<Server, RealError> {
        let mut command = STUNNEL.command()?;
        let address = SocketAddr::new(ip, self.port);
        // The backend is a program, so that the device has no further port.
        let (behind, greeting) = match self.protocol.map(Mail::words) {
            Some((protocol, greeting)) => (
                format!("protocol = {protocol}\nexec = /bin/sh\nexecArgs = sh backend"),
                format!("{greeting}\r\n"),
            ),
            None => (format!("connect = {ip}:9"), String::new()),
        };
        let conf = format!(
            "foreground = yes\npid =\nsyslog = no\n[front]\naccept = {address}\n{behind}\n\
             cert = server.pem\n{}\n",
            self.options.join("\n")
        );
        let directory = directory(&[
            ("server.pem", pki::pem(&self.tls, ip)?),
            ("stunnel.conf", conf),
            ("backend", BACKEND.to_owned()),
            ("greeting", greeting),
        ])?;
        command
            .arg("stunnel.conf")
            // Debian's configuration forbids what the lab wants to have.
            .env("OPENSSL_CONF", "/dev/null");
        Server::start(command, directory, address)
    }
}
