//! `services/closed-udp-ports`: of the UDP ports of a list, every open one is declared.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::case::facts::{Facts, OpenPort, list};
use crate::case::{TestCase, parameters};
use crate::dut::Unit;
use crate::evidence::Evidence;
use crate::observation::{PortProof, PortState, Transport, UdpLedger};
use crate::profile::udp_ports;
use crate::text::brief;
use crate::verdict::{Assessment, Code, Reason, Severity, Subject};

const UNDECLARED_UDP_PORT: Code = Code {
    id: "undeclared-udp-port",
    severity: Severity::High,
    meaning: "a UDP port answers that the manifest does not declare",
    remediation: "Close the port in the firmware, or declare the service with its purpose.",
};

/// The test case.
pub const CLOSED_UDP_PORTS: TestCase = TestCase {
    id: "services/closed-udp-ports",
    title: "No UDP port of a list answers that the manifest does not declare",
    page: include_str!("closed_udp_ports.md"),
    codes: &[UNDECLARED_UDP_PORT],
    probes: &["reach", "udp-ports", "coap", "heartbeat"],
    check_parameters: parameters::check::<Parameters>,
    assess,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Parameters {
    list: List,
}

/// The ports that must be accounted for, beside the declared ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum List {
    /// `profiles/data/udp-ports.tsv`.
    #[default]
    Iot,
}

impl List {
    fn ports(self) -> BTreeSet<u16> {
        match self {
            Self::Iot => udp_ports().keys().copied().collect(),
        }
    }
}

fn assess(facts: &Facts<'_>, parameters: &toml::Table) -> Assessment {
    let parameters: Parameters = parameters::read(parameters);
    let mut wanted = parameters.list.ports();
    wanted.extend(declared(facts));
    let mut assessment = Assessment::default();
    for unit in &facts.units {
        assess_unit(facts, unit, &wanted, &mut assessment);
    }
    assessment
}

fn declared<'f>(facts: &'f Facts<'_>) -> impl Iterator<Item = u16> + 'f {
    let services = facts.device.services.iter();
    services
        .filter(|service| service.transport == Transport::Udp)
        .map(|service| service.port)
}

fn assess_unit(
    facts: &Facts<'_>,
    unit: &Unit,
    wanted: &BTreeSet<u16>,
    assessment: &mut Assessment,
) {
    let open = facts.udp_ports(&unit.id);
    for port in open.iter().filter(|port| port.declared.is_none()) {
        let subject = port.subject(&unit.id);
        assessment.found(
            UNDECLARED_UDP_PORT,
            subject,
            undeclared(port),
            port.evidence(),
        );
    }
    let ledgers = facts.udp_ledgers(&unit.id);
    let (mut statements, mut evidence) = (Vec::new(), Vec::new());
    for address in facts.addresses(unit) {
        let address = address.to_string();
        let Some((item, ledger)) = ledgers.get(address.as_str()) else {
            let gap = facts.no_ledger(unit, &address, Transport::Udp);
            assessment.gaps.push(gap);
            continue;
        };
        unaccounted(facts, unit, &address, (item, ledger), wanted, assessment);
        statements.push(statement(facts, &address, ledger));
        evidence.push(item.id.clone());
    }
    if ledgers.is_empty() {
        return;
    }
    for service in &facts.device.services {
        let seen = || open.iter().any(|port| port.port == service.port);
        if service.transport == Transport::Udp && !seen() {
            assessment.gaps.push(facts.udp_not_seen(unit, service));
        }
    }
    assessment.proved(&unit.id, statements.join("; "), evidence);
}

/// What is missing of the ports of one address. A declared one that keeps silent is told elsewhere.
fn unaccounted(
    facts: &Facts<'_>,
    unit: &Unit,
    address: &str,
    (item, ledger): (&Evidence, &UdpLedger),
    wanted: &BTreeSet<u16>,
    assessment: &mut Assessment,
) {
    let declared: BTreeSet<u16> = declared(facts).collect();
    let found = |port: &u16| ledger.span(*port).map(|span| (span.state, span.proof));
    let of = |matches: &dyn Fn(Option<(PortState, PortProof)>) -> bool| -> Vec<u16> {
        let ports = wanted.iter().filter(|port| matches(found(port)));
        ports.copied().collect()
    };
    let mut silent = of(&|it| matches!(it, Some((PortState::Silent, _))));
    silent.retain(|port| !declared.contains(port));
    let unproven = of(&|it| match it {
        Some((state, proof)) => state == PortState::Unproven && proof != PortProof::Foreign,
        None => true,
    });
    for (reason, ports, what) in [
        (
            Reason::UdpPortsSilent,
            silent,
            "kept silent in every round, which shows neither that it is closed nor that it is open",
        ),
        (
            Reason::PortsUnproven,
            unproven,
            "could be shown neither open nor closed nor silent",
        ),
    ] {
        if ports.is_empty() {
            continue;
        }
        let subject = Subject {
            address: Some(address.to_owned()),
            transport: Some(Transport::Udp),
            ..Subject::unit(&unit.id)
        };
        let message = format!(
            "UDP port {} of {address} {what}",
            list(ports.iter().map(|port| (*port, *port)))
        );
        assessment.missing(reason, subject, message, vec![item.id.clone()]);
    }
}

fn statement(facts: &Facts<'_>, address: &str, ledger: &UdpLedger) -> String {
    let counts = ledger.counts();
    let declared = ledger
        .ports(PortState::Open)
        .filter(|port| facts.device.service_at(Transport::Udp, *port).is_some());
    format!(
        "{address}: {} of 65535 UDP ports were asked, {} refused, {} answered ({} declared){}{}",
        counts.total() - counts.excluded,
        counts.closed,
        counts.open,
        declared.count(),
        match counts.silent {
            0 => String::new(),
            silent => format!(", {silent} kept silent"),
        },
        match counts.excluded {
            0 => String::new(),
            excluded => format!(
                ", {excluded} excluded because another program of the tester's machine held them before the device was started"
            ),
        }
    )
}

fn undeclared(open: &OpenPort<'_>) -> String {
    let speaks = match open.service {
        Some(service) => format!(
            "it answers like {}, beginning `{}`",
            service.spoken(),
            brief(&service.first_bytes, 60)
        ),
        None => "what speaks there could not be told".to_owned(),
    };
    format!(
        "{} answers and the manifest declares no service there; {speaks}",
        open.place()
    )
}
