//! snmpd of Net-SNMP, which anybody may read who says `public`.

use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

use super::process::directory;
use super::{RealError, Server, Tool};

const SNMPD: Tool = Tool {
    program: "snmpd",
    package: "snmpd",
};

/// RFC 3416: a GetRequest for sysDescr by version 2c.
const QUESTION: &[u8] =
    b"\x30\x29\x02\x01\x01\x04\x06public\xa0\x1c\x02\x04\x67\x61\x6f\x75\x02\x01\x00\x02\x01\x00\
    \x30\x0e\x30\x0c\x06\x08\x2b\x06\x01\x02\x01\x01\x01\x00\x05\x00";

/// An `snmpd`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snmpd {
    /// Over UDP.
    pub port: u16,
    /// What it says that it is.
    pub description: String,
}

impl Snmpd {
    /// Starts it at `ip`.
    ///
    /// # Errors
    ///
    /// [`RealError`].
    pub fn start(&self, ip: IpAddr) -> Result<Server, RealError> {
        let mut command = SNMPD.command()?;
        let directory = directory(&[])?;
        let path = directory.path();
        let address = SocketAddr::new(ip, self.port);
        let transport = if ip.is_ipv4() { "udp" } else { "udp6" };
        let conf = format!(
            "agentaddress {transport}:{address}\nrocommunity public\nsysDescr {}\n[snmp] persistentDir {}\n",
            self.description,
            path.display()
        );
        std::fs::write(path.join("snmpd.conf"), conf)?;
        command
            .args(["-f", "-C", "-c"])
            .arg(path.join("snmpd.conf"));
        // Nothing that reads the tester's machine: only what SNMP itself needs.
        command.args([
            "-Lo",
            "-I",
            "system_mib,vacm_conf,vacm_vars,snmpEngine,usmStats,usmUser,usmConf",
        ]);
        Server::start_over_udp(command, directory, address, QUESTION)
    }
}
