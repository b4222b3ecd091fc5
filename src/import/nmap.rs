//! `nmap -oX`: which scans count as a second witness of a unit's TCP ports.
//!
//! nmap says `success` of many scans that show less than they seem to: a host that timed out, `--open` with
//! nothing open, a scan that was told to give up early. Every rule here refuses one of them; a refused file
//! makes nothing worse and nothing better.

mod haste;
mod spans;
mod xml;

use std::collections::BTreeSet;
use std::net::IpAddr;

use jiff::Timestamp;

use self::haste::haste;
pub use self::xml::is_nmap;
use self::xml::{Document, Host, ScanInfo, State};
use crate::observation::{ImportedPort, ImportedPorts, PortSpan};
use crate::text::shown;

/// Scan types that tell an open port from one that is not. The others (FIN, ACK, window …) infer it.
const TYPES: [&str; 2] = ["connect", "syn"];

/// A scan that was written to its end and says what it asked.
#[derive(Clone, Debug)]
pub struct Scan {
    document: Document,
}

/// Reads a file and applies the rules that hold whatever the host.
///
/// # Errors
///
/// Why the file does not count.
pub fn read(text: &str) -> Result<Scan, String> {
    let document = xml::read(text)?;
    if document.scanner != "nmap" {
        return Err(format!(
            "it was written by `{}`, not by nmap",
            shown(&document.scanner, 40)
        ));
    }
    match document.exit.as_deref() {
        Some("success") => {}
        Some(exit) => return Err(format!("the scan ended with `{}`", shown(exit, 40))),
        None => return Err("the scan did not end: it has no `finished`".to_owned()),
    }
    if let Some((option, why)) = haste(&document.args) {
        return Err(format!(
            "it was run with `{}`, which {why}",
            shown(option, 40)
        ));
    }
    tcp(&document)?;
    Ok(Scan { document })
}

/// The one description of the TCP part of a scan, over all ports.
fn tcp(document: &Document) -> Result<&ScanInfo, String> {
    let mut infos = document.infos.iter().filter(|info| info.protocol == "tcp");
    let Some(info) = infos.next() else {
        return Err("it does not say which TCP ports were scanned".to_owned());
    };
    if infos.next().is_some() {
        return Err("it describes two TCP scans".to_owned());
    }
    if !TYPES.contains(&info.kind.as_str()) {
        return Err(format!(
            "a `{}` scan does not tell open ports from others",
            shown(&info.kind, 40)
        ));
    }
    if !covers_all(&info.services) {
        return Err(format!(
            "it covers TCP ports {}, not 1-65535",
            shown(&info.services, 60)
        ));
    }
    Ok(info)
}

/// The ranges of a list as in `1-1024,8080`. None: it is no such list.
fn ranges(list: &str) -> Option<Vec<(u32, u32)>> {
    let ranges = list.split(',').map(|part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (first.parse::<u16>().ok()?, last.parse::<u16>().ok()?);
        Some((u32::from(first), u32::from(last)))
    });
    ranges.collect()
}

/// Whether a list holds every port from 1 on.
fn covers_all(services: &str) -> bool {
    let Some(mut ranges) = ranges(services) else {
        return false;
    };
    ranges.sort_unstable();
    let mut next = 1;
    for (first, last) in ranges {
        if first > next {
            return false;
        }
        next = next.max(last + 1);
    }
    next == 65_536
}

impl Scan {
    /// Whether a host of it has this address.
    pub fn names(&self, ip: IpAddr) -> bool {
        self.hosts_at(ip).next().is_some()
    }

    /// Its hosts in words.
    pub fn hosts(&self) -> String {
        let hosts = &self.document.hosts;
        let mut words: Vec<String> = hosts
            .iter()
            .flat_map(|host| &host.addresses)
            .take(4)
            .map(ToString::to_string)
            .collect();
        if words.is_empty() {
            return "no host".to_owned();
        }
        if hosts.len() > words.len() {
            words.push(format!("{} hosts in all", hosts.len()));
        }
        words.join(", ")
    }

    /// The state of every TCP port of an address, as it stands in for a sweep. The ports that count are those of
    /// [`Self::ports`].
    ///
    /// # Errors
    ///
    /// Why the scan does not count for this address.
    pub fn spans(&self, ip: IpAddr) -> Result<Vec<PortSpan>, String> {
        self.ports(ip, "")?;
        let host = self.hosts_at(ip).next();
        Ok(host.map(spans::of).unwrap_or_default())
    }

    /// Whether the host at this address may be the one of a link address, lower case with colons: a default address is
    /// that of every unit in turn. A scan from behind a router tells no link address and contradicts none.
    ///
    /// # Errors
    ///
    /// It is another one's.
    pub fn may_be_of(&self, ip: IpAddr, mac: &str) -> Result<(), String> {
        let mut seen = self.hosts_at(ip).flat_map(|host| &host.macs);
        match seen.find(|seen| !seen.eq_ignore_ascii_case(mac)) {
            Some(other) => Err(format!(
                "it is of another device: link address {other} had {ip} then, and the manifest says {mac}"
            )),
            None => Ok(()),
        }
    }

    fn hosts_at(&self, ip: IpAddr) -> impl Iterator<Item = &Host> {
        let hosts = self.document.hosts.iter();
        hosts.filter(move |host| host.addresses.contains(&ip))
    }

    /// The TCP ports of an address; `source` is the run's copy of the file.
    ///
    /// # Errors
    ///
    /// Why the scan does not count for this address.
    pub fn ports(&self, ip: IpAddr, source: &str) -> Result<ImportedPorts, String> {
        let document = &self.document;
        let info = tcp(document)?;
        let mut hosts = self.hosts_at(ip);
        let (Some(host), None) = (hosts.next(), hosts.next()) else {
            return Err(format!("it describes {ip} more than once or not at all"));
        };
        if host.timed_out {
            return Err(format!("nmap gave up on {ip}: the host timed out"));
        }
        // nmap counts what it asked for all protocols together, and `extraports` is not always told apart.
        let asked: u64 = document.infos.iter().map(|info| info.count).sum();
        let extra: u64 = host.extra.iter().map(|extra| extra.count).sum();
        let told = extra + host.ports.len() as u64;
        if told != asked {
            return Err(format!("it accounts for {told} of {asked} ports of {ip}"));
        }
        let tcp: Vec<_> = host.ports.iter().filter(|port| port.tcp).collect();
        let distinct: BTreeSet<u16> = tcp.iter().map(|port| port.id).collect();
        if distinct.len() != tcp.len() {
            return Err(format!("it lists a TCP port of {ip} twice"));
        }
        let unclear = tcp.iter().any(|port| port.state == State::Unclear)
            || host
                .extra
                .iter()
                .any(|extra| extra.tcp != Some(false) && !extra.state.is_not_open());
        if unclear {
            return Err(format!("it leaves open whether ports of {ip} are open"));
        }
        let mut open: Vec<ImportedPort> = tcp
            .iter()
            .filter(|port| port.state == State::Open && port.id != 0)
            .map(|port| ImportedPort {
                port: port.id,
                speaks: port.speaks.clone(),
                product: port.product.clone(),
            })
            .collect();
        open.sort_by_key(|open| open.port);
        Ok(ImportedPorts {
            source: source.to_owned(),
            tool: format!("nmap {}", shown(&document.version, 40)),
            scan: info.kind.clone(),
            args: shown(&document.args, 400),
            scanned_at: document
                .start
                .and_then(|start| Timestamp::from_second(start).ok()),
            first: 1,
            last: u16::MAX,
            open,
        })
    }
}

#[cfg(test)]
mod tests;
