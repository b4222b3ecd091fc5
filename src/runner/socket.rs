//! From a unit's address to a socket address.

use std::net::{IpAddr, SocketAddr, SocketAddrV6};

use crate::dut::Address;
use crate::error::Error;

/// The socket address of a unit's address; looks up the interface of a link-local one.
pub fn socket(address: &Address, port: u16) -> Result<SocketAddr, Error> {
    let IpAddr::V6(ip) = address.ip else {
        return Ok(SocketAddr::new(address.ip, port));
    };
    let scope = match &address.zone {
        None => 0,
        Some(zone) => match zone.parse() {
            Ok(number) => number,
            Err(_) => nix::net::if_::if_nametoindex(zone.as_str())
                .map_err(|error| Error::Harness(format!("interface `{zone}`: {error}")))?,
        },
    };
    Ok(SocketAddrV6::new(ip, port, 0, scope).into())
}
