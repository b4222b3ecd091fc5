//! `transport/versions`: no service takes an outdated version of TLS.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::breaches::broken;
use super::dtls::audited_dtls;
use super::nameless::unasked;
use super::only_audited::further_audits;
use super::ports::{AuditedPort, TlsPort, absent, audit_of, tls_ports, turning_gaps};
use crate::case::facts::Facts;
use crate::case::{TestCase, parameters};
use crate::dut::Unit;
use crate::observation::{OfferAnswer, Tls, TlsSession, TlsVersion};
use crate::profile::{Breach, Level, TlsRuleSets};
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

const NOT_RECOMMENDED: Code = Code {
    id: "tls-version-not-recommended",
    severity: Severity::Note,
};

/// The test case.
pub const VERSIONS: TestCase = TestCase {
    id: "transport/versions",
    title: "No service takes an outdated version of TLS",
    page: include_str!("versions.md"),
    codes: &[OLD_TLS_VERSION, TLS_ABSENT, NOT_RECOMMENDED],
    probes: &[
        "reach",
        "ports",
        "identify",
        "tls",
        "udp-ports",
        "dtls",
        "tls-audit",
        "heartbeat",
    ],
    check_parameters: parameters::check::<Parameters>,
    assess,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Parameters {
    min_version: MinVersion,
    /// Whose rules are asked for beside it.
    rules: TlsRuleSets,
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
    let Parameters { min_version, rules } = parameters::read(parameters);
    let least = min_version.version();
    let mut assessment = Assessment::default();
    for unit in &facts.units {
        for port in tls_ports(facts, unit, &mut assessment) {
            match (audit_of(&port), &port.audit) {
                (Ok(audited), _) => {
                    assess_audit(unit, &audited, least, &rules, &mut assessment);
                    contradicted(unit, &port, &audited, least, &mut assessment);
                }
                // As runs of earlier versions are judged, which asked no more.
                (Err(_), None) => assess_port(unit, &port, least, &mut assessment),
                (Err((reason, why)), Some(_)) => {
                    let message = format!("{}: {why}", port.place());
                    let subject = port.open.subject(&unit.id);
                    assessment.missing(reason, subject, message, port.evidence());
                }
            }
        }
        turning_gaps(facts, unit, &mut assessment);
        let further = further_audits(facts, unit).into_iter();
        for port in further.chain(audited_dtls(facts, unit, &mut assessment)) {
            assess_audit(unit, &port, least, &rules, &mut assessment);
        }
    }
    assessment.absent = absent(facts, &assessment, TLS_ABSENT);
    assessment
}

fn assess_audit(
    unit: &Unit,
    port: &AuditedPort<'_>,
    least: TlsVersion,
    rules: &TlsRuleSets,
    assessment: &mut Assessment,
) {
    let place = port.place();
    let subject = || port.open.subject(&unit.id);
    for version in port.audit.offered() {
        let taken = version.version;
        let musts = rules
            .rules()
            .flat_map(|set| set.rules.iter().map(move |rule| (set, rule)));
        let cited: Vec<String> = musts
            .filter(|(_, rule)| rule.level == Level::Must)
            .filter(|(_, rule)| matches!(&rule.breach, Breach::Offers { versions } if versions.iter().any(|it| it == taken.key())))
            .map(|(set, rule)| format!("this breaks {} of `{}`, by which this holds: {}", rule.id, set.id, rule.says))
            .collect();
        if taken < least || !cited.is_empty() {
            let why = match cited.is_empty() {
                true => format!("the profile asks for {} and newer", port.name(least)),
                false => cited.join("; "),
            };
            let suite = version.suites.first().map_or("none", String::as_str);
            let message = format!(
                "{place} takes {}, with {} cipher suites such as {}; {why}",
                port.name(taken),
                version.suites.len(),
                brief(suite, 60)
            );
            assessment.found(OLD_TLS_VERSION, subject(), message, port.evidence());
        }
    }
    for broken in broken(port.audit, rules.rules(), port.called()) {
        let code = match (&broken.rule.breach, broken.rule.level) {
            (Breach::Offers { .. } | Breach::LacksVersions { .. }, Level::Should) => {
                NOT_RECOMMENDED
            }
            (Breach::LacksVersions { .. }, Level::Must) => OLD_TLS_VERSION,
            _ => continue,
        };
        let message = format!("{place}: {}", broken.words());
        assessment.found(code, subject(), message, port.evidence());
    }
    for (version, why) in port.unknown().filter(|(version, _)| *version < least) {
        let message = format!(
            "{place}: whether {} is taken or refused could not be told: {why}",
            port.name(version)
        );
        assessment.missing(Reason::AnswerUnclear, subject(), message, port.evidence());
    }
    let nameless = unasked(&port.open, port.audit);
    if let Some(what) = &nameless {
        let message = format!("{place}: {what}");
        assessment.missing(Reason::AnswerUnclear, subject(), message, port.evidence());
    }
    let current: Vec<String> = port
        .audit
        .offered()
        .filter(|version| version.version >= least)
        .map(|version| port.name(version.version))
        .collect();
    if current.is_empty() {
        let least = port.name(least);
        let message = format!("{place}: no version from {least} on was shown to be taken");
        assessment.missing(Reason::AnswerUnclear, subject(), message, port.evidence());
    } else if nameless.is_none() {
        let statement = format!("{place} takes {}", current.join(" and "));
        assessment.proved(&unit.id, statement, port.evidence());
    }
}

/// What was taken once is a counter-example, whatever the audit saw.
fn contradicted(
    unit: &Unit,
    port: &TlsPort<'_>,
    audited: &AuditedPort<'_>,
    least: TlsVersion,
    assessment: &mut Assessment,
) {
    let known = |version| audited.audit.offered().any(|it| it.version == version);
    let taken = taken(port.tls);
    for (version, suite) in taken.range(..least).filter(|(it, _)| !known(**it)) {
        let message = format!(
            "{} took {version}, with cipher suite {suite}, in a handshake of its own; the audit did not see that",
            port.place()
        );
        let subject = port.open.subject(&unit.id);
        assessment.found(OLD_TLS_VERSION, subject, message, port.evidence());
    }
}

/// The versions that a handshake was begun or made with, each with a suite.
pub(super) fn taken(tls: &Tls) -> BTreeMap<TlsVersion, &str> {
    let offers = tls.offers.iter().filter_map(|offer| match &offer.answer {
        OfferAnswer::Accepted { selected, suite } => Some((*selected, suite.as_str())),
        OfferAnswer::Refused { .. } | OfferAnswer::Unclear { .. } => None,
    });
    let mut taken = BTreeMap::new();
    for (version, suite) in offers {
        taken.entry(version).or_insert(suite);
    }
    if let TlsSession::Completed { version, suite } = &tls.session {
        taken.entry(*version).or_insert(suite);
    }
    taken
}

fn assess_port(unit: &Unit, port: &TlsPort<'_>, least: TlsVersion, assessment: &mut Assessment) {
    let place = port.place();
    for offer in port.tls.offers.iter().filter(|it| it.offered < least) {
        if let OfferAnswer::Unclear { detail } = &offer.answer {
            let message = format!(
                "{place}: the answer to an offer of {} shows neither that it is taken nor that it is refused ({})",
                offer.offered,
                brief(detail, 160)
            );
            let subject = port.open.subject(&unit.id);
            assessment.missing(Reason::AnswerUnclear, subject, message, port.evidence());
        }
    }
    let taken = taken(port.tls);
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
