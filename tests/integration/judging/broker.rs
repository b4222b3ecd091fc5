//! Judging a broker: small runs made by hand, each one step away from one that passes.

use proofmark::dut::AccessPolicy;
use proofmark::evidence::*;
use proofmark::observation::*;
use proofmark::verdict::{Reason, Verdict};

use crate::bench::*;

/// In the version of MQTT, and with the answer of a broker that grants as told.
fn at_broker(mut item: Evidence, spoken: MqttVersion, granted: Option<u8>) -> Evidence {
    if let Asked::Access {
        mechanism,
        path,
        version,
        ..
    } = &mut item.asked
    {
        (*mechanism, *path, *version) = (Mechanism::Mqtt, None, Some(spoken));
    }
    if let Outcome::Observed { observations } = &mut item.outcome
        && let Some(Observation::Access(reply)) = observations.first_mut()
    {
        reply.schemes.clear();
        reply.mqtt = Some(MqttReply {
            connack: 0,
            subscriptions: vec![MqttSubscription {
                filter: "proofmark/x".to_owned(),
                code: granted,
            }],
            echoed: reply.outcome == AccessOutcome::Served,
            messages: 0,
            topics: vec![],
            hung_up: false,
        });
    }
    item
}

fn v3(item: Evidence) -> Evidence {
    at_broker(item, MqttVersion::V3, Some(0))
}

fn v5(item: Evidence) -> Evidence {
    at_broker(item, MqttVersion::V5, Some(0))
}

/// Places in [`sound`].
const SERVICE: usize = 3;
const ANONYMOUS: usize = 5;
const RANDOM_ACCOUNT: usize = 6;

/// The conformant run, of a broker: all of it in 3.1.1, and then all of it in 5.
fn sound() -> Vec<Evidence> {
    let mut all: Vec<Evidence> = conformant().into_iter().map(v3).collect();
    if let Outcome::Observed { observations } = &mut all[SERVICE].outcome
        && let Some(Observation::Service(service)) = observations.first_mut()
    {
        service.protocol = Protocol::Mqtt;
        service.spoke_after = Some(Service::MQTT.to_owned());
    }
    all.extend(in_5());
    all
}

/// The attempts in 5, of the same places as those in 3.1.1.
fn in_5() -> Vec<Evidence> {
    let attempts = conformant().into_iter().filter(|it| it.probe == "access");
    let again = |item: Evidence| Evidence {
        id: format!("{}-5", item.id),
        ..v5(item)
    };
    attempts.map(again).collect()
}

fn only_v3() -> Vec<Evidence> {
    let mut all = sound();
    all.truncate(all.len() - in_5().len());
    all
}

fn judged(all: Vec<Evidence>, id: &str) -> (Verdict, Vec<Reason>, Vec<String>) {
    let certificate = judge(&run(all));
    let result = of(&certificate, id);
    let codes = result.findings.iter().map(|it| it.code.clone()).collect();
    (result.verdict, result.reasons.clone(), codes)
}

#[test]
fn every_attempt_of_both_versions_is_needed() {
    let passes = |all: Vec<Evidence>| {
        let certificate = judge(&run(all));
        ["no-default-credentials", "no-unauthenticated-access"]
            .iter()
            .all(|id| of(&certificate, id).verdict == Verdict::Pass)
    };
    assert!(passes(sound()));
    for index in 0..sound().len() {
        let mut all = sound();
        let left_out = all.remove(index);
        if left_out.probe == "access" {
            assert!(!passes(all), "without {}", left_out.id);
        }
    }
    let alone = only_v3();
    for id in ["no-default-credentials", "no-unauthenticated-access"] {
        let (verdict, reasons, _) = judged(alone.clone(), id);
        assert_eq!(
            (verdict, &reasons[..]),
            (Verdict::Inconclusive, &[Reason::NoEvidence][..])
        );
    }
}

