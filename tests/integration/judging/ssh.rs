//! Judging SSH servers that take no passwords, and FTP in clear.

use proofmark::dut::AccessPolicy;
use proofmark::evidence::*;
use proofmark::observation::*;
use proofmark::profile::candidates;
use proofmark::verdict::{Reason, Verdict};

use crate::bench::*;

/// An attempt of the trial, with what was offered.
fn attempt(
    id: u32,
    mechanism: Mechanism,
    step: AccessStep,
    user: Option<&str>,
    outcome: AccessOutcome,
    offered: &[&str],
) -> Evidence {
    let mut item = access(id, step, user.map(|user| (user, "x")), outcome);
    if let Asked::Access {
        mechanism: slot,
        path,
        ..
    } = &mut item.asked
    {
        (*slot, *path) = (mechanism, None);
    }
    if let Outcome::Observed { observations } = &mut item.outcome
        && let Observation::Access(reply) = &mut observations[0]
    {
        reply.schemes = offered.iter().map(|&word| word.to_owned()).collect();
    }
    item
}

/// A run at a port 80 that speaks this in clear, without a declared owner.
fn run_with(protocol: Protocol, attempts: Vec<Evidence>) -> Run {
    let service = Observation::Service(Service {
        protocol,
        tls: false,
        also_in_clear: false,
        product: None,
        spoke_after: Some("nothing".to_owned()),
        first_bytes: String::new(),
    });
    let ours = |item: &Evidence| !matches!(item.asked, Asked::Access { .. } | Asked::Tls { .. });
    let mut all: Vec<Evidence> = conformant().into_iter().filter(ours).collect();
    all[3] = evidence(4, "identify", Some(80), Asked::Identify, seen(service));
    all.extend(attempts);
    let mut run = run(all);
    let declared = &mut run.device.services[0];
    (declared.protocol, declared.owner, declared.tls) = (protocol, None, None);
    run
}

const KEYS: &[&str] = &["publickey"];

/// A server that offers everybody keys alone; `change` gets each attempt's user and offer.
fn key_only(change: impl Fn(Option<&str>) -> (AccessOutcome, &'static [&'static str])) -> Run {
    let mut users = vec![
        (AccessStep::Anonymous, None),
        (AccessStep::RandomAccount, Some(("r1", "x"))),
        (AccessStep::RandomPassword, Some(("r2", "x"))),
    ];
    for one in candidates() {
        let account = (one.username.as_str(), one.password.as_str());
        users.push((AccessStep::Candidate, Some(account)));
    }
    let attempts = (300..).zip(users).map(|(id, (step, account))| {
        let user = account.map(|(user, _)| user);
        let (outcome, offered) = change(user);
        let mut item = attempt(id, Mechanism::SshPassword, step, user, outcome, offered);
        if let (
            Asked::Access {
                account: Some(slot),
                ..
            },
            Some((_, password)),
        ) = (&mut item.asked, account)
        {
            password.clone_into(&mut slot.password);
        }
        item
    });
    run_with(Protocol::Ssh, attempts.collect())
}

#[test]
fn a_server_that_takes_no_passwords_needs_no_owner() {
    let certificate = judge(&key_only(|_| (AccessOutcome::Refused, KEYS)));
    for id in [
        "no-default-credentials",
        "no-unauthenticated-access",
        "tls-only",
    ] {
        let result = of(&certificate, id);
        assert_eq!(result.verdict, Verdict::Pass, "{id}: {}", result.rationale);
    }
    let rationale = &of(&certificate, "no-default-credentials").rationale;
    assert!(
        rationale.contains("it offers publickey alone, and refused random passwords"),
        "{rationale}"
    );
}

