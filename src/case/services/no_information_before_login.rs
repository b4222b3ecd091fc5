//! `services/no-information-before-login`: what a service gives to somebody who has not logged in helps nobody
//! to attack it.

mod told;

use crate::case::facts::{Facts, OpenPort, absence};
use crate::case::{TestCase, parameters};
use crate::disclosure::{Known, WELL_KNOWN, in_banner, is_guessed};
use crate::dut::Unit;
use crate::evidence::Evidence;
use crate::observation::{
    AccessOutcome, AccessReply, AccessStep, Asked, Disclosure, Mechanism, Observation, Protocol,
    Transport,
};
use crate::text::brief;
use crate::verdict::{Assessment, Reason};
use told::{Told, found};

/// The test case.
pub const NO_INFORMATION_BEFORE_LOGIN: TestCase = TestCase {
    id: "services/no-information-before-login",
    title: "No service tells anyone what helps to attack the device",
    page: include_str!("no_information_before_login.md"),
    codes: told::CODES,
    probes: &[
        "reach",
        "ports",
        "udp-ports",
        "identify",
        "disclosure",
        "access",
        "coap",
        "heartbeat",
    ],
    check_parameters: parameters::check::<parameters::None>,
    assess,
};

fn assess(facts: &Facts<'_>, _parameters: &toml::Table) -> Assessment {
    let known = Known::in_run(facts.device);
    let mut assessment = Assessment::default();
    for unit in &facts.units {
        assess_unit(facts, unit, &known, &mut assessment);
    }
    assessment
}

fn assess_unit(facts: &Facts<'_>, unit: &Unit, known: &Known, assessment: &mut Assessment) {
    assessment.gaps.extend(facts.surface_gaps(unit));
    let udp = facts.udp_ledgers(&unit.id);
    for address in facts.addresses(unit) {
        if !udp.contains_key(address.as_str()) {
            let gap = facts.no_ledger(unit, &address, Transport::Udp);
            assessment.gaps.push(gap);
        }
    }
    let mut open = facts.open_ports(&unit.id);
    open.extend(facts.udp_ports(&unit.id));
    for port in &open {
        match port.protocol() {
            Some(Protocol::Http) if port.transport == Transport::Tcp => {
                assess_pages(facts, unit, port, assessment);
            }
            _ => assess_banner(facts, unit, port, known, assessment),
        }
    }
    if open.is_empty() {
        let ledgers: Vec<_> = facts.ledgers(&unit.id).values().collect();
        if !ledgers.is_empty() {
            let evidence = ledgers.iter().map(|(item, _)| item.id.clone()).collect();
            let statement = "no port is open, so that nobody is told anything".to_owned();
            assessment.proved(&unit.id, statement, evidence);
        }
    }
}

/// What a web server gives away, by everything that was asked of it.
fn assess_pages(facts: &Facts<'_>, unit: &Unit, open: &OpenPort<'_>, assessment: &mut Assessment) {
    let place = open.place();
    let subject = open.subject(&unit.id);
    let mut read = Vec::new();
    let mut told: Vec<Told<'_>> = Vec::new();
    let asked = asked(facts, unit, open);
    for (item, item_path) in asked.iter().copied() {
        let path = brief(item_path, 80);
        let fact = item.observations().iter().find_map(|fact| match fact {
            Observation::Disclosure(disclosure) => Some(disclosure),
            _ => None,
        });
        let Some(disclosure) = fact else {
            let (reason, detail) = absence(item);
            let message =
                format!("{place}, {path}: nothing could be read without a login: {detail}");
            let evidence = vec![item.id.clone()];
            assessment.missing(reason, subject.clone(), message, evidence);
            continue;
        };
        if let Some(why) = unread(item_path, disclosure) {
            let message = format!("{place}, {path}: {why}");
            let evidence = vec![item.id.clone()];
            assessment.missing(Reason::AnswerUnclear, subject.clone(), message, evidence);
        }
        read.push(item.id.clone());
        let items = disclosure.items.iter().cloned();
        told.extend(items.map(|it| Told::new(it, Some(path.clone()), &item.id)));
    }
    let demanded = ["/"].iter().chain(WELL_KNOWN);
    let left_out: Vec<&str> = demanded
        .copied()
        .filter(|path| asked.iter().all(|(_, asked)| asked != path))
        .collect();
    // Who stopped answering was not asked for more, and that has been said.
    if !left_out.is_empty() && read.len() == asked.len() && !read.is_empty() {
        let message = format!("{place}: nobody asked for {}", left_out.join(", "));
        assessment.missing(
            Reason::NoEvidence,
            subject.clone(),
            message,
            open.evidence(),
        );
    }
    if read.is_empty() {
        let message = format!("{place}: nobody read what it gives without a login");
        assessment.missing(Reason::NoEvidence, subject, message, open.evidence());
        return;
    }
    let statement = format!(
        "{place}: {} answers to requests without a login were read",
        read.len()
    );
    assessment.proved(&unit.id, statement, read);
    found(unit, open, told, assessment);
}

