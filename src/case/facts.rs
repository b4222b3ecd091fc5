//! What a test case may look at, and the questions that several of them ask of it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::on_link::changed_hands;
pub use super::surface::{Crowd, OpenPort, Surfaces};
use crate::dut::{Device, Unit};
use crate::evidence::{Absence, Evidence, Outcome, RunInfo, RunState};
use crate::keys::Lookups;
use crate::observation::{
    Alive, Asked, ImportedMud, ImportedPorts, Observation, PortLedger, PortProof, PortState,
    Transport,
};
use crate::records::Records;
use crate::text::brief;
use crate::verdict::{Gap, Reason, Subject};

/// Everything that an assessment may rest on.
#[derive(Debug)]
pub struct Facts<'a> {
    pub device: &'a Device,
    /// The units that the requirement binds.
    pub units: Vec<&'a Unit>,
    pub evidence: &'a [Evidence],
    /// The same by unit, with what its ledgers show.
    pub surfaces: &'a Surfaces<'a>,
    pub run: &'a RunInfo,
    /// When it is judged: the one date that does not come from the run.
    pub judged_at: Timestamp,
    /// What people did and saw.
    pub records: &'a Records,
    /// What a list of compromised keys said that was handed in to whoever judges.
    pub lookups: Option<&'a Lookups>,
}

impl<'a> Facts<'a> {
    /// The evidence about one unit.
    pub fn of(&self, unit: &str) -> impl Iterator<Item = &'a Evidence> + use<'a> {
        self.surfaces.of(unit).evidence.iter().copied()
    }

    /// The TCP ledgers of a unit, one an address. A later sweep replaces an earlier one.
    pub fn ledgers(&self, unit: &str) -> &'a BTreeMap<&'a str, (&'a Evidence, &'a PortLedger)> {
        &self.surfaces.of(unit).tcp.ledgers
    }