#[test]
fn a_default_that_connects_is_accepted_whatever_it_may_do() {
    use AccessOutcome::{Admitted, Refused};
    let admin = Some(("admin", "admin"));
    let mut all = sound();
    all[8] = v3(access(9, AccessStep::Candidate, admin, Admitted));
    let (verdict, ..) = judged(all.clone(), "no-default-credentials");
    assert_eq!(verdict, Verdict::Inconclusive);
    let control = Some(("admin", "r9"));
    all.push(v3(access(20, AccessStep::CandidateAgain, admin, Admitted)));
    all.push(v3(access(
        21,
        AccessStep::CandidateControl,
        control,
        Refused,
    )));
    let (verdict, _, codes) = judged(all.clone(), "no-default-credentials");
    assert_eq!(
        (verdict, codes),
        (Verdict::Fail, vec!["default-credential".to_owned()])
    );
    all.pop();
    all.push(v3(access(
        21,
        AccessStep::CandidateControl,
        control,
        Admitted,
    )));
    let (verdict, ..) = judged(all, "no-default-credentials");
    assert_eq!(verdict, Verdict::Inconclusive);
}

#[test]
fn a_broker_that_lets_strangers_in_serves_only_by_effect() {
    use AccessOutcome::{Admitted, Served};
    let anonymous = |outcome| access(6, AccessStep::Anonymous, None, outcome);
    let with = |item| {
        let mut all = sound();
        all[ANONYMOUS] = item;
        all
    };
    let id = "no-unauthenticated-access";
    let note = vec!["admits-strangers".to_owned()];
    let refusing = with(at_broker(anonymous(Admitted), MqttVersion::V3, Some(0x80)));
    assert_eq!(judged(refusing, "no-default-credentials").0, Verdict::Pass);
    // Where every subscription is refused, a stranger may publish still.
    for granted in [Some(0), Some(0x80), None] {
        let silent = with(at_broker(anonymous(Admitted), MqttVersion::V3, granted));
        let expected = (
            Verdict::Inconclusive,
            vec![Reason::AnswerUnclear],
            note.clone(),
        );
        assert_eq!(judged(silent, id), expected, "{granted:?}");
    }
    let serving = with(v3(anonymous(Served)));
    let (verdict, _, codes) = judged(serving.clone(), id);
    assert_eq!(
        (verdict, codes),
        (Verdict::Fail, vec!["open-broker".to_owned()])
    );
    let mut public = run(serving);
    public.device.services[0].access = AccessPolicy::Public;
    assert_eq!(of(&judge(&public), id).verdict, Verdict::Pass);
    public.device.services.clear();
    let nobody_says = judge(&public);
    assert_eq!(of(&nobody_says, id).reasons, [Reason::UndeclaredPage]);
}

#[test]
fn random_credentials_that_connect_are_no_data() {
    use AccessOutcome::{Admitted, Served};
    let random = |outcome| access(7, AccessStep::RandomAccount, Some(("r1", "r2")), outcome);
    let id = "no-unauthenticated-access";
    let mut all = sound();
    all[RANDOM_ACCOUNT] = at_broker(random(Admitted), MqttVersion::V3, Some(0x80));
    let (verdict, _, codes) = judged(all.clone(), id);
    assert_eq!(
        (verdict, codes),
        (Verdict::Inconclusive, vec!["admits-strangers".to_owned()])
    );
    let (verdict, reasons, _) = judged(all.clone(), "no-default-credentials");
    assert_eq!(
        (verdict, reasons),
        (Verdict::Inconclusive, vec![Reason::NoLoginToTest])
    );
    all[RANDOM_ACCOUNT] = v3(random(Served));
    let (verdict, _, codes) = judged(all, id);
    let expected = vec!["accepts-any-credential".to_owned()];
    assert_eq!((verdict, codes), (Verdict::Fail, expected));
}

/// The verdicts where only these were asked in 5, and each was answered so.
fn accompanied(steps: &[AccessStep], outcome: impl Fn(AccessStep) -> Outcome) -> [Verdict; 2] {
    let mut all = only_v3();
    all.extend(in_5().into_iter().filter_map(|item| match item.asked {
        Asked::Access { step, .. } if steps.contains(&step) => Some(Evidence {
            outcome: outcome(step),
            ..item
        }),
        _ => None,
    }));
    let certificate = judge(&run(all));
    ["no-default-credentials", "no-unauthenticated-access"].map(|id| of(&certificate, id).verdict)
}

