//! vsftpd, an FTP server that many devices carry.

use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

use super::cell::{self, SystemAccount};
use super::process::directory;
use super::{RealError, Server, Tool};
use crate::pki;
use crate::standin::TlsSpec;

const VSFTPD: Tool = Tool {
    program: "vsftpd",
    package: "vsftpd",
};

/// It cannot refuse TLS 1.1 itself.
const CURRENT: &str = "openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = default\n\
                       [default]\nMinProtocol = TLSv1.2\n";

/// A vsftpd with accounts of its own; strangers, where it lets them in, see one file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vsftpd {
    pub port: u16,
    #[serde(default)]
    pub accounts: Vec<SystemAccount>,
    /// The certificate behind `AUTH TLS`, which `ssl_enable=YES` turns on.
    #[serde(default)]
    pub tls: TlsSpec,
    /// Leaves it to the configuration of this server which versions and suites are taken, old ones too.
    #[serde(default)]
    pub old_tls: bool,
    /// Lines of `vsftpd.conf`, as in `anonymous_enable=YES`.
    pub conf: Vec<String>,
}

impl Vsftpd {
    /// Starts it at `ip`.
    ///
    /// # Errors
    ///
    /// [`RealError`].
    pub fn start(&self, ip: IpAddr) -> Result<Server, RealError> {
        let Self { port, conf, .. } = self;
        // The directories are those of the cell. A refusal is not delayed: tests have better things to do.
        let text = format!(
            "listen=YES\nlisten_address={ip}\nlisten_port={port}\nbackground=NO\n\
             secure_chroot_dir=/run/empty\nanon_root=/run/pub\nlocal_root=/run/pub\n\
             delay_failed_login=0\ndelay_successful_login=0\nxferlog_enable=NO\n\
             rsa_cert_file=server.pem\n{}\n",
            conf.join("\n")
        );
        let pem = pki::pem(&self.tls, ip)?;
        let library = match self.old_tls {
            true => String::new(),
            false => CURRENT.to_owned(),
        };
        let directory = directory(&[
            ("conf", text),
            ("server.pem", pem),
            ("openssl.cnf", library),
        ])?;
        let program = VSFTPD.find(|_| true)?;
        let mut command = cell::command(directory.path(), &self.accounts, &program)?;
        command
            .arg(directory.path().join("conf"))
            .env("OPENSSL_CONF", "openssl.cnf");
        Server::start(command, directory, SocketAddr::new(ip, *port))
    }
}
