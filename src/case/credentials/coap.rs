//! What CoAP services gave to strangers, in clear or inside DTLS with a server that alone has a certificate, and what that means to
//! the test cases.

use crate::case::facts::{Facts, OpenPort, absence};
use crate::dut::{AccessPolicy, Unit};
use crate::evidence::Evidence;
use crate::observation::{AccessOutcome, AccessReply, Asked, Mechanism, Observation, Transport};
use crate::text::{brief, shown};
use crate::verdict::{Assessment, Code, Reason, Severity};

/// Where a device lists what it has (RFC 6690, section 4). The list is made for everybody.
const DISCOVERY: &str = "/.well-known/core";

pub const OPEN_COAP_RESOURCE: Code = Code {
    id: "open-coap-resource",
    severity: Severity::High,
};

/// A CoAP service and what was read there without authentication.
#[derive(Clone, Debug)]
pub struct CoapPort<'a> {
    pub open: OpenPort<'a>,
    /// Whether it was asked inside DTLS.
    inside: bool,
    /// In the order of asking.
    reads: Vec<Read<'a>>,
}

/// One GET.
#[derive(Clone, Copy, Debug)]
struct Read<'a> {
    path: &'a str,
    evidence: &'a Evidence,
    /// None: it brought no answer, and the evidence says why.
    reply: Option<&'a AccessReply>,
}

/// The UDP ports of a unit that speak CoAP.
pub fn coap_ports<'a>(facts: &Facts<'a>, unit: &str) -> Vec<CoapPort<'a>> {
    let ports = facts.udp_ports(unit).into_iter();
    ports
        .filter(|open| facts.speaks_coap(unit, open))
        .map(|open| CoapPort {
            reads: reads(facts, unit, &open, false),
            inside: false,
            open,
        })
        .collect()
}

/// What was read inside DTLS at a port. None: nobody tried.
pub fn coap_inside<'a>(facts: &Facts<'a>, unit: &str, open: &OpenPort<'a>) -> Option<CoapPort<'a>> {
    let reads = reads(facts, unit, open, true);
    (!reads.is_empty()).then(|| CoapPort {
        open: open.clone(),
        inside: true,
        reads,
    })
}

fn reads<'a>(facts: &Facts<'a>, unit: &str, open: &OpenPort<'a>, inside: bool) -> Vec<Read<'a>> {
    let here = facts.of(unit).filter(|item| {
        item.target.transport == Some(Transport::Udp)
            && item.target.address == open.address
            && item.target.port == Some(open.port)
    });
    let read = |evidence: &'a Evidence| match &evidence.asked {
        Asked::Access {
            mechanism: Mechanism::Coap,
            path: Some(path),
            encrypted,
            ..
        } if *encrypted == inside => Some(Read {
            path,
            evidence,
            reply: evidence.observations().iter().find_map(|fact| match fact {
                Observation::Access(reply) => Some(reply),
                _ => None,
            }),
        }),
        _ => None,
    };
    here.filter_map(read).collect()
}

