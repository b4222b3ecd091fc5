//! Imported port scans: as a second witness they may show more, and where they are asked to stand in for our sweep
//! they must be whole, of now, and true of what we ask again.

use proofmark::certificate::{Certificate, ConformityOutcome, PortCoverage};
use proofmark::evidence::{Absence, Evidence, Outcome};
use proofmark::observation::{
    Asked, Engine, ImportedPort, ImportedPorts, Observation, PortProof, PortSpan, PortState,
    Protocol, Recheck, Service, Transport,
};
use proofmark::verdict::{Reason, Verdict};

use crate::bench::{conformant, evidence, gone, judge, ledger, of, only_80, run, seen, span, with};

fn import(outcome: Outcome) -> Evidence {
    let asked = Asked::ImportedPorts {
        source: "inputs/01-scan.xml".to_owned(),
    };
    evidence(13, "import", None, asked, outcome)
}

fn saw(open: &[(u16, Option<&str>)]) -> ImportedPorts {
    ImportedPorts {
        source: "inputs/01-scan.xml".to_owned(),
        tool: "nmap 7.93".to_owned(),
        scan: "connect".to_owned(),
        args: "nmap -p-".to_owned(),
        scanned_at: None,
        first: 1,
        last: 65_535,
        open: open
            .iter()
            .map(|(port, speaks)| ImportedPort {
                port: *port,
                speaks: speaks.map(str::to_owned),
                product: speaks.map(|it| format!("{it}d 1.0")),
            })
            .collect(),
    }
}

/// The judgement of a run that an import was handed to.
fn beside(mut all: Vec<Evidence>, outcome: Outcome) -> Certificate {
    all.push(import(outcome));
    judge(&run(all))
}

fn complete(open: &[(u16, Option<&str>)]) -> Outcome {
    seen(Observation::ImportedPorts(saw(open)))
}

fn swept(spans: Vec<PortSpan>) -> Vec<Evidence> {
    let sweep = Asked::PortSweep {
        first: 1,
        last: 65_535,
    };
    with(3, evidence(3, "ports", None, sweep, seen(ledger(spans))))
}

/// Verdict, codes and reasons of closed-ports.
fn closed(certificate: &Certificate) -> (Verdict, Vec<&str>, Vec<Reason>) {
    let closed = of(certificate, "closed-ports");
    let codes = closed.findings.iter().map(|it| it.code.as_str()).collect();
    (closed.verdict, codes, closed.reasons.clone())
}

#[test]
fn a_scan_that_agrees_stands_in_the_proof() {
    let certificate = beside(conformant(), complete(&[(80, Some("http"))]));
    assert_eq!(certificate.outcome, ConformityOutcome::Conformant);
    assert_eq!(closed(&certificate), (Verdict::Pass, vec![], vec![]));
    let [proof] = &of(&certificate, "closed-ports").proofs[..] else {
        panic!("not one proof");
    };
    assert!(
        proof.statement.contains("saw the same open ports"),
        "{}",
        proof.statement
    );
    let cited: Vec<_> = proof.evidence.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(cited, ["e0003", "e0013"]);
}

#[test]
fn an_undeclared_port_that_only_the_scan_saw_fails() {
    for (state, proof) in [
        (PortState::Closed, PortProof::Refused),
        (PortState::Silent, PortProof::NoAnswer),
        (PortState::Unproven, PortProof::NoAnswer),
    ] {
        let mut spans = only_80();
        spans[2] = span(81, 65_535, state, proof);
        let certificate = beside(swept(spans), complete(&[(80, None), (4444, None)]));
        assert_eq!(certificate.outcome, ConformityOutcome::NonConformant);
        let (verdict, codes, _) = closed(&certificate);
        assert_eq!((verdict, codes), (Verdict::Fail, vec!["undeclared-port"]));
        let finding = &of(&certificate, "closed-ports").findings[0];
        assert_eq!(finding.subject.port, Some(4444));
        let cited: Vec<_> = finding.evidence.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(cited, ["e0013", "e0003"]);
    }
}

#[test]
fn a_declared_port_that_only_one_of_both_saw_withholds_the_pass() {
    let certificate = beside(conformant(), complete(&[]));
    let disagrees = vec!["import-disagrees"];
    let wanted = (
        Verdict::Inconclusive,
        disagrees.clone(),
        vec![Reason::PortChanged],
    );
    assert_eq!(closed(&certificate), wanted);
    let nothing = vec![span(1, 65_535, PortState::Closed, PortProof::Refused)];
    let certificate = beside(swept(nothing), complete(&[(80, None)]));
    let (verdict, codes, reasons) = closed(&certificate);
    assert_eq!((verdict, codes), (Verdict::Inconclusive, disagrees));
    assert!(reasons.contains(&Reason::PortChanged), "{reasons:?}");
}

