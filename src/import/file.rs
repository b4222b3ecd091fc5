//! A file that the user hands in, as a run keeps it.

use std::net::IpAddr;

use super::nmap::{self, Scan};
use crate::dut::Unit;
use crate::error::InputError;
use crate::observation::{ImportedPorts, PortSpan};

/// The largest nmap file, in bytes.
pub const NMAP_LIMIT: usize = 64 << 20;

/// The longest name that a run gives to a copy, in characters.
const NAME_LIMIT: usize = 60;

/// An nmap XML file.
#[derive(Clone, Debug)]
pub struct Import {
    /// Where the run keeps its copy: `inputs/01-scan.xml`.
    pub name: String,
    pub bytes: Vec<u8>,
    /// What it says, or why it does not count, whatever it is about.
    scan: Result<Scan, String>,
}

impl Import {
    /// Reads the `number`th file of a command line; `origin` is its path.
    ///
    /// # Errors
    ///
    /// It is no nmap XML at all. One that is and does not count, because it was cut or the scan was not
    /// complete, is no error: the run says why.
    pub fn new(number: usize, origin: &str, bytes: Vec<u8>) -> Result<Self, InputError> {
        let scan = match std::str::from_utf8(&bytes) {
            Ok(text) if nmap::is_nmap(text) => nmap::read(text),
            _ => {
                return Err(InputError::new(origin, "is no nmap XML")
                    .legal("a file that `nmap -oX FILE` wrote"));
            }
        };
        Ok(Self {
            name: copy_name(&format!("{number:02}"), origin),
            bytes,
            scan,
        })
    }

    fn stand_in(&self, unit: &Unit, ip: IpAddr) -> Result<StandIn, String> {
        let scan = self.scan.as_ref().map_err(Clone::clone)?;
        if !scan.names(ip) {
            return Err(format!("it is about {}, not about {ip}", scan.hosts()));
        }
        let ports = self.ports(scan, unit, ip)?;
        Ok(StandIn {
            ports,
            spans: scan.spans(ip)?,
        })
    }

    fn ports(&self, scan: &Scan, unit: &Unit, ip: IpAddr) -> Result<ImportedPorts, String> {
        if let Some(mac) = &unit.mac {
            scan.may_be_of(ip, mac)?;
        }
        scan.ports(ip, &self.name)
    }

    /// What it says of the addresses of a unit, by address as the manifest writes it, or why it does not
    /// count there. Says nothing of a unit where it is about another one of `units`.
    pub fn about(
        &self,
        unit: &Unit,
        units: &[&Unit],
    ) -> Vec<(String, Result<ImportedPorts, String>)> {
        let first = || unit.addresses.first().map(ToString::to_string);
        let scan = match &self.scan {
            Ok(scan) => scan,
            Err(why) => {
                return first()
                    .map(|it| (it, Err(why.clone())))
                    .into_iter()
                    .collect();
            }
        };
        let names = |ip: IpAddr| scan.names(ip);
        let found: Vec<_> = unit
            .addresses
            .iter()
            .filter(|address| names(address.ip))
            .map(|address| (address.to_string(), self.ports(scan, unit, address.ip)))
            .collect();
        let other = || {
            let addresses = units.iter().flat_map(|unit| &unit.addresses);
            addresses.map(|address| address.ip).any(names)
        };
        if !found.is_empty() || other() {
            return found;
        }
        let why = format!("it is about {}, not about this device", scan.hosts());
        first().map(|it| (it, Err(why))).into_iter().collect()
    }
}

/// A scan that can stand in for our own sweep of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandIn {
    pub ports: ImportedPorts,
    /// Every TCP port.
    pub spans: Vec<PortSpan>,
}

impl StandIn {
    /// The first of some files that counts for an address of a unit.
    ///
    /// # Errors
    ///
    /// Why none of them does.
    pub fn choose(imports: &[Import], unit: &Unit, ip: IpAddr) -> Result<Self, String> {
        let mut reasons = Vec::new();
        for import in imports {
            match import.stand_in(unit, ip) {
                Ok(stand_in) => return Ok(stand_in),
                Err(why) => reasons.push(format!("{}: {why}", import.name)),
            }
        }
        Err(reasons.join("; "))
    }
}

