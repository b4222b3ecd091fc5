//! Access lists and their entries (RFC 8519, with RFC 8520's and `ietf-acldns`' additions).

use std::net::IpAddr;

use super::json::{Node, Object};
use crate::error::InputError;
use crate::observation::{IpFamily, MudDirection, MudPeer, MudRule, Transport};
use crate::text::shown;

const TCP: u8 = 6;
const UDP: u8 = 17;

/// An access list whose entries have not been read yet.
pub struct List<'t> {
    pub name: String,
    kind: Kind,
    entries: Vec<Node<'t>>,
    unclear: Option<String>,
}

/// What a list says that its entries are about.
#[derive(Clone, Copy)]
enum Kind {
    Any,
    Only(IpFamily),
}

impl<'t> List<'t> {
    /// Reads a list of at most `room` entries.
    pub fn read(node: &Node<'t>, room: usize) -> Result<Self, InputError> {
        let list = node.object()?;
        let mut unclear = doubt(&list, &["name", "type", "aces"], "the list");
        let kind = match list.get("type").map(|it| it.text()).transpose()? {
            None => Kind::Any,
            Some(kind) => match bare(&kind) {
                "ipv4-acl-type" | "mixed-eth-ipv4-acl-type" => Kind::Only(IpFamily::Ipv4),
                "ipv6-acl-type" | "mixed-eth-ipv6-acl-type" => Kind::Only(IpFamily::Ipv6),
                "eth-acl-type" | "mixed-eth-ipv4-ipv6-acl-type" => Kind::Any,
                other => {
                    unclear.get_or_insert(format!("the type `{other}`"));
                    Kind::Any
                }
            },
        };
        let mut entries = Vec::new();
        if let Some(aces) = list.get("aces") {
            let aces = aces.object()?;
            let other = doubt(&aces, &["ace"], "`aces`");
            unclear = unclear.or(other);
            if let Some(list) = aces.get("ace") {
                entries = list.list(room)?;
            }
        }
        Ok(Self {
            name: list.needed("name")?.text()?,
            kind,
            entries,
            unclear,
        })
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Its entries, read as of a to-device policy. None: one that is about neither TCP nor UDP.
    pub fn rules(&self) -> Result<Vec<Option<MudRule>>, InputError> {
        self.entries.iter().map(|it| self.rule(it)).collect()
    }

    fn rule(&self, node: &Node<'t>) -> Result<Option<MudRule>, InputError> {
        let ace = node.object()?;
        let unclear = self.unclear.clone();
        let unclear = unclear.or_else(|| doubt(&ace, &["name", "matches", "actions"], "the entry"));
        let actions = ace.needed("actions")?.object()?;
        let unclear = unclear.or_else(|| doubt(&actions, &["forwarding", "logging"], "`actions`"));
        let mut reading = Reading {
            rule: MudRule {
                name: ace.needed("name")?.text()?,
                accepts: accepts(&actions.needed("forwarding")?)?,
                family: match self.kind {
                    Kind::Any => None,
                    Kind::Only(family) => Some(family),
                },
                transport: None,
                ports: None,
                source_port: false,
                initiated: None,
                from: Vec::new(),
                unclear,
            },
            other_protocol: false,
        };
        if let Some(matches) = ace.get("matches") {
            reading.matches(&matches.object()?)?;
        }
        Ok((!reading.other_protocol).then_some(reading.rule))
    }
}

/// The word of an identity, which may be qualified by its module.
fn bare(word: &str) -> &str {
    word.strip_prefix("ietf-access-control-list:")
        .unwrap_or(word)
}

fn accepts(node: &Node<'_>) -> Result<bool, InputError> {
    match bare(&node.text()?) {
        "accept" => Ok(true),
        "drop" | "reject" => Ok(false),
        other => Err(node.error(format!("unknown action `{other}`"), "accept, drop, reject")),
    }
}

/// The first key that is none of these: it may narrow what is matched.
fn doubt(object: &Object<'_>, known: &[&str], place: &str) -> Option<String> {
    let key = object.others(known).next()?;
    Some(format!("`{key}` in {place}"))
}

/// An entry that is being read.
struct Reading {
    rule: MudRule,
    /// It is about neither TCP nor UDP.
    other_protocol: bool,
}

impl Reading {
    fn unclear(&mut self, why: Option<String>) {
        let known = self.rule.unclear.take();
        self.rule.unclear = known.or(why);
    }

