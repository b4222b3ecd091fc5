//! The UDP side of a unit: what its ledgers show, and which services answered.

use std::collections::BTreeMap;

use crate::case::facts::{Crowd, Facts, OpenPort};
use crate::case::surface::read_by_coap;
use crate::dut::{AccessPolicy, DeclaredService, Unit};
use crate::evidence::Evidence;
use crate::observation::{Protocol, Transport, UdpLedger};
use crate::verdict::{Gap, Reason, Subject};

impl<'a> Facts<'a> {
    /// The UDP ledgers of a unit, one an address. A later one replaces an earlier one.
    pub fn udp_ledgers(&self, unit: &str) -> &'a BTreeMap<&'a str, (&'a Evidence, &'a UdpLedger)> {
        &self.surfaces.of(unit).udp.ledgers
    }

    /// Where so many UDP ports answer that not every answer was kept: those of which none was, and that are not
    /// declared.
    pub fn udp_crowds(&self, unit: &str) -> &'a [Crowd<'a>] {
        &self.surfaces.of(unit).udp.crowds
    }

    /// The UDP ports of a unit that answered, in the sweep, or else a CoAP request; but for those of a [`Crowd`].
    pub fn udp_ports(&self, unit: &str) -> Vec<OpenPort<'a>> {
        self.surfaces.of(unit).udp.open.clone()
    }

    /// What keeps a statement about the UDP services that have, or should have, something to protect from
    /// being shown: a declared one that did not answer, or that speaks what this version cannot ask.
    pub fn udp_gaps(&self, unit: &Unit) -> Vec<Gap> {
        let open = self.udp_ports(&unit.id);
        let mut gaps = Vec::new();
        for service in self
            .device
            .services
            .iter()
            .filter(|service| guarded(service))
        {
            let found = open.iter().find(|found| found.port == service.port);
            match found {
                None => gaps.push(self.udp_not_seen(unit, service)),
                // What it takes, and whom it lets in, has facts of its own.
                Some(found)
                    if service.protocol == Protocol::Dtls
                        && found.protocol() == Some(Protocol::Dtls) => {}
                Some(found) if !self.speaks_coap(&unit.id, found) => {
                    gaps.push(untestable(unit, service, found));
                }
                Some(_) => {}
            }
        }
        gaps
    }

    /// Whether a UDP port was shown to speak CoAP: by what it said in the sweep, or by answering a request.
    pub fn speaks_coap(&self, unit: &str, open: &OpenPort<'_>) -> bool {
        let answered = |item: &Evidence| {
            item.target.address == open.address
                && item.target.port == Some(open.port)
                && !item.observations().is_empty()
        };
        open.protocol() == Some(Protocol::Coap)
            || self
                .of(unit)
                .any(|item| read_by_coap(item) && answered(item))
    }

    /// That a declared UDP service did not answer anywhere.
    pub(super) fn udp_not_seen(&self, unit: &Unit, service: &DeclaredService) -> Gap {
        let ledgers = self.udp_ledgers(&unit.id);
        let subject = Subject {
            transport: Some(Transport::Udp),
            port: Some(service.port),
            service: Some(service.id.clone()),
            ..Subject::unit(&unit.id)
        };
        let Some(address) = unit.addresses.first().filter(|_| ledgers.is_empty()) else {
            return Gap {
                reason: Reason::DeclaredServiceNotSeen,
                subject,
                message: format!(
                    "the manifest declares `{}` on UDP port {}, which did not answer: the unit was not tested in the state that the manifest describes",
                    service.id, service.port
                ),
                evidence: ledgers.values().map(|(item, _)| item.id.clone()).collect(),
            };
        };
        let gap = self.no_ledger(unit, &address.to_string(), Transport::Udp);
        Gap { subject, ..gap }
    }
}

fn untestable(unit: &Unit, service: &DeclaredService, found: &OpenPort<'_>) -> Gap {
    let (reason, why) = match service.protocol {
        Protocol::Coap => (
            Reason::AnswerUnclear,
            "is declared to speak CoAP, and what it answers is something else",
        ),
        Protocol::Dtls => (
            Reason::AnswerUnclear,
            "is declared to speak DTLS, and what it answers is something else",
        ),
        _ => (
            Reason::LoginNotTestable,
            "answers, and is declared to need a login; of UDP services this version tests only those that speak CoAP or DTLS",
        ),
    };
    Gap {
        reason,
        subject: found.subject(&unit.id),
        message: format!("{} {why}", found.place()),
        evidence: found.evidence(),
    }
}

/// Whether the supplier says that there is something to protect behind a UDP service.
fn guarded(service: &DeclaredService) -> bool {
    service.transport == Transport::Udp
        && (service.access == AccessPolicy::Login
            || matches!(service.protocol, Protocol::Coap | Protocol::Dtls))
}
