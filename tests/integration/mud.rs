//! A MUD file beside the ledgers: what it permits, what it does not, and when it says nothing.

use proofmark::certificate::Certificate;
use proofmark::evidence::{Absence, Evidence, Outcome, Run, Target};
use proofmark::observation::{
    Asked, ImportedMud, MudPeer, MudRule, Observation, PortProof, PortSpan, PortState, Transport,
    UdpLedger, UdpSweep,
};
use proofmark::verdict::{Reason, Verdict};

use crate::bench::{
    ADDRESS, conformant, evidence, gone, judge, ledger, of, only_80, run, seen, span, time,
};

const SOURCE: &str = "inputs/mud-hub.json";

fn permits(transport: Transport, port: u16, from: Vec<MudPeer>) -> MudRule {
    MudRule {
        name: format!("to-{port}"),
        accepts: true,
        family: None,
        transport: Some(transport),
        ports: Some(vec![(port, port)]),
        source_port: false,
        initiated: None,
        from,
        unclear: None,
    }
}

fn tcp(port: u16) -> MudRule {
    permits(Transport::Tcp, port, vec![])
}

fn mud(to_device: Vec<MudRule>) -> Outcome {
    seen(Observation::ImportedMud(ImportedMud {
        source: SOURCE.to_owned(),
        mud_url: "https://example.com/hub".to_owned(),
        last_update: time(),
        cache_validity_hours: 48,
        is_supported: true,
        systeminfo: None,
        mfg_name: None,
        model_name: None,
        firmware_rev: None,
        software_rev: None,
        extensions: vec![],
        to_device,
        to_device_other: 0,
        from_device: 0,
        unread: vec![],
    }))
}

fn import(outcome: Outcome) -> Evidence {
    let source = SOURCE.to_owned();
    evidence(500, "import", None, Asked::ImportedMud { source }, outcome)
}

fn udp(id: u32, spans: Vec<PortSpan>) -> Evidence {
    let asked = Asked::UdpPorts {
        list: "iot".to_owned(),
    };
    let sweep = UdpSweep {
        datagrams: 1,
        canary: None,
        canaries_sent: 0,
        canaries_lost: 0,
        pause_seconds: 0.0,
        sources: vec![],
        sources_because: String::new(),
        rate_peak: 1.0,
        seconds: 1.0,
    };
    let outcome = seen(Observation::UdpLedger(UdpLedger { spans, sweep }));
    let target = Target {
        address: ADDRESS.to_owned(),
        transport: Some(Transport::Udp),
        port: None,
    };
    Evidence {
        target,
        ..evidence(id, "udp-ports", None, asked, outcome)
    }
}

/// The conformant run, its UDP ports, and a MUD file.
fn beside(tcp: Vec<PortSpan>, spans: Vec<PortSpan>, outcome: Outcome) -> Run {
    let mut all = conformant();
    all.retain(|it| it.probe != "udp-ports");
    all[2].outcome = seen(ledger(tcp));
    all.push(udp(501, spans));
    all.push(import(outcome));
    run(all)
}

fn closed_udp() -> Vec<PortSpan> {
    vec![span(53, 53, PortState::Closed, PortProof::Refused)]
}

/// Verdict, codes with their ports, and reasons.
type Judged<'c> = (Verdict, Vec<(&'c str, Option<u16>)>, Vec<Reason>);

fn matches(certificate: &Certificate) -> Judged<'_> {
    let it = of(certificate, "matches-mud");
    let codes = it.findings.iter();
    let codes = codes
        .map(|it| (it.code.as_str(), it.subject.port))
        .collect();
    (it.verdict, codes, it.reasons.clone())
}

#[test]
fn what_is_open_and_permitted_passes() {
    let run = beside(only_80(), closed_udp(), mud(vec![tcp(80)]));
    let certificate = judge(&run);
    assert_eq!(matches(&certificate), (Verdict::Pass, vec![], vec![]));
    let [proof] = &of(&certificate, "matches-mud").proofs[..] else {
        panic!("not one proof");
    };
    assert!(
        proof
            .statement
            .contains("(TCP 80) by the MUD file inputs/mud-hub.json")
    );
    let cited: Vec<_> = proof.evidence.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(cited, ["e0500", "e0003", "e0501"]);
}

#[test]
fn what_is_open_and_not_permitted_fails_over_tcp_and_udp() {
    let certificate = judge(&beside(only_80(), closed_udp(), mud(vec![])));
    let wanted = vec![
        ("port-not-in-mud", Some(80)),
        ("manifest-contradicts-mud", Some(80)),
    ];
    assert_eq!(matches(&certificate), (Verdict::Fail, wanted, vec![]));
    let answers = vec![span(53, 53, PortState::Open, PortProof::Answered)];
    let certificate = judge(&beside(only_80(), answers.clone(), mud(vec![tcp(80)])));
    let wanted = vec![("port-not-in-mud", Some(53))];
    assert_eq!(matches(&certificate), (Verdict::Fail, wanted, vec![]));
    let both = mud(vec![tcp(80), permits(Transport::Udp, 53, vec![])]);
    let certificate = judge(&beside(only_80(), answers, both));
    assert_eq!(matches(&certificate), (Verdict::Pass, vec![], vec![]));
}

