//! Judging as a pure function: small runs made by hand, each one step away from a conformant one.

use jiff::Timestamp;
use proofmark::certificate::{
    Certificate, ConformityOutcome, IdentityState, Judging, assess, issue,
};
use proofmark::dut::{
    AccessPolicy, Authority, DeclaredService, DeclaredTls, Device, LoginLimits, Owner, Secret,
    Unit, UnitState,
};
use proofmark::evidence::{
    Absence, Evidence, Outcome, RUN_FORMAT, Run, RunInfo, RunSettings, RunState, Target, ToolInfo,
};
use proofmark::observation::{
    AccessOutcome, AccessReply, AccessStep, Account, Alive, Asked, Engine, Identity, Mechanism,
    Moment, Observation, PortLedger, PortProof, PortSpan, PortState, Protocol, Reach, ReachAnswer,
    Recheck, Service, Sweep, Transport,
};
use proofmark::profile::{self, candidates};
use proofmark::verdict::{Reason, Verdict};

mod transport;

const ADDRESS: &str = "127.77.1.10";

/// The evidence that every good verdict of the conformant run rests on: all but e0001, because the sweep
/// shows that somebody is there.
const NEEDED: [u32; 12] = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13];

fn time() -> Timestamp {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

fn device() -> Device {
    Device {
        manufacturer: "Acme".to_owned(),
        model: "Hub".to_owned(),
        firmware: Some("1.0".to_owned()),
        kind: None,
        support_until: None,
        vulnerability_policy: None,
        units: vec![Unit {
            id: "a".to_owned(),
            serial: None,
            addresses: vec![ADDRESS.parse().unwrap()],
            mac: None,
            state: UnitState::Initialised,
            disposable: false,
            label: None,
        }],
        services: vec![DeclaredService {
            id: "web".to_owned(),
            transport: Transport::Tcp,
            port: 80,
            protocol: Protocol::Http,
            purpose: "settings".to_owned(),
            access: AccessPolicy::Login,
            login: LoginLimits::default(),
            owner: Some(Owner {
                mechanism: Mechanism::HttpBasic,
                username: "owner".to_owned(),
                password: Secret::new("owner-web", "x"),
                path: Some("/".to_owned()),
                allow_cleartext: true,
            }),
            tls: Some(DeclaredTls {
                ca: Some(Authority {
                    file: "ca.pem".to_owned(),
                    certificates: vec![],
                }),
                names: vec!["hub.local".to_owned()],
            }),
        }],
        identity: None,
        connections: vec![],
        update: None,
    }
}

pub(crate) fn evidence(
    id: u32,
    probe: &str,
    port: Option<u16>,
    asked: Asked,
    outcome: Outcome,
) -> Evidence {
    Evidence {
        id: format!("e{id:04}"),
        probe: probe.to_owned(),
        unit: "a".to_owned(),
        target: Target {
            address: ADDRESS.to_owned(),
            transport: port.map(|_| Transport::Tcp),
            port,
        },
        asked,
        started_at: time(),
        observed_at: time(),
        outcome,
        blobs: vec![],
    }
}

pub(crate) fn seen(observation: Observation) -> Outcome {
    Outcome::Observed {
        observations: vec![observation],
    }
}

pub(crate) fn gone(reason: Absence) -> Outcome {
    Outcome::Absent {
        reason,
        detail: "it said nothing".to_owned(),
    }
}

pub(crate) fn span(first: u16, last: u16, state: PortState, proof: PortProof) -> PortSpan {
    PortSpan {
        first,
        last,
        state,
        proof,
        asked: 3,
    }
}

pub(crate) fn ledger(spans: Vec<PortSpan>) -> Observation {
    let open = spans.iter().filter(|span| span.state == PortState::Open);
    let rechecks = open
        .flat_map(|span| span.first..=span.last)
        .map(|port| Recheck {
            port,
            state: PortState::Open,
            proof: PortProof::Accepted,
        })
        .collect();
    Observation::PortLedger(PortLedger {
        engine: Engine::Connect,
        spans,
        rechecks,
        sweep: Sweep {
            seed: 1,
            rounds: 1,
            probes: 65_535,
            canary: Some(80),
            canaries_sent: 10,
            canaries_lost: 0,
            rate_start: 500.0,
            rate_peak: 500.0,
            rate_end: 500.0,
            rate_ceiling: 500.0,
            timeout_seconds: 0.9,
            seconds: 1.0,
        },
    })
}

pub(crate) fn only_80() -> Vec<PortSpan> {
    vec![
        span(1, 79, PortState::Closed, PortProof::Refused),
        span(80, 80, PortState::Open, PortProof::Accepted),
        span(81, 65_535, PortState::Closed, PortProof::Refused),
    ]
}

fn access(
    id: u32,
    step: AccessStep,
    account: Option<(&str, &str)>,
    outcome: AccessOutcome,
) -> Evidence {
    access_at(id, id * 100, step, account, outcome)
}

fn access_at(
    id: u32,
    sequence: u32,
    step: AccessStep,
    account: Option<(&str, &str)>,
    outcome: AccessOutcome,
) -> Evidence {
    let account = account.map(|(username, password)| Account {
        username: username.to_owned(),
        password: password.to_owned(),
    });
    let asked = Asked::Access {
        mechanism: Mechanism::HttpBasic,
        path: Some("/".to_owned()),
        step,
        sequence,
        account,
        encrypted: true,
    };
    let reply = Observation::Access(AccessReply {
        outcome,
        detail: format!("{outcome:?}"),
        status: None,
        schemes: vec!["basic".to_owned()],
        location: None,
        content_sha256: None,
        content_length: None,
        title: None,
    });
    evidence(id, "access", Some(80), asked, seen(reply))
}

fn identity(id: u32, moment: Moment, server: &str) -> Evidence {
    let observation = Observation::Identity(Identity {
        firmware: None,
        mac: None,
        fingerprints: [("tcp/80/server".to_owned(), server.to_owned())].into(),
    });
    evidence(
        id,
        "identity",
        None,
        Asked::Identity { moment },
        seen(observation),
    )
}

fn heartbeat(id: u32, last: bool, outcome: Outcome) -> Evidence {
    let asked = Asked::Heartbeat {
        during: "login attempts at port 80".to_owned(),
        since: vec![],
        last,
    };
    evidence(id, "heartbeat", None, asked, outcome)
}

fn alive(accepted: &[u16], lost: &[u16]) -> Outcome {
    seen(Observation::Alive(Alive {
        accepted: accepted.to_vec(),
        lost: lost.to_vec(),
        interrupted: false,
        seconds: 0.0,
    }))
}

/// The evidence of a run that passes everything.
pub(crate) fn conformant() -> Vec<Evidence> {
    use AccessOutcome::{Refused, Served};
    let reach = Observation::Reach(Reach {
        asked: vec![ReachAnswer {
            port: 80,
            state: PortState::Open,
            proof: PortProof::Accepted,
        }],
    });
    let service = Observation::Service(Service {
        protocol: Protocol::Http,
        tls: true,
        product: None,
        spoke_after: Some("http-get".to_owned()),
        first_bytes: "HTTP/1.1 401".to_owned(),
    });
    let sweep = Asked::PortSweep {
        first: 1,
        last: 65_535,
    };
    let core = vec![
        evidence(1, "reach", None, Asked::Reach, seen(reach)),
        identity(2, Moment::Start, "httpd"),
        evidence(3, "ports", None, sweep, seen(ledger(only_80()))),
        evidence(4, "identify", Some(80), Asked::Identify, seen(service)),
        access(
            5,
            AccessStep::OwnerFirst,
            Some(("owner", "{{secret:owner-web}}")),
            Served,
        ),
        access(6, AccessStep::Anonymous, None, Refused),
        access(7, AccessStep::RandomAccount, Some(("r1", "r2")), Refused),
        access(
            8,
            AccessStep::RandomPassword,
            Some(("admin", "r3")),
            Refused,
        ),
        access(9, AccessStep::Candidate, Some(("admin", "admin")), Refused),
        access(
            10,
            AccessStep::OwnerLast,
            Some(("owner", "{{secret:owner-web}}")),
            Served,
        ),
        identity(11, Moment::End, "httpd"),
        heartbeat(12, true, alive(&[80], &[])),
        transport::tls(13, transport::good()),
    ];
    core.into_iter()
        .chain(other_candidates())
        .chain(owner_controls())
        .collect()
}

/// The rest of the list after admin/admin, which is e0009: e0101 and on, tried between e0009 and e0010.
fn other_candidates() -> Vec<Evidence> {
    (1..)
        .zip(&candidates()[1..])
        .map(|(n, one)| {
            let account = Some((one.username.as_str(), one.password.as_str()));
            let (step, outcome) = (AccessStep::Candidate, AccessOutcome::Refused);
            access_at(100 + n, 900 + n, step, account, outcome)
        })
        .collect()
}

/// As many failures of the owner's as `admin` saw: e0201 and on.
fn owner_controls() -> Vec<Evidence> {
    let admin = candidates()
        .iter()
        .filter(|one| one.username.eq_ignore_ascii_case("admin"));
    (0..=u32::try_from(admin.count()).unwrap())
        .map(|n| {
            let (step, outcome) = (AccessStep::OwnerControl, AccessOutcome::Refused);
            access_at(201 + n, 970 + n, step, Some(("owner", "random")), outcome)
        })
        .collect()
}

pub(crate) fn run(evidence: Vec<Evidence>) -> Run {
    Run {
        info: RunInfo {
            format: RUN_FORMAT.to_owned(),
            state: RunState::Complete,
            aborted_because: None,
            tool: ToolInfo {
                name: "proofmark".to_owned(),
                version: "0.0.0".to_owned(),
            },
            started_at: time(),
            ended_at: Some(time()),
            settings: RunSettings {
                max_rate: 1000,
                login_attempts_per_minute: 5,
                candidates_sha256: "0".repeat(64),
                allow_public: false,
                deadline_seconds: 3600,
                selected: vec![],
                remarks: vec![],
            },
            secrets: Default::default(),
            digests: Default::default(),
        },
        sha256: "0".repeat(64),
        device: device(),
        profile_text: String::new(),
        evidence,
        remarks: vec![],
    }
}

pub(crate) fn judge(run: &Run) -> Certificate {
    let (id, text) = profile::shipped()[0];
    let profile = profile::parse(text, id).unwrap();
    issue(&Judging {
        run,
        profile: &profile,
        judged_at: time(),
        assess,
    })
}

pub(crate) fn of<'c>(
    certificate: &'c Certificate,
    id: &str,
) -> &'c proofmark::certificate::RequirementResult {
    certificate
        .requirements
        .iter()
        .find(|requirement| requirement.id == id)
        .unwrap()
}