#[test]
fn one_user_with_a_password_is_enough_to_need_the_owner() {
    let offers: [(AccessOutcome, &[&str]); 4] = [
        (AccessOutcome::Refused, &["publickey", "password"]),
        (AccessOutcome::Refused, &["keyboard-interactive"]),
        // It named nothing: that is no statement.
        (AccessOutcome::Refused, &[]),
        (AccessOutcome::Unclear, KEYS),
    ];
    for odd in offers {
        let run = key_only(|user| match user {
            Some("root") => odd,
            _ => (AccessOutcome::Refused, KEYS),
        });
        let certificate = judge(&run);
        let result = of(&certificate, "no-default-credentials");
        assert_eq!(result.verdict, Verdict::Inconclusive, "{odd:?}");
        assert!(
            result.reasons.contains(&Reason::OwnerControlMissing),
            "{odd:?}"
        );
    }
}

#[test]
fn every_user_of_the_list_and_a_stranger_must_have_been_asked() {
    for left_out in [None, Some("r1"), Some("r2"), Some("root"), Some("ubnt")] {
        let mut run = key_only(|_| (AccessOutcome::Refused, KEYS));
        run.evidence.retain(|item| match &item.asked {
            Asked::Access { account, .. } => {
                account.as_ref().map(|one| one.username.as_str()) != left_out
            }
            _ => true,
        });
        let certificate = judge(&run);
        let verdict = of(&certificate, "no-default-credentials").verdict;
        assert_eq!(verdict, Verdict::Inconclusive, "without {left_out:?}");
    }
}

/// To be asked is not enough: every default must have been sent and refused.
#[test]
fn a_default_that_was_not_sent_was_not_refused() {
    let one = candidates().iter().find(|one| {
        let same = |other: &&proofmark::profile::Candidate| other.username == one.username;
        candidates().iter().filter(same).count() > 1
    });
    let one = one.unwrap();
    let mut run = key_only(|_| (AccessOutcome::Refused, KEYS));
    let before = run.evidence.len();
    run.evidence.retain(|item| {
        !matches!(&item.asked, Asked::Access { account: Some(account), .. }
            if account.username == one.username && account.password == one.password)
    });
    assert_eq!(run.evidence.len(), before - 1);
    let certificate = judge(&run);
    let verdict = of(&certificate, "no-default-credentials").verdict;
    assert_eq!(verdict, Verdict::Inconclusive);
}

#[test]
fn a_second_method_that_takes_passwords_and_was_not_tried_is_a_gap() {
    for (offered, gap) in [
        (&["password", "publickey"][..], false),
        (&["keyboard-interactive"], false),
        (&["password", "keyboard-interactive"], true),
    ] {
        let run = key_only(|_| (AccessOutcome::Refused, offered));
        let certificate = judge(&run);
        let reasons = &of(&certificate, "no-default-credentials").reasons;
        assert_eq!(
            reasons.contains(&Reason::LoginNotTestable),
            gap,
            "{offered:?}"
        );
    }
}

/// A password that was taken is no refusal, whatever the session is good for; and no broker either.
#[test]
fn an_ftp_login_that_opens_nothing_was_accepted() {
    let seen = |id, step, outcome| attempt(id, Mechanism::Ftp, step, Some("r"), outcome, &[]);
    let mut attempts = vec![attempt(
        300,
        Mechanism::Ftp,
        AccessStep::Anonymous,
        None,
        AccessOutcome::Refused,
        &[],
    )];
    attempts.push(seen(
        301,
        AccessStep::RandomAccount,
        AccessOutcome::Admitted,
    ));
    let run = run_with(Protocol::Ftp, attempts);
    let certificate = judge(&run);
    let result = of(&certificate, "no-unauthenticated-access");
    assert_eq!(result.reasons, [Reason::AnswerUnclear]);
    assert!(result.findings.is_empty(), "{:?}", result.findings);
    let result = of(&certificate, "no-default-credentials");
    assert_eq!(result.reasons, [Reason::NoLoginToTest]);
}