    fn matches(&mut self, matches: &Object<'_>) -> Result<(), InputError> {
        let known = ["eth", "ipv4", "ipv6", "tcp", "udp", "icmp", "ietf-mud:mud"];
        self.unclear(doubt(matches, &known, "`matches`"));
        let at_most_one = |keys: &[&str]| {
            let mut there = keys.iter().filter_map(|key| matches.get(key));
            match (there.next(), there.next()) {
                (Some(_), Some(second)) => {
                    Err(second.error("more than one of these", keys.join(" or ")))
                }
                _ => Ok(()),
            }
        };
        at_most_one(&["ipv4", "ipv6"])?;
        at_most_one(&["tcp", "udp", "icmp"])?;
        if let Some(eth) = matches.get("eth") {
            self.ethernet(&eth.object()?)?;
        }
        let mut protocol = None;
        for (key, family) in [("ipv4", IpFamily::Ipv4), ("ipv6", IpFamily::Ipv6)] {
            if let Some(node) = matches.get(key) {
                if self.rule.family.is_some_and(|list| list != family) {
                    let legal = "the version of IP that the list, or its `ethertype`, says";
                    return Err(node.error(format!("`{key}` where it cannot be"), legal));
                }
                self.rule.family = Some(family);
                protocol = self.internet(&node.object()?, key)?;
            }
        }
        let transports = [
            ("tcp", Some(Transport::Tcp), TCP),
            ("udp", Some(Transport::Udp), UDP),
        ];
        for (key, transport, number) in transports {
            if let Some(node) = matches.get(key) {
                if let Some((found, protocol)) = &protocol
                    && *found != number
                {
                    let message = format!("protocol {found} beside `{key}`");
                    return Err(protocol.error(message, number.to_string()));
                }
                self.rule.transport = transport;
                self.transport(&node.object()?, key)?;
            }
        }
        match protocol {
            Some((TCP, _)) => self.rule.transport = Some(Transport::Tcp),
            Some((UDP, _)) => self.rule.transport = Some(Transport::Udp),
            Some(_) => self.other_protocol = true,
            None => {}
        }
        self.other_protocol |= matches.get("icmp").is_some();
        if let Some(mud) = matches.get("ietf-mud:mud") {
            self.peers(&mud.object()?)?;
        }
        Ok(())
    }

    fn ethernet(&mut self, eth: &Object<'_>) -> Result<(), InputError> {
        self.unclear(doubt(eth, &["ethertype"], "`eth`"));
        let Some(kind) = eth.get("ethertype") else {
            return Ok(());
        };
        // A number, or a text that holds one or a name.
        let word = kind
            .text()
            .or_else(|_| kind.number(0..=u16::MAX).map(|it| it.to_string()))?;
        let hex = word
            .strip_prefix("0x")
            .and_then(|hex| u16::from_str_radix(hex, 16).ok());
        let family = match (hex.or_else(|| word.parse().ok()), word.as_str()) {
            (Some(0x0800), _) | (_, "ipv4") => IpFamily::Ipv4,
            (Some(0x86dd), _) | (_, "ipv6") => IpFamily::Ipv6,
            (Some(_), _) | (_, "arp") => {
                self.other_protocol = true;
                return Ok(());
            }
            _ => {
                self.unclear(Some(format!("the ethertype `{word}`")));
                return Ok(());
            }
        };
        if self.rule.family.is_some_and(|list| list != family) {
            let legal = "the version of IP that the list says";
            return Err(kind.error("an ethertype that cannot be here", legal));
        }
        self.rule.family = Some(family);
        Ok(())
    }

    /// Returns the protocol, and where it stands.
    fn internet<'t>(
        &mut self,
        ip: &Object<'t>,
        key: &str,
    ) -> Result<Option<(u8, Node<'t>)>, InputError> {
        let network = format!("source-{key}-network");
        let name = "ietf-acldns:src-dnsname";
        self.unclear(doubt(
            ip,
            &["protocol", &network, name],
            &format!("`{key}`"),
        ));
        if let Some(name) = ip.get(name) {
            self.rule.from.push(MudPeer::DomainName(name.text()?));
        }
        if let Some(node) = ip.get(&network) {
            let word = node.text()?;
            let (ip, prefix) = prefix(&word, self.rule.family).ok_or_else(|| {
                node.error(
                    "no network",
                    "an address and a prefix, as in `192.0.2.0/24`",
                )
            })?;
            // Of any length: everybody.
            if prefix > 0 {
                self.rule.from.push(MudPeer::Network(ip, prefix));
            }
        }
        let protocol = ip.get("protocol");
        protocol
            .map(|node| Ok((node.number(0..=u8::MAX)?, node)))
            .transpose()
    }

