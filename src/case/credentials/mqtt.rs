//! What is special about a broker: it lets in before it serves, and it may speak two versions at one port.

use super::trial::{Attempt, Strangers, Trial};
use crate::case::facts::OpenPort;
use crate::dut::{AccessPolicy, Unit};
use crate::evidence::{Absence, Outcome};
use crate::observation::{AccessOutcome, AccessReply, AccessStep, Mechanism, MqttVersion};
use crate::text::brief;
use crate::verdict::{Assessment, Code, Reason, Severity};

pub const ADMITS_STRANGERS: Code = Code {
    id: "admits-strangers",
    severity: Severity::Note,
};

pub const OPEN_BROKER: Code = Code {
    id: "open-broker",
    severity: Severity::High,
};

/// Whether the broker was shown not to speak the version of this trial, so that nothing can be had in it: the
/// other version is spoken, and whoever asked in this one, without credentials, with random ones, and as the
/// owner where the other was tried so, was told so or hung up on.
pub fn not_spoken(trial: &Trial<'_>, all: &[Trial<'_>]) -> bool {
    let Some(other) = other_version(trial, all) else {
        return false;
    };
    // Where neither is spoken, the first is left to say so.
    if !speaks(other) && trial.version == Some(MqttVersion::V3) {
        return false;
    }
    let in_vain = |step| {
        let mut made = trial
            .attempts
            .iter()
            .filter(|it| it.step == step)
            .peekable();
        made.peek().is_some() && made.all(|attempt| is_in_vain(attempt))
    };
    let owner = AccessStep::OwnerFirst;
    in_vain(AccessStep::Anonymous)
        && in_vain(AccessStep::RandomAccount)
        && (other.last(owner).is_none() || in_vain(owner))
        && trial.attempts.iter().all(is_in_vain)
}

/// Whether an attempt was told that its version is not spoken, or hung up on. An owner's password that may not
/// travel in clear was never sent, and is missed elsewhere.
fn is_in_vain(attempt: &Attempt<'_>) -> bool {
    match (attempt.reply, &attempt.evidence.outcome) {
        (Some(reply), _) => reply.outcome == AccessOutcome::NotFound,
        (None, Outcome::Absent { reason, .. }) => {
            matches!(reason, Absence::Disconnected | Absence::CleartextNotAllowed)
        }
        (None, Outcome::Observed { .. }) => false,
    }
}

/// The version in words, behind a place; nothing where there is none.
pub fn in_version(trial: &Trial<'_>) -> String {
    let version = trial.version.map(MqttVersion::as_str);
    version.map_or_else(String::new, |version| format!(" in MQTT {version}"))
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

/// A stranger was let in, and no message came. Silence does not show that none ever would, and a refusal of
/// every subscription not that nothing can be published, which may open a door as well as a message does.
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
    let message = match refuses {
        true => format!(
            "{place} lets a stranger in and refuses every subscription that was asked for; that a stranger may publish nothing was not shown"
        ),
        false => format!(
            "{place} grants a stranger a subscription on which nothing came while we listened; that nothing ever comes was not shown"
        ),
    };
    assessment.missing(Reason::AnswerUnclear, subject, message, evidence);
}

fn what_was_possible(reply: &AccessReply) -> String {
    let topics = reply.mqtt.as_ref().map(|mqtt| mqtt.topics.as_slice());
    let topics = match topics {
        None | Some([]) => String::new(),
        Some(topics) => format!("; topics such as {}", brief(&topics.join(", "), 160)),
    };
    format!("{}{topics}", brief(&reply.detail, 300))
}
