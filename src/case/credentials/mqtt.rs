//! What is special about a broker: it lets in before it serves, and it may speak two versions at one port.

use super::trial::{Strangers, Trial};
use crate::case::facts::{OpenPort, absence};
use crate::dut::{AccessPolicy, Owner, Unit};
use crate::evidence::{Absence, Outcome};
use crate::observation::{AccessOutcome, AccessReply, AccessStep, Mechanism, MqttVersion};
use crate::text::brief;
use crate::verdict::{Assessment, Code, Reason, Severity};

pub const ADMITS_STRANGERS: Code = Code {
    id: "admits-strangers",
    severity: Severity::Note,
    meaning: "an MQTT broker accepts CONNECT from anyone and delivered no message",
    remediation: "Refuse CONNECT without valid credentials, so that nothing depends on the access list alone.",
};

pub const OPEN_BROKER: Code = Code {
    id: "open-broker",
    severity: Severity::High,
    meaning: "an MQTT broker delivers messages to anyone",
    remediation: "Refuse CONNECT without valid credentials (`allow_anonymous false`), or declare the service `access = \"public\"` if anyone may read and write it.",
};

/// The part that a trial plays among those at its port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// It must hold everything that the requirement asks.
    Whole,
    /// The second version of MQTT: it must show that this one is not open where the first is closed.
    Companion,
    /// A second version of MQTT that the broker was shown not to speak.
    NotSpoken,
}

/// The whole one of two is the first version that is spoken, 3.1.1 before 5; where neither is, 3.1.1.
pub fn part(trial: &Trial<'_>, all: &[Trial<'_>]) -> Part {
    let Some(other) = other_version(trial, all) else {
        return Part::Whole;
    };
    match (trial.version, speaks(trial), speaks(other)) {
        (Some(MqttVersion::V3), true, _) | (_, true, false) => Part::Whole,
        (_, true, true) => Part::Companion,
        (Some(MqttVersion::V3), false, false) => Part::Whole,
        (_, false, _) if silent(trial) => Part::Companion,
        (_, false, _) => Part::NotSpoken,
    }
}

/// Adds what nobody asked in the other version, where that leaves something open.
pub fn miss_version(
    unit: &Unit,
    open: &OpenPort<'_>,
    trial: &Trial<'_>,
    all: &[Trial<'_>],
    assessment: &mut Assessment,
) {
    if let Some(version) = unasked(trial, all) {
        let message = format!(
            "TCP port {} of {}: nobody asked in MQTT {}",
            open.port,
            open.address,
            version.as_str()
        );
        let subject = open.subject(&unit.id);
        assessment.missing(Reason::NoEvidence, subject, message, trial.evidence());
    }
}

fn unasked(trial: &Trial<'_>, all: &[Trial<'_>]) -> Option<MqttVersion> {
    let version = trial
        .version
        .filter(|_| trial.mechanism == Mechanism::Mqtt)?;
    let open = matches!(trial.strangers(), Some(Strangers::Served(_)))
        || trial.accepts_anything().is_some();
    (!open && other_version(trial, all).is_none()).then(|| version.other())
}

