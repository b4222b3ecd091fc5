//! What is judged of the TLS of a TCP port, for who shows it: what people see is what the verdict rests on.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::certificate::in_clear;
use super::ports::{Audit, TlsPort, audited, handshake_at, may_be_tls, turning};
use super::versions::taken;
use crate::case::facts::{Facts, OpenPort};
use crate::observation::{StartTls, Tls, TlsAudit, TlsVersion};

/// What a handshake and an audit showed, each the last of its kind.
#[derive(Clone, Debug)]
pub struct TlsView<'a> {
    /// What is spoken in clear before it.
    pub behind: Option<StartTls>,
    pub audit: Option<&'a TlsAudit>,
    /// The handshake, with the certificates of the audit where it showed none. None: nobody made one, or it was not answered.
    pub handshake: Option<Cow<'a, Tls>>,
    /// Id of the evidence for the certificate, or else for the versions.
    pub evidence: &'a str,
}

impl TlsView<'_> {
    /// The versions that a handshake took, whatever the audit saw, each with a suite.
    pub fn taken(&self) -> BTreeMap<TlsVersion, &str> {
        self.handshake.as_deref().map(taken).unwrap_or_default()
    }
}

/// The TLS of a port, from the first byte or behind STARTTLS. None: it was not looked at, or nothing came of it.
pub fn tls_view<'a>(facts: &Facts<'a>, unit: &str, open: &OpenPort<'a>) -> Option<TlsView<'a>> {
    let audit = audited(facts, unit, open);
    let told = audit.and_then(|it| it.told);
    let behind = audit.and_then(turning);
    let handshake =
        handshake_at(facts, unit, open, behind).and_then(|(evidence, tls)| Some((evidence, tls?)));
    let Some((evidence, tls)) = handshake else {
        let is_spoken = |told: &TlsAudit| told.offered().next().is_some();
        let Audit { evidence, .. } = audit
            .filter(|_| behind.is_some() || may_be_tls(open))
            .filter(|it| it.told.is_some_and(is_spoken))?;
        return Some(TlsView {
            behind,
            audit: told,
            handshake: None,
            evidence: &evidence.id,
        });
    };
    let port = TlsPort {
        open: open.clone(),
        evidence,
        tls,
        behind,
        audit,
    };
    let (evidence, handshake) = match in_clear(&port) {
        Some((evidence, tls)) => (evidence, Cow::Owned(tls)),
        None => (evidence, Cow::Borrowed(tls)),
    };
    Some(TlsView {
        behind,
        audit: told,
        handshake: Some(handshake),
        evidence: &evidence.id,
    })
}
