//! `credentials/no-unauthenticated-access`: nothing that needs a login opens without one.

use super::coap::{OPEN_COAP_RESOURCE, assess_access, coap_inside, coap_ports};
use super::dtls;
use super::mqtt::{
    ADMITS_STRANGERS, OPEN_BROKER, admitted, in_version, miss_version, not_spoken, served_by_broker,
};
use super::trial::{Anything, Strangers, Trial, trials, untried};
use crate::case::facts::{Facts, OpenPort};
use crate::case::transport::{DtlsPort, dtls_ports};
use crate::case::{TestCase, parameters};
use crate::dut::{AccessPolicy, Unit};
use crate::observation::{AccessReply, AccessStep, Mechanism};
use crate::text::brief;
use crate::verdict::{Assessment, Code, Reason, Severity};

const ACCEPTS_ANY_CREDENTIAL: Code = Code {
    id: "accepts-any-credential",
    severity: Severity::Critical,
};

const OPEN_FTP: Code = Code {
    id: "open-ftp",
    severity: Severity::High,
};

const OPEN_PAGE: Code = Code {
    id: "open-page",
    severity: Severity::High,
};

const OPEN_SHELL: Code = Code {
    id: "open-shell",
    severity: Severity::Critical,
};

/// The test case.
pub const NO_UNAUTHENTICATED_ACCESS: TestCase = TestCase {
    id: "credentials/no-unauthenticated-access",
    title: "Nothing that needs a login opens without one",
    page: include_str!("no_unauthenticated_access.md"),
    codes: &[
        ACCEPTS_ANY_CREDENTIAL,
        ADMITS_STRANGERS,
        OPEN_BROKER,
        OPEN_COAP_RESOURCE,
        OPEN_FTP,
        OPEN_PAGE,
        OPEN_SHELL,
    ],
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
    check_parameters: parameters::check::<parameters::None>,
    assess,
};

fn assess(facts: &Facts<'_>, _parameters: &toml::Table) -> Assessment {
    let mut assessment = Assessment::default();
    for unit in &facts.units {
        assess_unit(facts, unit, &mut assessment);
    }
    assessment
}

fn assess_unit(facts: &Facts<'_>, unit: &Unit, assessment: &mut Assessment) {
    assessment.gaps.extend(facts.surface_gaps(unit));
    let open_ports = facts.open_ports(&unit.id);
    let trials = trials(facts, &unit.id);
    for open in &open_ports {
        let mut here = trials.iter().filter(|trial| trial.is_at(open)).peekable();
        if here.peek().is_none() {
            let (reason, message) = untried(open);
            assessment.missing(reason, open.subject(&unit.id), message, open.evidence());
        }
        for trial in here {
            if !not_spoken(trial, &trials) {
                assess_trial(unit, open, trial, assessment);
            }
            miss_version(unit, open, trial, &trials, assessment);
        }
    }
    assessment.gaps.extend(facts.udp_gaps(unit));
    for port in dtls_ports(facts, &unit.id) {
        if !dtls::takes_no_key(&port) {
            assess_keys(unit, &port, &trials, assessment);
        }
        let inside = coap_inside(facts, &unit.id, &port.open);
        dtls::other_ways(unit, &port, inside.is_some(), assessment);
        if let Some(inside) = inside {
            assess_access(unit, &inside, assessment);
        }
    }
    for port in coap_ports(facts, &unit.id) {
        assess_access(unit, &port, assessment);
    }
    if open_ports.is_empty() {
        let ledgers: Vec<_> = facts.ledgers(&unit.id).values().collect();
        if !ledgers.is_empty() {
            let evidence = ledgers.iter().map(|(item, _)| item.id.clone()).collect();
            let statement =
                "no TCP port is open, so that nothing can be had through one".to_owned();
            assessment.proved(&unit.id, statement, evidence);
        }
    }
}

