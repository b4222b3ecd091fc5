//! The TCP ports of an address as an imported scan has them, in place of a sweep of ours.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::socket::socket;
use super::unit::UnitRun;
use crate::dut::Address;
use crate::error::Error;
use crate::evidence::{Absence, Exchange, Target};
use crate::import::StandIn;
use crate::observation::{
    Asked, Engine, Observation, PortLedger, PortProof, PortSpan, PortState, Recheck, Sweep,
};
use crate::probe::again;
use crate::probe::neighbours::LinkWitness;

impl UnitRun<'_, '_> {
    /// Takes the ledger from the first scan that counts, and asks its open ports, and the declared ones, what they
    /// are now.
    pub(super) async fn take_imported_ports(&mut self, address: &Address) -> Result<(), Error> {
        self.step(address, "taking the TCP ports from an imported scan");
        let started = Timestamp::now();
        let (asked, exchange) = match StandIn::choose(self.plan.imports, self.unit, address.ip) {
            Err(why) => {
                let first = self.plan.imports.first();
                let source = first.map(|import| import.name.clone()).unwrap_or_default();
                let absent = Exchange::absent(started, Absence::ImportRefused, why);
                (Asked::PortsFromImport { source }, absent)
            }
            Ok(scan) => {
                let source = scan.ports.source.clone();
                // Of an address that was found on the link nobody has said yet what the scan says.
                if !self.unit.addresses.contains(address) {
                    let fact = Observation::ImportedPorts(scan.ports.clone());
                    let seen = Exchange::observed(started, fact);
                    let asked = Asked::ImportedPorts {
                        source: source.clone(),
                    };
                    self.record_at("import", whole(address), asked, seen)?;
                }
                let mut ports = open(&scan.spans);
                ports.extend(self.declared_ports());
                let (host, rate) = (socket(address, 0)?, self.plan.settings.max_rate);
                let witness = LinkWitness::new(host);
                let rechecks = again(host, ports.into_iter(), rate, &self.stop).await;
                let open: Vec<u16> = accepted(&rechecks).collect();
                self.open.insert(address.clone(), open);
                let mut ledger = ledger(scan, rechecks);
                ledger.link_addresses = witness.end();
                let observed = Exchange::observed(started, Observation::PortLedger(ledger));
                (Asked::PortsFromImport { source }, observed)
            }
        };
        self.record_at("ports", whole(address), asked, exchange)?;
        Ok(())
    }
}

fn whole(address: &Address) -> Target {
    Target {
        address: address.to_string(),
        transport: None,
        port: None,
    }
}

fn open(spans: &[PortSpan]) -> BTreeSet<u16> {
    let open = spans.iter().filter(|span| span.state == PortState::Open);
    open.flat_map(|span| span.first..=span.last).collect()
}

fn accepted(rechecks: &[Recheck]) -> impl Iterator<Item = u16> {
    let open = rechecks.iter().filter(|it| it.state == PortState::Open);
    open.map(|it| it.port)
}

/// The scan's ledger, with what we saw open ourselves where it saw nothing.
fn ledger(scan: StandIn, rechecks: Vec<Recheck>) -> PortLedger {
    let known = open(&scan.spans);
    let mut spans = scan.spans;
    for port in accepted(&rechecks).filter(|port| !known.contains(port)) {
        spans = spans
            .into_iter()
            .flat_map(|span| with(span, port))
            .collect();
    }
    PortLedger {
        engine: Engine::Imported,
        engine_because: format!("{}, kept as {}", scan.ports.words(), scan.ports.source),
        link_addresses: Vec::new(),
        spans,
        rechecks,
        // Nothing of it is ours.
        sweep: Sweep {
            seed: 0,
            rounds: 0,
            probes: 0,
            canary: None,
            canaries_sent: 0,
            canaries_lost: 0,
            absences: 0,
            residual: None,
            rate_start: 0.0,
            rate_peak: 0.0,
            rate_end: 0.0,
            rate_ceiling: 0.0,
            timeout_seconds: 0.0,
            seconds: 0.0,
        },
    }
}

/// A span with one port of it, if it is there, open by our own word.
fn with(span: PortSpan, port: u16) -> impl Iterator<Item = PortSpan> {
    let inside = (span.first..=span.last).contains(&port);
    let before = (inside && span.first < port).then(|| PortSpan {
        last: port - 1,
        ..span
    });
    let after = (inside && port < span.last).then(|| PortSpan {
        first: port + 1,
        ..span
    });
    let own = inside.then_some(PortSpan {
        first: port,
        last: port,
        state: PortState::Open,
        proof: PortProof::Accepted,
        asked: 1,
    });
    let whole = (!inside).then_some(span);
    before.into_iter().chain(own).chain(after).chain(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::ImportedPorts;

    #[test]
    fn what_we_saw_open_stands_in_the_ledger_as_ours() {
        let span = |first, last, state, proof, asked| PortSpan {
            first,
            last,
            state,
            proof,
            asked,
        };
        let imported = |first, last, state| span(first, last, state, PortProof::Imported, 0);
        let recheck = |port, state| Recheck {
            port,
            state,
            proof: PortProof::Accepted,
        };
        let scan = StandIn {
            ports: ImportedPorts {
                source: "inputs/01-scan.xml".to_owned(),
                tool: "nmap 7.93".to_owned(),
                scan: "connect".to_owned(),
                args: String::new(),
                scanned_at: None,
                first: 1,
                last: 65_535,
                open: vec![],
            },
            spans: vec![
                imported(1, 79, PortState::Closed),
                imported(80, 80, PortState::Open),
                imported(81, 65_535, PortState::Silent),
            ],
        };
        let rechecks = vec![
            recheck(1, PortState::Open),
            recheck(80, PortState::Closed),
            recheck(443, PortState::Open),
        ];
        let ledger = ledger(scan, rechecks);
        let ours = |port| span(port, port, PortState::Open, PortProof::Accepted, 1);
        assert_eq!(
            ledger.spans,
            [
                ours(1),
                imported(2, 79, PortState::Closed),
                imported(80, 80, PortState::Open),
                imported(81, 442, PortState::Silent),
                ours(443),
                imported(444, 65_535, PortState::Silent),
            ]
        );
        assert!(ledger.covers(1, 65_535));
        assert_eq!(ledger.engine, Engine::Imported);
    }
}
