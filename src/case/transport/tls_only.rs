//! `transport/tls-only`: no service takes anything that matters in clear.

use super::dtls::{DtlsPort, dtls_ports};
use super::ports::{AuditedPort, observed, turning_ports, unidentified};
use super::redirect::redirects_to_https;
use super::{ftp, hollow, same_account, ssh};
use crate::case::credentials::{CoapPort, coap_ports, trials, twin_trials};
use crate::case::facts::{Facts, OpenPort};
use crate::case::{TestCase, parameters};
use crate::dut::Unit;
use crate::observation::{AccessOutcome, AccessReply, Protocol};
use crate::text::brief;
use crate::verdict::{Assessment, Code, Reason, Severity};

const CLEARTEXT_BROKER: Code = Code {
    id: "cleartext-broker",
    severity: Severity::High,
};

const CLEARTEXT_COAP: Code = Code {
    id: "cleartext-coap",
    severity: Severity::High,
};

const CLEARTEXT_COMMANDS: Code = Code {
    id: "cleartext-commands",
    severity: Severity::High,
};

const CLEARTEXT_LOGIN: Code = Code {
    id: "cleartext-login",
    severity: Severity::High,
};

const CLEARTEXT_PAGE: Code = Code {
    id: "cleartext-page",
    severity: Severity::Medium,
};

const CLEARTEXT_TERMINAL: Code = Code {
    id: "cleartext-terminal",
    severity: Severity::High,
};

const PROTECTED_BY_NOTHING: Code = Code {
    id: "protected-by-nothing",
    severity: Severity::Critical,
};

const REDIRECTS_TO_HTTPS: Code = Code {
    id: "redirects-to-https",
    severity: Severity::Note,
};

const SAME_CREDENTIALS_IN_CLEAR: Code = Code {
    id: "same-credentials-in-clear",
    severity: Severity::High,
};

/// The test case.
pub const TLS_ONLY: TestCase = TestCase {
    id: "transport/tls-only",
    title: "No service takes in clear what matters",
    page: include_str!("tls_only.md"),
    codes: &[
        CLEARTEXT_BROKER,
        CLEARTEXT_COAP,
        CLEARTEXT_COMMANDS,
        CLEARTEXT_LOGIN,
        CLEARTEXT_PAGE,
        CLEARTEXT_TERMINAL,
        PROTECTED_BY_NOTHING,
        REDIRECTS_TO_HTTPS,
        SAME_CREDENTIALS_IN_CLEAR,
    ],
    probes: &[
        "reach",
        "ports",
        "udp-ports",
        "identify",
        "tls",
        "dtls",
        "tls-audit",
        "access",
        "coap",
        "twin",
        "heartbeat",
    ],
    check_parameters: parameters::check::<parameters::None>,
    assess,
};

fn assess(facts: &Facts<'_>, _parameters: &toml::Table) -> Assessment {
    let mut assessment = Assessment::default();
    for unit in &facts.units {
        assessment.gaps.extend(facts.surface_gaps(unit));
        let open_ports = facts.open_ports(&unit.id);
        for open in &open_ports {
            assess_port(facts, unit, open, &mut assessment);
        }
        assessment.gaps.extend(facts.udp_gaps(unit));
        for port in coap_ports(facts, &unit.id) {
            assess_coap(unit, &port, &mut assessment);
        }
        for port in dtls_ports(facts, &unit.id) {
            assess_dtls(unit, &port, &mut assessment);
        }
        same_account::assess(facts, unit, SAME_CREDENTIALS_IN_CLEAR, &mut assessment);
        let ledgers = facts.ledgers(&unit.id);
        if open_ports.is_empty() && !ledgers.is_empty() {
            let statement = "no TCP port is open, so that none takes anything in clear".to_owned();
            let evidence = ledgers.values().map(|(item, _)| item.id.clone()).collect();
            assessment.proved(&unit.id, statement, evidence);
        }
    }
    hollow::assess(facts, PROTECTED_BY_NOTHING, &mut assessment);
    assessment
}

fn assess_port(facts: &Facts<'_>, unit: &Unit, open: &OpenPort<'_>, assessment: &mut Assessment) {
    let subject = open.subject(&unit.id);
    let place = open.place();
    if let Some((reason, why)) = unidentified(open) {
        let message = format!("{place}: {why}");
        assessment.missing(reason, subject, message, open.evidence());
        return;
    }
    let Some(service) = open.service else { return };
    match service.protocol {
        _ if service.also_in_clear => {
            let message = format!(
                "{place} speaks TLS, and answers CONNECT of MQTT in clear at the same port as well"
            );
            assessment.found(CLEARTEXT_BROKER, subject, message, open.evidence());
        }
        _ if service.tls => match observed(facts, &unit.id, open) {
            Ok(port) => {
                let statement = format!("{place} speaks TLS");
                assessment.proved(&unit.id, statement, port.evidence());
            }
            Err((reason, why)) => {
                let message = format!("{place}: {why}");
                assessment.missing(reason, subject, message, open.evidence());
            }
        },
        Protocol::Ftp => ftp::assess(facts, unit, open, CLEARTEXT_LOGIN, assessment),
        Protocol::Ssh => ssh::assess(facts, unit, open, assessment),
        Protocol::Telnet => {
            let message = format!(
                "{place} is a terminal in clear, beginning `{}`",
                brief(&service.first_bytes, 60)
            );
            assessment.found(CLEARTEXT_TERMINAL, subject, message, open.evidence());
        }
        // Told by nothing but its CONNACK: it took what CONNECT carries.
        Protocol::Mqtt => {
            let message = format!("{place} is an MQTT broker that answers CONNECT in clear");
            assessment.found(CLEARTEXT_BROKER, subject, message, open.evidence());
        }
        Protocol::Http => assess_http(facts, unit, open, assessment),
        protocol if protocol.stays_in_clear() => {
            let message = format!(
                "{place} speaks {} in clear, which knows no encryption, and answered",
                protocol.as_str()
            );
            assessment.found(CLEARTEXT_COMMANDS, subject, message, open.evidence());
        }
        protocol => {
            let message = format!(
                "{place} speaks {} in clear{}; whether it takes anything that matters before it turns to TLS, this version cannot ask",
                protocol.as_str(),
                turn(facts, unit, open)
            );
            assessment.missing(Reason::LoginNotTestable, subject, message, open.evidence());
        }
    }
}