#[test]
fn an_owner_whose_password_is_of_no_use_contradicts_the_manifest() {
    let mut run = key_only(|_| (AccessOutcome::Refused, KEYS));
    let step = AccessStep::OwnerFirst;
    let mut owner = attempt(
        299,
        Mechanism::SshPassword,
        step,
        Some("owner"),
        AccessOutcome::Refused,
        KEYS,
    );
    owner.id = "e0299".to_owned();
    run.evidence.push(owner);
    let certificate = judge(&run);
    let result = of(&certificate, "no-default-credentials");
    assert_eq!(result.verdict, Verdict::Inconclusive);
    assert!(result.reasons.contains(&Reason::OwnerControlFailed));
}

#[test]
fn an_ssh_server_that_never_answered_has_shown_no_encryption() {
    let mut run = key_only(|_| (AccessOutcome::Refused, KEYS));
    for item in &mut run.evidence {
        if matches!(item.asked, Asked::Access { .. }) {
            item.outcome = gone(Absence::Malformed);
        }
    }
    let certificate = judge(&run);
    let result = of(&certificate, "tls-only");
    assert_eq!(result.reasons, [Reason::LoginNotTestable]);
}

#[test]
fn anonymous_ftp_is_open_unless_the_supplier_says_that_it_may() {
    let served = |step, outcome| attempt(300, Mechanism::Ftp, step, None, outcome, &[]);
    let anonymous = || vec![served(AccessStep::Anonymous, AccessOutcome::Served)];
    let mut run = run_with(Protocol::Ftp, anonymous());
    let codes = |run: &Run, id| -> Vec<String> {
        let certificate = judge(run);
        let findings = &of(&certificate, id).findings;
        findings.iter().map(|it| it.code.to_string()).collect()
    };
    assert_eq!(codes(&run, "no-unauthenticated-access"), ["open-ftp"]);
    assert_eq!(codes(&run, "tls-only"), ["cleartext-login"]);
    run.device.services[0].access = AccessPolicy::Public;
    assert!(codes(&run, "no-unauthenticated-access").is_empty());
    // Nobody declared it: nobody said that it may.
    run.device.services.clear();
    assert_eq!(codes(&run, "no-unauthenticated-access"), ["open-ftp"]);
    let unclear = vec![served(AccessStep::Anonymous, AccessOutcome::Unclear)];
    let run = run_with(Protocol::Ftp, unclear);
    assert!(codes(&run, "tls-only").is_empty());
    let certificate = judge(&run);
    let result = of(&certificate, "tls-only");
    assert_eq!(result.reasons, [Reason::LoginNotTestable]);
}

/// The conformant run, where strangers are offered these schemes; with the attempts of a second trial by
/// Digest where one was made.
fn offering(schemes: &[&str], second: bool) -> Run {
    let mut all = conformant();
    for item in &mut all {
        if let Outcome::Observed { observations } = &mut item.outcome
            && let Some(Observation::Access(reply)) = observations.first_mut()
        {
            reply.schemes = schemes.iter().map(|&word| word.to_owned()).collect();
        }
    }
    let mut digest = Vec::new();
    for (id, item) in (700..).zip(&all).filter(|_| second) {
        let mut copy = item.clone();
        copy.id = format!("e0{id}");
        if let Asked::Access { mechanism, .. } = &mut copy.asked {
            *mechanism = Mechanism::HttpDigest;
            digest.push(copy);
        }
    }
    all.extend(digest);
    run(all)
}

#[test]
fn a_scheme_that_was_offered_and_not_tried_is_a_gap() {
    for (schemes, second, gap) in [
        (&["basic"][..], false, false),
        (&["digest", "basic"], false, true),
        (&["digest", "basic"], true, false),
        (&["negotiate", "basic"], false, true),
    ] {
        let certificate = judge(&offering(schemes, second));
        let result = of(&certificate, "no-default-credentials");
        let verdict = match gap {
            true => Verdict::Inconclusive,
            false => Verdict::Pass,
        };
        assert_eq!(result.verdict, verdict, "{schemes:?}: {}", result.rationale);
        assert_eq!(
            result.reasons.contains(&Reason::LoginNotTestable),
            gap,
            "{schemes:?}"
        );
    }
}
