//! `transport/dtls-cookie`: no DTLS service sends much to who did not show where he is.

use super::dtls::{DtlsPort, dtls_ports};
use crate::case::facts::Facts;
use crate::case::{TestCase, parameters};
use crate::dut::Unit;
use crate::observation::{Cookie, Protocol, Transport};
use crate::verdict::{Absent, Assessment, Code, Declarant, Reason, Severity};

const DTLS_ABSENT: Code = Code {
    id: "dtls-absent",
    severity: Severity::Medium,
};

const NO_DTLS_COOKIE: Code = Code {
    id: "no-dtls-cookie",
    severity: Severity::Medium,
};

/// The test case.
pub const DTLS_COOKIE: TestCase = TestCase {
    id: "transport/dtls-cookie",
    title: "No DTLS service answers at length whoever only says hello",
    page: include_str!("dtls_cookie.md"),
    codes: &[DTLS_ABSENT, NO_DTLS_COOKIE],
    probes: &["reach", "udp-ports", "dtls", "heartbeat"],
    check_parameters: parameters::check::<parameters::None>,
    assess,
};

fn assess(facts: &Facts<'_>, _parameters: &toml::Table) -> Assessment {
    let mut assessment = Assessment::default();
    for unit in &facts.units {
        assessment.gaps.extend(facts.udp_not_asked(unit));
        assessment.gaps.extend(facts.dtls_gaps(unit));
        for port in dtls_ports(facts, &unit.id) {
            assess_port(unit, &port, &mut assessment);
        }
    }
    let nothing_else = assessment.findings.is_empty()
        && assessment.gaps.is_empty()
        && assessment.proofs.is_empty();
    if nothing_else && !facts.units.is_empty() {
        assessment.absent = Some(absent(facts));
    }
    assessment
}

fn assess_port(unit: &Unit, port: &DtlsPort<'_>, assessment: &mut Assessment) {
    let place = port.open.place();
    let subject = port.open.subject(&unit.id);
    let audited = match &port.audit {
        Ok(audited) => audited,
        Err((reason, why)) => {
            let message = format!("{place}: {why}");
            assessment.missing(*reason, subject, message, port.open.evidence());
            return;
        }
    };
    let evidence = vec![audited.evidence.id.clone()];
    match audited.dtls.cookie {
        Some(Cookie::Demanded) => {
            let statement =
                format!("{place} demands a cookie before it says more than that, every time");
            assessment.proved(&unit.id, statement, evidence);
        }
        Some(Cookie::NotDemanded { sent, received }) => {
            let message = format!(
                "{place} demands no cookie: {received} bytes came back for a hello of {sent}, to whoever says that he is where he is not"
            );
            assessment.found(NO_DTLS_COOKIE, subject, message, evidence);
        }
        None => {
            let message = format!(
                "{place} answers as DTLS does, and no hello got to a ServerHello, so that whether a cookie is demanded was not seen"
            );
            assessment.missing(Reason::AnswerUnclear, subject, message, evidence);
        }
    }
}

/// Nothing speaks DTLS, by the supplier's statement, and nothing contradicts it.
fn absent(facts: &Facts<'_>) -> Absent {
    let ledgers = facts
        .units
        .iter()
        .flat_map(|unit| facts.udp_ledgers(&unit.id).values());
    Absent {
        statement:
            "the manifest declares no service that speaks DTLS, and no UDP port that answered does"
                .to_owned(),
        by: Declarant::Supplier,
        code: DTLS_ABSENT,
        evidence: ledgers.map(|(item, _)| item.id.clone()).collect(),
    }
}

impl Facts<'_> {
    /// Addresses whose UDP ports nobody asked: there may be anything.
    fn udp_not_asked(&self, unit: &Unit) -> Vec<crate::verdict::Gap> {
        let ledgers = self.udp_ledgers(&unit.id);
        let addresses = unit.addresses.iter().map(ToString::to_string);
        addresses
            .filter(|address| !ledgers.contains_key(address.as_str()))
            .map(|address| self.no_ledger(unit, &address, Transport::Udp))
            .collect()
    }

    /// Declared DTLS services that were not seen to be one.
    pub(super) fn dtls_gaps(&self, unit: &Unit) -> Vec<crate::verdict::Gap> {
        let gaps = self.udp_gaps(unit).into_iter();
        gaps.filter(|gap| {
            let declared = gap
                .subject
                .port
                .and_then(|port| self.device.service_at(Transport::Udp, port));
            declared.is_some_and(|service| service.protocol == Protocol::Dtls)
        })
        .collect()
    }
}
