//! The open ports of a unit, seen from the side of TLS.

use crate::case::facts::{Facts, OpenPort, absence};
use crate::dut::Unit;
use crate::evidence::Evidence;
use crate::observation::{Asked, Observation, Protocol, Tls};
use crate::verdict::{Absent, Assessment, Code, Declarant, Reason};

/// A port that was shown to speak TLS.
#[derive(Clone, Debug)]
pub struct TlsPort<'a> {
    pub open: OpenPort<'a>,
    pub evidence: &'a Evidence,
    pub tls: &'a Tls,
}

impl TlsPort<'_> {
    /// For messages.
    pub fn place(&self) -> String {
        self.open.place()
    }

    /// Ids of the evidence for it.
    pub fn evidence(&self) -> Vec<String> {
        vec![self.evidence.id.clone()]
    }
}

/// Why nobody knows how a port is spoken to. None: it was told.
pub fn unidentified(open: &OpenPort<'_>) -> Option<(Reason, String)> {
    match (open.service, open.identification) {
        (Some(service), _) if service.tls || service.protocol != Protocol::Unknown => None,
        (Some(_), _) => Some((
            Reason::ServiceNotIdentified,
            "what speaks there could not be told from what it said, in clear or in TLS".to_owned(),
        )),
        (None, Some(attempt)) => Some((
            Reason::ServiceNotIdentified,
            format!(
                "what speaks there could not be told: {}",
                absence(attempt).1
            ),
        )),
        (None, None) => Some((
            Reason::NoEvidence,
            "what speaks there was not asked".to_owned(),
        )),
    }
}

/// What was observed of the TLS of a port that was identified as speaking it.
pub fn observed<'a>(
    facts: &Facts<'a>,
    unit: &str,
    open: &OpenPort<'a>,
) -> Result<TlsPort<'a>, (Reason, String)> {
    let asked = facts.of(unit).filter(|item| {
        matches!(item.asked, Asked::Tls { .. })
            && item.target.address == open.address
            && item.target.port == Some(open.port)
    });
    let Some(evidence) = asked.last() else {
        let nobody = "nobody asked for its TLS versions and certificate";
        return Err((Reason::NoEvidence, nobody.to_owned()));
    };
    let tls = evidence.observations().iter().find_map(|fact| match fact {
        Observation::Tls(tls) => Some(tls),
        _ => None,
    });
    match tls {
        Some(tls) if tls.is_spoken() => Ok(TlsPort {
            open: open.clone(),
            evidence,
            tls,
        }),
        Some(_) => Err((
            Reason::AnswerUnclear,
            "it answers like TLS, and no handshake of any version came about".to_owned(),
        )),
        None => Err(absence(evidence)),
    }
}

/// The ports of a unit that speak TLS. What keeps others from being told is added as gaps.
pub fn tls_ports<'a>(
    facts: &Facts<'a>,
    unit: &Unit,
    assessment: &mut Assessment,
) -> Vec<TlsPort<'a>> {
    assessment.gaps.extend(facts.surface_gaps(unit));
    let mut ports = Vec::new();
    for open in facts.open_ports(&unit.id) {
        let gap = match (unidentified(&open), open.service) {
            (Some(gap), _) => gap,
            (None, Some(service)) if service.tls => match observed(facts, &unit.id, &open) {
                Ok(port) => {
                    ports.push(port);
                    continue;
                }
                Err(gap) => gap,
            },
            _ if declares_tls(&open) => (
                Reason::AnswerUnclear,
                "the manifest declares TLS there, and it speaks in clear".to_owned(),
            ),
            _ => continue,
        };
        let message = format!("{}: {}", open.place(), gap.1);
        assessment.missing(gap.0, open.subject(&unit.id), message, open.evidence());
    }
    ports
}

fn declares_tls(open: &OpenPort<'_>) -> bool {
    open.declared
        .is_some_and(|service| service.tls.is_some() || service.protocol == Protocol::Tls)
}

/// That nothing speaks TLS, where that is all there is to say.
pub fn absent(facts: &Facts<'_>, assessment: &Assessment, code: Code) -> Option<Absent> {
    let nothing_else = assessment.findings.is_empty()
        && assessment.gaps.is_empty()
        && assessment.proofs.is_empty();
    if !nothing_else || facts.units.is_empty() {
        return None;
    }
    let evidence = facts
        .units
        .iter()
        .flat_map(|unit| facts.ledgers(&unit.id).into_values())
        .map(|(item, _)| item.id.clone());
    Some(Absent {
        statement: "the manifest declares no service that speaks TLS, and no open TCP port does"
            .to_owned(),
        by: Declarant::Supplier,
        code,
        evidence: evidence.collect(),
    })
}
