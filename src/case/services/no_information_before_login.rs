//! `services/no-information-before-login`: what a service gives to somebody who has not logged in helps nobody
//! to attack it.

use std::collections::BTreeMap;

use crate::case::facts::{Facts, OpenPort, absence};
use crate::case::{TestCase, parameters};
use crate::disclosure::{Known, in_banner};
use crate::dut::Unit;
use crate::evidence::Evidence;
use crate::observation::{
    AccessOutcome, AccessStep, Asked, Disclosed, DisclosedItem, Disclosure, Mechanism, Observation,
    Protocol, Transport,
};
use crate::text::brief;
use crate::verdict::{Assessment, Code, Reason, Severity};

const CONFIGURATION_DISCLOSED: Code = Code {
    id: "configuration-disclosed",
    severity: Severity::High,
    meaning: "settings, files or the insides of the device are given to anyone",
    remediation: "Serve settings only after the login, and take files that are no pages out of the directory of pages.",
};

const DIRECTORY_LISTING: Code = Code {
    id: "directory-listing",
    severity: Severity::Medium,
    meaning: "a web server lists a directory to anyone",
    remediation: "Switch the listing of directories off.",
};

const DISCLOSURE_DECLARED: Code = Code {
    id: "disclosure-declared",
    severity: Severity::Note,
    meaning: "something is told to anyone that the supplier states must be told before a login",
    remediation: "Look whether the stated purpose still holds.",
};

const ERROR_DETAILS_DISCLOSED: Code = Code {
    id: "error-details-disclosed",
    severity: Severity::Medium,
    meaning: "an error shows the inside of the software to anyone",
    remediation: "Write details of errors to a log, and answer with a page that says only that there was one.",
};

const IDENTIFIER_DISCLOSED: Code = Code {
    id: "identifier-disclosed",
    severity: Severity::Medium,
    meaning: "a serial number or a MAC address is told to anyone",
    remediation: "Tell it after the login only, or state in the manifest why it must be told before (`discloses`).",
};

const SECRET_DISCLOSED: Code = Code {
    id: "secret-disclosed",
    severity: Severity::Critical,
    meaning: "a password, the hash of one, or a private key is given to anyone",
    remediation: "Take it out of what is served, and replace it on every device: it is known now.",
};

const SOFTWARE_VERSION_DISCLOSED: Code = Code {
    id: "software-version-disclosed",
    severity: Severity::Note,
    meaning: "a version of the firmware or of other software is told to anyone",
    remediation: "Leave the version out of banners, headers and pages that need no login.",
};