/// Whether a service that begins in clear turned to TLS when it was asked, for messages.
fn turn(facts: &Facts<'_>, unit: &Unit, open: &OpenPort<'_>) -> String {
    let mut turned = turning_ports(facts, unit).into_iter();
    let here =
        |port: &AuditedPort<'_>| port.open.address == open.address && port.open.port == open.port;
    match turned.find(here) {
        Some(port) => {
            let versions: Vec<String> = port
                .audit
                .offered()
                .map(|it| it.version.to_string())
                .collect();
            format!(
                ", and turns to {} when it is asked to",
                versions.join(" and ")
            )
        }
        None => String::new(),
    }
}

/// Any response is one that was given in clear, to a request that was taken in clear.
fn assess_coap(unit: &Unit, port: &CoapPort<'_>, assessment: &mut Assessment) {
    let subject = port.open.subject(&unit.id);
    if let Some((reply, evidence)) = port.first_reply() {
        let message = format!(
            "{} takes CoAP requests in clear and answers them in clear ({})",
            port.open.place(),
            brief(&reply.detail, 160)
        );
        assessment.found(CLEARTEXT_COAP, subject, message, vec![evidence]);
    } else if let Some((reason, message, evidence)) = port.gap() {
        assessment.missing(reason, subject, message, evidence);
    }
}

/// Protected by what it speaks, where that was seen to be more than one answer in its form.
fn assess_dtls(unit: &Unit, port: &DtlsPort<'_>, assessment: &mut Assessment) {
    let place = port.open.place();
    let gap = match &port.audit {
        Ok(audited) if audited.is_spoken() => {
            let statement = format!("{place} speaks DTLS");
            let evidence = vec![audited.evidence.id.clone()];
            assessment.proved(&unit.id, statement, evidence);
            return;
        }
        Ok(_) => (
            Reason::AnswerUnclear,
            "it answers like DTLS, and no version was seen to be taken",
        ),
        Err((reason, why)) => (*reason, why.as_str()),
    };
    let message = format!("{place}: {}", gap.1);
    let subject = port.open.subject(&unit.id);
    assessment.missing(gap.0, subject, message, port.open.evidence());
}

/// What a web server in clear did with what it was asked.
fn assess_http(facts: &Facts<'_>, unit: &Unit, open: &OpenPort<'_>, assessment: &mut Assessment) {
    let place = open.place();
    let subject = || open.subject(&unit.id);
    let trials = trials(facts, &unit.id);
    let answers: Vec<(&AccessReply, String)> = trials
        .iter()
        .filter(|trial| trial.is_at(open))
        .flat_map(|trial| &trial.attempts)
        .filter_map(|attempt| Some((attempt.reply?, attempt.evidence.id.clone())))
        .collect();
    // What was asked for the sake of another service's account may lie behind another path.
    let twins = twin_trials(facts, &unit.id);
    let further: Vec<(&AccessReply, String)> = twins
        .iter()
        .filter(|trial| trial.is_at(open))
        .flat_map(|trial| &trial.attempts)
        .filter_map(|attempt| Some((attempt.reply?, attempt.evidence.id.clone())))
        .collect();
    let first = |wanted: &[AccessOutcome]| {
        let mut of_kind = answers
            .iter()
            .chain(&further)
            .filter(|it| wanted.contains(&it.0.outcome));
        of_kind.next()
    };
    let login = first(&[AccessOutcome::Refused, AccessOutcome::LoginForm]);
    let page = first(&[AccessOutcome::Served]);
    if let Some((reply, evidence)) = login {
        let message = format!(
            "{place} asks for a login in clear ({})",
            brief(&reply.detail, 160)
        );
        assessment.found(CLEARTEXT_LOGIN, subject(), message, vec![evidence.clone()]);
    }
    if let Some((reply, evidence)) = page {
        let message = format!(
            "{place} serves content in clear ({})",
            brief(&reply.detail, 160)
        );
        assessment.found(CLEARTEXT_PAGE, subject(), message, vec![evidence.clone()]);
    }
    if login.is_some() || page.is_some() {
        return;
    }
    let evidence: Vec<String> = answers.iter().map(|(_, id)| id.clone()).collect();
    if evidence.is_empty() {
        let message =
            format!("{place} speaks HTTP in clear, and nothing was asked of it that it answered");
        assessment.missing(Reason::NoEvidence, subject(), message, open.evidence());
    } else if answers
        .iter()
        .all(|(reply, _)| redirects_to_https(reply, unit, facts))
    {
        let message = format!("{place} redirects to HTTPS on the unit, and did nothing else");
        assessment.proved(&unit.id, message.clone(), evidence.clone());
        assessment.found(REDIRECTS_TO_HTTPS, subject(), message, evidence);
    } else {
        let message = format!(
            "{place} speaks HTTP in clear, and its answers show neither content nor a redirect to HTTPS on the unit"
        );
        assessment.missing(Reason::AnswerUnclear, subject(), message, evidence);
    }
}
