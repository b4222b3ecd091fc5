//! An IP address of a unit, with the zone that a link-local one needs.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An IPv4 or IPv6 address; `fe80::1%eth0` names the interface.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address {
    pub ip: IpAddr,
    pub zone: Option<String>,
}

impl Address {
    /// Whether it may belong to a device on the open Internet rather than to a test network.
    ///
    /// Test networks are: loopback, private (RFC 1918), shared (RFC 6598), link-local, unique local
    /// (RFC 4193), benchmarking (RFC 2544), and documentation addresses.
    pub fn is_public(&self) -> bool {
        is_public(self.ip)
    }
}

/// The same of any address.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !is_test_network_v4(ip),
        IpAddr::V6(ip) => match ip.to_ipv4_mapped() {
            Some(mapped) => !is_test_network_v4(mapped),
            None => !is_test_network_v6(ip),
        },
    }
}

fn is_test_network_v4(ip: Ipv4Addr) -> bool {
    let [a, b, ..] = ip.octets();
    ip.is_loopback()
        || ip.is_private()
        || ip.is_link_local()
        || ip.is_documentation()
        || (a == 100 && (b & 0xc0) == 64)
        || (a == 198 && (b & 0xfe) == 18)
}

fn is_test_network_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    ip.is_loopback()
        || ip.is_unique_local()
        || ip.is_unicast_link_local()
        || (first == 0x2001 && second == 0x0db8)
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (ip, zone) = match text.split_once('%') {
            Some((ip, zone)) => (ip, Some(zone)),
            None => (text, None),
        };
        let ip: IpAddr = ip
            .parse()
            .map_err(|_| format!("`{}` is no IP address", crate::text::shown(text, 60)))?;
        if ip.is_unspecified() || ip.is_multicast() || ip == IpAddr::V4(Ipv4Addr::BROADCAST) {
            return Err(format!("`{ip}` is not the address of one device"));
        }
        let link_local = matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local());
        match zone {
            Some("") => return Err("the zone after `%` is empty".to_owned()),
            Some(_) if !link_local => {
                return Err(format!(
                    "only an IPv6 link-local address has a zone, `{ip}` has none"
                ));
            }
            None if link_local => {
                return Err(format!(
                    "`{ip}` is link-local and needs its interface, as in `{ip}%eth0`"
                ));
            }
            _ => {}
        }
        Ok(Self {
            ip,
            zone: zone.map(str::to_owned),
        })
    }
}

impl TryFrom<String> for Address {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.zone {
            Some(zone) => write!(f, "{}%{zone}", self.ip),
            None => write!(f, "{}", self.ip),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(text: &str) -> bool {
        text.parse::<Address>()
            .map(|address| address.is_public())
            .unwrap()
    }

    #[test]
    fn test_networks_are_not_public() {
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.1",
            "169.254.1.1",
            "192.0.2.10",
            "100.64.0.1",
            "198.18.0.1",
            "::1",
            "fd00::10",
            "2001:db8::1",
            "fe80::1%eth0",
            "::ffff:10.0.0.1",
        ] {
            assert!(!public(text), "{text}");
        }
    }

    #[test]
    fn others_are_public() {
        for text in [
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "198.20.0.1",
            "2606:4700::1111",
            "::ffff:1.1.1.1",
            "0.0.0.1",
        ] {
            assert!(public(text), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_of_one_device_is_refused() {
        for text in [
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.251",
            "::",
            "fe80::1",
            "10.0.0.1%eth0",
            "fe80::1%",
            "camera.local",
            "",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
