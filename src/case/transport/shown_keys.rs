//! The public keys that a unit shows: in the certificates of its TLS and DTLS services, and as host keys of its SSH servers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::certificate::none_seen;
use super::dtls::certified_dtls;
use super::nameless::unasked;
use super::only_audited::beyond;
use super::ports::{AuditedPort, TlsPort, audit_of, tls_ports, turning_gaps};
use crate::case::facts::{Facts, OpenPort, absence};
use crate::dut::Unit;
use crate::evidence::Evidence;
use crate::keys::{PublicKey, Unread};
use crate::observation::{Asked, Observation, Protocol, Ssh, Tls, TlsCertificate, TlsSession};
use crate::text::brief;
use crate::verdict::{Absent, Assessment, Code, Declarant, Reason, Subject};

/// A key, and who shows it where.
#[derive(Clone, Debug)]
pub struct ShownKey {
    pub key: PublicKey,
    pub holder: Holder,
    /// What a finding about it is about.
    pub subject: Subject,
    /// `TCP port 443 of 192.0.2.10`.
    pub place: String,
    pub evidence: Vec<String>,
}

/// What shows a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// The service's own certificate.
    Certificate,
    /// One that vouches for it, or for another that does.
    Authority,
    Host,
}

impl ShownKey {
    /// For messages: `the RSA, 2048 bits, key of the certificate at TCP port 443 of 192.0.2.10`.
    pub fn words(&self) -> String {
        let what = match self.holder {
            Holder::Certificate => "of the certificate",
            Holder::Authority => "of an authority in the chain",
            Holder::Host => "of the SSH host",
        };
        let key = self.key.words();
        format!("the key ({key}) {what} at {}", self.place)
    }

    /// Whether it is the device's own.
    pub fn is_own(&self) -> bool {
        self.holder != Holder::Authority
    }
}

/// An SSH server that was asked.
#[derive(Clone, Debug)]
pub struct SshPort<'a> {
    pub open: OpenPort<'a>,
    pub evidence: &'a Evidence,
    pub ssh: &'a Ssh,
}

/// The ports of a unit that speak SSH. What keeps one from being told is added as a gap; which ports speak at all is for [`tls_ports`].
pub fn ssh_ports<'a>(
    facts: &Facts<'a>,
    unit: &Unit,
    assessment: &mut Assessment,
) -> Vec<SshPort<'a>> {
    let mut ports = Vec::new();
    for open in facts.open_ports(&unit.id) {
        if open.protocol() != Some(Protocol::Ssh) {
            continue;
        }
        let asked = facts.of(&unit.id).filter(|item| {
            item.asked == Asked::Ssh
                && item.target.address == open.address
                && item.target.port == Some(open.port)
        });
        let gap = match asked.last() {
            None => (
                Reason::NoEvidence,
                "nobody asked for its SSH algorithms and host keys".to_owned(),
            ),
            Some(evidence) => {
                let ssh = evidence.observations().iter().find_map(|fact| match fact {
                    Observation::Ssh(ssh) => Some(ssh),
                    _ => None,
                });
                match ssh {
                    Some(ssh) => {
                        ports.push(SshPort {
                            open,
                            evidence,
                            ssh,
                        });
                        continue;
                    }
                    None => absence(evidence),
                }
            }
        };
        let message = format!("{}: {}", open.place(), gap.1);
        assessment.missing(gap.0, open.subject(&unit.id), message, open.evidence());
    }
    ports
}

/// Every key that a unit shows. What keeps one from being known is added as a gap.
pub fn shown_keys(facts: &Facts<'_>, unit: &Unit, assessment: &mut Assessment) -> Vec<ShownKey> {
    let mut keys = Vec::new();
    let mut ports = tls_ports(facts, unit, assessment);
    ports.extend(certified_dtls(facts, unit, assessment));
    let further = beyond(facts, unit, &ports);
    for port in ports {
        of_tls(unit, &port, assessment, &mut keys);
        if let Ok(audited) = audit_of(&port) {
            of_audit(unit, &audited, Some(port.tls), assessment, &mut keys);
        }
    }
    turning_gaps(facts, unit, assessment);
    for port in further {
        of_audit(unit, &port, None, assessment, &mut keys);
    }
    for port in ssh_ports(facts, unit, assessment) {
        of_ssh(unit, &port, assessment, &mut keys);
    }
    keys
}

fn of_tls(unit: &Unit, port: &TlsPort<'_>, assessment: &mut Assessment, keys: &mut Vec<ShownKey>) {
    let subject = port.open.subject(&unit.id);
    let mut missing = |what: String| {
        let message = format!("{}: {what}", port.place());
        assessment.missing(
            Reason::AnswerUnclear,
            subject.clone(),
            message,
            port.evidence(),
        );
    };
    // Our own handshake may fail where the audit saw a certificate: with versions that no library speaks.
    let audited = port.audit.and_then(|audit| audit.told);
    let elsewhere = audited.is_some_and(|audit| !audit.certificates.is_empty());
    if port.tls.chain.is_empty() && !elsewhere {
        let why = match &port.tls.session {
            TlsSession::Failed { detail } => brief(detail, 160),
            TlsSession::Completed { .. } => "the handshake goes without one".to_owned(),
        };
        return missing(format!("no certificate was seen: {why}"));
    }
    for (place, certificate) in port.tls.chain.iter().enumerate() {
        let shown = Place {
            subject: &subject,
            place: port.place(),
            evidence: port.evidence(),
        };
        of_certificate(shown, place, certificate, assessment, keys);
    }
}

