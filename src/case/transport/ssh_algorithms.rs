//! `transport/ssh-algorithms`: SSH servers offer nothing that is known to be weak.

use serde::Deserialize;

use super::ports::unidentified;
use super::shown_keys::{SshPort, no_keys, ssh_ports};
use super::ssh_breaches::ssh_breaches;
use crate::case::facts::Facts;
use crate::case::{TestCase, parameters};
use crate::dut::Unit;
use crate::profile::{SshRules, ssh_rules};
use crate::text::brief;
use crate::verdict::{Assessment, Code, Reason, Severity};

const WEAK: Code = Code {
    id: "ssh-weak-algorithm",
    severity: Severity::High,
};

const DISCOURAGED: Code = Code {
    id: "ssh-discouraged-algorithm",
    severity: Severity::Note,
};

const ABSENT: Code = Code {
    id: "ssh-absent",
    severity: Severity::Medium,
};

/// The test case.
pub const SSH_ALGORITHMS: TestCase = TestCase {
    id: "transport/ssh-algorithms",
    title: "SSH servers offer nothing that is known to be weak",
    page: include_str!("ssh_algorithms.md"),
    codes: &[DISCOURAGED, WEAK, ABSENT],
    probes: &["reach", "ports", "identify", "ssh", "heartbeat"],
    check_parameters,
    assess,
};

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Parameters {
    /// Ids of sets.
    rules: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            rules: vec!["ietf".to_owned()],
        }
    }
}

impl Parameters {
    fn sets(&self) -> Result<Vec<&'static SshRules>, String> {
        if self.rules.is_empty() {
            return Err("`rules` names no set".to_owned());
        }
        let sets = self.rules.iter().map(|id| ssh_rules(id));
        sets.collect::<Result<_, _>>()
            .map_err(|error| error.to_string())
    }
}

fn check_parameters(table: &toml::Table) -> Result<(), String> {
    parameters::check::<Parameters>(table)?;
    parameters::read::<Parameters>(table).sets().map(|_| ())
}

fn assess(facts: &Facts<'_>, parameters: &toml::Table) -> Assessment {
    // Binding has checked them.
    let sets = parameters::read::<Parameters>(parameters).sets();
    let sets = sets.unwrap_or_default();
    let mut assessment = Assessment::default();
    for unit in &facts.units {
        untold_ports(facts, unit, &mut assessment);
        for port in ssh_ports(facts, unit, &mut assessment) {
            assess_port(unit, &port, &sets, &mut assessment);
        }
    }
    assessment.absent = no_keys(facts, &assessment, ABSENT, "SSH");
    assessment
}

/// What keeps the ports that speak SSH from being known.
fn untold_ports(facts: &Facts<'_>, unit: &Unit, assessment: &mut Assessment) {
    assessment.gaps.extend(facts.surface_gaps(unit));
    for open in facts.open_ports(&unit.id) {
        if let Some((reason, why)) = unidentified(&open) {
            let message = format!("{}: {why}", open.place());
            let subject = open.subject(&unit.id);
            assessment.missing(reason, subject, message, open.evidence());
        }
    }
}

fn assess_port(unit: &Unit, port: &SshPort<'_>, sets: &[&SshRules], assessment: &mut Assessment) {
    let place = port.open.place();
    let evidence = || vec![port.evidence.id.clone()];
    for (rule, seen) in ssh_breaches(port.ssh, sets) {
        let code = match rule.severity >= Severity::Medium {
            true => WEAK,
            false => DISCOURAGED,
        };
        let message = format!(
            "{place}: {seen}; this breaks {}, by which this holds: {}",
            rule.id, rule.says
        );
        let subject = port.open.subject(&unit.id);
        assessment.found(code, subject, message, evidence());
    }
    let banner = brief(&port.ssh.banner, 80);
    match &port.ssh.offer {
        Some(offer) => {
            let statement = format!(
                "{place} names itself {banner} and said what it offers: {} key exchanges, {} host key algorithms, {} ciphers, {} message authentication codes",
                offer.key_exchange.len(),
                offer.host_key.len(),
                offer.ciphers.len(),
                offer.macs.len()
            );
            assessment.proved(&unit.id, statement, evidence());
        }
        None => {
            let why = port.ssh.untold.first().map(|it| brief(&it.why, 160));
            let message = format!(
                "{place} names itself {banner} and did not say what it offers: {}",
                why.unwrap_or_default()
            );
            let subject = port.open.subject(&unit.id);
            assessment.missing(Reason::AnswerUnclear, subject, message, evidence());
        }
    }
}
