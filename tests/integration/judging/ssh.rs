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
        (AccessStep::RandomAccount, Some("r1")),
    ];
    let mut seen = std::collections::BTreeSet::new();
    for one in candidates() {
        if seen.insert(&one.username) {
            users.push((AccessStep::Candidate, Some(one.username.as_str())));
        }
    }
    let attempts = (300..).zip(users).map(|(id, (step, user))| {
        let (outcome, offered) = change(user);
        attempt(id, Mechanism::SshPassword, step, user, outcome, offered)
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
        rationale.contains("it offers publickey alone"),
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
    for left_out in [None, Some("r1"), Some("root"), Some("ubnt")] {
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