/// The test case.
pub const NO_INFORMATION_BEFORE_LOGIN: TestCase = TestCase {
    id: "services/no-information-before-login",
    title: "No service tells anyone what helps to attack the device",
    page: include_str!("no_information_before_login.md"),
    codes: &[
        CONFIGURATION_DISCLOSED,
        DIRECTORY_LISTING,
        DISCLOSURE_DECLARED,
        ERROR_DETAILS_DISCLOSED,
        IDENTIFIER_DISCLOSED,
        SECRET_DISCLOSED,
        SOFTWARE_VERSION_DISCLOSED,
    ],
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

/// The finding that a kind of information makes.
fn code(what: Disclosed) -> Code {
    match what {
        Disclosed::SoftwareVersion | Disclosed::FirmwareVersion => SOFTWARE_VERSION_DISCLOSED,
        Disclosed::SerialNumber | Disclosed::MacAddress => IDENTIFIER_DISCLOSED,
        Disclosed::WifiName
        | Disclosed::InternalAddress
        | Disclosed::UserName
        | Disclosed::PrivateFile
        | Disclosed::ServerInternals => CONFIGURATION_DISCLOSED,
        Disclosed::DirectoryListing => DIRECTORY_LISTING,
        Disclosed::ErrorDetails => ERROR_DETAILS_DISCLOSED,
        Disclosed::PrivateKey
        | Disclosed::PasswordHash
        | Disclosed::Password
        | Disclosed::DeclaredSecret => SECRET_DISCLOSED,
    }
}

fn assess(facts: &Facts<'_>, _parameters: &toml::Table) -> Assessment {
    let known = Known::of(facts.device);
    let mut assessment = Assessment::default();
    for unit in &facts.units {
        assess_unit(facts, unit, &known, &mut assessment);
    }
    assessment
}

fn assess_unit(facts: &Facts<'_>, unit: &Unit, known: &Known, assessment: &mut Assessment) {
    assessment.gaps.extend(facts.surface_gaps(unit));
    let udp = facts.udp_ledgers(&unit.id);
    for address in unit.addresses.iter().map(ToString::to_string) {
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
        let ledgers: Vec<_> = facts.ledgers(&unit.id).into_values().collect();
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
    for (item, path) in asked(facts, unit, open) {
        let path = brief(path, 80);
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
        if let Some(why) = unread(disclosure) {
            let message = format!("{place}, {path}: {why}");
            let evidence = vec![item.id.clone()];
            assessment.missing(Reason::AnswerUnclear, subject.clone(), message, evidence);
        }
        read.push(item.id.clone());
        let items = disclosure.items.iter().cloned();
        told.extend(items.map(|it| Told::new(it, Some(path.clone()), &item.id)));
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
fn unread(disclosure: &Disclosure) -> Option<String> {
    match disclosure.status {
        429 | 503 => Some(format!(
            "it was too busy to answer ({}), so that what it gives was not read",
            disclosure.status
        )),
        _ if !disclosure.whole => {
            Some("the answer was not read to its end, so that the rest may give more".to_owned())
        }
        _ => None,
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
    let strangers = let_in(facts, unit, open);
    if !strangers.is_empty() {
        let message = format!(
            "{place} lets in whoever asks; what it gives them beyond its first words was not looked through"
        );
        assessment.missing(Reason::AnswerUnclear, subject, message, strangers);
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

/// Attempts without credentials that a service let in. A list of CoAP resources is made for everybody.
fn let_in(facts: &Facts<'_>, unit: &Unit, open: &OpenPort<'_>) -> Vec<String> {
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
    let inside = |fact: &Observation| match fact {
        Observation::Access(reply) => {
            reply.outcome == AccessOutcome::Served || reply.outcome.accepts()
        }
        _ => false,
    };
    facts
        .of(&unit.id)
        .filter(here)
        .filter(stranger)
        .filter(|item| item.observations().iter().any(inside))
        .map(|item| item.id.clone())
        .collect()
}

/// One piece of information, where it was told, and what shows it.
struct Told<'a> {
    item: DisclosedItem,
    path: Option<String>,
    evidence: &'a str,
}

impl<'a> Told<'a> {
    fn new(item: DisclosedItem, path: Option<String>, evidence: &'a str) -> Self {
        Self {
            item,
            path,
            evidence,
        }
    }

    /// `/api/version`, or the header or banner that says it.
    fn place(&self) -> String {
        match (&self.path, self.item.place.as_str()) {
            (Some(path), "body") => path.clone(),
            (Some(path), header) => format!("header {} of {path}", brief(header, 40)),
            (None, place) => brief(place, 40),
        }
    }
}

/// Places of one kind of information that are named.
const NAMED: usize = 3;

/// One finding for each kind of information that a port gives away.
fn found(unit: &Unit, open: &OpenPort<'_>, told: Vec<Told<'_>>, assessment: &mut Assessment) {
    let mut kinds: BTreeMap<Disclosed, Vec<Told<'_>>> = BTreeMap::new();
    for one in told {
        kinds.entry(one.item.what).or_default().push(one);
    }
    for (what, told) in kinds {
        let mut said: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for one in &told {
            let excerpt = brief(&one.item.excerpt, 100);
            said.entry(excerpt).or_default().push(one.place());
        }
        let words: Vec<String> = said
            .iter()
            .take(NAMED)
            .map(|(excerpt, places)| format!("`{excerpt}` ({})", several(places)))
            .collect();
        let mut message = format!(
            "{} tells anyone {}: {}{}",
            open.place(),
            what.words(),
            words.join(", "),
            match said.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            }
        );
        let declared = open.declared.and_then(|service| {
            let mut stated = service.discloses.iter();
            stated.find(|one| one.what.disclosed() == what)
        });
        let code = match declared {
            None => code(what),
            Some(stated) => {
                let purpose = brief(&stated.purpose, 200);
                message.push_str(&format!("; the supplier states that it must: {purpose}"));
                DISCLOSURE_DECLARED
            }
        };
        let mut evidence: Vec<String> = told.iter().map(|one| one.evidence.to_owned()).collect();
        evidence.dedup();
        assessment.found(code, open.subject(&unit.id), message, evidence);
    }
}

/// The first place, and how many more.
fn several(places: &[String]) -> String {
    match places {
        [] => String::new(),
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    }
}
