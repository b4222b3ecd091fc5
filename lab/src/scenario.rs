//! Scenario files: a device, what is said of it, and what must be found out.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv6Addr};

use serde::Deserialize;

use crate::documents::DOCUMENTS as DOCUMENTS_DIRECTORY;
use crate::expect::Expectation;
use crate::firewall::{Drops, Firewall, When};
use crate::link::LinkSpec;
use crate::real::{
    BusyboxHttpd, BusyboxTelnetd, Dnsmasq, Dropbear, DtlsServer, Gdbserver, GnutlsServer, Libcoap,
    Lighttpd, Mosquitto, Nginx, Openssh, OpensslServer, Redis, Snmpd, Stunnel, Swupdate, Tlslite,
    Vsftpd,
};
use crate::record::Record;
use crate::site::{SiteSpec, site_of};
use crate::standin::DeviceSpec;

/// What stands in a manifest where the device's address belongs.
pub const ADDRESS: &str = "{address}";

/// What stands in a manifest where the device's IPv6 address belongs, which needs `dut-on-ipv6`.
pub const ADDRESS6: &str = "{address6}";

/// What stands in a manifest where the file of the lab's authority belongs.
pub const CA: &str = "{ca}";

/// What stands in a manifest where the directory of the lab's update packages belongs.
pub const PACKAGES: &str = "{packages}";

/// What stands in a manifest where the directory of the lab's documents belongs.
pub const DOCUMENTS: &str = "{documents}";

/// What stands in a manifest where the address of the supplier's site belongs, which needs `site`.
pub const SITE: &str = "{site}";

/// The address at which fixtures were made.
pub const FIXTURE_ADDRESS: &str = "127.78.0.10";

/// One scenario.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it proves, in a sentence.
    pub about: String,
    /// A fixed address instead of one of its own.
    pub address: Option<IpAddr>,
    /// Absent: the address is there, and every port refuses.
    pub dut: Option<Dut>,
    /// What the same device offers at an IPv6 address.
    #[serde(rename = "dut-on-ipv6")]
    pub dut_on_ipv6: Option<DeviceSpec>,
    pub firewall: Option<Firewall>,
    /// Puts the device on a link of its own.
    pub link: Option<LinkSpec>,
    /// The web site of the device's supplier.
    pub site: Option<SiteSpec>,
    /// The `*.device.toml` that the harness is given, with [`ADDRESS`] in it.
    pub manifest: String,
    /// Changes to it: each text, which must stand in it, and what stands there instead.
    #[serde(default)]
    pub manifest_changes: Vec<(String, String)>,
    /// A shipped profile's id.
    #[serde(default = "default_profile")]
    pub profile: String,
    /// Changes to the profile: each text, which must stand in it, and what stands there instead.
    #[serde(default)]
    pub profile_changes: Vec<(String, String)>,
    /// A file of the repository that is added to the profile, with requirements of its own.
    pub profile_adds: Option<String>,
    #[serde(default)]
    pub run: Run,
    /// What people say after the run. The certificate is then the one that was judged with it.
    #[serde(default)]
    pub record: Vec<Record>,
    pub expect: Expectation,
}

fn default_profile() -> String {
    "iot-minimum".to_owned()
}

/// The IPv6 address of a device that has this one.
pub fn ipv6_of(address: IpAddr) -> Ipv6Addr {
    match address {
        IpAddr::V4(ip) => {
            let [a, b, c, d] = ip.octets().map(u16::from);
            Ipv6Addr::new(0xfd77, 0, 0, 0, 0, 0, a << 8 | b, c << 8 | d)
        }
        IpAddr::V6(ip) => ip,
    }
}

/// The device under test.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dut {
    StandIn(DeviceSpec),
    BusyboxHttpd(BusyboxHttpd),
    BusyboxTelnetd(BusyboxTelnetd),
    Dnsmasq(Dnsmasq),
    Dropbear(Dropbear),
    Dtls(DtlsServer),
    Gdbserver(Gdbserver),
    Gnutls(GnutlsServer),
    Libcoap(Libcoap),
    Lighttpd(Lighttpd),
    Mosquitto(Mosquitto),
    Nginx(Nginx),
    Openssh(Openssh),
    Openssl(OpensslServer),
    Snmpd(Snmpd),
    Redis(Redis),
    Stunnel(Stunnel),
    Swupdate(Swupdate),
    Tlslite(Tlslite),
    Vsftpd(Vsftpd),
}

