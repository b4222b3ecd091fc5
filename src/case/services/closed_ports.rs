//! `services/closed-ports`: every open TCP port is one that the manifest declares.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::second_witness::{IMPORT_DISAGREES, IMPORT_REFUSED, weigh};
use crate::case::facts::{Facts, OpenPort, absence, list};
use crate::case::stand_in::contradictions;
use crate::case::{TestCase, parameters};
use crate::dut::Unit;
use crate::evidence::Evidence;
use crate::observation::{Engine, PortLedger, PortProof, PortState, Transport};
use crate::text::brief;
use crate::verdict::{Assessment, Code, Reason, Severity, Subject};

pub(super) const UNDECLARED_PORT: Code = Code {
    id: "undeclared-port",
    severity: Severity::High,
};

/// The test case.
pub const CLOSED_PORTS: TestCase = TestCase {
    id: "services/closed-ports",
    title: "No TCP port is open that the manifest does not declare",
    page: include_str!("closed_ports.md"),
    codes: &[UNDECLARED_PORT, IMPORT_DISAGREES, IMPORT_REFUSED],
    probes: &["reach", "ports", "identify", "heartbeat"],
    check_parameters: parameters::check::<Parameters>,
    assess,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Parameters {
    silence: Silence,
}

/// What it means that a port stayed silent in every round.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Silence {
    /// Nobody can reach it, so it is as good as closed; the certificate shows the silence.
    #[default]
    Unreachable,
    /// Only a refusal counts.
    Inconclusive,
}

fn assess(facts: &Facts<'_>, parameters: &toml::Table) -> Assessment {
    let parameters: Parameters = parameters::read(parameters);
    let mut assessment = Assessment::default();
    for unit in &facts.units {
        assess_unit(facts, unit, &parameters, &mut assessment);
    }
    assessment
}

fn assess_unit(
    facts: &Facts<'_>,
    unit: &Unit,
    parameters: &Parameters,
    assessment: &mut Assessment,
) {
    for open in facts.open_ports(&unit.id) {
        if open.declared.is_none() {
            let subject = open.subject(&unit.id);
            assessment.found(UNDECLARED_PORT, subject, undeclared(&open), open.evidence());
        }
    }
    for crowd in facts.crowds(&unit.id) {
        let message = format!(
            "{} are open and the manifest declares no service there; so many were not asked what speaks there",
            crowd.words()
        );
        let evidence = vec![crowd.ledger.to_owned()];
        assessment.found(UNDECLARED_PORT, crowd.subject(&unit.id), message, evidence);
    }
    assessment.gaps.extend(facts.surface_gaps(unit));
    let mut statements = Vec::new();
    let mut evidence = Vec::new();
    for (address, (item, ledger)) in facts.ledgers(&unit.id) {
        evidence.push(item.id.clone());
        let counts = ledger.counts();
        let imported = ledger.engine == Engine::Imported;
        statements.push(statement(facts, unit, address, (item, ledger)));
        let changed: Vec<u16> = ledger
            .rechecks
            .iter()
            // What contradicts an imported ledger is told of everything that rests on it.
            .filter(|recheck| recheck.state != PortState::Open && !imported)
            .filter(|recheck| recheck.proof != PortProof::NotAsked)
            .map(|recheck| recheck.port)
            .collect();
        let subject = Subject {
            address: Some((*address).to_owned()),
            ..Subject::unit(&unit.id)
        };
        let asked_again: BTreeSet<u16> = ledger
            .rechecks
            .iter()
            .filter(|recheck| recheck.proof != PortProof::NotAsked)
            .map(|recheck| recheck.port)
            .collect();
        let unchecked: Vec<u16> = ledger
            .ports(PortState::Open)
            .filter(|port| !asked_again.contains(port))
            .collect();
        for message in contradictions(address, ledger)
            .into_iter()
            .filter(|_| imported)
        {
            let evidence = vec![item.id.clone()];
            assessment.found(IMPORT_DISAGREES, subject.clone(), message, evidence);
        }
        if !unchecked.is_empty() {
            assessment.missing(
                Reason::PortsUnproven,
                subject.clone(),
                format!(
                    "TCP port {} of {address} was open and not asked again",
                    list(unchecked.iter().map(|port| (*port, *port)))
                ),
                vec![item.id.clone()],
            );
        }
        if !changed.is_empty() {
            assessment.missing(
                Reason::PortChanged,
                subject.clone(),
                format!(
                    "TCP port {} of {address} was open during the sweep and not at its end, so that other ports may have hidden as well",
                    list(changed.iter().map(|port| (*port, *port)))
                ),
                vec![item.id.clone()],
            );
        }
        if parameters.silence == Silence::Inconclusive && counts.silent > 0 {
            assessment.missing(
                Reason::PortsUnproven,
                subject,
                format!("{} TCP ports of {address} stayed silent, and the profile counts only a refusal", counts.silent),
                vec![item.id.clone()],
            );
        }
    }
    for (statement, item) in weigh(facts, unit, assessment) {
        statements.push(statement);
        evidence.push(item);
    }
    if !evidence.is_empty() {
        assessment.proved(&unit.id, statements.join("; "), evidence);
    }
}

