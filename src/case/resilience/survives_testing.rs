//! `resilience/survives-testing`: the device is still whole after the test.

use crate::case::facts::Facts;
use crate::case::{TestCase, parameters};
use crate::dut::Unit;
use crate::observation::{Alive, Asked, Transport};
use crate::text::brief;
use crate::verdict::{Assessment, Code, Reason, Severity, Subject};

const DEVICE_INTERRUPTED: Code = Code {
    id: "device-interrupted",
    severity: Severity::High,
};

const SERVICE_LOST: Code = Code {
    id: "service-lost",
    severity: Severity::High,
};

/// The test case.
pub const SURVIVES_TESTING: TestCase = TestCase {
    id: "resilience/survives-testing",
    title: "The device still works after the test",
    page: include_str!("survives_testing.md"),
    codes: &[DEVICE_INTERRUPTED, SERVICE_LOST],
    probes: &["reach", "ports", "heartbeat"],
    check_parameters: parameters::check::<parameters::None>,
    assess,
};

fn assess(facts: &Facts<'_>, _parameters: &toml::Table) -> Assessment {
    let mut assessment = Assessment::default();
    for unit in &facts.units {
        assess_unit(facts, unit, &mut assessment);
    }
    assessment
}

fn assess_unit(facts: &Facts<'_>, unit: &Unit, assessment: &mut Assessment) {
    let heartbeats = facts.heartbeats(&unit.id);
    let mut lost = Vec::new();
    for (item, alive) in &heartbeats {
        let Asked::Heartbeat { during, .. } = &item.asked else {
            continue;
        };
        let Some(alive) = alive else { continue };
        let during = brief(during, 120);
        if alive.interrupted {
            let message = format!(
                "it stopped answering during {during}, and answered again {:.1} s after it was missed",
                alive.seconds
            );
            let subject = Subject {
                address: Some(item.target.address.clone()),
                ..Subject::unit(&unit.id)
            };
            assessment.found(DEVICE_INTERRUPTED, subject, message, vec![item.id.clone()]);
        }
        for port in newly_lost(alive, &lost) {
            lost.push(port);
            let subject = Subject {
                unit: unit.id.clone(),
                address: Some(item.target.address.clone()),
                transport: Some(Transport::Tcp),
                port: Some(port),
                service: facts
                    .device
                    .service_at(Transport::Tcp, port)
                    .map(|service| service.id.clone()),
            };
            let message = format!(
                "TCP port {port} no longer answers after {during}, while port {} still does",
                alive.accepted.first().copied().unwrap_or_default()
            );
            assessment.found(SERVICE_LOST, subject, message, vec![item.id.clone()]);
        }
    }
    assessment.gaps.extend(facts.surface_gaps(unit));
    let last = heartbeats
        .iter()
        .find(|(item, _)| matches!(item.asked, Asked::Heartbeat { last: true, .. }));
    match last {
        Some((_, Some(_))) => {
            let statement = format!(
                "answered {}, the last one after everything else",
                match heartbeats.len() {
                    1 => "one heartbeat".to_owned(),
                    n => format!("all {n} heartbeats"),
                }
            );
            let evidence = heartbeats.iter().map(|(item, _)| item.id.clone()).collect();
            assessment.proved(&unit.id, statement, evidence);
        }
        // That it did not answer is the rule about lost units, which binds every requirement.
        Some((_, None)) => {}
        None => {
            let message = "the run holds no heartbeat from after the last probe".to_owned();
            assessment.missing(Reason::NoEvidence, Subject::unit(&unit.id), message, vec![]);
        }
    }
}

/// Ports that this heartbeat found lost, while another one still answers.
fn newly_lost(alive: &Alive, known: &[u16]) -> Vec<u16> {
    if alive.accepted.is_empty() {
        return Vec::new();
    }
    let new = alive.lost.iter().filter(|port| !known.contains(port));
    new.copied().collect()
}
