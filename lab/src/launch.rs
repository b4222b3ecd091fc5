//! Brings a scenario's device and firewall to life.

use std::net::{IpAddr, Ipv6Addr};

use crate::firewall::{Drops, Firewall, FirewallError, Rules, When};
use crate::link::{Link, LinkError, LinkSpec};
use crate::namespace::add_address;
use crate::real::{RealError, Server};
use crate::scenario::{Dut, Scenario, ipv6_of};
use crate::site::{Site, site_of};
use crate::standin::{Device, DeviceSpec, Event, StartError};

/// A running scenario. It ends when this is dropped.
#[derive(Debug)]
pub struct Launched {
    // In this order: a firewall that outlives its device hides nothing.
    _device: Option<Running>,
    _on_ipv6: Option<Device>,
    _site: Option<Site>,
    _rules: Option<Rules>,
    _link: Option<Link>,
}

#[derive(Debug)]
#[expect(dead_code, reason = "held for what their `drop` ends")]
enum Running {
    StandIn(Device),
    Real(Server),
}

/// Why a scenario does not run.
#[derive(Debug, thiserror::Error)]
pub enum NotLaunched {
    /// Something is missing on this machine. The scenario proves nothing here.
    #[error("{0}")]
    Absent(String),
    /// The lab failed.
    #[error("{0}")]
    Failed(String),
}

/// Starts everything; when this returns, the device accepts connections at `ip`.
///
/// # Errors
///
/// [`NotLaunched`].
pub fn launch(scenario: &Scenario, ip: IpAddr) -> Result<Launched, NotLaunched> {
    if let (Some(link), Some(Dut::StandIn(spec))) = (&scenario.link, &scenario.dut) {
        return on_link(link, spec, scenario.firewall, ip);
    }
    let device = match &scenario.dut {
        Some(Dut::StandIn(spec)) => Some(stand_in(spec, scenario.firewall, ip)?),
        Some(Dut::BusyboxHttpd(server)) => Some(Running::Real(server.start(ip)?)),
        Some(Dut::BusyboxTelnetd(server)) => Some(Running::Real(server.start(ip)?)),
        Some(Dut::Dnsmasq(server)) => Some(Running::Real(server.start(ip)?)),
        Some(Dut::Dropbear(server)) => Some(Running::Real(server.start(ip)?)),
        Some(Dut::Dtls(server)) => Some(Running::Real(server.start(ip)?)),
        Some(Dut::Gdbserver(server)) => Some(Running::Real(server.start(ip)?)),
        Some(Dut::Gnutls(server)) => Some(Running::Real(server.start(ip)?)),
        Some(Dut::Openssl(server)) => Some(Running::Real(server.start(ip)?)),
        Some(Dut::Stunnel(server)) => Some(Running::Real(server.start(ip)?)),
        Some(Dut::Redis(server)) => Some(Running::Real(server.start(ip)?)),
        Some(Dut::Openssh(server)) => Some(Running::Real(server.start(ip)?)),
        Some(Dut::Vsftpd(server)) => Some(Running::Real(server.start(ip)?)),
        Some(Dut::Libcoap(server)) => Some(Running::Real(server.start(ip)?)),
        Some(Dut::Lighttpd(server)) => Some(Running::Real(server.start(ip)?)),
        Some(Dut::Mosquitto(server)) => Some(Running::Real(server.start(ip)?)),
        Some(Dut::Nginx(server)) => Some(Running::Real(server.start(ip)?)),
        Some(Dut::Snmpd(server)) => Some(Running::Real(server.start(ip)?)),
        Some(Dut::Swupdate(server)) => Some(Running::Real(server.start(ip)?)),
        Some(Dut::Tlslite(server)) => Some(Running::Real(server.start(ip)?)),
        None => None,
    };
    let on_ipv6 = match &scenario.dut_on_ipv6 {
        Some(spec) => {
            let ip = ipv6_of(ip);
            add_address(ip).map_err(|error| NotLaunched::Absent(error.to_string()))?;
            Some(Device::start(spec, ip.into())?)
        }
        None => None,
    };
    let open = scenario.dut.as_ref().map(Dut::ports).unwrap_or_default();
    let rules = match scenario.firewall {
        Some(firewall) if firewall.when == When::Always => {
            Some(Rules::apply(&firewall, ip, &open)?)
        }
        _ => None,
    };
    let site = scenario.site.as_ref();
    let site = site
        .map(|site| Site::start(site, site_of(ip)))
        .transpose()?;
    Ok(Launched {
        _device: device,
        _on_ipv6: on_ipv6,
        _site: site,
        _rules: rules,
        _link: None,
    })
}

/// The same for a stand-in on a link of its own.
fn on_link(
    link_spec: &LinkSpec,
    spec: &DeviceSpec,
    firewall: Option<Firewall>,
    ip: IpAddr,
) -> Result<Launched, NotLaunched> {
    let link = Link::lay(link_spec, ip)?;
    let (spec, other) = (spec.clone(), link_spec.on_ipv6.clone());
    link.run(move || {
        let open: Vec<u16> = spec.ports().collect();
        let everywhere = IpAddr::from(Ipv6Addr::UNSPECIFIED);
        let on_ipv6 = other.map(|other| Device::start(&other, everywhere));
        let device = stand_in(&spec, firewall, ip)?;
        let firewall = firewall.filter(|firewall| firewall.when == When::Always);
        let rules = firewall.map(|firewall| Rules::apply(&firewall, ip, &open));
        Ok((device, on_ipv6.transpose()?, rules.transpose()?))
    })
    .map(|(device, on_ipv6, rules)| Launched {
        _device: Some(device),
        _on_ipv6: on_ipv6,
        _site: None,
        _rules: rules,
        _link: Some(link),
    })
}

/// A stand-in whose firewall, if it has one for that, closes while it is down.
fn stand_in(
    spec: &DeviceSpec,
    firewall: Option<Firewall>,
    ip: IpAddr,
) -> Result<Running, NotLaunched> {
    let Some(firewall) = firewall.filter(|firewall| firewall.when == When::Down) else {
        return Ok(Running::StandIn(Device::start(spec, ip)?));
    };
    // Now, because nobody hears of it later: `nft` may be missing.
    let harmless = Firewall {
        drop: Some(Drops::OtherPorts),
        ..firewall
    };
    drop(Rules::apply(&harmless, ip, &[1])?);
    let open: Vec<u16> = spec.ports().collect();
    let mut rules = Vec::new();
    let device = Device::start_watched(spec, ip, move |event| match event {
        Event::Down => rules.extend(Rules::apply(&firewall, ip, &open)),
        Event::Up => rules.clear(),
    })?;
    Ok(Running::StandIn(device))
}

impl From<StartError> for NotLaunched {
    fn from(error: StartError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<RealError> for NotLaunched {
    fn from(error: RealError) -> Self {
        match error {
            RealError::Missing(missing) => Self::Absent(missing.to_string()),
            RealError::Unable(why) => Self::Absent(why),
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<LinkError> for NotLaunched {
    /// As with a firewall.
    fn from(error: LinkError) -> Self {
        Self::Absent(error.to_string())
    }
}

impl From<FirewallError> for NotLaunched {
    /// A kernel that refuses `nft` lacks a module or a privilege: that is this machine's, too.
    fn from(error: FirewallError) -> Self {
        Self::Absent(error.to_string())
    }
}
