//! Whether the account of a service that protects it is accepted in clear by another service of the unit.

use std::borrow::Cow;

use super::ports::observed;
use super::redirect::redirects_to_https;
use crate::case::credentials::{Attempt, Trial, trials, twin_trials};
use crate::case::facts::{Facts, OpenPort, absence};
use crate::dut::{DeclaredService, Owner, Unit};
use crate::observation::{AccessOutcome, AccessReply, AccessStep, Protocol};
use crate::text::brief;
use crate::verdict::{Assessment, Code, Reason, Subject};

/// More pairs of an account and a login in clear are not weighed: no run asks so many, and evidence may come from anybody.
const PAIRS: usize = 1024;

/// A declared service that was seen to be encrypted and has an owner.
struct Guarded<'a> {
    service: &'a DeclaredService,
    owner: &'a Owner,
    /// The attempt that shows that it takes its owner's account, or why none does.
    accepted: Result<String, (Reason, String)>,
}

/// What one service in clear shows of one account.
enum Shown {
    /// It takes it, and not just any.
    Taken(String, Vec<String>),
    /// It was refused.
    Refused(String, Vec<String>),
    Unknown(Reason, String, Vec<String>),
    /// No login is asked for where the account would be sent.
    NoLogin,
}

/// Weighs every pair of an account that is protected and a service in clear that asks for a login.
pub fn assess(facts: &Facts<'_>, unit: &Unit, code: Code, assessment: &mut Assessment) {
    let open = facts.open_ports(&unit.id);
    let tried = trials(facts, &unit.id);
    let guarded = guarded(facts, unit, &open, &tried);
    if guarded.is_empty() {
        return;
    }
    let asked = twin_trials(facts, &unit.id);
    let mut pairs = 0;
    for open in open.iter().filter(|open| may_take_logins_in_clear(open)) {
        for account in &guarded {
            pairs += 1;
            if pairs > PAIRS {
                let message = format!(
                    "whether accounts are accepted in clear was looked at {PAIRS} times, and no further"
                );
                let subject = Subject::unit(&unit.id);
                return assessment.missing(Reason::NoEvidence, subject, message, vec![]);
            }
            let place = open.place();
            let whose = format!("the account of `{}`", account.service.id);
            match shown(facts, unit, open, account, &asked, &tried) {
                Shown::Taken(how, mut evidence) => match &account.accepted {
                    Ok(protected) => {
                        evidence.push(protected.clone());
                        let message = format!(
                            "{place} accepts in clear {whose}, which is protected at port {} ({how})",
                            account.service.port
                        );
                        assessment.found(code, open.subject(&unit.id), message, evidence);
                    }
                    Err((reason, why)) => {
                        let message = format!(
                            "{place} accepts in clear {whose}, which its own service was not seen to accept: {why}"
                        );
                        assessment.missing(*reason, open.subject(&unit.id), message, evidence);
                    }
                },
                Shown::Refused(how, evidence) => {
                    let statement = format!("{place} refuses {whose} in clear ({how})");
                    assessment.proved(&unit.id, statement, evidence);
                }
                Shown::Unknown(reason, why, evidence) => {
                    let message =
                        format!("{place}: whether it accepts {whose} in clear is not known: {why}");
                    assessment.missing(reason, open.subject(&unit.id), message, evidence);
                }
                Shown::NoLogin => {}
            }
        }
    }
}

/// The services of a unit that encrypt a password on its way, and whether they take their owners' accounts. The shared
/// key of DTLS is none that anybody would type in elsewhere.
fn guarded<'a>(
    facts: &Facts<'a>,
    unit: &Unit,
    open: &[OpenPort<'a>],
    tried: &[Trial<'_>],
) -> Vec<Guarded<'a>> {
    let mut guarded: Vec<Guarded<'a>> = Vec::new();
    for port in open {
        let Some((service, owner)) = port
            .declared
            .and_then(|service| Some((service, service.owner.as_ref()?)))
        else {
            continue;
        };
        let encrypts = match port.service {
            Some(spoken) if spoken.tls => observed(facts, &unit.id, port).is_ok(),
            Some(spoken) => spoken.protocol == Protocol::Ssh,
            None => false,
        };
        if !encrypts {
            continue;
        }
        let accepted = accepted(port, owner, tried);
        // A unit may have the service at several addresses: one that takes the account shows it.
        match guarded.iter_mut().find(|it| it.service.id == service.id) {
            Some(known) if known.accepted.is_err() => known.accepted = accepted,
            Some(_) => {}
            None => guarded.push(Guarded {
                service,
                owner,
                accepted,
            }),
        }
    }
    guarded
}