/// The requests without credentials to a port, and what for.
fn asked<'a>(facts: &Facts<'a>, unit: &Unit, open: &OpenPort<'_>) -> Vec<(&'a Evidence, &'a str)> {
    facts
        .of(&unit.id)
        .filter(|item| item.target.address == open.address && item.target.port == Some(open.port))
        .filter_map(|item| match &item.asked {
            Asked::Disclosure { path } => Some((item, path.as_str())),
            _ => None,
        })
        .collect()
}

/// Why an answer does not say what it would give.
fn unread(path: &str, disclosure: &Disclosure) -> Option<String> {
    // 400 and 421 (RFC 9110, section 15.5): it did not take the request for one of its own.
    let failed = matches!(disclosure.status, 400 | 408 | 421 | 500..);
    match disclosure.status {
        429 | 503 => Some(format!(
            "it was too busy to answer ({}), so that what it gives was not read",
            disclosure.status
        )),
        status if failed && !is_guessed(path) => Some(format!(
            "it answered with an error ({status}), so that what it gives was not read"
        )),
        _ if !disclosure.whole => {
            Some("the answer was not read to its end, so that the rest may give more".to_owned())
        }
        _ => disclosure.unread.map(|why| why.words().to_owned()),
    }
}

/// What any other service says of itself before a login, which its identification has recorded.
fn assess_banner(
    facts: &Facts<'_>,
    unit: &Unit,
    open: &OpenPort<'_>,
    known: &Known,
    assessment: &mut Assessment,
) {
    let place = open.place();
    let subject = open.subject(&unit.id);
    let service = open
        .service
        .filter(|service| !matches!(service.protocol, Protocol::Unknown | Protocol::Tls));
    let Some(service) = service else {
        let message = format!(
            "{place}: what speaks there could not be told, so that what it tells anyone is not known"
        );
        let reason = Reason::ServiceNotIdentified;
        assessment.missing(reason, subject, message, open.evidence());
        return;
    };
    let let_in = strangers(facts, unit, open, |reply| {
        reply.outcome == AccessOutcome::Served || reply.outcome.accepts()
    });
    if !let_in.is_empty() {
        let message = format!(
            "{place} lets in whoever asks; what it gives them beyond its first words was not looked through"
        );
        assessment.missing(Reason::AnswerUnclear, subject.clone(), message, let_in);
    }
    let unclear = strangers(facts, unit, open, |reply| {
        reply.outcome == AccessOutcome::Unclear
    });
    if !unclear.is_empty() && service.protocol == Protocol::Telnet {
        let message = format!(
            "{place}: it could not be told whether the terminal lets strangers in; what it would give them was not looked through"
        );
        assessment.missing(Reason::AnswerUnclear, subject.clone(), message, unclear);
    }
    if service.first_bytes.ends_with('…') {
        let message = format!(
            "{place}: it says more before a login than was kept, so that the rest may give more"
        );
        assessment.missing(Reason::AnswerUnclear, subject, message, open.evidence());
    }
    let ids = open.evidence();
    let id = ids.last().cloned().unwrap_or_default();
    let items = in_banner(&service.first_bytes, service.product.as_deref(), known);
    let told = items.into_iter().map(|it| Told::new(it, None, &id));
    let told = told.collect();
    let statement = format!(
        "{place}: what {} says before a login was read",
        service.spoken()
    );
    assessment.proved(&unit.id, statement, ids);
    found(unit, open, told, assessment);
}

/// Attempts without credentials at a service that were answered so. A list of CoAP resources is made for
/// everybody.
fn strangers(
    facts: &Facts<'_>,
    unit: &Unit,
    open: &OpenPort<'_>,
    answered: fn(&AccessReply) -> bool,
) -> Vec<String> {
    let here = |item: &&Evidence| {
        let target = &item.target;
        target.address == open.address
            && target.port == Some(open.port)
            && target.transport == Some(open.transport)
    };
    let stranger = |item: &&Evidence| match &item.asked {
        Asked::Access {
            step: AccessStep::Anonymous,
            mechanism,
            path,
            ..
        } => *mechanism != Mechanism::Coap || path.as_deref() != Some("/.well-known/core"),
        _ => false,
    };
    let so = |fact: &Observation| matches!(fact, Observation::Access(reply) if answered(reply));
    facts
        .of(&unit.id)
        .filter(here)
        .filter(stranger)
        .filter(|item| item.observations().iter().any(so))
        .map(|item| item.id.clone())
        .collect()
}