#[test]
fn permission_is_no_promise() {
    let more = vec![
        tcp(80),
        tcp(8080),
        permits(Transport::Udp, 53, vec![]),
        permits(Transport::Udp, 5683, vec![]),
    ];
    let certificate = judge(&beside(only_80(), closed_udp(), mud(more)));
    let (verdict, mut codes, reasons) = matches(&certificate);
    codes.sort_unstable();
    let note = "mud-port-not-seen";
    assert_eq!(
        codes,
        [(note, Some(53)), (note, Some(5683)), (note, Some(8080))]
    );
    assert_eq!((verdict, reasons), (Verdict::Pass, vec![]));
    let findings = &of(&certificate, "matches-mud").findings;
    let message = |port| {
        let mut it = findings.iter();
        &it.find(|it| it.subject.port == Some(port)).unwrap().message
    };
    assert!(message(53).contains("did not answer"));
    assert!(message(5683).contains("was not asked"));
    assert!(message(8080).contains("was not open"));
}

#[test]
fn certain_peers_only_is_a_note_and_others_elsewhere_a_failure() {
    let from = |peer| {
        let only = mud(vec![permits(Transport::Tcp, 80, vec![peer])]);
        let certificate = judge(&beside(only_80(), closed_udp(), only));
        let (verdict, codes, _) = matches(&certificate);
        (verdict, codes[0].0.to_owned(), codes.len())
    };
    let note = (Verdict::Pass, "open-to-more-than-mud".to_owned(), 1);
    assert_eq!(from(MudPeer::MyController), note);
    let fails = (Verdict::Fail, "port-not-in-mud".to_owned(), 2);
    assert_eq!(from(MudPeer::DomainName("example.com".to_owned())), fails);
}

#[test]
fn nothing_passes_while_ports_are_unproven_or_the_file_does_not_count() {
    let mut unproven = only_80();
    unproven[2] = span(81, 65_535, PortState::Unproven, PortProof::NoAnswer);
    let certificate = judge(&beside(unproven, closed_udp(), mud(vec![tcp(80)])));
    let wanted = (Verdict::Inconclusive, vec![], vec![Reason::PortsUnproven]);
    assert_eq!(matches(&certificate), wanted);
    let refused = gone(Absence::ImportRefused);
    let certificate = judge(&beside(only_80(), closed_udp(), refused));
    let wanted = (Verdict::Inconclusive, vec![], vec![Reason::ImportRefused]);
    assert_eq!(matches(&certificate), wanted);
    let doubt = MudRule {
        unclear: Some("`x` in `matches`".to_owned()),
        ..tcp(80)
    };
    let certificate = judge(&beside(only_80(), closed_udp(), mud(vec![doubt])));
    let wanted = (Verdict::Inconclusive, vec![], vec![Reason::MudUnclear]);
    assert_eq!(matches(&certificate), wanted);
    // No UDP sweep at all.
    let mut without = beside(only_80(), closed_udp(), mud(vec![tcp(80)]));
    let swept = |item: &Evidence| matches!(item.asked, Asked::UdpPorts { .. });
    without.evidence.retain(|item| !swept(item));
    let certificate = judge(&without);
    let wanted = (Verdict::Inconclusive, vec![], vec![Reason::NoEvidence]);
    assert_eq!(matches(&certificate), wanted);
}

#[test]
fn without_a_file_it_does_not_apply_by_the_testers_word() {
    let certificate = judge(&run(conformant()));
    assert_eq!(
        matches(&certificate),
        (Verdict::NotApplicable, vec![], vec![])
    );
    let it = of(&certificate, "matches-mud");
    let by = it.declared_by.as_deref();
    assert_eq!(by, Some("whoever ran the test, on the command line"));
    assert!(
        it.rationale.contains("no MUD file was handed in"),
        "{}",
        it.rationale
    );
    // A run that keeps one and does not say what is in it.
    let mut lost = run(conformant());
    lost.info.digests.insert(SOURCE.to_owned(), "0".repeat(64));
    let wanted = (Verdict::Inconclusive, vec![], vec![Reason::NoEvidence]);
    assert_eq!(matches(&judge(&lost)), wanted);
}

#[test]
fn a_crowd_of_open_ports_is_one_finding() {
    let everywhere = vec![span(1, 65_535, PortState::Open, PortProof::Accepted)];
    let certificate = judge(&beside(
        everywhere,
        closed_udp(),
        mud(vec![tcp(80), tcp(8080)]),
    ));
    let (verdict, codes, _) = matches(&certificate);
    assert_eq!(
        (verdict, codes),
        (Verdict::Fail, vec![("port-not-in-mud", None)])
    );
    let message = &of(&certificate, "matches-mud").findings[0].message;
    assert!(message.starts_with("65533 TCP ports"), "{message}");
}
