//! `services/closed-udp-ports`: of the UDP ports of a list, or of all, every open one is declared.

use serde::Deserialize;

use crate::case::facts::{Facts, OpenPort, list};
use crate::case::port_set::PortSet;
use crate::case::{TestCase, parameters};
use crate::dut::Unit;
use crate::evidence::Evidence;
use crate::observation::{PortProof, PortState, Transport, UdpLedger};
use crate::profile::UdpList;
use crate::text::brief;
use crate::verdict::{Assessment, Code, Reason, Severity, Subject};

const UNDECLARED_UDP_PORT: Code = Code {
    id: "undeclared-udp-port",
    severity: Severity::High,
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
    /// The ports that must be accounted for, beside the declared ones.
    list: UdpList,
}

/// The list that a requirement wants.
pub fn udp_list(parameters: &toml::Table) -> UdpList {
    parameters::read::<Parameters>(parameters).list
}

fn assess(facts: &Facts<'_>, parameters: &toml::Table) -> Assessment {
    let wanted = Wanted::new(facts, udp_list(parameters));
    let mut assessment = Assessment::default();
    for unit in &facts.units {
        assess_unit(facts, unit, &wanted, &mut assessment);
    }
    assessment
}

/// The ports that must be accounted for, and those that are declared.
struct Wanted {
    asked: PortSet,
    declared: PortSet,
}

impl Wanted {
    fn new(facts: &Facts<'_>, list: UdpList) -> Self {
        let (mut asked, mut declared) = (PortSet::default(), PortSet::default());
        for (first, last) in list.spans() {
            asked.insert(first, last);
        }
        let services = facts.device.services.iter();
        for service in services.filter(|service| service.transport == Transport::Udp) {
            asked.insert(service.port, service.port);
            declared.insert(service.port, service.port);
        }
        Self { asked, declared }
    }
}

fn assess_unit(facts: &Facts<'_>, unit: &Unit, wanted: &Wanted, assessment: &mut Assessment) {
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
    for crowd in facts.udp_crowds(&unit.id) {
        let message = format!(
            "{} answer and the manifest declares no service there",
            crowd.words()
        );
        let evidence = vec![crowd.ledger.to_owned()];
        assessment.found(
            UNDECLARED_UDP_PORT,
            crowd.subject(&unit.id),
            message,
            evidence,
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
        unaccounted(unit, &address, (item, ledger), wanted, assessment);
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
    unit: &Unit,
    address: &str,
    (item, ledger): (&Evidence, &UdpLedger),
    wanted: &Wanted,
    assessment: &mut Assessment,
) {
    let mut unproven = wanted.asked.clone();
    let mut silent = PortSet::default();
    for span in &ledger.spans {
        let shown = span.state != PortState::Unproven || span.proof == PortProof::Foreign;
        if shown {
            unproven.remove(span.first, span.last);
        }
        if span.state == PortState::Silent {
            silent.insert(span.first, span.last);
        }
    }
    silent.retain(&wanted.asked);
    for (first, last) in wanted.declared.ranges() {
        silent.remove(first, last);
    }
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
        let ranges = ports.ranges();
        if ranges.is_empty() {
            continue;
        }
        let subject = Subject {
            address: Some(address.to_owned()),
            transport: Some(Transport::Udp),
            ..Subject::unit(&unit.id)
        };
        let message = format!(
            "UDP port {} of {address} {what}{}",
            list(ranges.into_iter()),
            why(ledger, reason)
        );
        assessment.missing(reason, subject, message, vec![item.id.clone()]);
    }
}

/// What may be done about ports of which nothing could be shown.
fn why(ledger: &UdpLedger, reason: Reason) -> String {
    let many = ledger.counts().unproven > 256;
    if reason != Reason::PortsUnproven || !many {
        return String::new();
    }
    match ledger.sources() {
        1 => " in the time that there was: most devices limit how many refusals they send to one address, and with --sources they are asked from several".to_owned(),
        sources => format!(" in the time that there was, asked from {sources} addresses"),
    }
}

fn statement(facts: &Facts<'_>, address: &str, ledger: &UdpLedger) -> String {
    let counts = ledger.counts();
    let declared = ledger
        .ports(PortState::Open)
        .filter(|port| facts.device.service_at(Transport::Udp, *port).is_some());
    format!(
        "{address}: {} of 65535 UDP ports were asked{}, {} refused, {} answered ({} declared){}{}",
        counts.total() - counts.excluded,
        match ledger.sources() {
            1 => String::new(),
            sources => format!(" from {sources} addresses"),
        },
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
        Some(service) => {
            let product = service
                .product
                .as_ref()
                .map(|it| format!(" ({})", brief(it, 100)));
            format!(
                "it answers like {}{}, beginning `{}`",
                service.spoken(),
                product.unwrap_or_default(),
                brief(&service.first_bytes, 60)
            )
        }
        None => "what speaks there could not be told".to_owned(),
    };
    format!(
        "{} answers and the manifest declares no service there; {speaks}",
        open.place()
    )
}
