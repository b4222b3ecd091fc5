//! `transport/suites`: what a service agrees to inside TLS is what the profile's rules permit.

use serde::Deserialize;

use super::breaches::{Broken, broken};
use super::dtls::audited_dtls;
use super::nameless::unasked;
use super::only_audited::further_audits;
use super::ports::{AuditedPort, absent, audit_of, tls_ports, turning_gaps};
use crate::case::facts::Facts;
use crate::case::{TestCase, parameters};
use crate::dut::Unit;
use crate::profile::{Breach, Level, SuiteKind, TlsRuleSets};
use crate::verdict::{Assessment, Code, Reason, Severity};

const fn code(id: &'static str, severity: Severity) -> Code {
    Code { id, severity }
}

const ANSWERED_UNASKED: Code = code("tls-answered-unasked", Severity::Medium);
const BROKEN_SIGNATURE: Code = code("broken-handshake-signature", Severity::Medium);
const BROKEN_SUITE: Code = code("broken-suite", Severity::High);
const COMPRESSION: Code = code("tls-compression", Severity::Medium);
const EARLY_DATA: Code = code("early-data-accepted", Severity::Medium);
const ENCRYPTION_ABSENT: Code = code("encryption-absent", Severity::Medium);
const HEARTBEAT_ANSWERED: Code = code("heartbeat-answered", Severity::Low);
const HEARTBLEED: Code = code("heartbleed", Severity::Critical);
const NO_EXTENDED_MASTER_SECRET: Code = code("no-extended-master-secret", Severity::Medium);
const NO_FORWARD_SECRECY: Code = code("no-forward-secrecy", Severity::High);
const NO_SECURE_RENEGOTIATION: Code = code("no-secure-renegotiation", Severity::High);
const NOT_RECOMMENDED: Code = code("tls-not-recommended", Severity::Note);
const RULE_BROKEN: Code = code("tls-rule-broken", Severity::Medium);
const SMALL_DH_GROUP: Code = code("small-dh-group", Severity::High);
const WITHOUT_AUTHENTICATION: Code = code("suite-without-authentication", Severity::Critical);
const WITHOUT_ENCRYPTION: Code = code("suite-without-encryption", Severity::Critical);

/// The test case.
pub const SUITES: TestCase = TestCase {
    id: "transport/suites",
    title: "What services agree to inside TLS is what the rules permit",
    page: include_str!("suites.md"),
    codes: &[
        ANSWERED_UNASKED,
        BROKEN_SIGNATURE,
        BROKEN_SUITE,
        COMPRESSION,
        EARLY_DATA,
        ENCRYPTION_ABSENT,
        HEARTBEAT_ANSWERED,
        HEARTBLEED,
        NO_EXTENDED_MASTER_SECRET,
        NO_FORWARD_SECRECY,
        NO_SECURE_RENEGOTIATION,
        NOT_RECOMMENDED,
        RULE_BROKEN,
        SMALL_DH_GROUP,
        WITHOUT_AUTHENTICATION,
        WITHOUT_ENCRYPTION,
    ],
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
    /// Whose rules are asked for.
    rules: TlsRuleSets,
}

fn assess(facts: &Facts<'_>, parameters: &toml::Table) -> Assessment {
    let Parameters { rules } = parameters::read(parameters);
    let mut assessment = Assessment::default();
    for unit in &facts.units {
        for port in tls_ports(facts, unit, &mut assessment) {
            match audit_of(&port) {
                Ok(audited) => assess_port(unit, &audited, &rules, &mut assessment),
                Err((reason, why)) => {
                    let subject = port.open.subject(&unit.id);
                    let message = format!("{}: {why}", port.place());
                    assessment.missing(reason, subject, message, port.evidence());
                }
            }
        }
        turning_gaps(facts, unit, &mut assessment);
        let further = further_audits(facts, unit).into_iter();
        for audited in further.chain(audited_dtls(facts, unit, &mut assessment)) {
            assess_port(unit, &audited, &rules, &mut assessment);
        }
    }
    assessment.absent = absent(facts, &assessment, ENCRYPTION_ABSENT);
    assessment
}