/// Replaces a piece of evidence of the conformant run.
pub(crate) fn with(id: u32, replacement: Evidence) -> Vec<Evidence> {
    let mut all = conformant();
    let index = usize::try_from(id).unwrap() - 1;
    all[index] = replacement;
    all
}

#[test]
fn the_run_that_the_others_are_one_step_away_from_is_conformant() {
    let certificate = judge(&run(conformant()));
    assert_eq!(
        certificate.outcome,
        ConformityOutcome::Conformant,
        "{}",
        certificate.statement
    );
    assert!(
        certificate
            .statement
            .contains("not a certification by a body")
    );
}

#[test]
fn no_evidence_at_all_decides_nothing() {
    let certificate = judge(&run(vec![]));
    assert_eq!(certificate.outcome, ConformityOutcome::NotCertifiable);
    for requirement in &certificate.requirements {
        assert_eq!(
            requirement.verdict,
            Verdict::Inconclusive,
            "{}",
            requirement.id
        );
        assert!(
            requirement.reasons.contains(&Reason::NoEvidence),
            "{}",
            requirement.id
        );
    }
}

#[test]
fn every_piece_of_evidence_is_needed() {
    let needless = ["e0001"];
    for index in 0..conformant().len() {
        let mut all = conformant();
        let left_out = all.remove(index);
        let conformant = judge(&run(all)).outcome == ConformityOutcome::Conformant;
        let expected = needless.contains(&left_out.id.as_str());
        assert_eq!(conformant, expected, "without {}", left_out.id);
    }
}

