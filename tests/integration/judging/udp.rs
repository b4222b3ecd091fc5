//! UDP ports and CoAP services, judged from runs made by hand.

use proofmark::certificate::RequirementResult;
use proofmark::dut::{AccessPolicy, DeclaredService, LoginLimits};
use proofmark::evidence::{Absence, Evidence, Outcome, Run};
use proofmark::observation::{
    AccessOutcome, AccessReply, AccessStep, Asked, Mechanism, Observation, PortProof, PortSpan,
    PortState, Protocol, Service, Transport, UdpLedger, UdpSweep,
};
use proofmark::profile::{UdpList, udp_ports};
use proofmark::verdict::{Reason, Verdict};

use crate::bench::{conformant, evidence, gone, judge, judge_by, of, run, seen, span};

/// A ledger of the list, closed, as a run that passes has it.
pub(crate) fn all_closed(id: u32) -> Evidence {
    Evidence {
        id: format!("e{id:04}"),
        ..ledger(&[])
    }
}

/// A ledger of the list, closed but for these.
pub(crate) fn ledger(other: &[(u16, PortState, PortProof)]) -> Evidence {
    let known = |port: &u16| {
        let found = other.iter().find(|(other, ..)| other == port);
        let (_, state, proof) =
            found
                .copied()
                .unwrap_or((*port, PortState::Closed, PortProof::Refused));
        span(*port, *port, state, proof)
    };
    spans(udp_ports().keys().map(known).collect())
}

fn spans(spans: Vec<PortSpan>) -> Evidence {
    let ledger = Observation::UdpLedger(UdpLedger {
        spans,
        sweep: UdpSweep {
            datagrams: 50,
            canary: Some(7),
            canaries_sent: 0,
            canaries_lost: 0,
            pause_seconds: 0.005,
            rate_peak: 200.0,
            seconds: 0.5,
            sources: vec![],
            sources_because: String::new(),
        },
    });
    let asked = Asked::UdpPorts {
        list: UdpList::Iot.as_str().to_owned(),
    };
    udp(301, None, asked, seen(ledger))
}

pub(super) fn udp(id: u32, port: Option<u16>, asked: Asked, outcome: Outcome) -> Evidence {
    let mut item = evidence(id, "udp-ports", port, asked, outcome);
    item.target.transport = Some(Transport::Udp);
    item
}

pub(super) fn open(port: u16) -> (u16, PortState, PortProof) {
    (port, PortState::Open, PortProof::Answered)
}

pub(super) fn identified(id: u32, port: u16, protocol: Protocol) -> Evidence {
    let service = Observation::Service(Service {
        protocol,
        tls: false,
        also_in_clear: false,
        product: None,
        spoke_after: Some("coap".to_owned()),
        first_bytes: "x".to_owned(),
    });
    udp(id, Some(port), Asked::Identify, seen(service))
}

fn get(id: u32, path: &str, outcome: Result<AccessOutcome, Absence>) -> Evidence {
    let asked = Asked::Access {
        mechanism: Mechanism::Coap,
        path: Some(path.to_owned()),
        version: None,
        step: AccessStep::Anonymous,
        sequence: id,
        account: None,
        encrypted: false,
        account_of: None,
    };
    let reply = |outcome| {
        seen(Observation::Access(AccessReply {
            outcome,
            detail: format!("{outcome:?}"),
            status: None,
            schemes: vec![],
            location: None,
            content_sha256: None,
            content_length: None,
            title: None,
            mqtt: None,
        }))
    };
    udp(id, Some(5683), asked, outcome.map_or_else(gone, reply))
}

fn service(protocol: Protocol, port: u16, access: AccessPolicy) -> DeclaredService {
    DeclaredService {
        id: "field".to_owned(),
        transport: Transport::Udp,
        port,
        protocol,
        purpose: "readings".to_owned(),
        access,
        paths: vec![],
        discloses: vec![],
        login: LoginLimits::default(),
        owner: None,
        tls: None,
    }
}

