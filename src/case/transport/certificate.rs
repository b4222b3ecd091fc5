//! `transport/certificate`: what a TLS service shows identifies it to whoever trusts the declared authority.

mod form;
mod in_clear;
mod shown;
mod unseen;
mod usage;

use serde::Deserialize;

use super::breaches::broken;
use super::dtls::certified_dtls;
use super::nameless::{nameless, unasked};
use super::only_audited::beyond;
use super::ports::{
    Audit, AuditedPort, TlsPort, absent, audit_of, tls_ports, turned_ports, turning_gaps,
};
use crate::case::facts::Facts;
use crate::case::{TestCase, parameters};
use crate::dut::Unit;
use crate::observation::{CertificateFacts, KeyKind, NameMatch, Tls, TlsSession, TlsTrust};
use crate::profile::{Breach, Level, TlsRuleSets};
use crate::text::brief;
use crate::verdict::{Assessment, Code, Reason, Severity};
use form::{CAN_SIGN, CHAIN_ORDER, MALFORMED, NOT_FOR_SERVERS};
pub(super) use in_clear::in_clear;
pub use shown::certificate_findings;
pub use unseen::{none_seen, unseen};

const EXPIRED: Code = Code {
    id: "certificate-expired",
    severity: Severity::High,
};

const NOT_YET_VALID: Code = Code {
    id: "certificate-not-yet-valid",
    severity: Severity::Medium,
};

const WRONG_NAME: Code = Code {
    id: "certificate-wrong-name",
    severity: Severity::Medium,
};

const WEAK_KEY: Code = Code {
    id: "certificate-weak-key",
    severity: Severity::High,
};

const WEAK_SIGNATURE: Code = Code {
    id: "certificate-weak-signature",
    severity: Severity::High,
};

const SELF_SIGNED: Code = Code {
    id: "certificate-self-signed",
    severity: Severity::Medium,
};

const UNTRUSTED: Code = Code {
    id: "certificate-untrusted",
    severity: Severity::High,
};

const CERTIFICATE_ABSENT: Code = Code {
    id: "certificate-absent",
    severity: Severity::Medium,
};

const LIVES_TOO_LONG: Code = Code {
    id: "certificate-lives-too-long",
    severity: Severity::Low,
};

/// The test case.
pub const CERTIFICATE: TestCase = TestCase {
    id: "transport/certificate",
    title: "Certificates are in date, keep the rules on key sizes and signatures, and lead to the declared authority",
    page: include_str!("certificate.md"),
    codes: &[
        CERTIFICATE_ABSENT,
        CAN_SIGN,
        CHAIN_ORDER,
        EXPIRED,
        LIVES_TOO_LONG,
        MALFORMED,
        NOT_FOR_SERVERS,
        NOT_YET_VALID,
        SELF_SIGNED,
        UNTRUSTED,
        WEAK_KEY,
        WEAK_SIGNATURE,
        WRONG_NAME,
    ],
    probes: &[
        "reach",
        "ports",
        "identify",
        "tls",
        "tls-audit",
        "udp-ports",
        "dtls",
        "heartbeat",
    ],
    check_parameters: parameters::check::<Parameters>,
    assess,
};

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Parameters {
    /// The smallest RSA modulus.
    min_rsa_bits: u32,
    /// The smallest elliptic curve; Ed25519 counts as 256.
    min_elliptic_bits: u32,
    /// Whose rules are asked for beside them.
    rules: TlsRuleSets,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            min_rsa_bits: 2048,
            min_elliptic_bits: 256,
            rules: TlsRuleSets::default(),
        }
    }
}

fn assess(facts: &Facts<'_>, parameters: &toml::Table) -> Assessment {
    let parameters: Parameters = parameters::read(parameters);
    let mut assessment = Assessment::default();
    for unit in &facts.units {
        let mut ports = tls_ports(facts, unit, &mut assessment);
        turning_gaps(facts, unit, &mut assessment);
        ports.extend(turned_ports(facts, unit, &mut assessment));
        ports.extend(certified_dtls(facts, unit, &mut assessment));
        let further = beyond(facts, unit, &ports);
        for port in ports {
            assess_port(unit, port, &parameters, &mut assessment);
        }
        for port in further {
            // Why nobody knows more of it is said already.
            let mut seen = Assessment::default();
            assess_port(unit, unshaken(port), &parameters, &mut seen);
            assessment.findings.extend(seen.findings);
        }
    }
    assessment.absent = absent(facts, &assessment, CERTIFICATE_ABSENT);
    assessment
}

fn assess_port(
    unit: &Unit,
    port: TlsPort<'_>,
    parameters: &Parameters,
    assessment: &mut Assessment,
) {
    assess_rules(unit, &port, &parameters.rules, assessment);
    let open = open_versions(&port);
    let in_clear = in_clear(&port);
    let port = match &in_clear {
        Some((evidence, tls)) => TlsPort {
            evidence,
            tls,
            ..port
        },
        None => port,
    };
    let mut weighing = Weighing {
        unit,
        port: &port,
        assessment,
    };
    weighing.certificate(parameters, open);
}