#[test]
fn services_that_differ_are_a_note() {
    let certificate = beside(conformant(), complete(&[(80, Some("telnet"))]));
    let note = (Verdict::Pass, vec!["import-disagrees"], vec![]);
    assert_eq!(closed(&certificate), note);
    // What one of both could not tell, or names in its own way, is no difference.
    for word in ["http", "tcpwrapped", "ssl/http", "http-proxy"] {
        let certificate = beside(conformant(), complete(&[(80, Some(word))]));
        assert_eq!(
            closed(&certificate),
            (Verdict::Pass, vec![], vec![]),
            "{word}"
        );
    }
    let unknown = Observation::Service(Service {
        tls: false,
        also_in_clear: false,
        protocol: Protocol::Unknown,
        product: None,
        spoke_after: None,
        first_bytes: String::new(),
    });
    let all = with(
        4,
        evidence(4, "identify", Some(80), Asked::Identify, seen(unknown)),
    );
    let certificate = beside(all, complete(&[(80, Some("ssh"))]));
    assert_eq!(closed(&certificate).1, Vec::<&str>::new());
}

#[test]
fn a_refused_scan_changes_no_verdict_and_is_shown() {
    let certificate = beside(conformant(), gone(Absence::ImportRefused));
    assert_eq!(certificate.outcome, ConformityOutcome::Conformant);
    let refused = (Verdict::Pass, vec!["import-refused"], vec![]);
    assert_eq!(closed(&certificate), refused);
    let shown = certificate.coverage.not_tried.iter();
    assert_eq!(
        shown
            .filter(|line| line.contains("refused: it said nothing"))
            .count(),
        1
    );
    // A run that was edited: what covers less than everything does not count either.
    let mut narrow = saw(&[(80, None), (4444, None)]);
    narrow.last = 65_534;
    let certificate = beside(conformant(), seen(Observation::ImportedPorts(narrow)));
    assert_eq!(closed(&certificate), refused);
}

#[test]
fn a_scan_never_stands_in_for_our_own_sweep() {
    let mut all = conformant();
    all.retain(|item| item.id != "e0003");
    let certificate = beside(all, complete(&[(80, Some("http"))]));
    let (verdict, codes, reasons) = closed(&certificate);
    assert_eq!((verdict, codes), (Verdict::Inconclusive, vec![]));
    assert!(reasons.contains(&Reason::NoEvidence), "{reasons:?}");
    assert!(of(&certificate, "closed-ports").proofs.is_empty());
}

#[test]
fn a_port_of_another_program_is_not_held_against_the_device() {
    let mut spans = only_80();
    spans[2] = span(81, 4443, PortState::Closed, PortProof::Refused);
    spans.push(span(4444, 4444, PortState::Unproven, PortProof::Foreign));
    spans.push(span(4445, 65_535, PortState::Closed, PortProof::Refused));
    let certificate = beside(swept(spans), complete(&[(80, None), (4444, None)]));
    assert_eq!(closed(&certificate), (Verdict::Pass, vec![], vec![]));
}

/// The conformant run with a ledger that a scan stands in for, whose open ports we found in these states.
fn stands_in(ports: ImportedPorts, spans: Vec<PortSpan>, now: &[(u16, PortState)]) -> Certificate {
    let source = ports.source.clone();
    let Observation::PortLedger(mut imported) = ledger(spans) else {
        panic!("no ledger");
    };
    imported.engine = Engine::Imported;
    let recheck = |(port, state): &(u16, PortState)| Recheck {
        port: *port,
        state: *state,
        proof: match state {
            PortState::Open => PortProof::Accepted,
            PortState::Closed => PortProof::Refused,
            _ => PortProof::NotAsked,
        },
    };
    imported.rechecks = now.iter().map(recheck).collect();
    let asked = Asked::PortsFromImport { source };
    let fact = seen(Observation::PortLedger(imported));
    let all = with(3, evidence(3, "ports", None, asked, fact));
    beside(all, seen(Observation::ImportedPorts(ports)))
}

fn imported(first: u16, last: u16, state: PortState) -> PortSpan {
    PortSpan {
        asked: 0,
        ..span(first, last, state, PortProof::Imported)
    }
}

/// Port 80 open and the others closed, as a scan has it.
fn imported_80() -> Vec<PortSpan> {
    vec![
        imported(1, 79, PortState::Closed),
        imported(80, 80, PortState::Open),
        imported(81, 65_535, PortState::Closed),
    ]
}

fn scan_of(time: &str) -> ImportedPorts {
    ImportedPorts {
        scanned_at: Some(time.parse().unwrap()),
        ..saw(&[(80, Some("http"))])
    }
}

