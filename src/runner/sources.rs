//! Which addresses of this machine UDP ports are asked from: each is another budget of refusals, because devices
//! limit them for each peer.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr, UdpSocket};

use nix::ifaddrs::getifaddrs;
use nix::sys::socket::SockaddrStorage;

use crate::dut::Cidr;
use crate::error::InputError;
use crate::probe::udp::reached_from;

/// From no more addresses is asked.
const MOST: usize = 256;

/// Addresses of this machine from which a host can be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    pub addresses: Vec<IpAddr>,
    /// Why there are none, where some were given for other hosts; else empty.
    pub because: String,
}

/// The addresses of the subnets from which this machine can ask `host`. Those that it does not have are left out.
/// Nothing is sent.
///
/// # Errors
///
/// None is left, or one is in another subnet than the one in which the host is reached: what the host answers would
/// not come back.
pub fn sources(subnets: &[Cidr], host: SocketAddr) -> Result<Sources, InputError> {
    let fitting: Vec<&Cidr> = subnets
        .iter()
        .filter(|it| it.same_family(host.ip()))
        .collect();
    if fitting.is_empty() {
        let family = if host.is_ipv4() { "IPv4" } else { "IPv6" };
        let because = match subnets {
            [] => String::new(),
            _ => format!("none of the addresses given with --sources is an {family} address"),
        };
        return Ok(Sources {
            addresses: Vec::new(),
            because,
        });
    }
    let wrong = |message: String| InputError::new("--sources", message);
    let ours = reached_from(host).map_err(|error| wrong(format!("{}: {error}", host.ip())))?;
    let link = link(ours.ip());
    let wanted: BTreeSet<IpAddr> = fitting.iter().flat_map(|it| it.addresses()).collect();
    let names: Vec<String> = fitting.iter().map(ToString::to_string).collect();
    if let Some(stray) = wanted.iter().find(|ip| !link.contains(**ip)) {
        let message = format!(
            "{stray} is outside {}/{}, the subnet of `{}`, on which {} is reached: answers would not come back",
            link.network(),
            link.prefix,
            link.name,
            host.ip()
        );
        return Err(wrong(message).legal("a subnet of that one"));
    }
    let usable = |ip: &IpAddr| {
        let mut from = ours;
        from.set_ip(*ip);
        *ip != host.ip() && !link.is_an_end(*ip) && UdpSocket::bind(from).is_ok()
    };
    let addresses: Vec<IpAddr> = wanted.into_iter().filter(usable).collect();
    if addresses.is_empty() {
        let message = format!(
            "this machine has none of the addresses of {}",
            names.join(", ")
        );
        let legal = format!(
            "addresses of this machine. Choose some that nobody else uses, and give them to it: `ip address add ADDRESS/{} dev {}` for each, \
             or all at once with `ip route add local SUBNET dev {}`",
            link.prefix, link.name, link.name
        );
        return Err(wrong(message).legal(legal));
    }
    if addresses.len() > MOST {
        let message = format!("these are {} addresses of this machine", addresses.len());
        return Err(wrong(message).legal(format!("at most {MOST}")));
    }
    Ok(Sources {
        addresses,
        because: String::new(),
    })
}

/// The subnet in which this machine has an address.
#[derive(Clone, Debug)]
struct Link {
    name: String,
    ip: IpAddr,
    prefix: u32,
}

/// Where nothing is known of an address, nothing else is on its link.
fn link(ip: IpAddr) -> Link {
    let address = |it: &Option<SockaddrStorage>| -> Option<IpAddr> {
        let it = it.as_ref()?;
        let v4 = it.as_sockaddr_in().map(|it| IpAddr::from(it.ip()));
        v4.or_else(|| it.as_sockaddr_in6().map(|it| it.ip().into()))
    };
    let found = getifaddrs().ok().and_then(|all| {
        let with_mask = |it: nix::ifaddrs::InterfaceAddress| {
            let mask = address(&it.netmask)?;
            let own = address(&it.address)?;
            let prefix = number(mask).count_ones();
            let link = Link {
                name: it.interface_name,
                ip: own,
                prefix,
            };
            link.contains(ip).then_some(link)
        };
        // Of several, the one that leads to the fewest.
        all.filter_map(with_mask).max_by_key(|link| link.prefix)
    });
    found.unwrap_or(Link {
        name: "?".to_owned(),
        ip,
        prefix: if ip.is_ipv4() { 32 } else { 128 },
    })
}