impl Dut {
    /// Its TCP ports.
    pub fn ports(&self) -> Vec<u16> {
        match self {
            Self::StandIn(spec) => spec.ports().collect(),
            Self::BusyboxHttpd(server) => vec![server.port],
            Self::BusyboxTelnetd(server) => vec![server.port],
            Self::Dnsmasq(server) => vec![server.port],
            Self::Dropbear(server) => vec![server.port],
            Self::Dtls(server) => server.ports(),
            Self::Gdbserver(server) => vec![server.port],
            Self::Gnutls(server) => vec![server.port],
            Self::Libcoap(server) => vec![server.port],
            Self::Lighttpd(server) => vec![server.port],
            Self::Mosquitto(server) => vec![server.port],
            Self::Nginx(server) => vec![server.port],
            Self::Openssh(server) => vec![server.port],
            Self::Openssl(server) => vec![server.port],
            Self::Snmpd(_) => vec![],
            Self::Redis(server) => vec![server.port],
            Self::Stunnel(server) => vec![server.port],
            Self::Swupdate(server) => vec![server.port],
            Self::Tlslite(server) => vec![server.port],
            Self::Vsftpd(server) => vec![server.port],
        }
    }
}

/// How the harness is run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Further arguments of `proofmark run`. [`CA`] is the file of the lab's authority; one that begins with `lab/fixtures/` is a file; the tool is
    /// given a copy, of a text with the device's address in place of [`FIXTURE_ADDRESS`].
    #[serde(default)]
    pub args: Vec<String>,
    /// The age of an nmap scan among those files when the run begins. Absent: as old as the fixture.
    pub scanned_hours_ago: Option<u32>,
    pub interrupt: Option<Interrupt>,
}

/// A signal in the middle of a run. After one that kills, the leftover run is evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interrupt {
    /// As soon as a line of standard error contains this.
    pub after: String,
    pub signal: Signal,
}

/// A signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Signal {
    Int,
    Kill,
    Term,
}

/// Why a scenario cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    #[error("{0}")]
    Read(#[from] std::io::Error),
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    #[error("{0}")]
    Contradiction(String),
}

