//! Where a service is, and how it is spoken to.

use std::net::{IpAddr, SocketAddr};

/// A port, in clear or inside TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub address: SocketAddr,
    pub tls: bool,
    /// The DNS name that the manifest declares. An address never stands here: servers rightly refuse one
    /// as a server name (RFC 6066, section 3).
    pub name: Option<String>,
}

impl Endpoint {
    /// In clear.
    pub fn clear(address: SocketAddr) -> Self {
        Self {
            address,
            tls: false,
            name: None,
        }
    }

    /// Inside TLS.
    pub fn tls(address: SocketAddr, name: Option<&str>) -> Self {
        Self {
            address,
            tls: true,
            name: name.map(str::to_owned),
        }
    }

    /// The `Host` value (RFC 9110, section 7.2): the name where there is one, IPv6 in brackets and
    /// without zone, the scheme's own port left out.
    pub(super) fn host(&self) -> String {
        let host = match (&self.name, self.address.ip()) {
            (Some(name), _) => name.clone(),
            (None, IpAddr::V4(ip)) => ip.to_string(),
            (None, IpAddr::V6(ip)) => format!("[{ip}]"),
        };
        let usual = if self.tls { 443 } else { 80 };
        match self.address.port() {
            port if port == usual => host,
            port => format!("{host}:{port}"),
        }
    }
}
