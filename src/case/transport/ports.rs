//! The open ports of a unit, seen from the side of TLS.

use crate::case::facts::{Facts, OpenPort, absence};
use crate::dut::{DeclaredService, Unit};
use crate::evidence::Evidence;
use crate::observation::{
    Asked, DtlsAudit, Observation, Protocol, Service, StartTls, Tls, TlsAudit, TlsVersion,
    Transport, VersionState,
};
use crate::text::brief;
use crate::verdict::{Absent, Assessment, Code, Declarant, Reason};

/// A port that was shown to speak TLS.
#[derive(Clone, Debug)]
pub struct TlsPort<'a> {
    pub open: OpenPort<'a>,
    pub evidence: &'a Evidence,
    pub tls: &'a Tls,
    /// What is spoken in clear before it.
    pub behind: Option<StartTls>,
    /// The last audit of it. None: there is none, as in runs of earlier versions.
    pub audit: Option<Audit<'a>>,
}

impl TlsPort<'_> {
    /// For messages.
    pub fn place(&self) -> String {
        place(&self.open, self.behind)
    }

    /// What a version that programs write so is called there.
    pub fn version<'k>(&self, key: &'k str) -> &'k str {
        match (self.open.transport, TlsVersion::of_key(key)) {
            (Transport::Udp, Some(version)) => DtlsAudit::name(version),
            _ => key,
        }
    }

    /// Ids of the evidence for it.
    pub fn evidence(&self) -> Vec<String> {
        vec![self.evidence.id.clone()]
    }
}

/// An attempt to audit a port, and what came of it.
#[derive(Clone, Copy, Debug)]
pub struct Audit<'a> {
    pub evidence: &'a Evidence,
    /// None: nothing did.
    pub told: Option<&'a TlsAudit>,
}

/// A port whose audit shows that it speaks TLS, from the first byte or behind STARTTLS.
#[derive(Clone, Debug)]
pub struct AuditedPort<'a> {
    pub open: OpenPort<'a>,
    pub evidence: &'a Evidence,
    pub audit: &'a TlsAudit,
    /// What is spoken in clear before it.
    pub behind: Option<StartTls>,
}

impl AuditedPort<'_> {
    /// For messages.
    pub fn place(&self) -> String {
        place(&self.open, self.behind)
    }

    /// What a version of the audit is called there: over datagrams by the names of DTLS, of which 1.0 is TLS 1.1 and so on.
    pub fn name(&self, version: TlsVersion) -> String {
        match self.open.transport {
            Transport::Udp => DtlsAudit::name(version).to_owned(),
            Transport::Tcp => version.to_string(),
        }
    }

    /// The same in what is said of a broken rule: in a stream as programs write it.
    pub fn called(&self) -> fn(TlsVersion) -> &'static str {
        match self.open.transport {
            Transport::Udp => DtlsAudit::name,
            Transport::Tcp => TlsVersion::key,
        }
    }

    /// Ids of the evidence for it.
    pub fn evidence(&self) -> Vec<String> {
        vec![self.evidence.id.clone()]
    }

    /// What keeps a statement over everything that it takes from being made: where it was not asked to the end, or did
    /// not say.
    pub fn untold(&self) -> impl Iterator<Item = String> + '_ {
        let whole = self.audit.interrupted.iter();
        let whole = whole.map(|why| format!("the audit ended early: {}", brief(why, 160)));
        let parts = self.audit.offered().flat_map(move |version| {
            let untold = version.untold.iter();
            untold.map(move |it| {
                let (what, why) = (brief(&it.what, 40), brief(&it.why, 160));
                format!(
                    "{what} of {} could not be told: {why}",
                    self.name(version.version)
                )
            })
        });
        whole.chain(parts)
    }

    /// Versions of which nobody knows whether they are taken, and why.
    pub fn unknown(&self) -> impl Iterator<Item = (TlsVersion, String)> + '_ {
        let unknown = self.audit.versions.iter();
        unknown
            .filter(|version| version.state == VersionState::Unknown)
            .map(|version| (version.version, brief(&version.because, 160)))
    }
}

