//! vsftpd, an FTP server that many devices carry.

use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

use super::cell::{self, SystemAccount};
use super::process::directory;
use super::{RealError, Server, Tool};

const VSFTPD: Tool = Tool {
    program: "vsftpd",
    package: "vsftpd",
};

/// A vsftpd with accounts of its own; strangers, where it lets them in, see one file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vsftpd {
    pub port: u16,
    #[serde(default)]
    pub accounts: Vec<SystemAccount>,
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
             delay_failed_login=0\ndelay_successful_login=0\nxferlog_enable=NO\n{}\n",
            conf.join("\n")
        );
        let directory = directory(&[("conf", text)])?;
        let program = VSFTPD.find(|_| true)?;
        let mut command = cell::command(directory.path(), &self.accounts, &program)?;
        command.arg(directory.path().join("conf"));
        Server::start(command, directory, SocketAddr::new(ip, *port))
    }
}