    /// The open TCP ports of a unit, in order, but for those of a [`Crowd`].
    pub fn open_ports(&self, unit: &str) -> Vec<OpenPort<'a>> {
        self.surfaces.of(unit).tcp.open.clone()
    }

    /// Where so many ports are open that nobody can be asked at each: those that were not asked and are not declared.
    pub fn crowds(&self, unit: &str) -> &'a [Crowd<'a>] {
        &self.surfaces.of(unit).tcp.crowds
    }

    /// The scans of a unit by other tools, or why they do not count, in the order in which they were handed in.
    pub fn imports(&self, unit: &str) -> Vec<(&'a Evidence, Result<&'a ImportedPorts, &'a str>)> {
        self.of(unit)
            .filter(|item| matches!(item.asked, Asked::ImportedPorts { .. }))
            .filter_map(|item| match &item.outcome {
                Outcome::Absent { detail, .. } => Some((item, Err(detail.as_str()))),
                Outcome::Observed { observations } => {
                    observations.iter().find_map(|fact| match fact {
                        Observation::ImportedPorts(ports) => Some((item, Ok(ports))),
                        _ => None,
                    })
                }
            })
            .collect()
    }

    /// What the MUD file says of a unit, or why it does not count. None: none was handed in.
    pub fn mud(&self, unit: &str) -> Option<(&'a Evidence, Result<&'a ImportedMud, &'a str>)> {
        let mut asked = self
            .of(unit)
            .filter(|item| matches!(item.asked, Asked::ImportedMud { .. }));
        let item = asked.next()?;
        let fact = match &item.outcome {
            Outcome::Absent { detail, .. } => Err(detail.as_str()),
            Outcome::Observed { observations } => observations
                .iter()
                .find_map(|fact| match fact {
                    Observation::ImportedMud(mud) => Some(mud),
                    _ => None,
                })
                .ok_or("the run does not hold what it says"),
        };
        Some((item, fact))
    }

    /// The heartbeats of a unit in order; without an answer where it gave none.
    pub fn heartbeats(&self, unit: &str) -> Vec<(&'a Evidence, Option<&'a Alive>)> {
        self.of(unit)
            .filter(|item| matches!(item.asked, Asked::Heartbeat { .. }))
            .map(|item| {
                let alive = item.observations().iter().find_map(|fact| match fact {
                    Observation::Alive(alive) => Some(alive),
                    _ => None,
                });
                (item, alive)
            })
            .collect()
    }

    /// Whether the run was stopped, or the unit lost, before everything was done. That is said once, of every
    /// requirement.
    pub fn ended_early(&self, unit: &str) -> bool {
        let lost = self
            .heartbeats(unit)
            .iter()
            .any(|(_, alive)| alive.is_none());
        lost || self.run.state != RunState::Complete
    }

    /// What keeps every statement about *all* ports of a unit from being shown.
    pub fn surface_gaps(&self, unit: &Unit) -> Vec<Gap> {
        let ledgers = self.ledgers(&unit.id);
        let mut gaps: Vec<Gap> = Vec::new();
        for address in self.addresses(unit) {
            match ledgers.get(address.as_str()) {
                None => gaps.push(self.no_ledger(unit, &address, Transport::Tcp)),
                Some((evidence, ledger)) => {
                    gaps.extend(unproven(unit, &address, evidence, ledger));
                    gaps.extend(changed_hands(unit, &address, evidence, ledger));
                }
            }
        }
        if unit.addresses.is_empty() {
            gaps.push(Gap {
                reason: Reason::NoEvidence,
                subject: Subject::unit(&unit.id),
                message: "the unit has no address".to_owned(),
                evidence: vec![],
            });
        }
        for (item, ledger) in ledgers.values() {
            gaps.extend(self.stand_in_gaps(unit, item, ledger));
        }
        if !ledgers.is_empty() {
            gaps.extend(self.on_link_gaps(unit));
            gaps.extend(self.declared_not_seen(unit));
        }
        gaps.extend(self.crowds(&unit.id).iter().map(|crowd| Gap {
            reason: Reason::NoEvidence,
            subject: crowd.subject(&unit.id),
            message: format!(
                "{} are open; that is too many to ask what speaks at each",
                crowd.words()
            ),
            evidence: vec![crowd.ledger.to_owned()],
        }));
        gaps
    }

    /// Why there is no ledger of an address.
    pub(super) fn no_ledger(&self, unit: &Unit, address: &str, transport: Transport) -> Gap {
        let asked = |wanted: fn(&Asked) -> bool| {
            self.of(&unit.id)
                .find(|item| item.target.address == address && wanted(&item.asked))
        };
        let sweep = asked(match transport {
            Transport::Tcp => |asked| {
                matches!(
                    asked,
                    Asked::PortSweep { .. } | Asked::PortsFromImport { .. }
                )
            },
            Transport::Udp => |asked| matches!(asked, Asked::UdpPorts { .. }),
        });
        let reach = asked(|asked| matches!(asked, Asked::Reach));
        let unanswered = reach.filter(|item| {
            !item
                .observations()
                .iter()
                .any(|fact| matches!(fact, Observation::Reach(reach) if reach.answered()))
        });
        let subject = Subject {
            address: Some(address.to_owned()),
            ..Subject::unit(&unit.id)
        };
        let (reason, message, evidence) = match (sweep, unanswered) {
            (Some(sweep), _) => {
                let (reason, detail) = absence(sweep);
                (
                    reason,
                    format!("the {transport} ports of {address} were not swept: {detail}"),
                    Some(sweep),
                )
            }
            (None, Some(reach)) => (
                Reason::NoAnswer,
                format!(
                    "nothing answered at {address}, neither with an acceptance nor with a refusal"
                ),
                Some(reach),
            ),
            (None, None) if self.run.state != RunState::Complete => (
                Reason::Aborted,
                format!("the run was stopped before the {transport} ports of {address} were swept"),
                None,
            ),
            (None, None) => (
                Reason::NoEvidence,
                format!("the run holds no sweep of the {transport} ports of {address}"),
                None,
            ),
        };
        Gap {
            reason,
            subject,
            message,
            evidence: evidence.map(|item| item.id.clone()).into_iter().collect(),
        }
    }

    /// Declared TCP services that no address of the unit showed open. A port of which nothing is known is
    /// a gap of its own.
    fn declared_not_seen(&self, unit: &Unit) -> Vec<Gap> {
        let open = self.open_ports(&unit.id);
        let ledgers = self.ledgers(&unit.id);
        self.device
            .services
            .iter()
            .filter(|service| service.transport == Transport::Tcp)
            .filter(|service| open.iter().all(|found| found.port != service.port))
            .filter(|service| {
                ledgers.values().all(|(_, ledger)| {
                    ledger
                        .span(service.port)
                        .is_some_and(|span| span.state != PortState::Unproven)
                })
            })
            .map(|service| Gap {
                reason: Reason::DeclaredServiceNotSeen,
                subject: Subject {
                    transport: Some(Transport::Tcp),
                    port: Some(service.port),
                    service: Some(service.id.clone()),
                    ..Subject::unit(&unit.id)
                },
                message: format!(
                    "the manifest declares `{}` on TCP port {}, which was not open: the unit was not tested in the state that the manifest describes",
                    service.id, service.port
                ),
                evidence: ledgers.values().map(|(item, _)| item.id.clone()).collect(),
            })
            .collect()
    }
}