fn place(open: &OpenPort<'_>, behind: Option<StartTls>) -> String {
    match behind {
        Some(protocol) => format!("{}, behind STARTTLS of {}", open.place(), protocol.words()),
        None => open.place(),
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
    let Some((evidence, tls)) = handshake_at(facts, unit, open, None) else {
        let nobody = "nobody asked for its TLS versions and certificate";
        return Err((Reason::NoEvidence, nobody.to_owned()));
    };
    let audit = audited(facts, unit, open);
    let told = audit.and_then(|audit| audit.told);
    let is_offered = told.is_some_and(|audit| audit.offered().next().is_some());
    match tls {
        Some(tls) if tls.is_spoken() || is_offered => Ok(TlsPort {
            open: open.clone(),
            evidence,
            tls,
            behind: None,
            audit,
        }),
        Some(_) => Err((
            Reason::AnswerUnclear,
            "it answers like TLS, and no handshake of any version came about".to_owned(),
        )),
        None => Err(absence(evidence)),
    }
}

/// The last attempt at a handshake with a port, and what it showed. None: nobody made one.
pub(super) fn handshake_at<'a>(
    facts: &Facts<'a>,
    unit: &str,
    open: &OpenPort<'_>,
    behind: Option<StartTls>,
) -> Option<(&'a Evidence, Option<&'a Tls>)> {
    let asked = facts.of(unit).filter(|item| {
        matches!(item.asked, Asked::Tls { starttls, .. } if starttls == behind)
            && item.target.transport == Some(open.transport)
            && item.target.address == open.address
            && item.target.port == Some(open.port)
    });
    let evidence = asked.last()?;
    let told = evidence.observations().iter().find_map(|fact| match fact {
        Observation::Tls(tls) => Some(tls),
        _ => None,
    });
    Some((evidence, told))
}

/// The last attempt to audit a port.
pub(super) fn audited<'a>(facts: &Facts<'a>, unit: &str, open: &OpenPort<'a>) -> Option<Audit<'a>> {
    let asked = facts.of(unit).filter(|item| {
        matches!(item.asked, Asked::TlsAudit { .. })
            && item.target.transport == Some(open.transport)
            && item.target.address == open.address
            && item.target.port == Some(open.port)
    });
    asked.last().map(|evidence| Audit {
        evidence,
        told: evidence.observations().iter().find_map(|fact| match fact {
            Observation::TlsAudit(audit) => Some(audit),
            _ => None,
        }),
    })
}

/// What a port speaks in clear that was seen to turn to TLS; none: it did not.
pub(super) fn turning(attempt: Audit<'_>) -> Option<StartTls> {
    let Asked::TlsAudit { starttls, .. } = attempt.evidence.asked else {
        return None;
    };
    attempt.told?.offered().next()?;
    starttls
}

/// The ports of a unit that take TLS behind STARTTLS.
pub fn turning_ports<'a>(facts: &Facts<'a>, unit: &Unit) -> Vec<AuditedPort<'a>> {
    let open = facts.open_ports(&unit.id).into_iter();
    open.filter_map(|open| {
        let found = audited(facts, &unit.id, &open)?;
        let behind = turning(found)?;
        Some(AuditedPort {
            open,
            evidence: found.evidence,
            audit: found.told?,
            behind: Some(behind),
        })
    })
    .collect()
}

/// Whether a port speaks TLS from the first byte, or nobody knows what it speaks.
pub(super) fn may_be_tls(open: &OpenPort<'_>) -> bool {
    open.service.is_some_and(|service| service.tls) || unidentified(open).is_some()
}

