//! What certificates hold for their pictures: the run in time, and what protects each service.

use super::transport::{audit, beside_ftp, good, tls};
use crate::bench::*;
use proofmark::certificate::*;
use proofmark::evidence::*;
use proofmark::observation::*;

/// Evidence that began and ended so many milliseconds after the beginning of the run.
fn at(mut item: Evidence, from: i64, until: i64) -> Evidence {
    let after = |milliseconds| time() + jiff::SignedDuration::from_millis(milliseconds);
    (item.started_at, item.observed_at) = (after(from), after(until));
    item
}

/// A run that lasted so many milliseconds.
fn lasting(evidence: Vec<Evidence>, milliseconds: i64) -> Run {
    let mut run = run(evidence);
    run.info.ended_at = Some(time() + jiff::SignedDuration::from_millis(milliseconds));
    run
}

fn identified(port: u16) -> Evidence {
    let service = Service {
        protocol: Protocol::Http,
        tls: false,
        also_in_clear: false,
        product: None,
        spoke_after: None,
        first_bytes: String::new(),
    };
    let fact = Observation::Service(service);
    evidence(
        u32::from(port),
        "identify",
        Some(port),
        Asked::Identify,
        seen(fact),
    )
}

fn timeline_of(run: &Run) -> UnitTimeline {
    judge(run).timeline.remove(0)
}

fn stages(timeline: &UnitTimeline) -> Vec<(Stage, u64, u64, u32, u32)> {
    let stages = timeline.stages.iter();
    stages
        .map(|it| (it.stage, it.from, it.until, it.attempts, it.unanswered))
        .collect()
}

fn beats(timeline: &UnitTimeline) -> Vec<(Health, u64, u64, u32)> {
    let health = timeline.health.iter();
    health
        .map(|it| (it.state, it.from, it.until, it.heartbeats))
        .collect()
}

#[test]
fn attempts_of_a_stage_are_one_span_with_their_heartbeats_beside_it() {
    let reach = conformant().remove(0);
    let mut nobody = identified(443);
    nobody.outcome = gone(Absence::NoAnswer);
    let all = vec![
        at(reach.clone(), 5, 10),
        at(identified(80), 20, 30),
        at(heartbeat(2, false, alive(&[80], &[])), 31, 32),
        at(nobody, 40, 950),
        at(heartbeat(3, false, alive(&[80], &[])), 1000, 1001),
        at(heartbeat(4, false, alive(&[80], &[])), 1002, 1003),
        at(reach, 1010, 1020),
    ];
    let timeline = timeline_of(&lasting(all, 1440));
    let expected = [
        (Stage::Reach, 5, 10, 1, 0),
        (Stage::Identification, 20, 950, 2, 1),
        (Stage::Reach, 1010, 1020, 1, 0),
    ];
    assert_eq!(stages(&timeline), expected);
    // No picture tells 1001 from 1002 in a run of 1440.
    let expected = [
        (Health::Answered, 31, 32, 1),
        (Health::Answered, 1000, 1003, 2),
    ];
    assert_eq!(beats(&timeline), expected);
}

#[test]
fn how_the_device_was_is_told_apart() {
    let mut back = heartbeat(2, false, alive(&[80], &[]));
    if let Outcome::Observed { observations } = &mut back.outcome
        && let [Observation::Alive(alive)] = observations.as_mut_slice()
    {
        alive.interrupted = true;
    }
    let all = vec![
        at(heartbeat(1, false, alive(&[80], &[])), 0, 1),
        at(back, 10, 40),
        at(heartbeat(3, false, alive(&[80], &[443])), 50, 60),
        at(heartbeat(4, false, gone(Absence::NoAnswer)), 70, 90),
        at(heartbeat(5, false, gone(Absence::Aborted)), 95, 96),
    ];
    let timeline = timeline_of(&lasting(all, 100));
    let expected = [
        (Health::Answered, 0, 1, 1),
        (Health::CameBack, 10, 40, 1),
        (Health::PortsLost, 50, 60, 1),
        (Health::Unanswered, 70, 90, 1),
        (Health::NotAsked, 95, 96, 1),
    ];
    assert_eq!(beats(&timeline), expected);
    let after: Vec<_> = timeline
        .health
        .iter()
        .map(|it| it.after.as_deref())
        .collect();
    let words = Some("127.77.1.10, after login attempts at port 80");
    assert_eq!(after, [None, words, words, words, words]);
}