/// The run that passes with these in place of its UDP ledger.
pub(super) fn with(declared: Option<DeclaredService>, items: Vec<Evidence>) -> Run {
    let others = conformant()
        .into_iter()
        .filter(|it| it.probe != "udp-ports");
    let mut run = run(others.chain(items).collect());
    run.device.services.extend(declared);
    run
}

fn result(run: &Run, requirement: &str) -> RequirementResult {
    of(&judge(run), requirement).clone()
}

fn codes(result: &RequirementResult) -> Vec<&str> {
    result.findings.iter().map(|it| it.code.as_str()).collect()
}

const UDP: &str = "closed-udp-ports";
const ACCESS: &str = "no-unauthenticated-access";
const DEFAULTS: &str = "no-default-credentials";
const CLEAR: &str = "tls-only";

#[test]
fn every_port_of_the_list_must_be_accounted_for() {
    let good = with(None, vec![ledger(&[])]);
    let result = result(&good, UDP);
    assert_eq!(result.verdict, Verdict::Pass);
    assert!(
        result
            .rationale
            .contains("50 of 65535 UDP ports were asked"),
        "{}",
        result.rationale
    );

    let silent = (53, PortState::Silent, PortProof::NoAnswer);
    let unproven = (53, PortState::Unproven, PortProof::NoAnswer);
    for (items, reason) in [
        (vec![], Reason::NoEvidence),
        (vec![ledger(&[silent])], Reason::UdpPortsSilent),
        (vec![ledger(&[unproven])], Reason::PortsUnproven),
        (
            vec![spans(vec![span(
                53,
                53,
                PortState::Closed,
                PortProof::Refused,
            )])],
            Reason::PortsUnproven,
        ),
    ] {
        let result = self::result(&with(None, items), UDP);
        assert_eq!(
            (result.verdict, result.reasons),
            (Verdict::Inconclusive, vec![reason])
        );
    }
    let foreign = (53, PortState::Unproven, PortProof::Foreign);
    let result = self::result(&with(None, vec![ledger(&[foreign])]), UDP);
    assert_eq!(result.verdict, Verdict::Pass);
    assert!(
        result.rationale.contains("1 excluded"),
        "{}",
        result.rationale
    );
}

/// A ledger of all ports.
fn thorough(spans: Vec<PortSpan>) -> (Run, RequirementResult) {
    let mut item = self::spans(spans);
    item.asked = Asked::UdpPorts {
        list: UdpList::All.as_str().to_owned(),
    };
    let run = with(None, vec![item]);
    let result = of(&judge_by(&run, "iot-thorough"), UDP).clone();
    (run, result)
}

#[test]
fn all_ports_are_told_apart_as_a_list_is() {
    let closed = |first, last| span(first, last, PortState::Closed, PortProof::Refused);
    let unproven = span(9, 9999, PortState::Unproven, PortProof::NoAnswer);
    for (spans, verdict, reasons, words) in [
        (
            vec![closed(1, 65535)],
            Verdict::Pass,
            vec![],
            "65535 of 65535 UDP ports were asked, 65535 refused",
        ),
        (
            vec![closed(1, 8), unproven, closed(10_000, 65535)],
            Verdict::Inconclusive,
            vec![Reason::PortsUnproven],
            "UDP port 9-9999 of 127.77.1.10 could be shown neither open nor closed nor silent in the time that there was: most devices",
        ),
        (
            vec![
                closed(1, 8),
                span(9, 10, PortState::Silent, PortProof::NoAnswer),
                closed(11, 65535),
            ],
            Verdict::Inconclusive,
            vec![Reason::UdpPortsSilent],
            "UDP port 9-10 of",
        ),
        (
            vec![closed(1, 1000)],
            Verdict::Inconclusive,
            vec![Reason::PortsUnproven],
            "UDP port 1001-65535 of",
        ),
        (
            vec![
                closed(1, 40_000),
                span(40_001, 40_001, PortState::Open, PortProof::Answered),
                closed(40_002, 65535),
            ],
            Verdict::Fail,
            vec![],
            "UDP port 40001 of",
        ),
    ] {
        let (_, result) = thorough(spans);
        assert_eq!((result.verdict, result.reasons), (verdict, reasons));
        assert!(result.rationale.contains(words), "{}", result.rationale);
    }
}

