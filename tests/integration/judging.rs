//! Judging as a pure function: small runs made by hand, each one step away from a conformant one.

use proofmark::certificate::{ConformityOutcome, IdentityState};
use proofmark::dut::{AccessPolicy, UnitState};
use proofmark::evidence::{Absence, Outcome, RunState};
use proofmark::observation::{
    AccessOutcome, AccessStep, Asked, Moment, Observation, PortProof, PortState, Transport,
};
use proofmark::verdict::{Reason, Verdict};

mod broker;
mod debug;
mod disclosure;
mod on_link;
mod seen;
mod ssh;
pub(crate) mod transport;
mod twin;
pub(crate) mod udp;
mod unshaken;
pub(crate) mod updates;
mod weak_keys;

use crate::bench::*;

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
    // What an audit shows decides a requirement that is only recommended.
    let needless = ["e0001", "e0015"];
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
        let all = match ports.transport {
            Transport::Tcp => 65_535,
            Transport::Udp => 50,
        };
        assert_eq!(ports.total, all);
    }
}