#[test]
fn a_long_run_and_a_clock_that_was_set_back_stay_in_bounds() {
    let beat = |n: u32| {
        let outcome = match n % 2 {
            0 => alive(&[80], &[]),
            _ => gone(Absence::NoAnswer),
        };
        at(
            heartbeat(n, false, outcome),
            i64::from(n) * 100,
            i64::from(n) * 100 + 1,
        )
    };
    let mut all: Vec<Evidence> = (0..1000).map(beat).collect();
    let reach = conformant().remove(0);
    all.extend((0..200).map(|n| match n % 2 {
        0 => at(reach.clone(), n * 100, n * 100 + 50),
        _ => at(identified(80), n * 100, n * 100 + 50),
    }));
    let timeline = timeline_of(&lasting(all, 100_000));
    let expected = [
        (Stage::Reach, 0, 19_850, 100, 0),
        (Stage::Identification, 100, 19_950, 100, 0),
    ];
    assert_eq!(
        stages(&timeline),
        expected,
        "what there is too much of is told as a whole"
    );
    assert_eq!((timeline.health.len(), timeline.left_out), (256, 744));
    let early = vec![at(reach.clone(), -5000, -4000), at(reach, 10, -10)];
    assert_eq!(
        stages(&timeline_of(&lasting(early, 100))),
        [(Stage::Reach, 0, 10, 2, 0)]
    );
}

#[test]
fn a_run_that_was_killed_ends_with_its_last_evidence() {
    let mut run = run(vec![
        at(heartbeat(1, false, alive(&[80], &[])), 0, 1),
        at(heartbeat(2, false, alive(&[80], &[])), 89_800, 89_801),
        at(heartbeat(3, false, alive(&[80], &[])), 90_000, 90_001),
    ]);
    (run.info.state, run.info.ended_at) = (RunState::Running, None);
    // Close together, in a run of 90 seconds.
    let expected = [
        (Health::Answered, 0, 1, 1),
        (Health::Answered, 89_800, 90_001, 2),
    ];
    assert_eq!(beats(&timeline_of(&run)), expected);
}

#[test]
fn what_was_asked_for_nothing_takes_no_time() {
    assert!(judge(&run(vec![])).timeline.is_empty());
}

fn seen_of(change: impl FnOnce(&mut Tls)) -> SeenTls {
    let mut observation = good();
    change(&mut observation);
    let certificate = judge(&run(without_audits(with(13, tls(13, observation)))));
    let [service] = certificate.protection.as_slice() else {
        panic!("{:?}", certificate.protection)
    };
    assert_eq!((service.port, service.carried), (80, Carried::Tls));
    assert_eq!(service.protocol, "http in TLS");
    service.tls.clone().unwrap()
}

fn answers(seen: &SeenTls) -> Vec<(&str, VersionAnswer)> {
    let versions = seen.versions.iter();
    versions
        .map(|it| (it.version.as_str(), it.answer))
        .collect()
}

#[test]
fn each_version_of_tls_is_taken_refused_or_unclear() {
    use VersionAnswer::{Refused, Taken, Unclear};
    let expected = [
        ("TLS 1.0", Refused),
        ("TLS 1.1", Refused),
        ("TLS 1.2", Taken),
        ("TLS 1.3", Taken),
    ];
    assert_eq!(answers(&seen_of(|_| {})), expected);
    let accepted = |selected| OfferAnswer::Accepted {
        selected,
        suite: "0xc02b".to_owned(),
    };
    let seen = seen_of(|tls| {
        tls.offers[0].answer = accepted(TlsVersion::Ssl30);
        tls.offers[1].answer = OfferAnswer::Unclear {
            detail: "alert 47".to_owned(),
        };
        // It chooses a lower one than what was offered.
        tls.offers[3].answer = accepted(TlsVersion::Tls12);
        tls.session = TlsSession::Failed {
            detail: "no".to_owned(),
        };
    });
    let expected = [
        ("SSL 3.0", Taken),
        ("TLS 1.0", Refused),
        ("TLS 1.1", Unclear),
        ("TLS 1.2", Taken),
        ("TLS 1.3", Refused),
    ];
    assert_eq!(answers(&seen), expected);
    assert_eq!(seen.session, None);
}

#[test]
fn what_a_certificate_says_is_shown() {
    let shown = seen_of(|tls| {
        tls.trust = TlsTrust::Failed {
            detail: "unknown issuer".to_owned(),
        };
        tls.names[0].matches = false;
    })
    .certificate
    .unwrap();
    assert_eq!(
        (
            shown.subject.as_str(),
            shown.key.as_str(),
            shown.trust,
            shown.name_matches
        ),
        ("CN=hub.local", "EC, P-256", SeenTrust::Failed, Some(false))
    );
    assert!(seen_of(|tls| tls.chain.clear()).certificate.is_none());
}