const NOW: &str = "2026-01-02T03:00:00Z";
const STILL: [(u16, PortState); 1] = [(80, PortState::Open)];

#[test]
fn a_scan_of_now_stands_in_and_says_so() {
    let certificate = stands_in(scan_of(NOW), imported_80(), &STILL);
    assert_eq!(certificate.outcome, ConformityOutcome::Conformant);
    assert_eq!(closed(&certificate), (Verdict::Pass, vec![], vec![]));
    let statement = &of(&certificate, "closed-ports").proofs[0].statement;
    let words = "by an imported scan that stands in for our sweep (nmap 7.93, connect scan of 2026-01-02T03:00:00Z)";
    assert!(statement.contains(words), "{statement}");
    // It is no second witness of itself.
    assert!(!statement.contains("saw the same"), "{statement}");
    let tcp = |ports: &&PortCoverage| ports.transport == Transport::Tcp;
    let ports = certificate.coverage.ports.iter().find(tcp).unwrap();
    assert!(
        ports
            .ledger
            .iter()
            .all(|row| row.proof == PortProof::Imported)
    );
    let [service] = &certificate.coverage.services[..] else {
        panic!("not one service");
    };
    assert_eq!(service.imported, ["http (httpd 1.0), says nmap 7.93"]);
}

#[test]
fn a_scan_of_another_time_stands_in_for_nothing() {
    for (time, expected) in [
        ("2026-01-01T03:05:00Z", None),
        ("2026-01-01T03:03:00Z", Some("24 hours old")),
        ("2026-01-02T03:14:00Z", None),
        ("2026-01-02T03:15:00Z", Some("after the run began")),
    ] {
        let certificate = stands_in(scan_of(time), imported_80(), &STILL);
        let (verdict, _, reasons) = closed(&certificate);
        let Some(words) = expected else {
            assert_eq!(verdict, Verdict::Pass, "{time}");
            continue;
        };
        let wanted = (Verdict::Inconclusive, vec![Reason::ImportOutdated]);
        assert_eq!((verdict, reasons), wanted, "{time}");
        let rationale = &of(&certificate, "closed-ports").rationale;
        assert!(rationale.contains(words), "{rationale}");
        assert_eq!(certificate.outcome, ConformityOutcome::NotCertifiable);
    }
    let untold = stands_in(saw(&[(80, None)]), imported_80(), &STILL);
    assert_eq!(closed(&untold).2, [Reason::ImportOutdated]);
}

#[test]
fn what_is_otherwise_now_withholds_everything_that_rests_on_a_scan() {
    let gone = stands_in(scan_of(NOW), imported_80(), &[(80, PortState::Closed)]);
    let disagrees = vec!["import-disagrees"];
    let (verdict, codes, reasons) = closed(&gone);
    assert_eq!((verdict, codes), (Verdict::Inconclusive, disagrees));
    assert!(reasons.contains(&Reason::PortChanged), "{reasons:?}");
    assert_eq!(of(&gone, "tls-only").verdict, Verdict::Inconclusive);
    // We saw a port that the scan did not.
    let mut spans = imported_80();
    spans[2] = imported(81, 442, PortState::Closed);
    spans.push(span(443, 443, PortState::Open, PortProof::Accepted));
    spans.push(imported(444, 65_535, PortState::Closed));
    let now = [(80, PortState::Open), (443, PortState::Open)];
    let come = stands_in(scan_of(NOW), spans, &now);
    let (verdict, mut codes, _) = closed(&come);
    codes.sort_unstable();
    let wanted = vec!["import-disagrees", "undeclared-port"];
    assert_eq!((verdict, codes), (Verdict::Fail, wanted));
    // Nobody asked again.
    let unasked = stands_in(scan_of(NOW), imported_80(), &[(80, PortState::Unproven)]);
    let (verdict, _, reasons) = closed(&unasked);
    assert_eq!(
        (verdict, reasons),
        (Verdict::Inconclusive, vec![Reason::PortsUnproven])
    );
}

#[test]
fn what_only_a_scan_can_name_is_shown_as_its_word() {
    let all = with(
        4,
        evidence(
            4,
            "identify",
            Some(80),
            Asked::Identify,
            gone(Absence::NoAnswer),
        ),
    );
    let certificate = beside(all, complete(&[(80, Some("ipp"))]));
    let [service] = &certificate.coverage.services[..] else {
        panic!("not one service");
    };
    assert_eq!(service.protocol, "not told to us");
    assert_eq!(service.imported, ["ipp (ippd 1.0), says nmap 7.93"]);
    // Nothing passes for that.
    assert_eq!(of(&certificate, "tls-only").verdict, Verdict::Inconclusive);
}
