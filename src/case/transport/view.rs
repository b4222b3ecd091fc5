//! What is judged of the TLS of a TCP port, for who shows it: what people see is what the verdict rests on.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::certificate::{in_clear, unshaken};
use super::ports::{Audit, AuditedPort, TlsPort, audited, handshake_at, may_be_tls, turning};
use super::versions::taken;
use crate::case::facts::{Facts, OpenPort};
use crate::observation::{StartTls, Tls, TlsAudit, TlsVersion};

/// What a handshake and an audit showed, each the last of its kind.
#[derive(Clone, Debug)]
pub struct TlsView<'a> {
    /// What is spoken in clear before it.
    pub behind: Option<StartTls>,
    pub audit: Option<&'a TlsAudit>,
    /// The handshake, with the certificates of the audit where it showed none. Where nobody made one, or it was not answered,
    /// one that came to nothing, with the same.
    pub handshake: Cow<'a, Tls>,
    /// Id of the evidence for the certificate, or else for the versions.
    pub evidence: &'a str,
}

impl TlsView<'_> {
    /// The versions that a handshake took, whatever the audit saw, each with a suite.
    pub fn taken(&self) -> BTreeMap<TlsVersion, &str> {
        taken(&self.handshake)
    }
}

/// The TLS of a port, from the first byte or behind STARTTLS. None: it was not looked at, or nothing came of it.
pub fn tls_view<'a>(facts: &Facts<'a>, unit: &str, open: &OpenPort<'a>) -> Option<TlsView<'a>> {
    let audit = audited(facts, unit, open);
    let told = audit.and_then(|it| it.told);
    let behind = audit.and_then(turning);
    let handshake =
        handshake_at(facts, unit, open, behind).and_then(|(evidence, tls)| Some((evidence, tls?)));
    let port = match handshake {
        Some((evidence, tls)) => TlsPort {
            open: open.clone(),
            evidence,
            tls,
            behind,
            audit,
        },
        None => unshaken(audit_alone(open, audit?)?),
    };
    let (evidence, handshake) = match in_clear(&port) {
        Some((evidence, tls)) => (evidence, Cow::Owned(tls)),
        None => (port.evidence, Cow::Borrowed(port.tls)),
    };
    Some(TlsView {
        behind,
        audit: told,
        handshake,
        evidence: &evidence.id,
    })
}

/// A port of which nothing but its audit tells. None: that tells of no TLS, or of TLS where the port was seen to speak otherwise.
fn audit_alone<'a>(open: &OpenPort<'a>, attempt: Audit<'a>) -> Option<AuditedPort<'a>> {
    let behind = turning(attempt);
    let audit = attempt.told?;
    audit.offered().next()?;
    (behind.is_some() || may_be_tls(open)).then(|| AuditedPort {
        open: open.clone(),
        evidence: attempt.evidence,
        audit,
        behind,
    })
}