#[test]
fn a_device_that_answers_everywhere_fails_in_one_sentence() {
    let (run, result) = thorough(vec![span(1, 65535, PortState::Open, PortProof::Answered)]);
    assert_eq!(codes(&result), ["undeclared-udp-port"]);
    assert!(
        result.rationale.contains("65535 udp ports")
            || result.rationale.contains("65535 UDP ports"),
        "{}",
        result.rationale
    );
    // Every port alternately, so that nothing is a range.
    let spans = (1..=65535).map(|port| match port % 2 {
        0 => span(port, port, PortState::Silent, PortProof::NoAnswer),
        _ => span(port, port, PortState::Closed, PortProof::Refused),
    });
    let started = std::time::Instant::now();
    let (_, result) = thorough(spans.collect());
    assert_eq!(result.reasons, [Reason::UdpPortsSilent]);
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    let not_tried = judge_by(&run, "iot-thorough").coverage.not_tried;
    assert!(
        !not_tried.iter().any(|it| it.contains("outside the list")),
        "{not_tried:?}"
    );
}

#[test]
fn what_answers_must_be_declared_and_what_is_declared_must_answer() {
    let undeclared = with(None, vec![ledger(&[open(53)])]);
    assert_eq!(codes(&result(&undeclared, UDP)), ["undeclared-udp-port"]);
    let dns = || Some(service(Protocol::Dns, 53, AccessPolicy::Public));
    let declared = with(dns(), vec![ledger(&[open(53)])]);
    assert_eq!(result(&declared, UDP).verdict, Verdict::Pass);
    for state in [
        (53, PortState::Closed, PortProof::Refused),
        (53, PortState::Silent, PortProof::NoAnswer),
    ] {
        let gone = with(dns(), vec![ledger(&[state])]);
        let result = result(&gone, UDP);
        assert_eq!(result.reasons, [Reason::DeclaredServiceNotSeen]);
    }
    // Declared outside the list, and not asked.
    let far = with(
        Some(service(Protocol::Dns, 40_000, AccessPolicy::Public)),
        vec![ledger(&[])],
    );
    let reasons = result(&far, UDP).reasons;
    assert!(reasons.contains(&Reason::PortsUnproven), "{reasons:?}");
}

#[test]
fn udp_is_not_taken_for_tcp_nor_the_other_way_round() {
    // UDP 80 would be the port of the web server; UDP 23 a terminal.
    let items = vec![
        spans(vec![
            span(23, 23, PortState::Open, PortProof::Answered),
            span(80, 80, PortState::Open, PortProof::Answered),
        ]),
        identified(302, 80, Protocol::Telnet),
    ];
    let judged = judge(&with(None, items));
    for id in ["closed-ports", ACCESS, DEFAULTS, CLEAR, "survives-testing"] {
        assert_eq!(of(&judged, id).verdict, Verdict::Pass, "{id}");
    }
    let ports = &judged.coverage.ports;
    assert_eq!(
        ports.iter().map(|it| it.transport).collect::<Vec<_>>(),
        [Transport::Tcp, Transport::Udp]
    );
    let found = of(&judged, UDP)
        .findings
        .iter()
        .filter_map(|it| it.subject.port);
    assert_eq!(found.collect::<Vec<_>>(), [23, 80]);
}

/// A CoAP service at 5683 with these answers after its list.
fn coap(access: Option<AccessPolicy>, reads: &[(&str, Result<AccessOutcome, Absence>)]) -> Run {
    let mut items = vec![
        ledger(&[open(5683)]),
        identified(302, 5683, Protocol::Coap),
        get(303, "/.well-known/core", Ok(AccessOutcome::Served)),
    ];
    items.extend(
        (304..)
            .zip(reads)
            .map(|(id, (path, outcome))| get(id, path, *outcome)),
    );
    with(
        access.map(|access| service(Protocol::Coap, 5683, access)),
        items,
    )
}