/// The ports of a unit that take TLS behind STARTTLS, with the handshake that shows whose certificate stands there. Where nobody made one,
/// or nothing came of it, that is added as a gap.
pub fn turned_ports<'a>(
    facts: &Facts<'a>,
    unit: &Unit,
    assessment: &mut Assessment,
) -> Vec<TlsPort<'a>> {
    let mut ports = Vec::new();
    for port in turning_ports(facts, unit) {
        let gap = match handshake_at(facts, &unit.id, &port.open, port.behind) {
            Some((evidence, Some(tls))) => {
                ports.push(TlsPort {
                    audit: audited(facts, &unit.id, &port.open),
                    behind: port.behind,
                    open: port.open,
                    evidence,
                    tls,
                });
                continue;
            }
            Some((evidence, None)) => absence(evidence),
            None => (
                Reason::NoEvidence,
                "nobody made a handshake to see its certificate".to_owned(),
            ),
        };
        let message = format!("{}: {}", port.place(), gap.1);
        let subject = port.open.subject(&unit.id);
        assessment.missing(gap.0, subject, message, port.evidence());
    }
    ports
}

/// Adds what keeps the services that may turn to TLS from being known: in a run that audits, those that were not asked, or
/// where nothing came of it; not those that plainly said that they do not turn. Runs of earlier versions asked none, and are judged as they were.
pub fn turning_gaps(facts: &Facts<'_>, unit: &Unit, assessment: &mut Assessment) {
    let audits = |item: &Evidence| matches!(item.asked, Asked::TlsAudit { .. });
    if !facts.of(&unit.id).any(audits) {
        return;
    }
    for open in facts.open_ports(&unit.id) {
        let turns = |it: &Service| !it.tls && StartTls::of(it.protocol).is_some();
        if !open.service.is_some_and(turns) {
            continue;
        }
        let (reason, why) = match audited(facts, &unit.id, &open) {
            Some(Audit {
                told: Some(audit), ..
            }) if audit.offered().next().is_some() || audit.stays_in_clear.is_some() => {
                continue;
            }
            Some(Audit {
                told: Some(audit), ..
            }) => (Reason::AnswerUnclear, nothing_shown(audit)),
            Some(attempt) => absence(attempt.evidence),
            None => (
                Reason::NoEvidence,
                "nobody asked it to turn to TLS".to_owned(),
            ),
        };
        let message = format!("{}: {why}", open.place());
        assessment.missing(reason, open.subject(&unit.id), message, open.evidence());
    }
}

/// That no version was shown to be taken, by who may turn to TLS.
fn nothing_shown(audit: &TlsAudit) -> String {
    let because = audit
        .versions
        .iter()
        .map(|version| &version.because)
        .next_back();
    let because = audit.interrupted.as_ref().or(because);
    let why = because.map_or_else(|| "nothing was asked".to_owned(), |why| brief(why, 160));
    format!("asked to turn to TLS, it neither plainly refused nor took any version: {why}")
}

/// What an audit shows of a port that speaks TLS.
///
/// # Errors
///
/// Why it shows nothing.
pub fn audit_of<'a>(port: &TlsPort<'a>) -> Result<AuditedPort<'a>, (Reason, String)> {
    let Some(found) = port.audit else {
        let nobody = "nobody asked what it takes of TLS";
        return Err((Reason::NoEvidence, nobody.to_owned()));
    };
    let audit = found.told.ok_or_else(|| absence(found.evidence))?;
    Ok(AuditedPort {
        open: port.open.clone(),
        evidence: found.evidence,
        audit,
        behind: port.behind,
    })
}

/// The ports of a unit that speak TLS. What keeps others from being told is added as gaps.
pub fn tls_ports<'a>(
    facts: &Facts<'a>,
    unit: &Unit,
    assessment: &mut Assessment,
) -> Vec<TlsPort<'a>> {
    assessment.gaps.extend(facts.surface_gaps(unit));
    let turned = turning_ports(facts, unit).into_iter();
    let turned: Vec<_> = turned.map(|it| (it.open.address, it.open.port)).collect();
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
            _ if declares_tls(&open) && !turned.contains(&(open.address, open.port)) => (
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
    open.declared.is_some_and(DeclaredService::is_tls)
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
        .flat_map(|unit| facts.ledgers(&unit.id).values())
        .map(|(item, _)| item.id.clone());
    Some(Absent {
        statement: "the manifest declares no service that speaks TLS, and no open TCP port does"
            .to_owned(),
        by: Declarant::Supplier,
        code,
        evidence: evidence.collect(),
    })
}