/// The ports of a ledger that nothing was shown about.
fn unproven(unit: &Unit, address: &str, evidence: &Evidence, ledger: &PortLedger) -> Option<Gap> {
    let spans: Vec<_> = ledger
        .spans
        .iter()
        .filter(|span| span.state == PortState::Unproven && span.proof != PortProof::Foreign)
        .collect();
    let subject = Subject {
        address: Some(address.to_owned()),
        transport: Some(Transport::Tcp),
        ..Subject::unit(&unit.id)
    };
    let message = if !spans.is_empty() {
        let count: u32 = spans.iter().map(|span| span.count()).sum();
        format!(
            "{count} TCP {} of {address} could be shown neither open nor closed nor silent: {}",
            if count == 1 { "port" } else { "ports" },
            list(spans.iter().map(|span| (span.first, span.last)))
        )
    } else if !ledger.covers(1, u16::MAX) {
        format!(
            "only {} of 65535 TCP ports of {address} were swept",
            ledger.counts().total()
        )
    } else {
        return None;
    };
    Some(Gap {
        reason: Reason::PortsUnproven,
        subject,
        message,
        evidence: vec![evidence.id.clone()],
    })
}

/// Why an attempt brought nothing, as the reason of an INCONCLUSIVE verdict and in words.
pub fn absence(item: &Evidence) -> (Reason, String) {
    let Outcome::Absent { reason, detail } = &item.outcome else {
        return (
            Reason::NoEvidence,
            "it was observed, but not what was asked".to_owned(),
        );
    };
    let word = match reason {
        Absence::Aborted | Absence::Deadline => Reason::Aborted,
        Absence::CleartextNotAllowed => Reason::CleartextNotAllowed,
        Absence::DeviceLost => Reason::DeviceLost,
        Absence::HarnessFault => Reason::HarnessFault,
        Absence::ImportRefused => Reason::ImportRefused,
        Absence::Disconnected | Absence::Malformed | Absence::Refused => Reason::AnswerUnclear,
        Absence::NoAnswer => Reason::NoAnswer,
        Absence::NotFetched => Reason::DocumentNotFetched,
        Absence::NotPermitted | Absence::Untrusted => Reason::DocumentNotRead,
    };
    (word, brief(detail, 200))
}

/// Port ranges in words, at most twelve of them.
pub fn list(ranges: impl Iterator<Item = (u16, u16)>) -> String {
    let words: Vec<String> = ranges
        .map(|(first, last)| {
            if first == last {
                first.to_string()
            } else {
                format!("{first}-{last}")
            }
        })
        .collect();
    let shown = words
        .iter()
        .take(12)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match words.len().saturating_sub(12) {
        0 => shown,
        more => format!("{shown} and {more} more ranges"),
    }
}