    fn transport(&mut self, header: &Object<'_>, key: &str) -> Result<(), InputError> {
        let direction = "ietf-mud:direction-initiated";
        let known = ["source-port", "destination-port", direction];
        let known = &known[..if key == "tcp" { 3 } else { 2 }];
        self.unclear(doubt(header, known, &format!("`{key}`")));
        if let Some(node) = header.get(direction).filter(|_| key == "tcp") {
            self.rule.initiated = Some(match node.text()?.as_str() {
                "to-device" => MudDirection::ToDevice,
                "from-device" => MudDirection::FromDevice,
                other => {
                    let message = format!("unknown direction `{other}`");
                    return Err(node.error(message, "to-device, from-device"));
                }
            });
        }
        if let Some(node) = header.get("source-port") {
            let (ranges, unclear) = ports(&node.object()?)?;
            self.rule.source_port = ranges.is_some();
            self.unclear(unclear);
        }
        if let Some(node) = header.get("destination-port") {
            let (ranges, unclear) = ports(&node.object()?)?;
            self.rule.ports = ranges;
            self.unclear(unclear);
        }
        Ok(())
    }

    fn peers(&mut self, mud: &Object<'_>) -> Result<(), InputError> {
        let known = [
            "local-networks",
            "my-controller",
            "same-manufacturer",
            "controller",
            "manufacturer",
            "model",
        ];
        self.unclear(doubt(mud, &known, "`ietf-mud:mud`"));
        for (key, peer) in known.into_iter().zip([
            MudPeer::LocalNetworks,
            MudPeer::MyController,
            MudPeer::SameManufacturer,
        ]) {
            if let Some(node) = mud.get(key) {
                node.empty()?;
                self.rule.from.push(peer);
            }
        }
        for (key, peer) in [
            ("controller", MudPeer::Controller as fn(String) -> MudPeer),
            ("manufacturer", MudPeer::Manufacturer),
            ("model", MudPeer::Model),
        ] {
            if let Some(node) = mud.get(key) {
                self.rule.from.push(peer(node.text()?));
            }
        }
        Ok(())
    }
}

/// An address and the length of its prefix.
fn prefix(word: &str, family: Option<IpFamily>) -> Option<(IpAddr, u8)> {
    let (ip, prefix) = word.split_once('/')?;
    let (ip, prefix): (IpAddr, u8) = (ip.parse().ok()?, prefix.parse().ok()?);
    let (own, longest) = match ip {
        IpAddr::V4(_) => (IpFamily::Ipv4, 32),
        IpAddr::V6(_) => (IpFamily::Ipv6, 128),
    };
    (prefix <= longest && family.is_none_or(|family| family == own)).then_some((ip, prefix))
}

/// The ranges of a port condition, and what of it is not understood. None: all ports.
#[allow(clippy::type_complexity, reason = "two answers to one question")]
fn ports(ports: &Object<'_>) -> Result<(Option<Vec<(u16, u16)>>, Option<String>), InputError> {
    let keys = ["lower-port", "upper-port", "operator", "port"];
    let unclear = doubt(ports, &keys, "a port condition");
    let all = 0..=u16::MAX;
    let mut ranges = match keys.map(|key| ports.get(key)) {
        [Some(lower), Some(upper), None, None] => {
            let (first, last) = (lower.number(all.clone())?, upper.number(all)?);
            if first > last {
                return Err(lower.error("a range that ends before it begins", "lower first"));
            }
            vec![(first, last)]
        }
        [None, None, operator, Some(port)] => {
            let port = port.number(all)?;
            let word = operator.map(|it| it.text()).transpose()?;
            match (word.as_deref().unwrap_or("eq"), operator) {
                ("eq", _) => vec![(port, port)],
                ("lte", _) => vec![(0, port)],
                ("gte", _) => vec![(port, u16::MAX)],
                ("neq", _) => {
                    let below = port.checked_sub(1).map(|last| (0, last));
                    let above = port.checked_add(1).map(|first| (first, u16::MAX));
                    below.into_iter().chain(above).collect()
                }
                (other, node) => {
                    let message = format!("unknown operator `{}`", shown(other, 40));
                    let node = node.map(|node| node.error(&message, OPERATORS));
                    return Err(node.unwrap_or_else(|| ports.error(message, OPERATORS)));
                }
            }
        }
        // A condition that only this version does not know.
        [None, None, None, None] if unclear.is_some() => vec![(0, u16::MAX)],
        _ => {
            let legal = "`port` and perhaps `operator`, or `lower-port` and `upper-port`";
            return Err(ports.error("a port condition that says no port", legal));
        }
    };
    // Nothing listens at port 0.
    ranges.retain_mut(|(first, last)| {
        *first = (*first).max(1);
        first <= last
    });
    let ranges = (ranges != [(1, u16::MAX)]).then_some(ranges);
    Ok((ranges, unclear))
}

const OPERATORS: &str = "eq, neq, lte, gte";