fn other_version<'t, 'a>(trial: &Trial<'a>, all: &'t [Trial<'a>]) -> Option<&'t Trial<'a>> {
    all.iter().find(|other| {
        trial.mechanism == Mechanism::Mqtt
            && (other.address, other.port, other.mechanism)
                == (trial.address, trial.port, trial.mechanism)
            && other.version != trial.version
    })
}

/// Whether a CONNACK said anything but that the version is not spoken.
fn speaks(trial: &Trial<'_>) -> bool {
    let replies = trial.attempts.iter().filter_map(|attempt| attempt.reply);
    let mut spoken = replies.filter(|reply| reply.outcome != AccessOutcome::NotFound);
    spoken.next().is_some()
}

/// Whether an attempt brought nothing, and not because the broker hung up on it: then it was not shown
/// that the version is not spoken.
fn silent(trial: &Trial<'_>) -> bool {
    trial.attempts.iter().any(|attempt| {
        matches!(&attempt.evidence.outcome, Outcome::Absent { reason, .. }
            if *reason != Absence::Disconnected)
    })
}

/// What a companion leaves undecided about credentials. None: nothing.
pub fn login_fault(trial: &Trial<'_>, owner: Option<&Owner>) -> Option<(Reason, String)> {
    let version = trial.version.map_or("", MqttVersion::as_str);
    let said = |reason, what: &str| Some((reason, format!("in MQTT {version}, {what}")));
    let random = trial.last(AccessStep::RandomAccount);
    match trial.strangers() {
        Some(Strangers::Refused(_) | Strangers::Admitted(_)) => {}
        Some(Strangers::Served(_)) => {
            return said(Reason::NoLoginToTest, "what it serves needs no login");
        }
        Some(Strangers::Unanswered(reason)) => {
            return said(reason, "it did not answer when asked without credentials");
        }
        _ => {
            return said(
                Reason::AnswerUnclear,
                "it answers a stranger in a way that tells nothing",
            );
        }
    }
    if trial.throttled().is_some() {
        return said(Reason::LoginThrottled, "the login was throttled or locked");
    }
    if trial.accepts_anything().is_some() {
        return said(Reason::NoLoginToTest, "it accepts random credentials");
    }
    match random.map(|attempt| (attempt.reply, attempt.evidence)) {
        Some((Some(reply), _)) if reply.outcome == AccessOutcome::Refused => {}
        Some((None, evidence)) => return Some(absence(evidence)),
        _ => {
            return said(
                Reason::AnswerUnclear,
                "random credentials were not plainly refused",
            );
        }
    }
    if !trial.by_the_owner(owner) {
        let what = "the owner's login was not made with the owner's credential of the manifest";
        return said(Reason::OwnerControlMissing, what);
    }
    let (reason, what) = trial.owner_fault(AccessStep::OwnerLast)?;
    said(reason, &what)
}

/// A message was delivered to a stranger.
pub fn served_by_broker(
    unit: &Unit,
    open: &OpenPort<'_>,
    reply: &AccessReply,
    access: Option<AccessPolicy>,
    evidence: Vec<String>,
    assessment: &mut Assessment,
) {
    let place = format!("TCP port {} of {}", open.port, open.address);
    let subject = open.subject(&unit.id);
    let what = what_was_possible(reply);
    match access {
        Some(AccessPolicy::Login) => {
            let message = format!("{place} delivers messages without credentials ({what})");
            assessment.found(OPEN_BROKER, subject, message, evidence);
        }
        Some(AccessPolicy::Public) => {
            let statement = format!("{place} delivers messages to anyone, as the supplier states");
            assessment.proved(&unit.id, statement, evidence);
        }
        None => {
            let message = format!(
                "{place} delivers messages without credentials ({what}); the manifest does not declare the service, so that nobody says whether it may"
            );
            assessment.missing(Reason::UndeclaredPage, subject, message, evidence);
        }
    }
}

/// A stranger was let in, and no message came. Only a refusal of every subscription shows that none would.
pub fn admitted(
    unit: &Unit,
    open: &OpenPort<'_>,
    reply: &AccessReply,
    evidence: Vec<String>,
    assessment: &mut Assessment,
) {
    let place = format!("TCP port {} of {}", open.port, open.address);
    let what = what_was_possible(reply);
    let message = format!("{place} lets a stranger in and delivered nothing ({what})");
    let subject = open.subject(&unit.id);
    assessment.found(ADMITS_STRANGERS, subject.clone(), message, evidence.clone());
    let refuses = reply
        .mqtt
        .as_ref()
        .is_some_and(|mqtt| mqtt.refuses_subscriptions());
    if refuses {
        let statement = format!("{place} lets a stranger in and refuses every subscription");
        assessment.proved(&unit.id, statement, evidence);
    } else {
        let message = format!(
            "{place} grants a stranger a subscription on which nothing came while we listened; that nothing ever comes was not shown"
        );
        assessment.missing(Reason::AnswerUnclear, subject, message, evidence);
    }
}

fn what_was_possible(reply: &AccessReply) -> String {
    let topics = reply.mqtt.as_ref().map(|mqtt| mqtt.topics.as_slice());
    let topics = match topics {
        None | Some([]) => String::new(),
        Some(topics) => format!("; topics such as {}", brief(&topics.join(", "), 160)),
    };
    format!("{}{topics}", brief(&reply.detail, 300))
}
