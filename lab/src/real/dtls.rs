//! DTLS servers that nobody here wrote: libcoap's example server with OpenSSL and with GnuTLS, and OpenSSL's and GnuTLS's own.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::Command;

use serde::Deserialize;

use super::process::directory;
use super::relay::Relay;
use super::{RealError, Server, Tool};
use crate::pki;
use crate::standin::TlsSpec;

const OPENSSL: Tool = Tool {
    program: "openssl",
    package: "openssl",
};
const LIBCOAP_OPENSSL: Tool = Tool {
    program: "coap-server-openssl",
    package: "libcoap3-bin",
};
const LIBCOAP_GNUTLS: Tool = Tool {
    program: "coap-server-gnutls",
    package: "libcoap3-bin",
};

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

/// A ClientHello of DTLS 1.0 that any server answers: by a demand for a cookie, or by an alert.
const QUESTION: &[u8] = &[
    22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 56, 1, 0, 0, 44, 0, 0, 0, 0, 0, 0, 0, 44, 0xfe,
    0xff, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
    25, 26, 27, 28, 29, 30, 31, 32, 0, 0, 0, 4, 0xc0, 0xa8, 0xc0, 0x2b, 1, 0,
];

/// GnuTLS's server listens at every address of the machine, whatever it is told: so it has a network of its own, and a socket in
/// its directory that keeps datagrams apart (5 is SOCK_SEQPACKET) leads there. Our address, the port, socat and unshare come
/// first, then its command.
const ALONE: &str = r#"address=$1 port=$2 socat=$3 unshare=$4
shift 4
inside='ip link set lo up
port=$1 socat=$2
shift 2
"$@" &
exec "$socat" -T 20 UNIX-LISTEN:inside,type=5,fork UDP4:127.0.0.1:"$port"'
"$unshare" --net sh -c "$inside" inside "$port" "$socat" "$@" &
exec "$socat" -T 20 UDP4-LISTEN:"$port",bind="$address",reuseaddr,fork UNIX-CONNECT:inside,type=5,retry=50,interval=0.1
"#;

/// Which server it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DtlsLibrary {
    /// `gnutls-serv --udp`, one conversation at a time, which sends back whatever it gets.
    Gnutls,
    LibcoapGnutls,
    LibcoapOpenssl,
    /// `openssl s_server`, one conversation at a time.
    Openssl,
}

/// A DTLS server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DtlsServer {
    pub library: DtlsLibrary,
    /// Over UDP. Of libcoap the port in clear is the one below.
    pub port: u16,
    /// The shared key of libcoap; empty: it takes none.
    #[serde(default)]
    pub key: String,
    #[serde(default)]
    pub hint: String,
    /// Whether libcoap's ports in clear are there as well.
    #[serde(default)]
    pub also_in_clear: bool,
    /// Of `openssl s_server` and `gnutls-serv`.
    #[serde(default)]
    pub options: Vec<String>,
    /// Its certificate: of libcoap where there is one, of the others a plain one where nothing is said.
    #[serde(default)]
    pub tls: Option<TlsSpec>,
    /// Whether libcoap demands a certificate of the lab's authority from its clients.
    #[serde(default)]
    pub clients_too: bool,
}

impl DtlsServer {
    /// Its TCP ports.
    pub fn ports(&self) -> Vec<u16> {
        match self.also_in_clear {
            true => vec![self.port - 1, self.port],
            false => vec![],
        }
    }

    /// Starts it at `ip`.
    ///
    /// # Errors
    ///
    /// [`RealError`].
    pub fn start(&self, ip: IpAddr) -> Result<Server, RealError> {
        match self.library {
            DtlsLibrary::LibcoapGnutls => self.libcoap(LIBCOAP_GNUTLS, ip),
            DtlsLibrary::LibcoapOpenssl => self.libcoap(LIBCOAP_OPENSSL, ip),
            DtlsLibrary::Openssl => self.openssl(ip),
            DtlsLibrary::Gnutls => self.gnutls(ip),
        }
    }

    fn pem(&self, ip: IpAddr) -> std::io::Result<String> {
        pki::pem(&self.tls.clone().unwrap_or_default(), ip)
    }

    fn gnutls(&self, ip: IpAddr) -> Result<Server, RealError> {
        let directory = directory(&[("server.pem", self.pem(ip)?)])?;
        let port = self.port.to_string();
        let mut command = Command::new("sh");
        command
            .args(["-c", ALONE, "alone", &ip.to_string(), &port])
            .arg(SOCAT.find(|_| true)?)
            .arg(UNSHARE.find(|_| true)?)
            .arg(GNUTLS.find(|_| true)?)
            .args(["--udp", "--echo", "-q", "-p", &port])
            .args(["--x509certfile", "server.pem"])
            .args(["--x509keyfile", "server.pem"])
            .args(&self.options);
        Server::start_over_udp(command, directory, SocketAddr::new(ip, self.port), QUESTION)
    }

    /// libcoap opens ports in clear beside the encrypted one, whatever it is told. Unless they are wanted, it does so at an
    /// address that nobody asks, and only the encrypted one is led there.
    fn libcoap(&self, tool: Tool, ip: IpAddr) -> Result<Server, RealError> {
        let address = SocketAddr::new(ip, self.port);
        let inside = match (self.also_in_clear, ip) {
            (false, IpAddr::V4(ip)) => hidden(ip).into(),
            _ => ip,
        };
        let mut command = Command::new(tool.find(|_| true)?);
        command
            .args(["-A", &inside.to_string()])
            .args(["-p", &(self.port - 1).to_string()]);
        if !self.key.is_empty() {
            command.args(["-k", &self.key, "-h", &self.hint]);
        }
        let mut files = Vec::new();
        if self.tls.is_some() {
            files.push(("server.pem", self.pem(ip)?));
            files.push(("ca.pem", pki::ca_pem().to_owned()));
            command.args(["-c", "server.pem"]);
            match self.clients_too {
                true => command.args(["-C", "ca.pem"]),
                false => command.arg("-n"),
            };
        }
        let relay = match inside == ip {
            true => None,
            false => Some(Relay::start(address, SocketAddr::new(inside, self.port))?),
        };
        let server = Server::start_over_udp(command, directory(&files)?, address, QUESTION)?;
        Ok(server.behind(relay))
    }

    fn openssl(&self, ip: IpAddr) -> Result<Server, RealError> {
        let address = SocketAddr::new(ip, self.port);
        let directory = directory(&[("server.pem", self.pem(ip)?)])?;
        // Debian's configuration forbids what the lab wants to have.
        let mut command = Command::new("env");
        command
            .arg("OPENSSL_CONF=/dev/null")
            .arg(OPENSSL.find(|_| true)?)
            .args(["s_server", "-quiet", "-accept", &address.to_string()])
            .args(["-cert", "server.pem", "-key", "server.pem"])
            .args(&self.options);
        Server::start_over_udp(command, directory, address, QUESTION)
    }
}

/// An address of loopback that belongs to this one and to nobody else.
fn hidden(ip: Ipv4Addr) -> Ipv4Addr {
    let [a, b, c, d] = ip.octets();
    Ipv4Addr::new(a, b ^ 0x80, c, d)
}