/// Where a run keeps its copy of a file that the user calls `origin`: `inputs/01-scan.xml`.
pub(super) fn copy_name(prefix: &str, origin: &str) -> String {
    format!("inputs/{prefix}-{}", safe(origin))
}

/// Whether a run may hold a file of this name below its directory: `inputs/` and one plain name.
pub fn is_input_name(name: &str) -> bool {
    name.strip_prefix("inputs/").is_some_and(|name| {
        !name.is_empty()
            && name.len() <= NAME_LIMIT + 8
            && !name.starts_with('.')
            && name.bytes().all(plain)
    })
}

fn plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

/// The last part of a path, with nothing in it that a file system or a shell takes for more than a letter.
fn safe(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or_default();
    let letter = |c: char| match u8::try_from(c) {
        Ok(byte) if plain(byte) => c,
        _ => '-',
    };
    name.chars().map(letter).take(NAME_LIMIT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dut::UnitState;

    #[test]
    fn a_copy_has_a_plain_name() {
        for (path, name) in [
            ("scan.xml", "inputs/07-scan.xml"),
            ("../../etc/pass wd", "inputs/07-pass-wd"),
            ("a/..", "inputs/07-.."),
            ("/\u{202e}\n.xml", "inputs/07---.xml"),
            ("", "inputs/07-"),
        ] {
            let import = Import::new(7, path, b"<nmaprun>".to_vec()).unwrap();
            assert_eq!(import.name, name);
            assert!(is_input_name(&import.name), "{name}");
        }
        let long = Import::new(1, &"x".repeat(4096), b"<nmaprun>".to_vec()).unwrap();
        assert!(is_input_name(&long.name), "{}", long.name);
    }

    #[test]
    fn no_other_name_is_an_input() {
        for name in [
            "inputs/",
            "inputs/.x",
            "inputs/..",
            "inputs/a/b",
            "inputs/../run.json",
            "run.json",
            "inputs/a\\b",
            "inputs/a\n",
            "Inputs/a",
        ] {
            assert!(!is_input_name(name), "{name:?}");
        }
    }

    #[test]
    fn a_scan_of_another_link_address_is_of_another_device() {
        let scan = include_str!("../../lab/fixtures/nmap/complete.xml");
        let seen = r#"addrtype="ipv4"/><address addr="02:00:5E:10:00:01" addrtype="mac"/>"#;
        let scan = scan.replace(r#"addrtype="ipv4"/>"#, seen);
        let import = [Import::new(1, "scan.xml", scan.into_bytes()).unwrap()];
        let ip: IpAddr = "127.78.0.10".parse().unwrap();
        let unit = |mac: Option<&str>| Unit {
            id: "unit-1".to_owned(),
            serial: None,
            addresses: vec!["127.78.0.10".parse().unwrap()],
            mac: mac.map(str::to_owned),
            state: UnitState::Initialised,
            disposable: false,
            label: None,
        };
        for of_it in [None, Some("02:00:5e:10:00:01")] {
            let unit = unit(of_it);
            assert!(StandIn::choose(&import, &unit, ip).is_ok());
            assert!(import[0].about(&unit, &[&unit])[0].1.is_ok());
        }
        let other = unit(Some("02:aa:00:00:00:01"));
        let why = StandIn::choose(&import, &other, ip).unwrap_err();
        let beside = import[0].about(&other, &[&other]).remove(0).1.unwrap_err();
        for why in [why, beside] {
            assert!(why.contains("of another device"), "{why}");
            assert!(why.contains("02:00:5E:10:00:01"), "{why}");
        }
    }

    #[test]
    fn a_file_of_another_kind_is_an_error() {
        for bytes in [
            &b""[..],
            b"PNG",
            b"\xff\xfe<nmaprun>",
            b"<nmaprunner/>",
            b"<a><nmaprun/></a>",
        ] {
            let error = Import::new(1, "x.xml", bytes.to_vec()).unwrap_err();
            assert_eq!(error.message, "is no nmap XML");
        }
    }
}