#[test]
fn attempts_in_another_order_prove_nothing() {
    let mut all = conformant();
    for (id, sequence) in [(5, 950), (10, 960)] {
        if let Asked::Access { sequence: slot, .. } = &mut all[id - 1].asked {
            *slot = sequence;
        }
    }
    let certificate = judge(&run(all));
    assert_eq!(
        of(&certificate, "no-default-credentials").verdict,
        Verdict::Inconclusive
    );
}

#[test]
fn a_candidate_that_is_not_on_the_list_counts_for_nothing() {
    let stranger = access(
        9,
        AccessStep::Candidate,
        Some(("nobody", "nothing")),
        AccessOutcome::Refused,
    );
    let certificate = judge(&run(with(9, stranger)));
    let result = of(&certificate, "no-default-credentials");
    assert_eq!(result.reasons, [Reason::CandidatesNotTried]);
}

#[test]
fn an_empty_ledger_and_a_unit_without_addresses_show_nothing() {
    let sweep = || Asked::PortSweep {
        first: 1,
        last: 65_535,
    };
    let empty = evidence(3, "ports", None, sweep(), seen(ledger(vec![])));
    let certificate = judge(&run(with(3, empty)));
    assert_eq!(
        of(&certificate, "closed-ports").verdict,
        Verdict::Inconclusive
    );
    let mut run = run(conformant());
    run.device.units[0].addresses.clear();
    assert_eq!(
        of(&judge(&run), "closed-ports").verdict,
        Verdict::Inconclusive
    );
}

