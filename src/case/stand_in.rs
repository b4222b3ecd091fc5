//! A ledger that another tool's scan stands in for: when it is of no use, and what contradicts it.

use jiff::SignedDuration;

use crate::case::facts::{Facts, OpenPort, list};
use crate::dut::Unit;
use crate::evidence::Evidence;
use crate::observation::{
    Asked, Engine, ImportedPorts, Observation, PortLedger, PortProof, PortState, Transport,
};
use crate::text::brief;
use crate::verdict::{Gap, Reason, Subject};

/// A scan is of this state of the unit only if it is not older than this.
const HOURS: i64 = 24;
/// The clocks of two machines may differ.
const CLOCKS: SignedDuration = SignedDuration::from_mins(10);

impl<'a> Facts<'a> {
    /// The scan that a ledger was taken from. None: it is our own sweep.
    pub fn scan_behind(&self, item: &Evidence) -> Option<&'a ImportedPorts> {
        let Asked::PortsFromImport { source } = &item.asked else {
            return None;
        };
        let of_address = |it: &&Evidence| it.target.address == item.target.address;
        self.of(&item.unit)
            .filter(of_address)
            .flat_map(Evidence::observations)
            .find_map(|fact| match fact {
                Observation::ImportedPorts(ports) if ports.source == *source => Some(ports),
                _ => None,
            })
    }

    /// What imported scans say that an open port speaks, where they asked it: `http (nginx 1.22), says nmap 7.93`.
    pub fn imported_words(&self, unit: &str, open: &OpenPort<'_>) -> Vec<String> {
        if open.transport != Transport::Tcp {
            return Vec::new();
        }
        let imports = self.imports(unit).into_iter();
        let here = imports.filter(|(item, _)| item.target.address == open.address);
        here.filter_map(|(_, ports)| {
            let ports = ports.ok()?;
            let port = ports.port(open.port)?;
            let speaks = brief(port.speaks.as_deref()?, 60);
            let tool = brief(&ports.tool, 60);
            Some(match &port.product {
                Some(product) => format!("{speaks} ({}), says {tool}", brief(product, 120)),
                None => format!("{speaks}, says {tool}"),
            })
        })
        .collect()
    }

    /// What keeps a statement about all TCP ports from resting on an imported ledger.
    pub(super) fn stand_in_gaps(
        &self,
        unit: &Unit,
        item: &Evidence,
        ledger: &PortLedger,
    ) -> Vec<Gap> {
        if ledger.engine != Engine::Imported {
            return Vec::new();
        }
        let subject = Subject {
            address: Some(item.target.address.clone()),
            transport: Some(Transport::Tcp),
            ..Subject::unit(&unit.id)
        };
        let gap = |reason, message| Gap {
            reason,
            subject: subject.clone(),
            message,
            evidence: vec![item.id.clone()],
        };
        let changed = contradictions(&item.target.address, ledger);
        let changed = changed.into_iter().map(|it| gap(Reason::PortChanged, it));
        let when = self.outdated(self.scan_behind(item));
        let when = when.map(|message| gap(Reason::ImportOutdated, message));
        changed.chain(when).collect()
    }

    /// Why a scan is not of the time of the run.
    fn outdated(&self, scan: Option<&ImportedPorts>) -> Option<String> {
        let Some(scan) = scan else {
            return Some("the run does not hold the scan that stands in for a sweep".to_owned());
        };
        let what = format!("the scan that stands in for our sweep ({})", scan.words());
        let Some(then) = scan.scanned_at else {
            return Some(format!("{what} does not say when it was made"));
        };
        let age = self.run.started_at.duration_since(then);
        if age > SignedDuration::from_hours(HOURS) {
            let hours = age.as_hours();
            return Some(format!(
                "{what} was {hours} hours old when the run began, and the unit may have changed since"
            ));
        }
        (age < -CLOCKS).then(|| format!("{what} was made after the run began, by its own clock"))
    }
}

/// Ports that are not what the scan says, by our own asking.
pub(super) fn contradictions(address: &str, ledger: &PortLedger) -> Vec<String> {
    let of = |matches: &dyn Fn(PortState, PortProof, PortState) -> bool| -> Vec<u16> {
        let asked = ledger
            .rechecks
            .iter()
            .filter(|it| it.proof != PortProof::NotAsked);
        let found = asked.filter(|it| {
            let span = ledger.span(it.port);
            span.is_some_and(|span| matches(span.state, span.proof, it.state))
        });
        found.map(|it| it.port).collect()
    };
    let gone = of(&|state, _, now| state == PortState::Open && now != PortState::Open);
    let come = of(&|state, proof, _| state == PortState::Open && proof == PortProof::Accepted);
    let mut found = Vec::new();
    for (ports, what) in [
        (
            gone,
            "was open in the scan that stands in for our sweep, and is not open now",
        ),
        (
            come,
            "is open now, and was not in the scan that stands in for our sweep",
        ),
    ] {
        if !ports.is_empty() {
            let ports = list(ports.iter().map(|port| (*port, *port)));
            found.push(format!("TCP port {ports} of {address} {what}"));
        }
    }
    found
}