impl Scenario {
    /// Reads a scenario that builds on no other and checks that it makes sense.
    ///
    /// # Errors
    ///
    /// [`ScenarioError`] with the line, where there is one.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        Self::checked(toml::from_str(text)?)
    }

    /// The same of a table that has been read.
    pub(crate) fn from_table(table: toml::Table) -> Result<Self, ScenarioError> {
        Self::checked(table.try_into()?)
    }

    fn checked(scenario: Self) -> Result<Self, ScenarioError> {
        scenario.validate().map_err(ScenarioError::Contradiction)?;
        Ok(scenario)
    }

    fn validate(&self) -> Result<(), String> {
        self.expect.validate()?;
        self.record.iter().try_for_each(Record::validate)?;
        if let Some(Dut::StandIn(spec)) = &self.dut {
            spec.validate().map_err(|error| error.to_string())?;
        }
        if self.address.is_none() && !self.manifest.contains(ADDRESS) {
            return Err(format!("the manifest has no {ADDRESS}"));
        }
        if let Some((before, _)) =
            (self.manifest_changes.iter()).find(|(before, _)| !self.manifest.contains(before))
        {
            return Err(format!("the manifest has no `{before}` to be changed"));
        }
        if self.site.is_some() != self.changed_manifest().contains(SITE) {
            return Err(format!("`site` and {SITE} in the manifest go together"));
        }
        if self.dut_on_ipv6.is_some() != self.manifest.contains(ADDRESS6) {
            return Err(format!(
                "`dut-on-ipv6` and {ADDRESS6} in the manifest go together"
            ));
        }
        if let Some(spec) = self.link.as_ref().and_then(|link| link.on_ipv6.as_ref()) {
            spec.validate().map_err(|error| error.to_string())?;
        }
        if self.link.is_some() && (self.dut_on_ipv6.is_some() || !self.is_stand_in()) {
            return Err("only a stand-in can be on a link, with `link.on-ipv6`".to_owned());
        }
        let goes_down = matches!(&self.dut, Some(Dut::StandIn(spec)) if spec.goes_down.is_some());
        if !goes_down
            && self
                .firewall
                .is_some_and(|firewall| firewall.when == When::Down)
        {
            return Err("`when = \"down\"` needs a stand-in that goes down".to_owned());
        }
        Ok(())
    }

    fn is_stand_in(&self) -> bool {
        matches!(&self.dut, Some(Dut::StandIn(_)))
    }

    /// Moves a stand-in, and what is expected of its ports, out of another program's way. The manifest
    /// is text and stays; its reader moves the services.
    pub fn move_ports(&mut self, distance: u16) {
        let Some(Dut::StandIn(spec)) = &mut self.dut else {
            return;
        };
        for port in spec.ports_mut() {
            *port += distance;
        }
        for requirement in self.expect.requirement.values_mut() {
            if let Some(ports) = &mut requirement.ports {
                *ports = ports
                    .iter()
                    .map(|port| port + u64::from(distance))
                    .collect();
            }
        }
    }

    /// Where the device is that was given this address: on a link of its own it is 10.… instead of 127.…
    pub fn placed(&self, ip: IpAddr) -> IpAddr {
        match ip {
            IpAddr::V4(ip) if self.link.is_some() => {
                let [_, b, c, d] = ip.octets();
                IpAddr::from([10, b, c, d])
            }
            ip => ip,
        }
    }

    /// The manifest for a device at `address`, in a directory with [what it names](crate::files).
    pub fn manifest_for(&self, address: IpAddr) -> String {
        self.changed_manifest()
            .replace(ADDRESS, &address.to_string())
            .replace(SITE, &site_of(address).to_string())
            .replace(DOCUMENTS, DOCUMENTS_DIRECTORY)
            .replace(ADDRESS6, &ipv6_of(address).to_string())
            .replace(CA, crate::pki::CA_FILE)
            .replace(PACKAGES, crate::files::PACKAGES)
    }

    fn changed_manifest(&self) -> String {
        let changes = self.manifest_changes.iter();
        changes.fold(self.manifest.clone(), |manifest, (before, after)| {
            manifest.replace(before, after)
        })
    }

    /// Whether somebody is at the address from the beginning to the end.
    pub fn device_stays_alive(&self) -> bool {
        let falls = matches!(&self.dut, Some(Dut::StandIn(spec)) if spec.can_fall());
        let silent = self
            .firewall
            .is_some_and(|firewall| firewall.drop == Some(Drops::All));
        self.address.is_none() && !falls && !silent
    }

    /// The finding codes that are expected.
    pub fn codes(&self) -> BTreeSet<&str> {
        let requirements = self.expect.requirement.values();
        requirements
            .flat_map(|requirement| requirement.findings.iter())
            .map(String::as_str)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_become_what_stands_beside_the_manifest() {
        let text = "about = \"\"\nmanifest = \"{address} {ca} {packages}/a.bin\"\n\
                    expect.outcome = \"conformant\"\nexpect.requirement.a.verdict = \"PASS\"\n";
        let scenario = Scenario::parse(text).unwrap();
        assert_eq!(
            scenario.manifest_for(IpAddr::from([127, 0, 0, 1])),
            "127.0.0.1 lab-ca.pem lab-packages/a.bin"
        );
    }

    #[test]
    fn contradictions_are_errors() {
        let text = |rest: &str, address: &str| {
            format!(
                "about = \"\"\nmanifest = \"{address}\"\n{rest}\n[expect]\n\
                 outcome = \"conformant\"\nrequirement.a.verdict = \"PASS\"\n"
            )
        };
        let error = |text: String| Scenario::parse(&text).unwrap_err().to_string();
        assert!(Scenario::parse(&text("", ADDRESS)).is_ok());
        assert!(error(text("", "")).contains("has no {address}"));
        assert!(error(text("dut = 1", ADDRESS)).contains("dut"));
        assert!(error(text("dut-on-ipv6 = {}", ADDRESS)).contains("go together"));
        let firewall = "firewall = { drop = \"all\", when = \"down\" }";
        assert!(error(text(firewall, ADDRESS)).contains("goes down"));
        let record = "record = [{ by = \"J. Doe\", step = \"looked\", withdraw = { record = 1, reason = \"x\" } }]";
        assert!(error(text(record, ADDRESS)).contains("one of"));
        let port = "dut.stand-in.raw = [{ port = 0 }]";
        assert!(error(text(port, ADDRESS)).contains("port 0"));
    }
}
