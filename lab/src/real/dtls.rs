//! DTLS servers that nobody here wrote: libcoap's example server with OpenSSL and with GnuTLS, and OpenSSL's own.

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

/// A ClientHello of DTLS 1.0 that any server answers: by a demand for a cookie, or by an alert.
const QUESTION: &[u8] = &[
    22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 56, 1, 0, 0, 44, 0, 0, 0, 0, 0, 0, 0, 44, 0xfe,
    0xff, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
    25, 26, 27, 28, 29, 30, 31, 32, 0, 0, 0, 4, 0xc0, 0xa8, 0xc0, 0x2b, 1, 0,
];

/// Which server it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DtlsLibrary {
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
    /// The shared key of libcoap.
    #[serde(default)]
    pub key: String,
    #[serde(default)]
    pub hint: String,
    /// Whether libcoap's ports in clear are there as well.
    #[serde(default)]
    pub also_in_clear: bool,
    /// Of `openssl s_server`.
    #[serde(default)]
    pub options: Vec<String>,
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
        }
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
            .args(["-p", &(self.port - 1).to_string()])
            .args(["-k", &self.key, "-h", &self.hint]);
        let relay = match inside == ip {
            true => None,
            false => Some(Relay::start(address, SocketAddr::new(inside, self.port))?),
        };
        let server = Server::start_over_udp(command, directory(&[])?, address, QUESTION)?;
        Ok(server.behind(relay))
    }

    fn openssl(&self, ip: IpAddr) -> Result<Server, RealError> {
        let address = SocketAddr::new(ip, self.port);
        let pem = pki::pem(&TlsSpec::default(), ip)?;
        let directory = directory(&[("server.pem", pem)])?;
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
