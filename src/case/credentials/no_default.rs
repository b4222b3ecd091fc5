//! `credentials/no-default`: no published default credential opens a login.

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::coap::{assess_passwords, coap_inside, coap_ports};
use super::dtls;
use super::mqtt::{in_version, miss_version, not_spoken};
use super::ssh::{takes_no_passwords, untried_method};
use super::trial::{Anything, Strangers, Trial, trials, untried};
use crate::case::facts::{Facts, OpenPort};
use crate::case::transport::dtls_ports;
use crate::case::{TestCase, parameters};
use crate::dut::{AccessPolicy, Owner, Unit};
use crate::observation::{AccessStep, Mechanism};
use crate::profile::{Candidate, candidates, shared_keys};
use crate::text::{brief, shown};
use crate::verdict::{Absent, Assessment, Code, Declarant, Reason, Severity, Subject};

const DEFAULT_CREDENTIAL: Code = Code {
    id: "default-credential",
    severity: Severity::Critical,
};

const LOGIN_ABSENT: Code = Code {
    id: "login-absent",
    severity: Severity::Medium,
};

/// The test case.
pub const NO_DEFAULT: TestCase = TestCase {
    id: "credentials/no-default",
    title: "No published default credential opens a login",
    page: include_str!("no_default.md"),
    codes: &[DEFAULT_CREDENTIAL, LOGIN_ABSENT],
    probes: &[
        "reach",
        "ports",
        "udp-ports",
        "identify",
        "dtls",
        "access",
        "coap",
        "heartbeat",
    ],
    check_parameters: parameters::check::<Parameters>,
    assess,
};

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Parameters {
    /// How many candidates of the list are tried at each login, likeliest first.
    #[serde(deserialize_with = "within_the_list")]
    max_candidates: usize,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            max_candidates: candidates().len(),
        }
    }
}

fn within_the_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    let number = usize::deserialize(deserializer)?;
    let longest = candidates().len();
    if (1..=longest).contains(&number) {
        Ok(number)
    } else {
        Err(Error::custom(format!(
            "expected a whole number from 1 to {longest}"
        )))
    }
}

/// How many candidates the parameters ask for, for the plan.
pub fn max_candidates(parameters: &toml::Table) -> usize {
    parameters::read::<Parameters>(parameters).max_candidates
}

fn assess(facts: &Facts<'_>, parameters: &toml::Table) -> Assessment {
    let wanted = &candidates()[..max_candidates(parameters).min(candidates().len())];
    let mut assessment = Assessment::default();
    for unit in &facts.units {
        assess_unit(facts, unit, wanted, &mut assessment);
    }
    let nothing_else = assessment.findings.is_empty()
        && assessment.gaps.is_empty()
        && assessment.proofs.is_empty();
    if nothing_else && !facts.units.is_empty() {
        assessment.absent = Some(absent(facts));
    }
    assessment
}

fn assess_unit(facts: &Facts<'_>, unit: &Unit, wanted: &[Candidate], assessment: &mut Assessment) {
    assessment.gaps.extend(facts.surface_gaps(unit));
    let trials = trials(facts, &unit.id);
    for open in facts.open_ports(&unit.id) {
        let mut here = trials.iter().filter(|trial| trial.is_at(&open)).peekable();
        if here.peek().is_none() {
            let (reason, message) = untried(&open);
            assessment.missing(reason, open.subject(&unit.id), message, open.evidence());
        }
        for trial in here {
            if !not_spoken(trial, &trials) {
                assess_trial(unit, &open, trial, wanted, assessment);
                miss_schemes(unit, &open, trial, &trials, assessment);
            }
            miss_version(unit, &open, trial, &trials, assessment);
        }
    }
    assessment.gaps.extend(facts.udp_gaps(unit));
    for port in dtls_ports(facts, &unit.id) {
        let inside = coap_inside(facts, &unit.id, &port.open);
        if let Some(inside) = &inside {
            assess_passwords(unit, inside, assessment);
        }
        if dtls::takes_no_key(&port) {
            dtls::other_ways(unit, &port, inside.is_some(), assessment);
            continue;
        }
        let wanted = shared_keys(dtls::hint(&port));
        let mut here = trials
            .iter()
            .filter(|trial| trial.is_at(&port.open))
            .peekable();
        if here.peek().is_none() {
            dtls::untried(unit, &port, assessment);
        }
        for trial in here {
            assess_trial(unit, &port.open, trial, &wanted, assessment);
        }
    }
    for port in coap_ports(facts, &unit.id) {
        assess_passwords(unit, &port, assessment);
    }
}

