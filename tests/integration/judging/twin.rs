//! Judging whether the account of a service inside TLS is accepted in clear.

use crate::bench::*;
use AccessOutcome::{Forbidden, LoginForm, NotFound, Redirected, Refused, Served, Throttled};
use AccessStep::{Anonymous, TwinAccount, TwinAnonymous, TwinControl};
use proofmark::evidence::*;
use proofmark::observation::*;
use proofmark::verdict::Reason;
use serde_json::json;

const PLAIN: u16 = 8080;

/// The account of the service inside TLS, as the manifest has it.
const OWNER: (&str, &str) = ("owner", "{{secret:owner-web}}");

/// An attempt in clear.
fn plain(id: u32, step: AccessStep, outcome: AccessOutcome) -> Evidence {
    let account = match step {
        TwinAccount => Some(OWNER),
        TwinControl => Some(("pm1", "r1")),
        _ => None,
    };
    let mut item = access(id, step, account, outcome);
    item.target.port = Some(PLAIN);
    if let Asked::Access {
        encrypted,
        account_of,
        ..
    } = &mut item.asked
    {
        *encrypted = false;
        *account_of = (step == TwinAccount).then(|| "web".to_owned());
    }
    item
}

/// The conformant run with a web server in clear beside, which asks everybody for a login.
fn beside(attempts: Vec<Evidence>) -> Vec<Evidence> {
    let mut all = conformant();
    let closed = |first, last| span(first, last, PortState::Closed, PortProof::Refused);
    let open = |port| span(port, port, PortState::Open, PortProof::Accepted);
    all[2].outcome = seen(ledger(vec![
        closed(1, 79),
        open(80),
        closed(81, PLAIN - 1),
        open(PLAIN),
        closed(PLAIN + 1, 65_535),
    ]));
    let mut told = all[3].clone();
    told.id = "e0400".to_owned();
    told.target.port = Some(PLAIN);
    if let Outcome::Observed { observations } = &mut told.outcome
        && let Observation::Service(service) = &mut observations[0]
    {
        service.tls = false;
    }
    all.push(told);
    all.push(plain(401, Anonymous, Refused));
    all.extend(attempts);
    all
}

/// Verdict, codes and reasons of tls-only.
fn tls_only(all: Vec<Evidence>) -> String {
    let certificate = judge(&run(all));
    let result = of(&certificate, "tls-only");
    let mut codes: Vec<_> = result.findings.iter().map(|it| it.code.as_str()).collect();
    codes.sort_unstable();
    let reasons = result.reasons.iter().map(|it| Reason::as_str(*it));
    codes
        .into_iter()
        .chain(reasons)
        .collect::<Vec<_>>()
        .join(" ")
}

/// What comes of the account after a stranger and a random one were refused.
fn account(outcome: Outcome) -> String {
    let mut last = plain(412, TwinAccount, Served);
    last.outcome = outcome;
    tls_only(beside(vec![
        plain(410, TwinAnonymous, Refused),
        plain(411, TwinControl, Refused),
        last,
    ]))
}

fn answered(outcome: AccessOutcome) -> Outcome {
    plain(0, TwinAccount, outcome).outcome
}

#[test]
fn only_what_was_accepted_in_clear_is_found() {
    let found = "cleartext-login cleartext-page same-credentials-in-clear";
    assert_eq!(account(answered(Served)), found);
    assert_eq!(account(answered(Refused)), "cleartext-login");
    for unclear in [Forbidden, LoginForm, NotFound, Redirected] {
        let expected = "cleartext-login answer-unclear";
        assert_eq!(account(answered(unclear)), expected, "{unclear:?}");
    }
    let throttled = "cleartext-login login-throttled";
    assert_eq!(account(answered(Throttled)), throttled);
    for (absence, reason) in [
        (Absence::NoAnswer, "no-answer"),
        (Absence::CleartextNotAllowed, "cleartext-not-allowed"),
        (Absence::Disconnected, "answer-unclear"),
    ] {
        let expected = format!("cleartext-login {reason}");
        assert_eq!(account(gone(absence)), expected, "{absence:?}");
    }
}