/// Certificates that a service shows only to clients of other versions or algorithms than those of a handshake, or behind
/// STARTTLS.
fn of_audit(
    unit: &Unit,
    port: &AuditedPort<'_>,
    handshake: Option<&Tls>,
    assessment: &mut Assessment,
    keys: &mut Vec<ShownKey>,
) {
    let subject = port.open.subject(&unit.id);
    // Where there is none at all, that is said already.
    let some = handshake.is_none_or(|tls| !tls.chain.is_empty());
    let some = some || !port.audit.certificates.is_empty();
    let unseen = none_seen(port, handshake).into_iter().filter(|_| some);
    for what in unseen.chain(unasked(&port.open, port.audit)) {
        let message = format!("{}: {what}", port.place());
        assessment.missing(
            Reason::AnswerUnclear,
            subject.clone(),
            message,
            port.evidence(),
        );
    }
    for certificate in &port.audit.certificates {
        let shown = Place {
            subject: &subject,
            place: port.place(),
            evidence: port.evidence(),
        };
        of_certificate(
            shown,
            certificate.place,
            &certificate.certificate,
            assessment,
            keys,
        );
    }
}

/// Where a certificate was shown.
struct Place<'a> {
    subject: &'a Subject,
    place: String,
    evidence: Vec<String>,
}

fn of_certificate(
    shown: Place<'_>,
    place: usize,
    certificate: &TlsCertificate,
    assessment: &mut Assessment,
    keys: &mut Vec<ShownKey>,
) {
    let read = STANDARD
        .decode(&certificate.der)
        .map_err(|_| Unread::Malformed)
        .and_then(|der| PublicKey::of_certificate(&der));
    let holder = match place {
        0 => Holder::Certificate,
        _ => Holder::Authority,
    };
    match read {
        Ok(key) => {
            // A chain is shown in every handshake: once is enough.
            let is_it =
                |it: &ShownKey| (&it.key, it.holder, &it.subject) == (&key, holder, shown.subject);
            if !keys.iter().any(is_it) {
                keys.push(ShownKey {
                    key,
                    holder,
                    subject: shown.subject.clone(),
                    place: shown.place,
                    evidence: shown.evidence,
                });
            }
        }
        Err(why) => {
            let message = format!(
                "{}: the key of certificate {} cannot be examined: {why}",
                shown.place,
                place + 1
            );
            let subject = shown.subject.clone();
            assessment.missing(Reason::AnswerUnclear, subject, message, shown.evidence);
        }
    }
}

fn of_ssh(unit: &Unit, port: &SshPort<'_>, assessment: &mut Assessment, keys: &mut Vec<ShownKey>) {
    let subject = port.open.subject(&unit.id);
    let place = port.open.place();
    let evidence = || vec![port.evidence.id.clone()];
    let mut missing = |what: String| {
        let message = format!("{place}: {what}");
        assessment.missing(Reason::AnswerUnclear, subject.clone(), message, evidence());
    };
    for untold in &port.ssh.untold {
        missing(format!(
            "not told: {} ({})",
            brief(&untold.what, 100),
            brief(&untold.why, 160)
        ));
    }
    if port.ssh.host_keys.is_empty() && port.ssh.untold.is_empty() {
        missing("it offers no host key".to_owned());
    }
    for host in &port.ssh.host_keys {
        let read = STANDARD
            .decode(&host.key)
            .map_err(|_| Unread::Malformed)
            .and_then(|blob| PublicKey::of_ssh(&blob));
        match read {
            Ok(key) => keys.push(ShownKey {
                key,
                holder: Holder::Host,
                subject: subject.clone(),
                place: place.clone(),
                evidence: evidence(),
            }),
            Err(why) => missing(format!(
                "the host key for {} cannot be examined: {why}",
                brief(&host.algorithm, 60)
            )),
        }
    }
}

/// That nothing shows a key, where that is all there is to say.
pub fn no_keys(
    facts: &Facts<'_>,
    assessment: &Assessment,
    code: Code,
    what: &str,
) -> Option<Absent> {
    let nothing_else = assessment.findings.is_empty()
        && assessment.gaps.is_empty()
        && assessment.proofs.is_empty();
    if !nothing_else || facts.units.is_empty() {
        return None;
    }
    let ledgers = facts.units.iter();
    let ledgers = ledgers.flat_map(|unit| facts.ledgers(&unit.id).values());
    Some(Absent {
        statement: format!(
            "the manifest declares no service that speaks {what}, and no open TCP port does"
        ),
        by: Declarant::Supplier,
        code,
        evidence: ledgers.map(|(item, _)| item.id.clone()).collect(),
    })
}