fn assess_trial(
    unit: &Unit,
    open: &OpenPort<'_>,
    trial: &Trial<'_>,
    wanted: &[Candidate],
    assessment: &mut Assessment,
) {
    let subject = open.subject(&unit.id);
    let place = format!("{}{}", open.place(), in_version(trial));
    if let Some(opened) = trial.opened() {
        let what = match (trial.path, &opened.reply.title) {
            (Some(path), Some(title)) => format!("{path}, the page “{}”", brief(title, 80)),
            (Some(path), None) => path.to_owned(),
            (None, _) => session(trial).to_owned(),
        };
        let message = format!(
            "user name `{}` with password `{}` opens {what} at {place} ({}); the same user name with a random password does not",
            shown(&opened.account.username, 60),
            shown(&opened.account.password, 60),
            brief(&opened.reply.detail, 160),
        );
        let evidence = opened.evidence.iter().map(|item| item.id.clone()).collect();
        assessment.found(DEFAULT_CREDENTIAL, subject, message, evidence);
        return;
    }
    let public = open
        .declared
        .is_some_and(|service| service.access == AccessPolicy::Public);
    if let Some((reason, message)) = no_login(trial) {
        // A service that the supplier declares public has no login; that it serves strangers agrees.
        if !(public && matches!(trial.strangers(), Some(Strangers::Served(_)))) {
            assessment.missing(
                reason,
                subject,
                format!("{place}: {message}"),
                trial.evidence(),
            );
        }
        return;
    }
    if let Some(statement) = takes_no_passwords(trial, wanted) {
        let statement = format!("{place} {statement}");
        assessment.proved(&unit.id, statement, trial.evidence());
        return;
    }
    if let Some((random, anything)) = trial.accepts_anything() {
        let (reason, message) = match anything {
            Anything::Opened | Anything::Admitted => (
                Reason::NoLoginToTest,
                "accepts random credentials, so that a default one proves nothing",
            ),
            Anything::Unclear => (
                Reason::AnswerUnclear,
                "answers random credentials with a page that is not the owner's, so that a refusal cannot be told from an acceptance",
            ),
        };
        let evidence = vec![random.evidence.id.clone()];
        assessment.missing(reason, subject, format!("{place} {message}"), evidence);
        return;
    }
    let before = assessment.gaps.len();
    let owner = open.declared.and_then(|service| service.owner.as_ref());
    controls(trial, owner, &place, &subject, assessment);
    tried(trial, &place, &subject, wanted, assessment);
    if assessment.gaps.len() == before {
        let statement = format!(
            "{place}: none of {} published default credentials opens {}; random credentials were refused the same way, and the owner's login worked before and after",
            wanted.len(),
            trial.path.unwrap_or("a session"),
        );
        assessment.proved(&unit.id, statement, trial.evidence());
    }
}