#[test]
fn a_list_of_resources_is_no_data_and_a_resource_is() {
    use AccessOutcome::{Refused, Served};
    let refuses = coap(
        Some(AccessPolicy::Login),
        &[("/a", Ok(Refused)), ("/b", Ok(Refused))],
    );
    assert_eq!(result(&refuses, ACCESS).verdict, Verdict::Pass);
    assert_eq!(result(&refuses, DEFAULTS).verdict, Verdict::Pass);
    assert_eq!(codes(&result(&refuses, CLEAR)), ["cleartext-coap"]);
    for access in [None, Some(AccessPolicy::Login)] {
        let serves = coap(access, &[("/a", Ok(Refused)), ("/b", Ok(Served))]);
        let result = self::result(&serves, ACCESS);
        assert_eq!(codes(&result), ["open-coap-resource"]);
        assert!(
            result.rationale.contains("serves /b without"),
            "{}",
            result.rationale
        );
        assert_eq!(
            self::result(&serves, DEFAULTS).reasons,
            [Reason::NoLoginToTest]
        );
    }
    let public = coap(Some(AccessPolicy::Public), &[("/a", Ok(Served))]);
    assert_eq!(result(&public, ACCESS).verdict, Verdict::Pass);
    assert_eq!(result(&public, DEFAULTS).verdict, Verdict::Pass);
    assert_eq!(codes(&result(&public, CLEAR)), ["cleartext-coap"]);
}

#[test]
fn a_protected_list_is_data() {
    let mut run = coap(Some(AccessPolicy::Login), &[]);
    let service = run.device.services.last_mut().unwrap();
    service.paths = vec!["/.well-known/core".to_owned()];
    assert_eq!(codes(&result(&run, ACCESS)), ["open-coap-resource"]);
}

#[test]
fn coap_that_does_not_tell_is_inconclusive() {
    use AccessOutcome::{NotFound, Refused, Unclear};
    for (reads, reason) in [
        (vec![], Reason::NoEvidence),
        (vec![("/", Ok(NotFound))], Reason::AnswerUnclear),
        (
            vec![("/a", Ok(Refused)), ("/b", Ok(Unclear))],
            Reason::AnswerUnclear,
        ),
        (
            vec![("/a", Ok(Refused)), ("/b", Err(Absence::NoAnswer))],
            Reason::NoAnswer,
        ),
        (vec![("/a", Err(Absence::Aborted))], Reason::Aborted),
    ] {
        let run = coap(Some(AccessPolicy::Login), &reads);
        for id in [ACCESS, DEFAULTS] {
            let result = result(&run, id);
            assert_eq!(
                (result.verdict, &result.reasons[..]),
                (Verdict::Inconclusive, &[reason][..])
            );
        }
    }
}

#[test]
fn a_declared_login_over_udp_that_was_not_tested_is_a_gap() {
    let snmp = || Some(service(Protocol::Snmp, 161, AccessPolicy::Login));
    let answers = || vec![ledger(&[open(161)]), identified(302, 161, Protocol::Snmp)];
    for (run, reason) in [
        (with(snmp(), answers()), Reason::LoginNotTestable),
        (
            with(snmp(), vec![ledger(&[])]),
            Reason::DeclaredServiceNotSeen,
        ),
        (with(snmp(), vec![]), Reason::NoEvidence),
    ] {
        for id in [ACCESS, DEFAULTS, CLEAR] {
            let result = result(&run, id);
            assert_eq!(
                (result.verdict, &result.reasons[..]),
                (Verdict::Inconclusive, &[reason][..])
            );
        }
    }
    let public = with(
        Some(service(Protocol::Snmp, 161, AccessPolicy::Public)),
        answers(),
    );
    assert_eq!(result(&public, ACCESS).verdict, Verdict::Pass);
}