#[test]
fn what_nobody_asked_or_answered_is_missing() {
    let asked = |attempts| tls_only(beside(attempts));
    assert_eq!(asked(vec![]), "cleartext-login no-evidence");
    let stranger = |outcome| plain(410, TwinAnonymous, outcome);
    for (answer, reason) in [
        (Refused, "cleartext-login login-not-testable"),
        (LoginForm, "cleartext-login login-form-not-tested"),
        (Throttled, "cleartext-login login-throttled"),
        (Redirected, "cleartext-login answer-unclear"),
        // Nobody is asked for a login any more.
        (NotFound, "cleartext-login no-evidence"),
        (Served, "cleartext-login cleartext-page no-evidence"),
    ] {
        assert_eq!(asked(vec![stranger(answer)]), reason, "{answer:?}");
    }
    let mut silent = stranger(Refused);
    silent.outcome = gone(Absence::NoAnswer);
    assert_eq!(asked(vec![silent]), "cleartext-login no-answer");
    let control = |outcome| vec![stranger(Refused), plain(411, TwinControl, outcome)];
    assert_eq!(asked(control(Refused)), "cleartext-login no-evidence");
    let open = "cleartext-login cleartext-page answer-unclear";
    assert_eq!(asked(control(Served)), open);
}

/// Behind the path of the account there is nothing; elsewhere a login is asked for.
#[test]
fn a_login_that_the_account_was_not_tried_at_is_missing() {
    let asked = |elsewhere: Vec<Evidence>| {
        let mut attempts = elsewhere;
        for item in &mut attempts {
            if let Asked::Access { path, .. } = &mut item.asked {
                *path = Some("/old".to_owned());
            }
        }
        attempts.push(plain(410, TwinAnonymous, NotFound));
        tls_only(beside(attempts))
    };
    assert_eq!(asked(vec![]), "cleartext-login no-evidence");
    let silent = || {
        let mut silent = plain(420, TwinAnonymous, Refused);
        silent.outcome = gone(Absence::NoAnswer);
        silent
    };
    assert_eq!(asked(vec![silent()]), "cleartext-login no-answer");
    let refused = vec![
        plain(420, TwinAnonymous, Refused),
        plain(421, TwinControl, Refused),
        plain(422, TwinAccount, Refused),
    ];
    assert_eq!(asked(refused), "cleartext-login");
}

/// Of a server that takes any password, nobody knows which it knows.
#[test]
fn an_account_is_taken_for_what_it_is_only_where_a_random_one_is_not() {
    let control = |outcome: Option<AccessOutcome>| {
        let control = outcome.map(|outcome| plain(411, TwinControl, outcome));
        let attempts = [
            Some(plain(410, TwinAnonymous, Refused)),
            control,
            Some(plain(412, TwinAccount, Served)),
        ];
        tls_only(beside(attempts.into_iter().flatten().collect()))
    };
    let unclear = "cleartext-login cleartext-page answer-unclear";
    for outcome in [None, Some(Served), Some(Throttled)] {
        assert_eq!(control(outcome), unclear, "{outcome:?}");
    }
    assert!(control(Some(Refused)).contains("same-credentials-in-clear"));
}

#[test]
fn the_account_must_be_that_of_the_service_and_accepted_there() {
    let found = |change: fn(&mut Vec<Evidence>)| {
        let mut all = beside(vec![
            plain(410, TwinAnonymous, Refused),
            plain(411, TwinControl, Refused),
            plain(412, TwinAccount, Served),
        ]);
        change(&mut all);
        tls_only(all).contains("same-credentials-in-clear")
    };
    fn last(all: &mut [Evidence]) -> &mut Asked {
        &mut all.last_mut().unwrap().asked
    }
    fn owners(all: &mut [Evidence]) -> impl Iterator<Item = &mut Evidence> {
        all.iter_mut().filter(|item| {
            matches!(&item.asked, Asked::Access { step, .. }
                if matches!(step, AccessStep::OwnerFirst | AccessStep::OwnerLast))
        })
    }
    assert!(found(|_| {}));
    assert!(!found(|all| {
        if let Asked::Access { account_of, .. } = last(all) {
            *account_of = Some("another".to_owned());
        }
    }));
    assert!(!found(|all| {
        if let Asked::Access { account, .. } = last(all) {
            account.as_mut().unwrap().password = "{{secret:other}}".to_owned();
        }
    }));
    assert!(!found(|all| {
        if let Asked::Access { account, .. } = last(all) {
            account.as_mut().unwrap().username = "admin".to_owned();
        }
    }));
    assert!(!found(|all| {
        let refused = answered(Refused);
        owners(all).for_each(|item| item.outcome = refused.clone());
    }));
    // Accepted once is accepted.
    assert!(found(|all| {
        owners(all).next().unwrap().outcome = gone(Absence::NoAnswer);
    }));
    assert!(!found(|all| owners(all).for_each(|item| {
        if let Asked::Access { encrypted, .. } = &mut item.asked {
            *encrypted = false;
        }
    })));
}