#[test]
fn a_page_for_wrong_credentials_is_not_taken_for_the_owners() {
    let page = |id, step, account, content: &str| {
        let mut item = access(id, step, account, AccessOutcome::Served);
        if let Outcome::Observed { observations } = &mut item.outcome
            && let Observation::Access(reply) = &mut observations[0]
        {
            reply.content_sha256 = Some(content.to_owned());
        }
        item
    };
    let mut all = conformant();
    all[4] = page(5, AccessStep::OwnerFirst, Some(("owner", "x")), "settings");
    all[6] = page(
        7,
        AccessStep::RandomAccount,
        Some(("r1", "r2")),
        "wrong password",
    );
    let unclear = judge(&run(all.clone()));
    let result = of(&unclear, "no-unauthenticated-access");
    assert_eq!(
        result.verdict,
        Verdict::Inconclusive,
        "{}",
        result.rationale
    );
    all[6] = page(7, AccessStep::RandomAccount, Some(("r1", "r2")), "settings");
    let open = judge(&run(all));
    assert_eq!(
        of(&open, "no-unauthenticated-access").verdict,
        Verdict::Fail
    );
}

#[test]
fn an_attempt_without_an_answer_never_helps() {
    for id in NEEDED {
        let mut all = conformant();
        let index = usize::try_from(id).unwrap() - 1;
        all[index].outcome = gone(Absence::NoAnswer);
        let certificate = judge(&run(all));
        assert_ne!(
            certificate.outcome,
            ConformityOutcome::Conformant,
            "e{id:04} unanswered"
        );
    }
}

