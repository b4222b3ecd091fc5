//! `services/no-debug-services`: nothing open is an interface for debugging, or a service that the profile forbids.

use serde::Deserialize;

use crate::case::facts::{Facts, OpenPort, absence};
use crate::case::{TestCase, parameters};
use crate::dut::Unit;
use crate::observation::{Protocol, Transport};
use crate::text::brief;
use crate::verdict::{Assessment, Code, Reason, Severity};

const DEBUG_SERVICE: Code = Code {
    id: "debug-service",
    severity: Severity::Critical,
};

const FORBIDDEN_SERVICE: Code = Code {
    id: "forbidden-service",
    severity: Severity::High,
};

/// The test case.
pub const NO_DEBUG_SERVICES: TestCase = TestCase {
    id: "services/no-debug-services",
    title: "No open TCP port is a debug interface or a forbidden service, and no UDP service that was told is one",
    page: include_str!("no_debug_services.md"),
    codes: &[DEBUG_SERVICE, FORBIDDEN_SERVICE],
    probes: &["reach", "ports", "udp-ports", "identify", "heartbeat"],
    check_parameters: parameters::check::<Parameters>,
    assess,
};

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Parameters {
    forbidden: Vec<Forbidden>,
}

/// A protocol that can be told. That something is not known cannot be forbidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Protocol")]
struct Forbidden(Protocol);

impl TryFrom<Protocol> for Forbidden {
    type Error = &'static str;

    fn try_from(protocol: Protocol) -> Result<Self, Self::Error> {
        match protocol {
            Protocol::Unknown | Protocol::Tls | Protocol::Dtls => {
                Err("`forbidden` names protocols that are spoken, in clear or inside TLS")
            }
            protocol => Ok(Self(protocol)),
        }
    }
}

impl Default for Parameters {
    fn default() -> Self {
        let forbidden = [
            Protocol::Adb,
            Protocol::Dap,
            Protocol::Devtools,
            Protocol::Docker,
            Protocol::Gdbserver,
            Protocol::Jdwp,
            Protocol::Openocd,
            Protocol::Tcf,
            Protocol::Telnet,
            Protocol::Tftp,
        ];
        Self {
            forbidden: forbidden.map(Forbidden).to_vec(),
        }
    }
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
    let tcp = facts.open_ports(&unit.id);
    let udp = facts.udp_ports(&unit.id);
    for open in tcp.iter().chain(&udp) {
        let told = open.protocol().map(Forbidden);
        if told.is_some_and(|told| parameters.forbidden.contains(&told)) {
            found(unit, open, assessment);
        }
    }
    for open in &tcp {
        if let Some((reason, why)) = untold(open) {
            let message = format!("{}: {why}", open.place());
            assessment.missing(reason, open.subject(&unit.id), message, open.evidence());
        }
    }
    assessment.gaps.extend(facts.surface_gaps(unit));
    let swept = facts.udp_ledgers(&unit.id);
    for address in facts.addresses(unit) {
        if !swept.contains_key(address.as_str()) {
            let gap = facts.no_ledger(unit, &address, Transport::Udp);
            assessment.gaps.push(gap);
        }
    }
    let ledgers = facts.ledgers(&unit.id);
    if ledgers.is_empty() {
        return;
    }
    let mut evidence: Vec<String> = ledgers.values().map(|(item, _)| item.id.clone()).collect();
    evidence.extend(swept.values().map(|(item, _)| item.id.clone()));
    evidence.extend(
        tcp.iter()
            .chain(&udp)
            .filter_map(|open| Some(open.identification?.id.clone())),
    );
    assessment.proved(&unit.id, statement(&tcp, &udp, parameters), evidence);
}

fn found(unit: &Unit, open: &OpenPort<'_>, assessment: &mut Assessment) {
    let Some(service) = open.service else { return };
    let code = match service.protocol.is_for_debugging() {
        true => DEBUG_SERVICE,
        false => FORBIDDEN_SERVICE,
    };
    let product = match &service.product {
        Some(product) => format!(" ({})", brief(product, 80)),
        None => String::new(),
    };
    let declared = match open.declared {
        Some(declared) => format!(
            "; the manifest declares it as `{}`, which does not make it fit",
            declared.id
        ),
        None => "; the manifest declares no service there".to_owned(),
    };
    let message = format!(
        "{} speaks {}{product}{declared}",
        open.place(),
        service.spoken()
    );
    assessment.found(code, open.subject(&unit.id), message, open.evidence());
}

/// Why nobody knows what an open TCP port is. None: it was told.
fn untold(open: &OpenPort<'_>) -> Option<(Reason, String)> {
    let reason = Reason::ServiceNotIdentified;
    match (open.service, open.identification) {
        (Some(service), _) if service.protocol != Protocol::Unknown => None,
        (Some(service), _) => {
            let inside = if service.tls { "inside TLS " } else { "" };
            let why = format!("what speaks {inside}there could not be told, and may be anything");
            Some((reason, why))
        }
        (None, Some(attempt)) => {
            let why = absence(attempt).1;
            Some((
                reason,
                format!("what speaks there could not be told: {why}"),
            ))
        }
        (None, None) => Some((
            Reason::NoEvidence,
            "what speaks there was not asked".to_owned(),
        )),
    }
}

fn statement(tcp: &[OpenPort<'_>], udp: &[OpenPort<'_>], parameters: &Parameters) -> String {
    let told = |ports: &[OpenPort<'_>]| {
        let known = |open: &&OpenPort<'_>| {
            open.protocol()
                .is_some_and(|protocol| protocol != Protocol::Unknown)
        };
        ports.iter().filter(known).count()
    };
    let words: Vec<&str> = parameters
        .forbidden
        .iter()
        .map(|it| it.0.as_str())
        .collect();
    format!(
        "what speaks was told at {} of {} open TCP ports and at {} of {} UDP ports that answered; looked for: {}",
        told(tcp),
        tcp.len(),
        told(udp),
        udp.len(),
        words.join(", ")
    )
}