/// Ways to log in that were offered beside the one that was tried, and that nobody tried: a default may open
/// one of them only.
fn miss_schemes(
    unit: &Unit,
    open: &OpenPort<'_>,
    trial: &Trial<'_>,
    all: &[Trial<'_>],
    assessment: &mut Assessment,
) {
    let Some(Strangers::Refused(reply)) = trial.strangers() else {
        return;
    };
    let tried = |scheme: &str| {
        all.iter().any(|other| {
            let its_scheme = match other.mechanism {
                Mechanism::HttpBasic => "basic",
                Mechanism::HttpDigest => "digest",
                _ => return false,
            };
            let place = |one: &Trial<'_>| {
                (
                    one.address.to_owned(),
                    one.port,
                    one.path.map(str::to_owned),
                )
            };
            its_scheme == scheme
                && place(other) == place(trial)
                && other.last(AccessStep::Candidate).is_some()
        })
    };
    let mut untried: Vec<&str> = Vec::new();
    // Where the trial itself found no login, or ended before its candidates, that is said already.
    if trial.mechanism.is_http() && trial.last(AccessStep::Candidate).is_some() {
        let schemes = reply.schemes.iter().map(String::as_str);
        untried.extend(schemes.filter(|scheme| !tried(scheme)));
    }
    untried.extend(untried_method(trial));
    if !untried.is_empty() {
        let message = format!(
            "{}: the login by {} is offered as well, and no default credential was tried by it",
            open.place(),
            brief(&untried.join(", "), 80)
        );
        let evidence = trial.evidence_of(AccessStep::Anonymous);
        assessment.missing(
            Reason::LoginNotTestable,
            open.subject(&unit.id),
            message,
            evidence,
        );
    }
}

