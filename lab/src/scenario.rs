//! Scenario files: a device, what is said of it, and what must be found out.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;

use serde::Deserialize;

use crate::expect::Expectation;
use crate::firewall::{Drops, Firewall, When};
use crate::real::{BusyboxHttpd, BusyboxTelnetd, Lighttpd};
use crate::standin::DeviceSpec;

/// What stands in a manifest where the device's address belongs.
pub const ADDRESS: &str = "{address}";

/// One scenario.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it proves, in a sentence.
    pub about: String,
    /// The scenario that differs from this one by one switch, and has other verdicts.
    pub counterpart: Option<String>,
    /// A fixed address instead of one of its own.
    pub address: Option<IpAddr>,
    /// Absent: the address is there, and every port refuses.
    pub dut: Option<Dut>,
    pub firewall: Option<Firewall>,
    /// The `*.device.toml` that the harness is given, with [`ADDRESS`] in it.
    pub manifest: String,
    #[serde(default = "default_profile")]
    pub profile: String,
    #[serde(default)]
    pub run: Run,
    pub expect: Expectation,
}

fn default_profile() -> String {
    "iot-minimum".to_owned()
}

/// The device under test.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dut {
    StandIn(DeviceSpec),
    BusyboxHttpd(BusyboxHttpd),
    BusyboxTelnetd(BusyboxTelnetd),
    Lighttpd(Lighttpd),
}

impl Dut {
    /// Its ports.
    pub fn ports(&self) -> Vec<u16> {
        match self {
            Self::StandIn(spec) => spec.ports().collect(),
            Self::BusyboxHttpd(server) => vec![server.port],
            Self::BusyboxTelnetd(server) => vec![server.port],
            Self::Lighttpd(server) => vec![server.port],
        }
    }
}

/// How the harness is run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Further arguments of `proofmark run`.
    #[serde(default)]
    pub args: Vec<String>,
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
    /// Reads a scenario and checks that it makes sense.
    ///
    /// # Errors
    ///
    /// [`ScenarioError`] with the line, where there is one.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self = toml::from_str(text)?;
        scenario.validate().map_err(ScenarioError::Contradiction)?;
        Ok(scenario)
    }

    /// Every `*.toml` of a directory by its name without the ending, in order of name.
    ///
    /// # Errors
    ///
    /// The first file that cannot be used, with its path.
    pub fn load_all(directory: &Path) -> Result<Vec<(String, Self)>, String> {
        let named =
            |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let mut paths = Vec::new();
        let entries = std::fs::read_dir(directory).map_err(|error| named(directory, &error))?;
        for entry in entries {
            let path = entry.map_err(|error| named(directory, &error))?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "toml")
            {
                paths.push(path);
            }
        }
        paths.sort();
        let load = |path: std::path::PathBuf| {
            let text = std::fs::read_to_string(&path).map_err(|error| named(&path, &error))?;
            let scenario = Self::parse(&text).map_err(|error| named(&path, &error))?;
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            Ok((name.into_owned(), scenario))
        };
        paths.into_iter().map(load).collect()
    }

    fn validate(&self) -> Result<(), String> {
        self.expect.validate()?;
        if let Some(Dut::StandIn(spec)) = &self.dut {
            spec.validate().map_err(|error| error.to_string())?;
        }
        if self.address.is_none() && !self.manifest.contains(ADDRESS) {
            return Err(format!("the manifest has no {ADDRESS}"));
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

    /// The manifest for a device at `address`.
    pub fn manifest_for(&self, address: IpAddr) -> String {
        self.manifest.replace(ADDRESS, &address.to_string())
    }

    /// Whether somebody is at the address from the beginning to the end.
    pub fn device_stays_alive(&self) -> bool {
        let goes_down = matches!(&self.dut, Some(Dut::StandIn(spec)) if spec.goes_down.is_some());
        let silent = self
            .firewall
            .is_some_and(|firewall| firewall.drop == Drops::All);
        self.address.is_none() && !goes_down && !silent
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

/// In how many switches two scenarios' values differ: a value changed, added or left out is one, and
/// each entry of a `switch` table is one.
pub fn distance(one: &toml::Value, other: &toml::Value) -> usize {
    use toml::Value::{Array, Table};
    match (one, other) {
        (Table(one), Table(other)) => {
            let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            let apart = |key: &String| match (one.get(key), other.get(key)) {
                (Some(one), Some(other)) => distance(one, other),
                (Some(Table(switches)), None) | (None, Some(Table(switches)))
                    if key == "switch" =>
                {
                    switches.len()
                }
                _ => 1,
            };
            keys.into_iter().map(apart).sum()
        }
        (Array(one), Array(other)) if one.len() == other.len() => {
            let pairs = one.iter().zip(other);
            pairs.map(|(one, other)| distance(one, other)).sum()
        }
        (Array(one), Array(other)) => {
            let only = |these: &[toml::Value], those: &[toml::Value]| {
                these.iter().filter(|it| !those.contains(it)).count()
            };
            only(one, other) + only(other, one)
        }
        _ => usize::from(one != other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apart(one: &str, other: &str) -> usize {
        let value = |text: &str| toml::Value::Table(toml::from_str(text).unwrap());
        distance(&value(one), &value(other))
    }

    #[test]
    fn a_switch_is_one_step() {
        let hub = "[[http]]\nport = 80\n";
        assert_eq!(apart(hub, hub), 0);
        assert_eq!(apart(hub, "[[http]]\nport = 80\nswitch.a = 1\n"), 1);
        assert_eq!(
            apart(hub, "[[http]]\nport = 80\nswitch.a = 1\nswitch.b = 1\n"),
            2
        );
        assert_eq!(apart(hub, "[[http]]\nport = 81\nswitch.a = 1\n"), 2);
        assert_eq!(apart(hub, "[[http]]\nport = 80\n[[raw]]\nport = 9\n"), 1);
        assert_eq!(apart(hub, "[[http]]\nport = 80\n[down]\na = 1\nb = 2\n"), 1);
        assert_eq!(apart("a = [1, 2]", "a = [1]"), 1);
    }

    #[test]
    fn every_shipped_scenario_makes_sense() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        let scenarios = Scenario::load_all(&directory).unwrap();
        assert!(scenarios.len() > 30, "{}", scenarios.len());
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
        let firewall = "firewall = { drop = \"all\", when = \"down\" }";
        assert!(error(text(firewall, ADDRESS)).contains("goes down"));
        let port = "dut.stand-in.raw = [{ port = 0 }]";
        assert!(error(text(port, ADDRESS)).contains("port 0"));
    }
}