impl<'a> CoapPort<'a> {
    /// Reads of what is not the list of resources, or is protected by the supplier's statement. Where only
    /// the list was asked for, that one.
    fn resources(&self) -> Vec<&Read<'a>> {
        let protected = |path: &str| {
            let declared = self.open.declared.map(|service| service.paths.as_slice());
            declared.unwrap_or_default().iter().any(|it| it == path)
        };
        let resources = self.reads.iter();
        resources
            .filter(|read| read.path != DISCOVERY || protected(read.path))
            .collect()
    }

    fn of(&self, outcome: AccessOutcome) -> Vec<&Read<'a>> {
        let mut reads = self.resources();
        reads.retain(|read| read.reply.is_some_and(|it| it.outcome == outcome));
        reads
    }

    /// For messages.
    fn place(&self) -> String {
        match self.inside {
            true => format!("{} inside DTLS", self.open.place()),
            false => self.open.place(),
        }
    }

    /// The first answer of any kind, and its evidence.
    pub fn first_reply(&self) -> Option<(&'a AccessReply, String)> {
        self.reads
            .iter()
            .find_map(|read| Some((read.reply?, read.evidence.id.clone())))
    }

    /// Whether a stranger was given something other than the list of resources.
    pub fn serves(&self) -> bool {
        !self.of(AccessOutcome::Served).is_empty()
    }

    /// What keeps it from being told whether strangers are kept out.
    pub fn gap(&self) -> Option<(Reason, String, Vec<String>)> {
        let place = self.place();
        let resources = self.resources();
        let told = |read: &&&Read<'_>| {
            let outcome = read.reply.map(|reply| reply.outcome);
            matches!(
                outcome,
                Some(AccessOutcome::Refused | AccessOutcome::Served)
            )
        };
        if let Some(read) = resources.iter().find(|read| !told(read)) {
            let (reason, what) = match read.reply {
                Some(reply) => (Reason::AnswerUnclear, brief(&reply.detail, 160)),
                None => absence(read.evidence),
            };
            let message = format!(
                "{place}: the answer for {} does not tell whether strangers are kept out ({what}); name what needs authentication in `paths`",
                shown(read.path, 120)
            );
            return Some((reason, message, vec![read.evidence.id.clone()]));
        }
        if !resources.is_empty() {
            return None;
        }
        let (reason, what) = match self.reads.last() {
            Some(read) if read.reply.is_none() => absence(read.evidence),
            _ => (Reason::NoEvidence, "nothing was asked for".to_owned()),
        };
        let message = match self.inside {
            // What speaks there was not told, only that a client without a certificate gets so far.
            true => format!("{place} was asked by CoAP, and {what}"),
            false => format!("{place} speaks CoAP, and {what}"),
        };
        Some((reason, message, self.evidence()))
    }

    /// Ids of all its evidence.
    pub fn evidence(&self) -> Vec<String> {
        let reads = self.reads.iter().map(|read| read.evidence.id.clone());
        self.open.evidence().into_iter().chain(reads).collect()
    }
}

/// Whether anything that needs authentication is given to strangers.
pub fn assess_access(unit: &Unit, port: &CoapPort<'_>, assessment: &mut Assessment) {
    let place = port.place();
    let subject = || port.open.subject(&unit.id);
    let policy = port.open.declared.map(|service| service.access);
    let served = port.of(AccessOutcome::Served);
    if let Some(first) = served.first() {
        let detail = first.reply.map(|reply| brief(&reply.detail, 160));
        let (paths, evidence) = named(&served);
        if policy == Some(AccessPolicy::Public) {
            let statement = format!("{place} serves {paths} to anyone, as the supplier states");
            assessment.proved(&unit.id, statement, evidence);
        } else {
            let message = format!(
                "{place} serves {paths} without authentication ({}){}",
                detail.unwrap_or_default(),
                match policy {
                    None => "; the manifest does not declare the service",
                    Some(_) => "",
                }
            );
            assessment.found(OPEN_COAP_RESOURCE, subject(), message, evidence);
        }
    }
    if policy == Some(AccessPolicy::Public) && !served.is_empty() {
        return;
    }
    if let Some((reason, message, evidence)) = port.gap() {
        assessment.missing(reason, subject(), message, evidence);
    }
    let refused = port.of(AccessOutcome::Refused);
    if !refused.is_empty() {
        let (paths, evidence) = named(&refused);
        let statement = format!("{place} refuses {paths} to strangers");
        assessment.proved(&unit.id, statement, evidence);
    }
}

/// What there is to say about passwords, of which CoAP has none.
pub fn assess_passwords(unit: &Unit, port: &CoapPort<'_>, assessment: &mut Assessment) {
    let place = port.place();
    let policy = port.open.declared.map(|service| service.access);
    let gap = match port.serves() {
        true if policy == Some(AccessPolicy::Public) => return,
        true => Some((
            Reason::NoLoginToTest,
            format!("{place}: there is no login to test: what it serves needs none"),
            port.evidence(),
        )),
        false => port.gap(),
    };
    if let Some((reason, message, evidence)) = gap {
        assessment.missing(reason, port.open.subject(&unit.id), message, evidence);
    } else {
        let statement = format!(
            "{place} refuses strangers, and takes no user name and password that a default could open: CoAP has none"
        );
        assessment.proved(&unit.id, statement, port.evidence());
    }
}

/// The paths in words, at most four of them, and the evidence of all.
fn named(reads: &[&Read<'_>]) -> (String, Vec<String>) {
    let paths: Vec<_> = reads
        .iter()
        .take(4)
        .map(|read| shown(read.path, 80))
        .collect();
    let more = match reads.len() - paths.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let evidence = reads.iter().map(|read| read.evidence.id.clone()).collect();
    (format!("{}{more}", paths.join(", ")), evidence)
}
