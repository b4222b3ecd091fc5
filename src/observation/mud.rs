//! What a MUD file (RFC 8520) says of a device: who it is about, and who may reach which of its ports.

use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Transport;

/// A MUD file. Texts are safe to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportedMud {
    /// The file, by its path in the run directory.
    pub source: String,
    pub mud_url: String,
    pub last_update: Timestamp,
    /// How long the file is good for after it was fetched.
    pub cache_validity_hours: u8,
    /// Whether the manufacturer still supports the device.
    pub is_supported: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub systeminfo: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfg_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firmware_rev: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_rev: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<String>,
    /// The entries of the to-device policy that are about TCP or UDP, in the order in which they are matched.
    /// What none of them accepts is not permitted.
    pub to_device: Vec<MudRule>,
    /// Entries of the same that are about other protocols.
    pub to_device_other: u32,
    /// Entries of the from-device policy: what the device itself may reach.
    pub from_device: u32,
    /// Parts of the file that say nothing of ports and were not read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
}

/// One entry of an access list (RFC 8519), about packets to the device. All of its conditions hold together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MudRule {
    /// Its name.
    pub name: String,
    /// Whether it accepts; else it drops.
    pub accepts: bool,
    /// None: over IPv4 and IPv6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<IpFamily>,
    /// None: TCP and UDP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transport: Option<Transport>,
    /// Ports of the device, first and last of each range. None: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ports: Option<Vec<(u16, u16)>>,
    /// Whether the other side's port matters.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub source_port: bool,
    /// Who opened the connection (TCP). None: either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initiated: Option<MudDirection>,
    /// The other side, all of it together. None: anybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<MudPeer>,
    /// A condition that this version cannot read: the entry matches what the others say, or less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unclear: Option<String>,
}

/// A version of IP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IpFamily {
    Ipv4,
    Ipv6,
}

/// Which side opened a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MudDirection {
    ToDevice,
    FromDevice,
}

/// Who the other side is (RFC 8520, section 3; RFC 8519, section 4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    content = "value",
    rename_all = "kebab-case",
    deny_unknown_fields
)]
pub enum MudPeer {
    LocalNetworks,
    MyController,
    SameManufacturer,
    Controller(String),
    Manufacturer(String),
    Model(String),
    DomainName(String),
    /// An address and the length of its prefix.
    Network(IpAddr, u8),
}

impl ImportedMud {
    /// Everything in it that somebody wrote freely.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let rules = self.to_device.iter_mut().flat_map(|rule| {
            let peers = rule.from.iter_mut().filter_map(MudPeer::text_mut);
            peers.chain([&mut rule.name]).chain(&mut rule.unclear)
        });
        let optional = [
            &mut self.systeminfo,
            &mut self.mfg_name,
            &mut self.model_name,
            &mut self.firmware_rev,
            &mut self.software_rev,
        ];
        let optional = optional.into_iter().flatten();
        let lists = self.extensions.iter_mut().chain(&mut self.unread);
        rules
            .chain(optional)
            .chain(lists)
            .chain([&mut self.mud_url])
    }
}

impl MudPeer {
    fn text_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Controller(text)
            | Self::Manufacturer(text)
            | Self::Model(text)
            | Self::DomainName(text) => Some(text),
            Self::LocalNetworks
            | Self::MyController
            | Self::SameManufacturer
            | Self::Network(..) => None,
        }
    }
}

impl MudRule {
    /// Whether it is about a packet to this port of this address, whoever sends it.
    pub fn covers(&self, ip: IpAddr, transport: Transport, port: u16) -> bool {
        let mut ranges = self.ports.iter().flatten();
        self.is_over(ip)
            && self.transport.is_none_or(|wanted| wanted == transport)
            && (self.ports.is_none()
                || ranges.any(|(first, last)| (*first..=*last).contains(&port)))
    }

    /// Whether it is about the version of IP of this address.
    pub fn is_over(&self, ip: IpAddr) -> bool {
        let family = match ip {
            IpAddr::V4(_) => IpFamily::Ipv4,
            IpAddr::V6(_) => IpFamily::Ipv6,
        };
        self.family.is_none_or(|wanted| wanted == family)
    }

    /// Whether it only lets back in what answers the device: by its word, or because it says from which port of
    /// the other side and not to which of the device.
    pub fn is_answer(&self) -> bool {
        self.initiated == Some(MudDirection::FromDevice)
            || (self.source_port && self.ports.is_none())
    }
}

impl std::fmt::Display for MudPeer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::LocalNetworks => f.write_str("local networks"),
            Self::MyController => f.write_str("its controller"),
            Self::SameManufacturer => f.write_str("devices of its manufacturer"),
            Self::Controller(class) => write!(f, "controller {class}"),
            Self::Manufacturer(name) => write!(f, "devices of {name}"),
            Self::Model(url) => write!(f, "devices of model {url}"),
            Self::DomainName(name) => f.write_str(name),
            Self::Network(ip, prefix) => write!(f, "{ip}/{prefix}"),
        }
    }
}