/// A port as if a handshake had shown nothing.
pub(super) fn unshaken(port: AuditedPort<'_>) -> TlsPort<'_> {
    static NOTHING: Tls = Tls {
        offers: Vec::new(),
        session: TlsSession::Failed {
            detail: String::new(),
        },
        chain: Vec::new(),
        key_shown: false,
        trust: TlsTrust::NotDeclared,
        names: Vec::new(),
    };
    TlsPort {
        open: port.open,
        evidence: port.evidence,
        tls: &NOTHING,
        behind: port.behind,
        audit: Some(Audit {
            evidence: port.evidence,
            told: Some(port.audit),
        }),
    }
}

/// The versions with which nobody saw a certificate, in words; none without an audit, as in runs of earlier versions.
fn open_versions(port: &TlsPort<'_>) -> Vec<String> {
    let Ok(audited) = audit_of(port) else {
        return Vec::new();
    };
    let mut open = none_seen(&audited, Some(port.tls));
    // Where names are not judged at all, that is said with them.
    let nameless = unasked(&port.open, audited.audit);
    open.extend(nameless.filter(|_| !port.tls.names.is_empty()));
    open
}

/// The rules about certificates that an audit shows to be broken.
fn assess_rules(unit: &Unit, port: &TlsPort<'_>, rules: &TlsRuleSets, assessment: &mut Assessment) {
    let Ok(port) = audit_of(port) else {
        // Without an audit the parameters alone decide, as for runs of earlier versions.
        return;
    };
    for broken in broken(port.audit, rules.rules(), port.called()) {
        let code = match (&broken.rule.breach, broken.rule.level) {
            (Breach::KeyBelow { .. }, Level::Must) => WEAK_KEY,
            (Breach::CertificateSignature { .. }, Level::Must) => WEAK_SIGNATURE,
            (Breach::LivesLonger { .. }, Level::Must) => LIVES_TOO_LONG,
            // No set advises about certificates without demanding it; a test sees to that.
            _ => continue,
        };
        let message = format!("{}: {}", port.place(), broken.words());
        assessment.found(code, port.open.subject(&unit.id), message, port.evidence());
    }
}

/// The certificate of one port.
struct Weighing<'w, 'a> {
    unit: &'w Unit,
    port: &'w TlsPort<'a>,
    assessment: &'w mut Assessment,
}

impl Weighing<'_, '_> {
    /// `open`: what nobody saw of its other certificates.
    fn certificate(&mut self, parameters: &Parameters, open: Vec<String>) {
        let gaps = self.assessment.gaps.len();
        let chain = &self.port.tls.chain;
        let Some(first) = chain.first() else {
            let why = match &self.port.tls.session {
                TlsSession::Failed { detail } => brief(detail, 160),
                TlsSession::Completed { .. } => "the handshake goes without one".to_owned(),
            };
            return self.missing(
                Reason::AnswerUnclear,
                format!("no certificate was seen: {why}"),
            );
        };
        let Some(own) = &first.facts else {
            let what = "its certificate cannot be read".to_owned();
            return self.missing(Reason::AnswerUnclear, what);
        };
        if let TlsSession::Failed { detail } = &self.port.tls.session
            && !self.port.tls.key_shown
        {
            let why = brief(detail, 160);
            let what = format!("it was not shown to hold the key of its certificate: {why}");
            self.missing(Reason::AnswerUnclear, what);
        }
        for what in open {
            self.missing(Reason::AnswerUnclear, what);
        }
        self.itself(own, "its certificate");
        self.uses(first, "its certificate");
        self.names(own);
        self.order();
        self.others(parameters);
        // A root is trusted or not for itself: nobody relies on its own signature.
        for (place, certificate) in chain.iter().enumerate() {
            match &certificate.facts {
                Some(facts) if place > 0 && facts.self_signed => {}
                Some(facts) => self.strength(facts, parameters),
                None => {
                    let what = format!("certificate {} of its chain cannot be read", place + 1);
                    self.missing(Reason::AnswerUnclear, what);
                }
            }
        }
        self.trust(own);
        if self.assessment.gaps.len() == gaps {
            let statement = format!(
                "{} shows a certificate of {} issued by {}, valid from {} to {}, with a key of {} bits",
                self.port.place(),
                quoted(&own.subject),
                quoted(&own.issuer),
                own.not_before.date(),
                own.not_after.date(),
                own.key.bits
            );
            self.assessment
                .proved(&self.unit.id, statement, self.port.evidence());
        }
    }

    fn names(&mut self, own: &CertificateFacts) {
        if self.port.tls.names.is_empty() {
            let audit = self.port.audit.and_then(|it| it.told);
            let what = match audit.and_then(|audit| nameless(&self.port.open, audit)) {
                Some(how) => format!(
                    "names were not judged: {how}, and a client without one was shown its certificate"
                ),
                None => "for whom its certificate is could not be told".to_owned(),
            };
            self.missing(Reason::AnswerUnclear, what);
        }
        if let Some(what) = misnamed(own, &self.port.tls.names) {
            self.found(WRONG_NAME, format!("its certificate {what}"));
        }
    }

    fn strength(&mut self, facts: &CertificateFacts, parameters: &Parameters) {
        let (kind, least) = match facts.key.kind {
            KeyKind::Rsa => ("RSA", parameters.min_rsa_bits),
            KeyKind::Ec => ("elliptic curve", parameters.min_elliptic_bits),
            KeyKind::Other => {
                let what = format!(
                    "the kind of the key of {} is not known",
                    quoted(&facts.subject)
                );
                return self.missing(Reason::AnswerUnclear, what);
            }
        };
        if facts.key.bits < least {
            let what = format!(
                "the {kind} key of {} has {} bits, fewer than {least}",
                quoted(&facts.subject),
                facts.key.bits
            );
            self.found(WEAK_KEY, what);
        }
        let whose = format!(
            "the certificate of {} is signed with {}",
            quoted(&facts.subject),
            facts.signature
        );
        match hash(&facts.signature) {
            Some(true) => {}
            Some(false) => self.found(WEAK_SIGNATURE, whose),
            None => self.missing(
                Reason::AnswerUnclear,
                format!("{whose}, of which nothing is known"),
            ),
        }
    }

    fn trust(&mut self, own: &CertificateFacts) {
        match &self.port.tls.trust {
            TlsTrust::NotDeclared if own.self_signed => {
                let what = format!(
                    "its certificate of {} vouches for itself, and the manifest names no authority",
                    quoted(&own.subject)
                );
                self.found(SELF_SIGNED, what);
            }
            TlsTrust::NotDeclared => {
                let what = format!(
                    "the manifest does not say who issues its certificate, by {}: name the authority in `[service.tls]`",
                    quoted(&own.issuer)
                );
                self.missing(Reason::CaNotDeclared, what);
            }
            TlsTrust::Failed { detail } => {
                let what = format!(
                    "its certificate, issued by {}, does not lead to the declared authority ({})",
                    quoted(&own.issuer),
                    brief(detail, 160)
                );
                self.found(UNTRUSTED, what);
            }
            TlsTrust::Unchecked { detail } => {
                let what = format!(
                    "whether its certificate, issued by {}, leads to the declared authority could not be checked: {}",
                    quoted(&own.issuer),
                    brief(detail, 160)
                );
                self.missing(Reason::AnswerUnclear, what);
            }
            TlsTrust::Verified if !self.port.tls.key_shown => {
                let what = "it was not shown to hold the key of its certificate".to_owned();
                self.missing(Reason::AnswerUnclear, what);
            }
            TlsTrust::Verified => {}
        }
    }

    fn found(&mut self, code: Code, what: String) {
        let message = format!("{}: {what}", self.port.place());
        let subject = self.port.open.subject(&self.unit.id);
        self.assessment
            .found(code, subject, message, self.port.evidence());
    }

    fn missing(&mut self, reason: Reason, what: String) {
        let message = format!("{}: {what}", self.port.place());
        let subject = self.port.open.subject(&self.unit.id);
        self.assessment
            .missing(reason, subject, message, self.port.evidence());
    }
}

/// For whom a certificate is, and for whom not. None: for all of them.
fn misnamed(own: &CertificateFacts, names: &[NameMatch]) -> Option<String> {
    let wrong = names.iter().filter(|name| !name.matches);
    let wrong: Vec<&str> = wrong.map(|name| name.name.as_str()).collect();
    let is_for = match own.names.as_slice() {
        [] => "no name at all".to_owned(),
        names => brief(&names.join(", "), 160),
    };
    (!wrong.is_empty()).then(|| format!("is for {is_for}, not for {}", wrong.join(", ")))
}

fn quoted(name: &str) -> String {
    format!("“{}”", brief(name, 80))
}

/// Whether a signature's hash is sound. None: it is not known.
fn hash(signature: &str) -> Option<bool> {
    let name = signature.to_ascii_lowercase().replace('-', "");
    let holds = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if holds(&["md2", "md4", "md5", "sha1"]) {
        Some(false)
    } else if holds(&["sha224", "sha256", "sha384", "sha512", "ed25519", "ed448"]) {
        Some(true)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_told_from_the_names_of_signatures() {
        for (name, sound) in [
            ("ecdsa-with-SHA256", Some(true)),
            ("RSA-SHA256", Some(true)),
            ("Ed25519", Some(true)),
            ("ecdsa-with-SHA1", Some(false)),
            ("RSA-SHA1", Some(false)),
            ("RSA-MD5", Some(false)),
            ("1.2.3", None),
        ] {
            assert_eq!(hash(name), sound, "{name}");
        }
    }
}
