//! What a run will do, before a packet is sent.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use super::documents::{FetchTerms, plan_text};
use super::examinations::examination;
use super::udp::questions;
use crate::case::credentials::max_candidates;
use crate::case::services::udp_list;
use crate::dut::{Cidr, Device, Unit};
use crate::evidence::RunSettings;
use crate::import::{Import, MudFile};
use crate::input::BlocklistPath;
use crate::probe::ports::{EngineChoice, duration_estimate};
use crate::probe::{PROBES, Probe, udp};
use crate::profile::{
    Profile, Requirement, UdpList, candidates, candidates_sha256, shared_keys_sha256,
};
use crate::text::shown;

/// What the command line says about pace, risk and selection.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Probes a second; none: the profile's.
    pub max_rate: Option<u32>,
    pub allow_public: bool,
    /// What sweeps ports.
    pub engine: EngineChoice,
    /// Units that the manifest calls disposable may be changed or ruined.
    pub disruptive: bool,
    /// Requirement ids; none: all.
    pub selected: Vec<String>,
    /// Circumstances for the certificate.
    pub remarks: Vec<String>,
    /// Subnets of the test network in which this machine has addresses to ask UDP ports from.
    pub sources: Vec<Cidr>,
    /// Files of other tools.
    pub imports: Vec<Import>,
    /// An nmap file stands in for the sweep of TCP ports.
    pub ports_from_nmap: bool,
    /// The manufacturer's MUD file.
    pub mud: Option<MudFile>,
    /// A list of compromised keys.
    pub blocklist: Option<BlocklistPath>,
    /// How documents are fetched that are named by their URL. None: they are not.
    pub fetch: Option<FetchTerms>,
}

/// A plan.
#[derive(Debug)]
pub struct Plan<'a> {
    pub device: &'a Device,
    pub profile: &'a Profile,
    pub requirements: Vec<&'a Requirement>,
    pub settings: RunSettings,
    /// How many default credentials to try at each login, at most.
    pub max_candidates: usize,
    /// Files of other tools, to be recorded beside what we observe.
    pub imports: &'a [Import],
    pub ports_from_nmap: bool,
    pub mud: Option<&'a MudFile>,
    pub blocklist: Option<&'a BlocklistPath>,
    pub fetch: Option<&'a FetchTerms>,
    pub engine: EngineChoice,
    /// The UDP ports that are asked: the longest list that a requirement wants.
    pub udp_list: UdpList,
    /// Addresses of this machine that UDP ports are asked from.
    pub sources: &'a [Cidr],
    probes: BTreeSet<&'static str>,
}

impl<'a> Plan<'a> {
    /// The plan for a device under a profile.
    pub fn new(device: &'a Device, profile: &'a Profile, settings: &'a Settings) -> Self {
        let requirements: Vec<_> = profile
            .requirements
            .iter()
            .filter(|requirement| {
                settings.selected.is_empty() || settings.selected.contains(&requirement.id)
            })
            .collect();
        let mut probes: BTreeSet<_> = requirements
            .iter()
            .flat_map(|requirement| requirement.test_case.probes)
            .copied()
            // Whatever is tested, a certificate says of which device and that it was there to the end.
            .chain(["reach", "identity", "heartbeat"])
            .collect();
        // Every address has ports.
        if device.units.iter().any(|unit| unit.mac.is_some()) && probes.contains("ports") {
            probes.insert("on-link");
        }
        let max_candidates = requirements
            .iter()
            .filter(|requirement| requirement.test_case.id == "credentials/no-default")
            .map(|requirement| max_candidates(&requirement.parameters))
            .max()
            .unwrap_or_default()
            .min(candidates().len());
        Self {
            device,
            profile,
            settings: RunSettings {
                max_rate: settings.max_rate.unwrap_or(profile.pacing.max_rate).max(1),
                login_attempts_per_minute: profile.pacing.login_attempts_per_minute,
                candidates_sha256: candidates_sha256().to_owned(),
                shared_keys_sha256: Some(shared_keys_sha256().to_owned()),
                blocklist: settings.blocklist.as_ref().map(|list| list.used.clone()),
                allow_public: settings.allow_public,
                disruptive: settings.disruptive,
                deadline_seconds: u64::from(profile.pacing.deadline_minutes) * 60,
                selected: settings.selected.clone(),
                sources: settings.sources.iter().map(ToString::to_string).collect(),
                remarks: settings.remarks.clone(),
            },
            max_candidates,
            imports: &settings.imports,
            ports_from_nmap: settings.ports_from_nmap,
            mud: settings.mud.as_ref(),
            blocklist: settings.blocklist.as_ref(),
            fetch: settings.fetch.as_ref(),
            engine: settings.engine,
            udp_list: requirements
                .iter()
                .filter(|requirement| requirement.test_case.id == "services/closed-udp-ports")
                .map(|requirement| udp_list(&requirement.parameters))
                .max()
                .unwrap_or_default(),
            sources: &settings.sources,
            requirements,
            probes,
        }
    }