fn answered(step: AccessStep, outcome: AccessOutcome) -> Outcome {
    v5(access(1, step, None, outcome)).outcome
}

const SHORT: &[AccessStep] = &[
    AccessStep::OwnerFirst,
    AccessStep::Anonymous,
    AccessStep::RandomAccount,
    AccessStep::OwnerLast,
];

#[test]
fn a_second_version_that_is_not_spoken_opens_nothing() {
    let hung_up = |_| gone(Absence::Disconnected);
    let unspoken = |step| answered(step, AccessOutcome::NotFound);
    assert_eq!(accompanied(SHORT, unspoken), [Verdict::Pass; 2]);
    assert_eq!(accompanied(SHORT, hung_up), [Verdict::Pass; 2]);
    for reason in [Absence::NoAnswer, Absence::Malformed] {
        let outcome = |_| gone(reason);
        assert_eq!(
            accompanied(SHORT, outcome),
            [Verdict::Inconclusive; 2],
            "{reason:?}"
        );
    }
    // Whoever is not asked may be answered otherwise.
    for left_out in &SHORT[..3] {
        let rest: Vec<_> = SHORT.iter().copied().filter(|it| it != left_out).collect();
        for verdict in [accompanied(&rest, unspoken), accompanied(&rest, hung_up)] {
            assert_eq!(verdict[0], Verdict::Inconclusive, "{left_out:?}");
        }
    }
}

#[test]
fn a_version_that_is_refused_to_strangers_only_is_spoken() {
    use AccessOutcome::{NotFound, Refused, Served};
    for nobody in [
        || gone(Absence::Disconnected),
        || answered(AccessStep::Anonymous, NotFound),
    ] {
        let taking = |random| {
            move |step| match step {
                AccessStep::Anonymous => nobody(),
                AccessStep::RandomAccount => answered(step, random),
                _ => answered(step, Served),
            }
        };
        let open = accompanied(SHORT, taking(Served));
        assert_eq!(open, [Verdict::Inconclusive, Verdict::Fail]);
        let closed = accompanied(SHORT, taking(Refused));
        assert_eq!(closed, [Verdict::Inconclusive; 2]);
    }
}

#[test]
fn a_default_password_of_one_version_is_one() {
    use AccessOutcome::{Refused, Served};
    let admin = Some(("admin", "admin"));
    let mut all = sound();
    let place = all.len() - in_5().len();
    let candidate = |item: &Evidence| matches!(&item.asked, Asked::Access { step, .. } if *step == AccessStep::Candidate);
    let first = place + all[place..].iter().position(candidate).unwrap();
    all[first].outcome = answered(AccessStep::Candidate, Served);
    all.push(v5(access(420, AccessStep::CandidateAgain, admin, Served)));
    let control = Some(("admin", "r9"));
    all.push(v5(access(
        421,
        AccessStep::CandidateControl,
        control,
        Refused,
    )));
    let (verdict, _, codes) = judged(all, "no-default-credentials");
    let expected = vec!["default-credential".to_owned()];
    assert_eq!((verdict, codes), (Verdict::Fail, expected));
}

#[test]
fn a_broker_in_clear_beside_tls_is_one_in_clear() {
    let codes = |also| {
        let mut all = sound();
        if let Outcome::Observed { observations } = &mut all[SERVICE].outcome
            && let Some(Observation::Service(service)) = observations.first_mut()
        {
            service.also_in_clear = also;
        }
        judged(all, "tls-only")
    };
    assert_eq!(codes(false).0, Verdict::Pass);
    let (verdict, _, found) = codes(true);
    let expected = vec!["cleartext-broker".to_owned()];
    assert_eq!((verdict, found), (Verdict::Fail, expected));
}
