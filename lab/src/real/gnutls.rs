//! GnuTLS's own test server.

use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

use super::process::directory;
use super::{RealError, Server, Tool};
use crate::pki;
use crate::standin::TlsSpec;

const GNUTLS: Tool = Tool {
    program: "gnutls-serv",
    package: "gnutls-bin",
};

const SOCAT: Tool = Tool {
    program: "socat",
    package: "socat",
};

const UNSHARE: Tool = Tool {
    program: "unshare",
    package: "util-linux",
};

/// It listens at every address of the machine, whatever it is told, and would be found in other scenarios: so it has a network
/// of its own, and a socket in its directory leads there. Address, port, socat and unshare come first, then its command.
const ALONE: &str = r#"set -e
address=$1 port=$2 socat=$3 unshare=$4
shift 4
inside='ip link set lo up
port=$1 socat=$2
shift 2
"$@" &
exec "$socat" UNIX-LISTEN:inside,fork TCP:127.0.0.1:"$port",retry=50,interval=0.1'
"$unshare" --net sh -c "$inside" inside "$port" "$socat" "$@" &
exec "$socat" TCP-LISTEN:"$port",bind="$address",reuseaddr,fork,max-children=64 UNIX-CONNECT:inside,retry=50,interval=0.1
"#;

/// `gnutls-serv` with a certificate of the lab's authority.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GnutlsServer {
    pub port: u16,
    /// As GnuTLS writes what it takes and how gladly.
    pub priority: String,
    /// Its certificate.
    #[serde(default)]
    pub tls: TlsSpec,
}

impl GnutlsServer {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// [`RealError`].
    pub fn start(&self, ip: IpAddr) -> Result<Server, RealError> {
        let mut command = std::process::Command::new("sh");
        let pem = pki::pem(&self.tls, ip)?;
        let directory = directory(&[("server.pem", pem)])?;
        let gnutls = GNUTLS.find(|_| true)?;
        let port = self.port.to_string();
        command
            .args(["-c", ALONE, "alone", &ip.to_string(), &port])
            .arg(SOCAT.find(|_| true)?)
            .arg(UNSHARE.find(|_| true)?)
            .arg(gnutls)
            .args(["--http", "-q", "-p", &port])
            .args(["--x509certfile", "server.pem"])
            .args(["--x509keyfile", "server.pem"])
            .args(["--priority", &self.priority]);
        Server::start(command, directory, SocketAddr::new(ip, self.port))
    }
}
