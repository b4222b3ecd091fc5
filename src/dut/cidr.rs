//! A subnet, as in `192.0.2.0/24`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use crate::text::shown;

/// No subnet has more addresses. A device keeps a table of its neighbours, and a small one has room for few.
const MOST_BITS: u8 = 8;

/// A subnet of at most 256 addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    network: IpAddr,
    prefix: u8,
}

impl Cidr {
    /// How many addresses there are in it.
    pub fn count(&self) -> usize {
        1 << (bits(self.network) - self.prefix)
    }

    /// All of them, in order.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> + use<> {
        let first = number(self.network);
        let network = self.network;
        let last = self.count() as u128;
        // The sum stays in the subnet, because the bits that it changes are zero.
        (0..last).map(move |it| address(network, first + it))
    }

    /// Whether it has addresses of this family.
    pub fn same_family(&self, ip: IpAddr) -> bool {
        self.network.is_ipv4() == ip.is_ipv4()
    }
}

fn bits(ip: IpAddr) -> u8 {
    if ip.is_ipv4() { 32 } else { 128 }
}

fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => u32::from(ip).into(),
        IpAddr::V6(ip) => ip.into(),
    }
}

/// The address of a number, of the family of another.
fn address(family: IpAddr, number: u128) -> IpAddr {
    match family {
        IpAddr::V4(_) => Ipv4Addr::from(u32::try_from(number).unwrap_or(u32::MAX)).into(),
        IpAddr::V6(_) => Ipv6Addr::from(number).into(),
    }
}

impl FromStr for Cidr {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |why: &str| {
            format!(
                "`{}` {why}; legal: a subnet of at most 256 addresses, as in `192.0.2.0/24`, `192.0.2.64/26` or `fd00::100/120`",
                shown(text, 60)
            )
        };
        let (ip, prefix) = match text.split_once('/') {
            Some((ip, prefix)) => (ip, Some(prefix)),
            None => (text, None),
        };
        let network: IpAddr = ip.parse().map_err(|_| wrong("begins with no IP address"))?;
        let whole = bits(network);
        let prefix: u8 = match prefix {
            None => whole,
            Some(prefix) => prefix.parse().map_err(|_| wrong("has no legal prefix"))?,
        };
        if prefix > whole {
            return Err(wrong("has no legal prefix"));
        }
        if whole - prefix > MOST_BITS {
            return Err(wrong("has more than 256 addresses"));
        }
        if network.is_multicast() || network.is_unspecified() {
            return Err(wrong("has no addresses of single machines"));
        }
        let cidr = Self { network, prefix };
        if !number(network).is_multiple_of(cidr.count() as u128) {
            return Err(wrong("is no subnet: its address goes on behind the prefix"));
        }
        Ok(cidr)
    }
}

impl std::fmt::Display for Cidr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.network, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subnet_has_the_addresses_behind_its_prefix() {
        let found = |text: &str| -> Vec<String> {
            let cidr: Cidr = text.parse().unwrap();
            assert_eq!(cidr.addresses().count(), cidr.count());
            cidr.addresses().map(|it| it.to_string()).collect()
        };
        assert_eq!(found("192.0.2.254/31"), ["192.0.2.254", "192.0.2.255"]);
        assert_eq!(found("192.0.2.7"), ["192.0.2.7"]);
        assert_eq!(
            found("255.255.255.254/31").last().unwrap(),
            "255.255.255.255"
        );
        assert_eq!(found("fd00::100/120").len(), 256);
        assert_eq!(found("fd00::100/120")[255], "fd00::1ff");
    }

    #[test]
    fn what_is_no_subnet_or_too_large_says_what_is_legal() {
        for (text, why) in [
            ("camera", "no IP address"),
            ("192.0.2.0/", "prefix"),
            ("192.0.2.0/33", "prefix"),
            ("192.0.2.1/24", "behind the prefix"),
            ("192.0.0.0/23", "more than 256"),
            ("fd00::/64", "more than 256"),
            ("224.0.0.0/24", "single machines"),
            ("", "no IP address"),
        ] {
            let error = text.parse::<Cidr>().unwrap_err();
            assert!(
                error.contains(why) && error.contains("192.0.2.64/26"),
                "{error}"
            );
        }
    }
}