impl Link {
    fn host_bits(&self) -> u32 {
        let all: u32 = if self.ip.is_ipv4() { 32 } else { 128 };
        all.saturating_sub(self.prefix)
    }

    fn contains(&self, ip: IpAddr) -> bool {
        let part = |ip| number(ip).checked_shr(self.host_bits()).unwrap_or_default();
        ip.is_ipv4() == self.ip.is_ipv4() && part(ip) == part(self.ip)
    }

    fn network(&self) -> IpAddr {
        let bits = self.host_bits();
        let part = number(self.ip).checked_shr(bits).unwrap_or_default();
        let first = part.checked_shl(bits).unwrap_or_default();
        match self.ip {
            IpAddr::V4(_) => IpAddr::V4(u32::try_from(first).unwrap_or_default().into()),
            IpAddr::V6(_) => IpAddr::V6(first.into()),
        }
    }

    /// Whether it is the address of the subnet itself, or its broadcast address.
    fn is_an_end(&self, ip: IpAddr) -> bool {
        let bits = self.host_bits();
        if !ip.is_ipv4() || bits < 2 {
            return false;
        }
        let mask = (1_u128 << bits) - 1;
        let host = number(ip) & mask;
        host == 0 || host == mask
    }
}

fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => u32::from(ip).into(),
        IpAddr::V6(ip) => ip.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(subnets: &[&str], host: &str) -> Result<Sources, String> {
        let subnets: Vec<Cidr> = subnets.iter().map(|it| it.parse().unwrap()).collect();
        let host = SocketAddr::new(host.parse().unwrap(), 0);
        sources(&subnets, host).map_err(|error| error.to_string())
    }

    #[test]
    fn what_this_machine_has_in_the_same_subnet_is_used() {
        let found = of(&["127.76.0.0/30", "127.76.0.2/31"], "127.76.0.3").unwrap();
        let found: Vec<String> = found.addresses.iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            ["127.76.0.0", "127.76.0.1", "127.76.0.2"],
            "not the device's own"
        );
        assert_eq!(of(&[], "127.0.0.1").unwrap(), Sources::default());
        let ends = of(&["127.255.255.254/31", "127.0.0.0/31"], "127.0.0.9").unwrap();
        let ends: Vec<String> = ends.addresses.iter().map(ToString::to_string).collect();
        assert_eq!(ends, ["127.0.0.1", "127.255.255.254"]);
    }

    #[test]
    fn another_family_is_told_and_another_subnet_is_an_error() {
        let other = of(&["fd00::100/120"], "127.0.0.1").unwrap();
        assert!(
            other.addresses.is_empty() && other.because.contains("IPv4"),
            "{other:?}"
        );
        let error = of(&["192.0.2.0/30"], "127.0.0.1").unwrap_err();
        assert!(
            error.contains("127.0.0.0/8") && error.contains("`lo`"),
            "{error}"
        );
    }

    #[test]
    fn too_many_are_an_error() {
        let error = of(&["127.76.0.0/24", "127.76.1.0/24"], "127.0.0.1").unwrap_err();
        assert!(
            error.contains("512") && error.contains("at most 256"),
            "{error}"
        );
    }

    #[test]
    fn the_ends_of_a_subnet_are_nobodys() {
        let link = Link {
            name: "x".to_owned(),
            ip: "10.9.8.7".parse().unwrap(),
            prefix: 24,
        };
        let end = |text: &str| link.is_an_end(text.parse().unwrap());
        assert!(end("10.9.8.0") && end("10.9.8.255") && !end("10.9.8.7"));
        assert_eq!(link.network().to_string(), "10.9.8.0");
        assert!(!link.contains("10.9.9.7".parse().unwrap()));
        assert!(!link.contains("fd00::1".parse().unwrap()));
    }
}