/// What is left of a doubt that an open port is among the silent ones.
fn residual(ledger: &PortLedger) -> String {
    match ledger.sweep.residual {
        Some(chance) if chance > 0.0 => {
            // One figure is enough, and the same from run to run.
            let odds = 10_f64.powf((1.0 / chance).log10().floor());
            format!(" (an open port would be as silent with a chance of at most 1 in {odds:.0})")
        }
        _ => String::new(),
    }
}

fn undeclared(open: &OpenPort<'_>) -> String {
    let speaks = match (open.service, open.identification) {
        (Some(service), _) if service.spoke_after.is_none() => {
            "it accepts connections and says nothing".to_owned()
        }
        (Some(service), _) => format!(
            "it speaks {}, beginning `{}`",
            service.spoken(),
            brief(&service.first_bytes, 60)
        ),
        (None, Some(attempt)) => format!(
            "what speaks there could not be told: {}",
            absence(attempt).1
        ),
        (None, None) => "what speaks there was not asked".to_owned(),
    };
    format!(
        "TCP port {} of {} is open and the manifest declares no service there; {speaks}",
        open.port, open.address
    )
}

/// What the ledger of one address accounts for.
fn statement(
    facts: &Facts<'_>,
    unit: &Unit,
    address: &str,
    (item, ledger): (&Evidence, &PortLedger),
) -> String {
    let counts = ledger.counts();
    let declared = ledger
        .ports(PortState::Open)
        .filter(|port| facts.device.service_at(Transport::Tcp, *port).is_some());
    let by = match facts.scan_behind(item) {
        Some(scan) => format!(
            " by an imported scan that stands in for our sweep ({})",
            scan.words()
        ),
        None => String::new(),
    };
    let silent = match ledger.engine {
        Engine::Imported => "filtered",
        Engine::Connect | Engine::Raw => "silent in every round",
    };
    let absences = match ledger.sweep.absences {
        0 => String::new(),
        n => format!(
            ", with {} during which the device did not answer, or refused what it had opened before, after which the sweep went on more slowly",
            if n == 1 {
                "a time".to_owned()
            } else {
                format!("{n} times")
            }
        ),
    };
    let excluded = match counts.excluded {
        0 => String::new(),
        n => format!(
            ", {n} excluded because another program of the tester's machine held them before the device was started"
        ),
    };
    format!(
        "{address}{}: {} of {} TCP ports accounted for{by}, {} open ({} declared), {} refused, {} {silent}{}{absences}{excluded}",
        facts.how_found(unit, address),
        counts.open + counts.closed + counts.silent,
        counts.total(),
        counts.open,
        declared.count(),
        counts.closed,
        counts.silent,
        residual(ledger),
    )
}