#[test]
fn an_undeclared_port_fails_even_where_others_are_unproven() {
    let spans = vec![
        span(1, 22, PortState::Unproven, PortProof::NoAnswer),
        span(23, 23, PortState::Open, PortProof::Accepted),
        span(24, 79, PortState::Closed, PortProof::Refused),
        span(80, 80, PortState::Open, PortProof::Accepted),
        span(81, 65_535, PortState::Closed, PortProof::Refused),
    ];
    let sweep = Asked::PortSweep {
        first: 1,
        last: 65_535,
    };
    let certificate = judge(&run(with(
        3,
        evidence(3, "ports", None, sweep, seen(ledger(spans))),
    )));
    let closed = of(&certificate, "closed-ports");
    assert_eq!(closed.verdict, Verdict::Fail);
    assert_eq!(closed.findings[0].subject.port, Some(23));
    assert_eq!(
        of(&certificate, "no-default-credentials").verdict,
        Verdict::Inconclusive
    );
}

#[test]
fn one_unproven_port_withholds_the_pass() {
    let mut spans = only_80();
    spans[2] = span(81, 65_534, PortState::Closed, PortProof::Refused);
    spans.push(span(
        65_535,
        65_535,
        PortState::Unproven,
        PortProof::Unreachable,
    ));
    let sweep = Asked::PortSweep {
        first: 1,
        last: 65_535,
    };
    let certificate = judge(&run(with(
        3,
        evidence(3, "ports", None, sweep, seen(ledger(spans))),
    )));
    let closed = of(&certificate, "closed-ports");
    assert_eq!(
        (closed.verdict, closed.reasons.as_slice()),
        (Verdict::Inconclusive, [Reason::PortsUnproven].as_slice())
    );
}

#[test]
fn a_narrow_sweep_is_no_sweep() {
    let spans = vec![
        span(1, 79, PortState::Closed, PortProof::Refused),
        span(80, 80, PortState::Open, PortProof::Accepted),
        span(81, 1024, PortState::Closed, PortProof::Refused),
    ];
    let sweep = Asked::PortSweep {
        first: 1,
        last: 1024,
    };
    let certificate = judge(&run(with(
        3,
        evidence(3, "ports", None, sweep, seen(ledger(spans))),
    )));
    assert_eq!(
        of(&certificate, "closed-ports").verdict,
        Verdict::Inconclusive
    );
}

#[test]
fn a_default_credential_needs_its_controls() {
    use AccessOutcome::{Refused, Served};
    let admin = Some(("admin", "admin"));
    let mut all = with(9, access(9, AccessStep::Candidate, admin, Served));
    let alone = judge(&run(all.clone()));
    assert_eq!(
        of(&alone, "no-default-credentials").verdict,
        Verdict::Inconclusive
    );

    all.push(access(20, AccessStep::CandidateAgain, admin, Served));
    all.push(access(
        21,
        AccessStep::CandidateControl,
        Some(("admin", "r9")),
        Refused,
    ));
    let confirmed = judge(&run(all.clone()));
    let result = of(&confirmed, "no-default-credentials");
    assert_eq!(result.verdict, Verdict::Fail);
    assert!(result.rationale.contains("`admin`"), "{}", result.rationale);

    all.pop();
    all.push(access(
        21,
        AccessStep::CandidateControl,
        Some(("admin", "r9")),
        Served,
    ));
    let anything = judge(&run(all));
    assert_eq!(
        of(&anything, "no-default-credentials").verdict,
        Verdict::Inconclusive
    );
    assert_eq!(
        of(&anything, "no-unauthenticated-access").verdict,
        Verdict::Inconclusive,
        "a page for wrong credentials may be served, too"
    );
}

#[test]
fn a_throttle_withholds_the_pass() {
    let throttled = access(
        9,
        AccessStep::Candidate,
        Some(("admin", "admin")),
        AccessOutcome::Throttled,
    );
    let certificate = judge(&run(with(9, throttled)));
    let result = of(&certificate, "no-default-credentials");
    assert_eq!(result.verdict, Verdict::Inconclusive);
    assert!(result.reasons.contains(&Reason::LoginThrottled));
}