fn assess_port(
    unit: &Unit,
    port: &AuditedPort<'_>,
    rules: &TlsRuleSets,
    assessment: &mut Assessment,
) {
    let place = port.place();
    let subject = || port.open.subject(&unit.id);
    for broken in broken(port.audit, rules.rules(), port.called()) {
        if let Some(code) = code_of(&broken) {
            let message = format!("{place}: {}", broken.words());
            assessment.found(code, subject(), message, port.evidence());
        }
    }
    let unknown = port.unknown().map(|(version, why)| {
        let version = port.name(version);
        format!("whether {version} is taken, and what of it, could not be told: {why}")
    });
    let nameless = unasked(&port.open, port.audit);
    let mut gaps: Vec<String> = unknown.chain(port.untold()).chain(nameless).collect();
    if gaps.is_empty() && port.audit.offered().next().is_none() {
        gaps.push("nothing that it takes was shown".to_owned());
    }
    if gaps.is_empty() {
        let sets: Vec<&str> = rules.rules().map(|set| set.id.as_str()).collect();
        let taken: Vec<String> = port
            .audit
            .offered()
            .map(|it| format!("{} suites of {}", it.suites.len(), port.name(it.version)))
            .collect();
        let statement = format!(
            "{place} takes {}, which were weighed by the rules of {}",
            taken.join(", "),
            sets.join(" and ")
        );
        assessment.proved(&unit.id, statement, port.evidence());
    }
    for gap in gaps {
        let message = format!("{place}: {gap}");
        assessment.missing(Reason::AnswerUnclear, subject(), message, port.evidence());
    }
}

/// What a broken rule is called. None: another test case speaks of it.
fn code_of(broken: &Broken<'_>) -> Option<Code> {
    let code = match &broken.rule.breach {
        // `transport/versions`
        Breach::Offers { .. } | Breach::LacksVersions { .. } => return None,
        // `transport/certificate`
        Breach::KeyBelow { .. }
        | Breach::CertificateSignature { .. }
        | Breach::LivesLonger { .. } => return None,
        _ if broken.rule.level == Level::Should => NOT_RECOMMENDED,
        Breach::Suites { which } => match which {
            SuiteKind::Null => WITHOUT_ENCRYPTION,
            SuiteKind::Anonymous => WITHOUT_AUTHENTICATION,
            SuiteKind::Rc4 => BROKEN_SUITE,
            SuiteKind::StaticRsa
            | SuiteKind::StaticDh
            | SuiteKind::Dhe
            | SuiteKind::Cbc
            | SuiteKind::Ccm8
            | SuiteKind::PlainPsk => RULE_BROKEN,
        },
        Breach::SuitesBelow { .. } => BROKEN_SUITE,
        Breach::LacksForwardSecrecy => NO_FORWARD_SECRECY,
        Breach::CurvesBelow { .. } | Breach::DhBelow { .. } => SMALL_DH_GROUP,
        Breach::BrokenSignatures => BROKEN_SIGNATURE,
        Breach::Compression => COMPRESSION,
        Breach::NoSecureRenegotiation => NO_SECURE_RENEGOTIATION,
        Breach::NoExtendedMasterSecret => NO_EXTENDED_MASTER_SECRET,
        Breach::EarlyData => EARLY_DATA,
        Breach::Heartbleed => HEARTBLEED,
        Breach::HeartbeatAnswered => HEARTBEAT_ANSWERED,
        Breach::AnsweredUnasked => ANSWERED_UNASKED,
        Breach::SuitesBeyond { .. }
        | Breach::MacThenEncrypt
        | Breach::LacksGroups { .. }
        | Breach::GroupsBeyond { .. }
        | Breach::NoFallbackProtection
        | Breach::NoDowngradeSentinel
        | Breach::ClientChooses { .. }
        | Breach::ForwardSecrecyNotPreferred
        | Breach::HeartbeatOffered => RULE_BROKEN,
    };
    Some(code)
}