fn accepted(
    open: &OpenPort<'_>,
    owner: &Owner,
    tried: &[Trial<'_>],
) -> Result<String, (Reason, String)> {
    let mut fault = (
        Reason::OwnerControlMissing,
        "the owner's login was not tried".to_owned(),
    );
    for trial in tried.iter().filter(|trial| trial.is_at(open)) {
        let mut by_owner = trial.attempts.iter().filter(|attempt| {
            let step = attempt.step;
            matches!(step, AccessStep::OwnerFirst | AccessStep::OwnerLast) && attempt.encrypted()
        });
        let ours = trial.by_the_owner(Some(owner));
        if let Some(attempt) = by_owner.find(|it| ours && it.accepted()) {
            return Ok(attempt.evidence.id.clone());
        }
        if let Some(why) = trial.owner_fault(AccessStep::OwnerFirst) {
            fault = why;
        }
    }
    Err(fault)
}

/// Whether a login could be made there that everybody on the way reads.
fn may_take_logins_in_clear(open: &OpenPort<'_>) -> bool {
    open.service.is_some_and(|service| match service.tls {
        true => service.also_in_clear,
        false => matches!(
            service.protocol,
            Protocol::Ftp | Protocol::Http | Protocol::Mqtt | Protocol::Telnet
        ),
    })
}

fn shown(
    facts: &Facts<'_>,
    unit: &Unit,
    open: &OpenPort<'_>,
    account: &Guarded<'_>,
    asked: &[Trial<'_>],
    tried: &[Trial<'_>],
) -> Shown {
    let here: Vec<&Trial<'_>> = asked.iter().filter(|trial| trial.is_at(open)).collect();
    let attempts = here.iter().flat_map(|trial| {
        let ours = trial
            .attempts
            .iter()
            .filter(|attempt| sends(attempt, account));
        ours.map(|attempt| (*trial, attempt))
    });
    let mut answers: Vec<Shown> = attempts.map(|(trial, it)| answer(trial, it)).collect();
    if let Some(taken) = answers.iter().position(|it| matches!(it, Shown::Taken(..))) {
        return answers.swap_remove(taken);
    }
    if let Some(last) = answers.pop() {
        return last;
    }
    let (for_it, elsewhere): (Vec<_>, Vec<_>) =
        here.into_iter().partition(|trial| is_for(trial, account));
    let unknown = |trials: Vec<&Trial<'_>>| {
        let mut untold = trials.into_iter().map(|it| not_sent(facts, unit, it));
        untold.find(|it| matches!(it, Shown::Unknown(..)))
    };
    if let Some(unknown) = unknown(for_it) {
        return unknown;
    }
    // No login where the account belongs. Another page may have asked for one.
    match not_asked(open, account, tried) {
        Shown::Unknown(reason, why, evidence) => {
            unknown(elsewhere).unwrap_or(Shown::Unknown(reason, why, evidence))
        }
        shown => shown,
    }
}

/// Whether a login was looked for where this account would be sent first: behind its own path.
fn is_for(trial: &Trial<'_>, account: &Guarded<'_>) -> bool {
    let path = account.owner.path.as_deref().unwrap_or("/");
    let both_web = trial.mechanism.is_http() && account.owner.mechanism.is_http();
    !both_web || trial.path == Some(path)
}

/// Whether an attempt was made with this account, by name and by the id of its secret.
fn sends(attempt: &Attempt<'_>, account: &Guarded<'_>) -> bool {
    attempt.step == AccessStep::TwinAccount
        && attempt.account_of() == Some(account.service.id.as_str())
        && attempt.account.is_some_and(|sent| {
            sent.username == account.owner.username
                && sent.password == account.owner.password.placeholder()
        })
}

/// What an attempt with the account shows. It was accepted for what it is only where a random one was not.
fn answer(trial: &Trial<'_>, attempt: &Attempt<'_>) -> Shown {
    let mut evidence = vec![attempt.evidence.id.clone()];
    let Some(reply) = attempt.reply else {
        let (reason, why) = absence(attempt.evidence);
        return Shown::Unknown(reason, why, evidence);
    };
    let detail = brief(&reply.detail, 160);
    let control = trial.last(AccessStep::TwinControl);
    match reply.outcome {
        outcome if outcome.accepts() && control.is_some_and(Attempt::refused) => {
            evidence.extend(trial.evidence_of(AccessStep::TwinControl));
            Shown::Taken(detail, evidence)
        }
        outcome if outcome.accepts() => Shown::Unknown(
            Reason::AnswerUnclear,
            format!("it was accepted, and no random one was seen to be refused ({detail})"),
            evidence,
        ),
        AccessOutcome::Refused => Shown::Refused(detail, evidence),
        AccessOutcome::Throttled => Shown::Unknown(Reason::LoginThrottled, detail, evidence),
        _ => Shown::Unknown(
            Reason::AnswerUnclear,
            format!("it was neither accepted nor refused ({detail})"),
            evidence,
        ),
    }
}

/// Why the account was not sent where a stranger had asked before.
fn not_sent(facts: &Facts<'_>, unit: &Unit, trial: &Trial<'_>) -> Shown {
    let evidence = trial.evidence();
    let unknown = |reason, why: &str| Shown::Unknown(reason, why.to_owned(), evidence.clone());
    if let Some(throttled) = trial.throttled() {
        let detail = throttled.reply.map(|reply| brief(&reply.detail, 160));
        return unknown(Reason::LoginThrottled, &detail.unwrap_or_default());
    }
    if let Some(control) = trial.last(AccessStep::TwinControl) {
        return match control.reply {
            Some(_) if control.accepted() => {
                unknown(Reason::AnswerUnclear, "it accepts random credentials")
            }
            Some(reply) => unknown(
                Reason::NoEvidence,
                &format!(
                    "random credentials were answered ({}), and the account was not sent",
                    brief(&reply.detail, 160)
                ),
            ),
            None => {
                let (reason, why) = absence(control.evidence);
                Shown::Unknown(reason, why, evidence)
            }
        };
    }
    let Some(stranger) = trial.last(AccessStep::TwinAnonymous) else {
        return unknown(Reason::NoEvidence, "it was not sent");
    };
    let Some(reply) = stranger.reply else {
        let (reason, why) = absence(stranger.evidence);
        return Shown::Unknown(reason, why, evidence);
    };
    match without_login(reply, unit, facts) {
        None => Shown::NoLogin,
        Some((reason, why)) => unknown(reason, &why),
    }
}

/// Why nobody knows what a login would be worth, by what a stranger was told. None: there is no login.
fn without_login(
    reply: &AccessReply,
    unit: &Unit,
    facts: &Facts<'_>,
) -> Option<(Reason, Cow<'static, str>)> {
    let detail = || brief(&reply.detail, 160);
    Some(match reply.outcome {
        AccessOutcome::Served
        | AccessOutcome::Admitted
        | AccessOutcome::NotFound
        | AccessOutcome::Forbidden => return None,
        AccessOutcome::Redirected if redirects_to_https(reply, unit, facts) => return None,
        AccessOutcome::LoginForm => (
            Reason::LoginFormNotTested,
            "it asks by a web form, which this version cannot fill in".into(),
        ),
        AccessOutcome::Refused => (
            Reason::LoginNotTestable,
            format!("it asks for a login that was not tried ({})", detail()).into(),
        ),
        AccessOutcome::Throttled => (Reason::LoginThrottled, detail().into()),
        AccessOutcome::Redirected | AccessOutcome::Unclear => (
            Reason::AnswerUnclear,
            format!("its answer to a stranger does not tell ({})", detail()).into(),
        ),
    })
}

/// What is missing where nobody asked there for this account's sake.
fn not_asked(open: &OpenPort<'_>, account: &Guarded<'_>, tried: &[Trial<'_>]) -> Shown {
    let mut in_clear = tried
        .iter()
        .filter(|trial| trial.is_at(open))
        .flat_map(|trial| &trial.attempts)
        .filter(|attempt| !attempt.encrypted());
    let asks = |attempt: &Attempt<'_>| {
        let outcome = attempt.reply.map(|reply| reply.outcome);
        matches!(
            outcome,
            Some(AccessOutcome::Refused | AccessOutcome::LoginForm)
        )
    };
    // That a broker answers behind TLS was all that was asked of it in clear.
    let behind_tls = open.service.is_some_and(|service| service.tls);
    if !behind_tls && !in_clear.any(asks) {
        return Shown::NoLogin;
    }
    let throttled = tried
        .iter()
        .filter(|trial| trial.is_at(open))
        .find_map(|trial| trial.throttled());
    let (reason, why) = match (&account.accepted, throttled) {
        (Err((reason, why)), _) => (
            *reason,
            format!("it could not be shown that its own service takes it: {why}"),
        ),
        (Ok(_), Some(attempt)) => (
            Reason::LoginThrottled,
            attempt
                .reply
                .map(|reply| brief(&reply.detail, 160))
                .unwrap_or_default(),
        ),
        (Ok(_), None) => (Reason::NoEvidence, "nobody tried it there".to_owned()),
    };
    Shown::Unknown(reason, why, open.evidence())
}
