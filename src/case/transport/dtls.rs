//! The UDP ports of a unit that speak DTLS, and what was seen of it.

use super::ports::{Audit, AuditedPort, TlsPort, handshake_at};
use crate::case::facts::{Facts, OpenPort, absence};
use crate::dut::Unit;
use crate::evidence::Evidence;
use crate::observation::{Asked, DtlsAudit, Observation, Protocol, TlsVersion, Transport};
use crate::text::brief;
use crate::verdict::{Assessment, Reason};

/// A port that speaks DTLS.
#[derive(Clone, Debug)]
pub struct DtlsPort<'a> {
    pub open: OpenPort<'a>,
    /// The last audit of it, or why there is none.
    pub audit: Result<Audited<'a>, (Reason, String)>,
}

/// What an audit brought, and its evidence.
#[derive(Clone, Copy, Debug)]
pub struct Audited<'a> {
    pub evidence: &'a Evidence,
    pub dtls: &'a DtlsAudit,
}

impl Audited<'_> {
    /// Whether any version was seen to be taken.
    pub fn is_spoken(&self) -> bool {
        self.dtls.tls.offered().next().is_some()
    }
}

/// Those that answered as DTLS does.
pub fn dtls_ports<'a>(facts: &Facts<'a>, unit: &str) -> Vec<DtlsPort<'a>> {
    let open = facts.udp_ports(unit).into_iter();
    open.filter(|open| open.protocol() == Some(Protocol::Dtls))
        .map(|open| DtlsPort {
            audit: audited(facts, unit, &open),
            open,
        })
        .collect()
}

/// The same, so that the rules of TLS judge them. Why others cannot be is added as gaps.
pub fn audited_dtls<'a>(
    facts: &Facts<'a>,
    unit: &Unit,
    assessment: &mut Assessment,
) -> Vec<AuditedPort<'a>> {
    assessment.gaps.extend(facts.dtls_gaps(unit));
    let mut ports = Vec::new();
    for port in dtls_ports(facts, &unit.id) {
        match port.audit {
            Ok(Audited { evidence, dtls }) => ports.push(AuditedPort {
                open: port.open,
                evidence,
                audit: &dtls.tls,
                behind: None,
            }),
            Err((reason, why)) => {
                let message = format!("{}: {why}", port.open.place());
                let subject = port.open.subject(&unit.id);
                assessment.missing(reason, subject, message, port.open.evidence());
            }
        }
    }
    ports
}

/// Those that show certificates, as the handshake saw them, so that what judges those of TLS judges them. What keeps others from
/// being told is added as gaps; of who was shown to take shared keys alone there is nothing to tell.
pub fn certified_dtls<'a>(
    facts: &Facts<'a>,
    unit: &Unit,
    assessment: &mut Assessment,
) -> Vec<TlsPort<'a>> {
    assessment.gaps.extend(facts.dtls_gaps(unit));
    let mut ports = Vec::new();
    for port in dtls_ports(facts, &unit.id) {
        match certified(facts, unit, &port) {
            Ok(Some(port)) => ports.push(port),
            Ok(None) => {}
            Err((reason, why)) => {
                let message = format!("{}: {why}", port.open.place());
                let subject = port.open.subject(&unit.id);
                assessment.missing(reason, subject, message, port.open.evidence());
            }
        }
    }
    ports
}

fn certified<'a>(
    facts: &Facts<'a>,
    unit: &Unit,
    port: &DtlsPort<'a>,
) -> Result<Option<TlsPort<'a>>, (Reason, String)> {
    let Audited { evidence, dtls } = port.audit.clone()?;
    if let Some((shaken, told)) = handshake_at(facts, &unit.id, &port.open, None) {
        let tls = told.ok_or_else(|| absence(shaken))?;
        return Ok(Some(TlsPort {
            open: port.open.clone(),
            evidence: shaken,
            tls,
            behind: None,
            audit: Some(Audit {
                evidence,
                told: Some(&dtls.tls),
            }),
        }));
    }
    if dtls.takes_certificates() {
        let nobody = "nobody made a DTLS handshake for its certificate";
        return Err((Reason::NoEvidence, nobody.to_owned()));
    }
    if dtls
        .tls
        .version(TlsVersion::Tls13)
        .is_some_and(|it| !it.suites.is_empty())
    {
        let hidden = "it speaks DTLS 1.3, in which certificates are encrypted";
        return Err((Reason::AnswerUnclear, hidden.to_owned()));
    }
    match dtls.undecided() {
        Some(why) => Err((
            Reason::AnswerUnclear,
            format!(
                "whether it shows a certificate could not be told: {}",
                brief(&why, 200)
            ),
        )),
        None => Ok(None),
    }
}

fn audited<'a>(
    facts: &Facts<'a>,
    unit: &str,
    open: &OpenPort<'a>,
) -> Result<Audited<'a>, (Reason, String)> {
    let asked = facts.of(unit).filter(|item| {
        matches!(item.asked, Asked::Dtls { .. })
            && item.target.transport == Some(Transport::Udp)
            && item.target.address == open.address
            && item.target.port == Some(open.port)
    });
    let Some(evidence) = asked.last() else {
        let nobody = "nobody asked what it takes of DTLS";
        return Err((Reason::NoEvidence, nobody.to_owned()));
    };
    let dtls = evidence.observations().iter().find_map(|fact| match fact {
        Observation::Dtls(dtls) => Some(dtls),
        _ => None,
    });
    let dtls = dtls.ok_or_else(|| absence(evidence))?;
    Ok(Audited { evidence, dtls })
}