    /// Whether a probe is needed.
    pub fn needs(&self, probe: &str) -> bool {
        self.probes.contains(probe)
    }

    /// The probes of the plan, in the order of use.
    pub fn probes(&self) -> impl Iterator<Item = &'static Probe> + '_ {
        PROBES.iter().filter(|probe| self.needs(probe.id))
    }

    /// Units that at least one requirement binds.
    pub fn units(&self) -> impl Iterator<Item = &'a Unit> + '_ {
        self.device.units.iter().filter(|unit| {
            self.requirements
                .iter()
                .any(|requirement| requirement.states.contains(&unit.state))
        })
    }

    /// The plan for a person: what will be sent to whom, how fast, how long it takes.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let device = self.device;
        let _ = writeln!(
            out,
            "{} {}\nprofile {} {}",
            shown(&device.manufacturer, 80),
            shown(&device.model, 80),
            self.profile.id,
            self.profile.version
        );
        out.push_str("\nrequirements\n");
        for requirement in &self.requirements {
            let _ = writeln!(
                out,
                "  {:<28} {:<14} {}",
                requirement.id,
                requirement.obligation.as_str(),
                requirement.test_case.id
            );
        }
        let asked = self.requirements.iter();
        let asked: String = asked.filter_map(|it| examination(it, "  ")).collect();
        if !asked.is_empty() {
            out.push_str("\nmanual checks, by a person after the run (`proofmark record check`)\n");
            out.push_str(&asked);
        }
        out.push_str("\nunits\n");
        for unit in self.units() {
            let addresses: Vec<_> = unit.addresses.iter().map(ToString::to_string).collect();
            let state = unit.state.as_str();
            let _ = writeln!(
                out,
                "  {:<28} {state:<14} {}",
                unit.id,
                addresses.join(", ")
            );
        }
        for unit in device
            .units
            .iter()
            .filter(|unit| self.units().all(|bound| bound.id != unit.id))
        {
            let _ = writeln!(
                out,
                "  {:<28} {:<14} no requirement binds this state",
                unit.id,
                unit.state.as_str()
            );
        }
        out.push_str("\nprobes, in this order\n");
        for probe in self.probes() {
            let _ = writeln!(out, "  {:<28} {}", probe.id, probe.asks);
        }
        out.push_str("\nmanners\n");
        let _ = writeln!(
            out,
            "  at most {} connection attempts or datagrams a second",
            self.settings.max_rate
        );
        let _ = writeln!(
            out,
            "  at most {} default credentials a login, of MQTT in each version, {} attempts a minute and account{}",
            self.max_candidates,
            self.settings.login_attempts_per_minute,
            self.permitted_pace()
        );
        let _ = writeln!(
            out,
            "  stops after {} minutes",
            self.settings.deadline_seconds / 60
        );
        if self.needs("udp-ports") {
            out.push_str(&self.udp_text());
        }
        let (best, worst) = self.sweep_time();
        let _ = writeln!(
            out,
            "  port sweeps take about {} where the device answers, about {} where it drops what it does not serve",
            minutes(best),
            minutes(worst)
        );
        out.push_str(&self.updates_text());
        out.push_str(&plan_text(self));
        out
    }

    /// How long the UDP ports of an address take.
    fn udp_text(&self) -> String {
        let ports = questions(self.device, self.udp_list).len();
        let sources = self.sources.iter().map(|subnet| subnet.count()).max();
        let longest = udp::budget(ports, sources.unwrap_or(1));
        let mut out = format!(
            "  {ports} UDP ports, at most {} an address, {} where the device refuses quickly\n",
            minutes(longest),
            match self.udp_list {
                UdpList::Iot => "a few seconds".to_owned(),
                UdpList::All => {
                    let rate = self.settings.max_rate.max(1);
                    format!(
                        "about {}",
                        minutes(Duration::from_secs(5 + (ports as u64) / u64::from(rate)))
                    )
                }
            }
        );
        for subnet in self.sources {
            let _ = writeln!(
                out,
                "  UDP ports are asked from the addresses of this machine in {subnet}"
            );
        }
        if self.udp_list == UdpList::All && self.sources.is_empty() {
            out.push_str(
                "  a device that refuses one port a second and peer, as Linux does, needs `--sources` for all of them\n",
            );
        }
        out
    }

    fn permitted_pace(&self) -> String {
        self.device
            .services
            .iter()
            .filter_map(|service| {
                let pace = service.login.attempts_per_minute?;
                Some(format!("; the manifest permits {pace} at `{}`", service.id))
            })
            .collect()
    }

    fn sweep_time(&self) -> (Duration, Duration) {
        let addresses: usize = self.units().map(|unit| unit.addresses.len()).sum();
        let (best, worst) = duration_estimate(u32::from(u16::MAX), self.settings.max_rate);
        let times = u32::try_from(addresses).unwrap_or(u32::MAX);
        (best.saturating_mul(times), worst.saturating_mul(times))
    }
}

/// A time for a person.
pub(super) fn minutes(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..120 => format!("{} s", seconds.max(1)),
        seconds => format!("{} min", seconds.div_ceil(60)),
    }
}