#[test]
fn a_lost_unit_decides_nothing_and_what_was_in_flight_is_named() {
    let certificate = judge(&run(with(12, heartbeat(12, true, gone(Absence::NoAnswer)))));
    for requirement in &certificate.requirements {
        assert_eq!(
            requirement.verdict,
            Verdict::Inconclusive,
            "{}",
            requirement.id
        );
        assert!(
            requirement.reasons.contains(&Reason::DeviceLost),
            "{}",
            requirement.id
        );
        assert!(
            requirement
                .gaps
                .iter()
                .any(|gap| gap.message.contains("login attempts at port 80"))
        );
    }
}

#[test]
fn a_service_that_died_alone_is_a_finding() {
    let certificate = judge(&run(with(12, heartbeat(12, true, alive(&[80], &[81])))));
    let result = of(&certificate, "survives-testing");
    assert_eq!(result.verdict, Verdict::Fail);
    assert_eq!(result.findings[0].code, "service-lost");
}

#[test]
fn another_device_at_the_end_is_not_certifiable() {
    let certificate = judge(&run(with(11, identity(11, Moment::End, "other"))));
    assert_eq!(certificate.identity.state, IdentityState::Differs);
    assert_eq!(certificate.outcome, ConformityOutcome::NotCertifiable);
}

#[test]
fn a_stopped_run_decides_nothing_that_is_good() {
    let mut run = run(conformant());
    run.info.state = RunState::Running;
    let certificate = judge(&run);
    assert_eq!(certificate.outcome, ConformityOutcome::NotCertifiable);
    assert!(
        certificate
            .requirements
            .iter()
            .all(|r| r.reasons.contains(&Reason::Aborted))
    );
}

#[test]
fn what_was_not_selected_is_not_passed() {
    let mut run = run(conformant());
    run.info.settings.selected = vec!["closed-ports".to_owned()];
    let certificate = judge(&run);
    assert_eq!(of(&certificate, "closed-ports").verdict, Verdict::Pass);
    assert_eq!(
        of(&certificate, "survives-testing").reasons,
        [Reason::NotSelected]
    );
    assert_eq!(certificate.outcome, ConformityOutcome::NotCertifiable);
}

#[test]
fn not_applicable_only_by_statement() {
    let public = || {
        let mut run = run(conformant());
        run.device.services[0].access = AccessPolicy::Public;
        run.device.services[0].owner = None;
        run.evidence.retain(|item| match &item.asked {
            Asked::Access { step, .. } => *step == AccessStep::Anonymous,
            _ => true,
        });
        run.evidence[4] = access(6, AccessStep::Anonymous, None, AccessOutcome::Served);
        run
    };
    let certificate = judge(&public());
    let result = of(&certificate, "no-default-credentials");
    assert_eq!(
        result.verdict,
        Verdict::NotApplicable,
        "{}",
        result.rationale
    );
    assert!(
        result
            .declared_by
            .as_ref()
            .is_some_and(|whose| whose.starts_with("Acme"))
    );

    // The statement is contradicted: a login is there after all.
    let mut contradicted = public();
    contradicted.evidence[4] = access(6, AccessStep::Anonymous, None, AccessOutcome::Refused);
    let certificate = judge(&contradicted);
    assert_eq!(
        of(&certificate, "no-default-credentials").verdict,
        Verdict::Inconclusive
    );
}

#[test]
fn a_unit_in_another_state_is_not_judged() {
    let mut run = run(conformant());
    run.device.units[0].state = UnitState::Factory;
    let certificate = judge(&run);
    assert_eq!(certificate.outcome, ConformityOutcome::NotCertifiable);
    assert!(
        of(&certificate, "closed-ports")
            .reasons
            .contains(&Reason::NoUnitInState)
    );
}

#[test]
fn judging_is_a_function() {
    let run = run(conformant());
    assert_eq!(judge(&run), judge(&run));
}

#[test]
fn counts_add_up() {
    let certificate = judge(&run(conformant()));
    for ports in &certificate.coverage.ports {
        assert_eq!(
            ports.open + ports.closed + ports.silent + ports.unproven + ports.excluded,
            ports.total
        );
        assert_eq!(ports.total, 65_535);
    }
}