/// What only leads to HTTPS at its root may take the account behind another path.
#[test]
fn a_redirect_asks_for_nothing_and_hides_nothing() {
    let redirect = |outcome: Option<AccessOutcome>| {
        let mut all = beside(vec![]);
        let to = |item: &mut Evidence| {
            if let Outcome::Observed { observations } = &mut item.outcome
                && let Observation::Access(reply) = &mut observations[0]
            {
                reply.outcome = Redirected;
                reply.location = Some("https://hub.local:80/".to_owned());
            }
        };
        to(all.last_mut().unwrap());
        match outcome {
            Some(Redirected) => {
                let mut stranger = plain(410, TwinAnonymous, Refused);
                to(&mut stranger);
                all.push(stranger);
            }
            Some(outcome) => all.extend([
                plain(410, TwinAnonymous, Refused),
                plain(411, TwinControl, Refused),
                plain(412, TwinAccount, outcome),
            ]),
            None => {}
        }
        tls_only(all)
    };
    assert_eq!(redirect(None), "redirects-to-https");
    assert_eq!(redirect(Some(Redirected)), "redirects-to-https");
    assert_eq!(redirect(Some(Refused)), "cleartext-login");
    let found = "cleartext-login cleartext-page same-credentials-in-clear";
    assert_eq!(redirect(Some(Served)), found);
}

/// Evidence may come from anybody.
#[test]
fn so_many_pairs_that_nobody_asked_them_are_told_once() {
    let told = |guarded: u16, clear: u16| {
        let mut run = run(beside(vec![]));
        let of_80 = |item: &&Evidence| {
            item.target.port == Some(80)
                && matches!(item.asked, Asked::Identify | Asked::Tls { .. })
        };
        let protected: Vec<Evidence> = run.evidence.iter().filter(of_80).cloned().collect();
        let of_plain = |item: &&Evidence| item.target.port == Some(PLAIN);
        let in_clear: Vec<Evidence> = run.evidence.iter().filter(of_plain).cloned().collect();
        let mut number = 1000;
        let mut add = |items: &[Evidence], port| {
            for item in items {
                let mut item = item.clone();
                item.target.port = Some(port);
                item.id = format!("e{number:04}");
                number += 1;
                run.evidence.push(item);
            }
        };
        for at in 1..guarded {
            add(&protected, 20_000 + at);
            let mut service = run.device.services[0].clone();
            (service.id, service.port) = (format!("web{at}"), 20_000 + at);
            run.device.services.push(service);
        }
        for at in 1..clear {
            add(&in_clear, 30_000 + at);
        }
        let open = |port| span(port, port, PortState::Open, PortProof::Accepted);
        let spans = [80, PLAIN].into_iter().chain(20_001..20_000 + guarded);
        let spans = spans.chain(30_001..30_000 + clear).map(open).collect();
        run.evidence[2].outcome = seen(ledger(spans));
        let certificate = judge(&run);
        let gaps = &of(&certificate, "tls-only").gaps;
        gaps.iter()
            .filter(|gap| gap.message.contains("in clear"))
            .count()
    };
    assert_eq!(told(3, 4), 12);
    assert_eq!(told(33, 40), 1025);
}

/// No other test case takes these attempts for a trial of the service, and nobody counts them as one.
#[test]
fn a_trial_of_the_service_is_something_else() {
    let told = |attempts| {
        let certificate = judge(&run(beside(attempts)));
        let others = certificate.requirements.iter();
        let others = others.filter(|it| it.id != "tls-only").map(|it| json!(it));
        (
            others.collect::<Vec<_>>(),
            json!(certificate.coverage.logins),
        )
    };
    let with = told(vec![
        plain(410, TwinAnonymous, Served),
        plain(411, TwinControl, Served),
        plain(412, TwinAccount, Served),
    ]);
    assert_eq!(with, told(vec![]));
}