/// What of a service is shown that turns to TLS, with this audit and handshake behind STARTTLS.
fn turned(audited: Outcome, shown: Option<Tls>) -> ServiceProtection {
    let audits = vec![(80, audit(true)), (443, audited)];
    let services = beside_ftp(audits, shown).protection.into_iter();
    let mut services = services.filter(|it| it.port == 443);
    services.next().unwrap()
}

#[test]
fn what_stands_behind_starttls_is_shown_as_it_is_judged() {
    use VersionAnswer::{Refused, Taken};
    let service = turned(audit(true), Some(good()));
    assert_eq!(service.carried, Carried::TurnsToTls);
    let tls = service.tls.unwrap();
    let expected = [
        ("SSL 2.0", Refused),
        ("SSL 3.0", Refused),
        ("TLS 1.0", Refused),
        ("TLS 1.1", Refused),
        ("TLS 1.2", Taken),
        ("TLS 1.3", Taken),
    ];
    assert_eq!(answers(&tls), expected);
    assert_eq!(tls.certificate.unwrap().trust, SeenTrust::Verified);
    // Nobody made a handshake: the certificate is that of the audit, and so is it judged.
    let tls = turned(audit(true), None).tls.unwrap();
    assert_eq!(answers(&tls), expected);
    assert_eq!(tls.session, None);
    assert_eq!(tls.certificate.unwrap().subject, "CN=hub.local");
    let refused = turned(audit(false), None);
    assert_eq!((refused.carried, refused.tls), (Carried::Clear, None));
}

#[test]
fn what_a_handshake_took_is_taken_whatever_the_audit_says() {
    let mut tls = good();
    let TlsSession::Completed { version, .. } = &mut tls.session else {
        panic!("the good one comes to its end");
    };
    *version = TlsVersion::Tls11;
    let seen = turned(audit(true), Some(tls)).tls.unwrap();
    assert!(
        answers(&seen).contains(&("TLS 1.1", VersionAnswer::Taken)),
        "{:?}",
        seen.versions
    );
}

#[test]
fn a_certificate_that_only_the_audit_saw_is_the_one_that_is_shown() {
    let mut tls = good();
    tls.chain.clear();
    let seen = turned(audit(true), Some(tls)).tls.unwrap();
    assert_eq!(seen.certificate.unwrap().subject, "CN=hub.local");
}

#[test]
fn what_speaks_in_clear_or_cannot_be_told_stands_beside_it() {
    let carried_in = |mut all: Vec<Evidence>, change: fn(&mut Service)| {
        for item in &mut all {
            if let Outcome::Observed { observations } = &mut item.outcome {
                for fact in observations {
                    if let Observation::Service(service) = fact {
                        change(service);
                    }
                }
            }
        }
        let seen = judge(&run(all)).protection.remove(0);
        (seen.carried, seen.tls.is_some())
    };
    let carried = |change| carried_in(conformant(), change).0;
    assert_eq!(carried(|_| {}), Carried::Tls);
    assert_eq!(carried(|it| it.tls = false), Carried::Clear);
    assert_eq!(carried(|it| it.also_in_clear = true), Carried::TlsAndClear);
    assert_eq!(
        carried(|it| (it.tls, it.protocol) = (false, Protocol::Ssh)),
        Carried::Own
    );
    // What the audit alone shows is told; without it nothing is.
    let unknown: fn(&mut Service) = |it| (it.tls, it.protocol) = (false, Protocol::Unknown);
    let mut all = conformant();
    all.retain(|item| !matches!(item.asked, Asked::Tls { .. }));
    assert_eq!(carried_in(all.clone(), unknown), (Carried::Tls, true));
    let none = without_audits(all);
    assert_eq!(carried_in(none, unknown), (Carried::NotKnown, false));
}

#[test]
fn what_a_ledger_leaves_out_is_counted_in_blocks() {
    let mut spans: Vec<PortSpan> = (1..=1000)
        .map(|port| match port % 2 {
            0 => span(port, port, PortState::Open, PortProof::Accepted),
            _ => span(port, port, PortState::Closed, PortProof::Refused),
        })
        .collect();
    spans.push(span(1001, 65_535, PortState::Silent, PortProof::NoAnswer));
    let all = with(3, {
        let mut item = conformant().remove(2);
        item.outcome = seen(ledger(spans));
        item
    });
    let ports = judge(&run(all)).coverage.ports.remove(0);
    assert_eq!((ports.ledger.len(), ports.ledger_left_out), (256, 745));
    let sum = |number: fn(&PortBlock) -> u32| ports.ledger_blocks.iter().map(number).sum::<u32>();
    let counted = [sum(|it| it.open), sum(|it| it.closed), sum(|it| it.silent)];
    assert_eq!(counted, [372, 372, 64_535]);
    assert_eq!(ports.ledger_blocks.len(), 262);
}
