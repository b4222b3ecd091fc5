//! Imported port scans as a second witness: they may show more, and never stand in for our own sweep.

use proofmark::certificate::{Certificate, ConformityOutcome};
use proofmark::evidence::{Absence, Evidence, Outcome};
use proofmark::observation::{
    Asked, ImportedPort, ImportedPorts, Observation, PortProof, PortSpan, PortState, Protocol,
    Service,
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