/// What lies behind a login that has no path.
fn session(trial: &Trial<'_>) -> &'static str {
    match trial.mechanism {
        Mechanism::Mqtt => "a session with the broker",
        Mechanism::DtlsPsk => "a session by a shared key",
        Mechanism::Telnet => "a shell",
        _ => "a session",
    }
}

/// Whether every default credential that the requirement names was tried to the end.
fn tried(
    trial: &Trial<'_>,
    place: &str,
    subject: &Subject,
    wanted: &[Candidate],
    assessment: &mut Assessment,
) {
    let refused = wanted
        .iter()
        .filter(|candidate| trial.refuses(candidate))
        .count();
    if refused < wanted.len() || wanted.is_empty() {
        let message = format!(
            "{place}: {refused} of {} published default credentials were tried to the end; where a lockout threshold kept the others away, declare `lockout_minutes`, after which the device forgets failures",
            wanted.len()
        );
        assessment.missing(
            Reason::CandidatesNotTried,
            subject.clone(),
            message,
            trial.evidence_of(AccessStep::Candidate),
        );
    }
}

/// Why there is no login here that could be tried. None: there is one.
fn no_login(trial: &Trial<'_>) -> Option<(Reason, String)> {
    match trial.strangers() {
        None => Some((
            Reason::NoEvidence,
            "nobody asked without credentials".to_owned(),
        )),
        Some(Strangers::Served(_)) => Some((
            Reason::NoLoginToTest,
            "there is no login to test: what it serves needs none".to_owned(),
        )),
        // Who is let in and gets nothing may get more with credentials.
        Some(Strangers::Admitted(_)) => None,
        Some(Strangers::LoginForm) => Some((
            Reason::LoginFormNotTested,
            "it shows a login form; this version does not fill in forms".to_owned(),
        )),
        Some(Strangers::Unclear(reply)) => Some((
            Reason::LoginNotTestable,
            format!(
                "no login was found that could be tested ({})",
                brief(&reply.detail, 160)
            ),
        )),
        Some(Strangers::Unanswered(reason)) => Some((
            reason,
            "it did not answer when asked without credentials".to_owned(),
        )),
        Some(Strangers::Refused(reply)) => {
            let wanted = match trial.mechanism {
                Mechanism::HttpBasic => "basic",
                Mechanism::HttpDigest => "digest",
                _ => return None,
            };
            let testable = reply.schemes.iter().any(|scheme| scheme == wanted);
            (!testable).then(|| {
                let schemes = match reply.schemes.as_slice() {
                    [] => "none".to_owned(),
                    schemes => brief(&schemes.join(", "), 80),
                };
                let message = format!(
                    "it refuses strangers ({}), and does not offer `{}`, the login to be tested (offered: {schemes})",
                    brief(&reply.detail, 160),
                    trial.mechanism.as_str()
                );
                (Reason::LoginNotTestable, message)
            })
        }
    }
}

/// Everything that a refusal needs to count.
fn controls(
    trial: &Trial<'_>,
    owner: Option<&Owner>,
    place: &str,
    subject: &Subject,
    assessment: &mut Assessment,
) {
    let mut gap = |reason, message: &str, evidence: Vec<String>| {
        assessment.missing(
            reason,
            subject.clone(),
            format!("{place}: {message}"),
            evidence,
        );
    };
    if let Some(attempt) = trial.throttled() {
        let message = "the login was throttled or locked before the controls were complete";
        gap(
            Reason::LoginThrottled,
            message,
            vec![attempt.evidence.id.clone()],
        );
    }
    if !trial.by_the_owner(owner) {
        let message = "the owner's login was not made with the owner's credential of the manifest";
        gap(Reason::OwnerControlMissing, message, trial.evidence());
    }
    if !trial.in_order() {
        let message = "the attempts did not come in the order that makes refusals count";
        gap(Reason::OwnerControlFailed, message, trial.evidence());
    }
    if !trial.refusal_learned() {
        let message =
            "random credentials were not plainly refused, so that a refusal cannot be recognised";
        gap(
            Reason::AnswerUnclear,
            message,
            trial.evidence_of(AccessStep::RandomAccount),
        );
    }
    if let Some(attempt) = trial.accepted() {
        let message = "a default credential was accepted once, and that could not be confirmed";
        gap(
            Reason::AnswerUnclear,
            message,
            vec![attempt.evidence.id.clone()],
        );
    }
    if let Some(attempt) = trial.unclear_candidate() {
        let message = "a default credential was answered neither by acceptance nor by refusal";
        gap(
            Reason::AnswerUnclear,
            message,
            vec![attempt.evidence.id.clone()],
        );
    }
    let first = trial.owner_fault(AccessStep::OwnerFirst);
    let last = trial.owner_fault(AccessStep::OwnerLast);
    if let Some((Reason::OwnerControlMissing, _)) = &first {
        let message = "the refusals prove nothing, because no owner's login was shown to work: declare `[service.owner]` in the manifest";
        gap(Reason::OwnerControlMissing, message, trial.evidence());
        return;
    }
    if let Some((reason, detail)) = first {
        let message = format!("before the attempts, {detail}");
        gap(reason, &message, trial.evidence_of(AccessStep::OwnerFirst));
    } else if let Some((reason, detail)) = last {
        let message = format!("after the attempts, {detail}");
        gap(reason, &message, trial.evidence_of(AccessStep::OwnerLast));
    } else {
        let (most, of_owner) = trial.failures();
        if of_owner < most {
            let message = format!(
                "one account saw {most} failed attempts and the owner's {of_owner}, so that it was not shown that so many failures lock no account in silence"
            );
            gap(Reason::LockoutNotExcluded, &message, trial.evidence());
        }
    }
}

/// Nothing on the device has a login, by the supplier's statement, and nothing contradicts it.
fn absent(facts: &Facts<'_>) -> Absent {
    let evidence = facts
        .units
        .iter()
        .flat_map(|unit| facts.ledgers(&unit.id).values())
        .map(|(item, _)| item.id.clone())
        .collect();
    let services = &facts.device.services;
    let statement = if services.is_empty() {
        "the manifest declares no service, and no TCP port is open".to_owned()
    } else {
        let ids: Vec<_> = services.iter().map(|service| service.id.as_str()).collect();
        format!(
            "the manifest declares that no service has a login ({})",
            ids.join(", ")
        )
    };
    Absent {
        statement,
        by: Declarant::Supplier,
        code: LOGIN_ABSENT,
        evidence,
    }
}
