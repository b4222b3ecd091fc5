//! `transport/versions`: no service takes an outdated version of TLS.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::ports::{TlsPort, absent, tls_ports};
use crate::case::facts::Facts;
use crate::case::{TestCase, parameters};
use crate::dut::Unit;
use crate::observation::{OfferAnswer, TlsSession, TlsVersion};
use crate::text::brief;
use crate::verdict::{Assessment, Code, Reason, Severity};

const OLD_TLS_VERSION: Code = Code {
    id: "old-tls-version",
    severity: Severity::High,
};

const TLS_ABSENT: Code = Code {
    id: "tls-absent",
    severity: Severity::Medium,
};

/// The test case.
pub const VERSIONS: TestCase = TestCase {
    id: "transport/versions",
    title: "No service takes an outdated version of TLS",
    page: include_str!("versions.md"),
    codes: &[OLD_TLS_VERSION, TLS_ABSENT],
    probes: &["reach", "ports", "identify", "tls", "heartbeat"],
    check_parameters: parameters::check::<Parameters>,
    assess,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Parameters {
    min_version: MinVersion,
}

/// The lowest version that may be taken.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
enum MinVersion {
    #[default]
    #[serde(rename = "1.2")]
    Tls12,
    #[serde(rename = "1.3")]
    Tls13,
}

impl MinVersion {
    fn version(self) -> TlsVersion {
        match self {
            Self::Tls12 => TlsVersion::Tls12,
            Self::Tls13 => TlsVersion::Tls13,
        }
    }
}

fn assess(facts: &Facts<'_>, parameters: &toml::Table) -> Assessment {
    let least = parameters::read::<Parameters>(parameters)
        .min_version
        .version();
    let mut assessment = Assessment::default();
    for unit in &facts.units {
        for port in tls_ports(facts, unit, &mut assessment) {
            assess_port(unit, &port, least, &mut assessment);
        }
    }
    assessment.absent = absent(facts, &assessment, TLS_ABSENT);
    assessment
}

fn assess_port(unit: &Unit, port: &TlsPort<'_>, least: TlsVersion, assessment: &mut Assessment) {
    let place = port.place();
    let mut taken = BTreeMap::new();
    for offer in &port.tls.offers {
        match &offer.answer {
            OfferAnswer::Accepted { selected, suite } => {
                taken.entry(*selected).or_insert(suite.as_str());
            }
            OfferAnswer::Refused { .. } => {}
            OfferAnswer::Unclear { detail } if offer.offered < least => {
                let message = format!(
                    "{place}: the answer to an offer of {} shows neither that it is taken nor that it is refused ({})",
                    offer.offered,
                    brief(detail, 160)
                );
                let subject = port.open.subject(&unit.id);
                assessment.missing(Reason::AnswerUnclear, subject, message, port.evidence());
            }
            OfferAnswer::Unclear { .. } => {}
        }
    }
    if let TlsSession::Completed { version, suite } = &port.tls.session {
        taken.entry(*version).or_insert(suite);
    }
    for (version, suite) in taken.range(..least) {
        let message = format!("{place} takes {version}, with cipher suite {suite}");
        let subject = port.open.subject(&unit.id);
        assessment.found(OLD_TLS_VERSION, subject, message, port.evidence());
    }
    let current: Vec<String> = taken.range(least..).map(|(it, _)| it.to_string()).collect();
    if current.is_empty() {
        let message = format!("{place}: no version from {least} on was shown to be taken");
        let subject = port.open.subject(&unit.id);
        assessment.missing(Reason::AnswerUnclear, subject, message, port.evidence());
    } else {
        let statement = format!("{place} takes {}", current.join(" and "));
        assessment.proved(&unit.id, statement, port.evidence());
    }
}