/// What shared keys brought that nobody need know.
fn assess_keys(
    unit: &Unit,
    port: &DtlsPort<'_>,
    trials: &[Trial<'_>],
    assessment: &mut Assessment,
) {
    let here = trials.iter().filter(|trial| trial.is_at(&port.open));
    let mut here = here.peekable();
    if here.peek().is_none() {
        dtls::untried(unit, port, assessment);
    }
    for trial in here {
        assess_trial(unit, &port.open, trial, assessment);
        dtls::by_the_owner(unit, port, trial, assessment);
    }
}

fn assess_trial(unit: &Unit, open: &OpenPort<'_>, trial: &Trial<'_>, assessment: &mut Assessment) {
    let subject = open.subject(&unit.id);
    let place = format!("{}{}", open.place(), in_version(trial));
    let asked = trial.evidence_of(AccessStep::Anonymous);
    match trial.strangers() {
        None => {
            let message = format!("{place}: nobody asked without credentials");
            assessment.missing(
                Reason::NoEvidence,
                subject.clone(),
                message,
                trial.evidence(),
            );
        }
        Some(Strangers::Unanswered(reason)) => {
            let message = format!("{place} did not answer when asked without credentials");
            assessment.missing(reason, subject.clone(), message, asked);
        }
        Some(Strangers::LoginForm) => {
            let message = format!(
                "{place} shows a login form at {}; that what lies behind it needs the login was not shown: name a protected path in `[service.owner]`",
                trial.path.unwrap_or("/")
            );
            assessment.missing(Reason::LoginFormNotTested, subject.clone(), message, asked);
        }
        Some(Strangers::Unclear(reply)) => {
            let message = format!(
                "{place} answered a stranger in a way that tells nothing ({}){}",
                brief(&reply.detail, 160),
                match trial.mechanism.is_http() {
                    true => ": name a protected path in `[service.owner]`",
                    false => "",
                }
            );
            assessment.missing(Reason::AnswerUnclear, subject.clone(), message, asked);
        }
        Some(Strangers::Served(reply)) => served(unit, open, trial, reply, assessment),
        Some(Strangers::Admitted(reply)) => admitted(unit, open, reply, asked, assessment),
        Some(Strangers::Refused(reply)) => {
            let what = trial.path.unwrap_or("a session");
            let statement = format!(
                "{place} refuses {what} to strangers ({})",
                brief(&reply.detail, 160)
            );
            assessment.proved(&unit.id, statement, asked);
        }
    }
    if let Some((random, anything)) = trial.accepts_anything() {
        let evidence = vec![random.evidence.id.clone()];
        match (anything, random.reply) {
            (Anything::Opened, _) => {
                let message =
                    format!("{place} accepts credentials that the harness made up a moment before");
                assessment.found(ACCEPTS_ANY_CREDENTIAL, subject, message, evidence);
            }
            (Anything::Admitted, Some(reply)) if trial.mechanism == Mechanism::Mqtt => {
                admitted(unit, open, reply, evidence, assessment);
            }
            (Anything::Admitted, Some(reply)) => {
                let message = format!(
                    "{place} accepts random credentials and then shows nothing ({}); whether the session is good for anything cannot be told",
                    brief(&reply.detail, 160)
                );
                assessment.missing(Reason::AnswerUnclear, subject, message, evidence);
            }
            _ => {
                let message = format!(
                    "{place} answers random credentials with a page that is not the owner's; whether it is an acceptance cannot be told"
                );
                assessment.missing(Reason::AnswerUnclear, subject, message, evidence);
            }
        }
    }
}

/// A stranger was served. What that means depends on what it is and what the manifest says.
fn served(
    unit: &Unit,
    open: &OpenPort<'_>,
    trial: &Trial<'_>,
    reply: &AccessReply,
    assessment: &mut Assessment,
) {
    let subject = open.subject(&unit.id);
    let place = open.place();
    let evidence = trial.evidence_of(AccessStep::Anonymous);
    let what = match trial.mechanism {
        Mechanism::Ftp => "anonymous FTP",
        _ => trial.path.unwrap_or("/"),
    };
    let title = reply
        .title
        .as_ref()
        .map(|title| format!(", the page “{}”", brief(title, 80)))
        .unwrap_or_default();
    match (trial.mechanism, open.declared.map(|service| service.access)) {
        // Reads of CoAP are judged by [`assess_access`], and are no trials.
        (Mechanism::Coap, _) => {}
        (Mechanism::Mqtt, access) => {
            served_by_broker(unit, open, reply, access, evidence, assessment);
        }
        (Mechanism::DtlsPsk, _) => {
            let message = format!(
                "{place} lets in whoever has no identity and an empty key ({})",
                brief(&reply.detail, 160)
            );
            assessment.found(ACCEPTS_ANY_CREDENTIAL, subject, message, evidence);
        }
        (Mechanism::SshPassword | Mechanism::Telnet, _) => {
            let message = format!(
                "{place} opens a session without a login ({})",
                brief(&reply.detail, 160)
            );
            assessment.found(OPEN_SHELL, subject, message, evidence);
        }
        (_, Some(AccessPolicy::Public)) => {
            let statement = format!("{place} serves {what} to anyone, as the supplier states");
            assessment.proved(&unit.id, statement, evidence);
        }
        (Mechanism::Ftp, _) => {
            let message = format!(
                "{place} lets in whoever names no account ({})",
                brief(&reply.detail, 160)
            );
            assessment.found(OPEN_FTP, subject, message, evidence);
        }
        (Mechanism::HttpBasic | Mechanism::HttpDigest, Some(AccessPolicy::Login)) => {
            let message = format!(
                "{place} serves {what} without credentials ({}{title})",
                brief(&reply.detail, 160)
            );
            assessment.found(OPEN_PAGE, subject, message, evidence);
        }
        (Mechanism::HttpBasic | Mechanism::HttpDigest, None) => {
            let message = format!(
                "{place} serves {what} without credentials ({}{title}); the manifest does not declare the service, so that nobody says whether it may",
                brief(&reply.detail, 160)
            );
            assessment.missing(Reason::UndeclaredPage, subject, message, evidence);
        }
    }
}
