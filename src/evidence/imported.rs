//! Whether a ledger that was taken from a scan is what the run says of that scan.

use std::collections::BTreeSet;

use super::Evidence;
use crate::observation::{Asked, Observation, PortProof, PortState};

/// What does not agree. None: nothing.
pub(super) fn contradiction(item: &Evidence, all: &[Evidence]) -> Option<&'static str> {
    let Asked::PortsFromImport { source } = &item.asked else {
        return None;
    };
    let scan = all
        .iter()
        .filter(|it| (&it.unit, &it.target.address) == (&item.unit, &item.target.address));
    let scan = scan
        .flat_map(Evidence::observations)
        .find_map(|fact| match fact {
            Observation::ImportedPorts(ports) if ports.source == *source => Some(ports),
            _ => None,
        });
    let ledger = item.observations().iter().find_map(|fact| match fact {
        Observation::PortLedger(ledger) => Some(ledger),
        _ => None,
    })?;
    let taken = ledger
        .spans
        .iter()
        .filter(|span| (span.state, span.proof) == (PortState::Open, PortProof::Imported));
    let taken: BTreeSet<u16> = taken.flat_map(|span| span.first..=span.last).collect();
    let theirs = scan.map(|scan| scan.open.iter().map(|open| open.port).collect());
    (theirs != Some(taken)).then_some("an imported ledger is not what the scan says")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::observation::{Engine, ImportedPort, ImportedPorts, PortLedger, PortSpan, Sweep};

    fn evidence(address: &str, asked: &Asked, fact: &Observation) -> Evidence {
        let value: Value = json!({
            "id": "e0001",
            "unit": "a",
            "probe": "ports",
            "target": { "address": address },
            "asked": asked,
            "started_at": "2026-01-31T12:00:00Z",
            "observed_at": "2026-01-31T12:00:01Z",
            "outcome": { "kind": "observed", "observations": [fact] },
        });
        serde_json::from_value(value).unwrap()
    }

    fn scan(address: &str, source: &str, open: &[u16]) -> Evidence {
        let source = source.to_owned();
        let open = open.iter().map(|port| ImportedPort {
            port: *port,
            speaks: None,
            product: None,
        });
        let ports = ImportedPorts {
            source: source.clone(),
            tool: String::new(),
            scan: String::new(),
            args: String::new(),
            scanned_at: None,
            first: 1,
            last: 65_535,
            open: open.collect(),
        };
        let fact = Observation::ImportedPorts(ports);
        evidence(address, &Asked::ImportedPorts { source }, &fact)
    }

    fn ledger(open: &[u16]) -> Evidence {
        let span = |port: &u16| PortSpan {
            first: *port,
            last: *port,
            state: PortState::Open,
            proof: PortProof::Imported,
            asked: 0,
        };
        let fact = Observation::PortLedger(PortLedger {
            engine: Engine::Imported,
            engine_because: String::new(),
            link_addresses: vec![],
            spans: open.iter().map(span).collect(),
            rechecks: vec![],
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
        });
        let source = "inputs/01-a.xml".to_owned();
        evidence("192.0.2.1", &Asked::PortsFromImport { source }, &fact)
    }

    #[test]
    fn a_ledger_is_what_its_scan_says() {
        let agrees = |open: &[u16], scan| contradiction(&ledger(open), &[scan]).is_none();
        let (here, file) = ("192.0.2.1", "inputs/01-a.xml");
        assert!(agrees(&[22, 80], scan(here, file, &[22, 80])));
        assert!(agrees(&[], scan(here, file, &[])));
        assert!(!agrees(&[80], scan(here, file, &[22, 80])));
        assert!(!agrees(&[22, 80], scan(here, file, &[80])));
        assert!(!agrees(&[80], scan("192.0.2.2", file, &[80])));
        assert!(!agrees(&[80], scan(here, "inputs/02-b.xml", &[80])));
        assert!(contradiction(&ledger(&[]), &[]).is_some());
    }
}
