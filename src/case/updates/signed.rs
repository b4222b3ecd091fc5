//! `updates/signed`: the device installs what its manufacturer signed, and nothing else.

use super::absent::{NO_UPDATE_MECHANISM, absent};
use super::consistent::contradiction;
use super::effect::Effect;
use super::packages::{ReadPackage, packages};
use super::stage::{Attempt, Stage, words};
use crate::case::facts::Facts;
use crate::case::{TestCase, parameters};
use crate::dut::{Unit, Update};
use crate::observation::UpdateStep;
use crate::update::mcuboot::{Layer, Mutation};
use crate::update::{Conclusion, ProblemCode};
use crate::verdict::{Assessment, Code, Gap, Reason, Severity, Subject};

const UNSIGNED: Code = Code {
    id: "unsigned-update-accepted",
    severity: Severity::Critical,
};

const STRANGER: Code = Code {
    id: "stranger-signed-update-accepted",
    severity: Severity::Critical,
};

const NOT_CHECKED: Code = Code {
    id: "update-signature-not-checked",
    severity: Severity::Critical,
};

const TAMPERED: Code = Code {
    id: "tampered-update-accepted",
    severity: Severity::Critical,
};

const TRUNCATED: Code = Code {
    id: "truncated-update-accepted",
    severity: Severity::High,
};

const DEVELOPMENT_KEY: Code = Code {
    id: "development-key-trusted",
    severity: Severity::Critical,
};

/// The test case.
pub const SIGNED: TestCase = TestCase {
    id: "updates/signed",
    title: "The device installs only updates that its manufacturer signed",
    page: include_str!("signed.md"),
    codes: &[
        DEVELOPMENT_KEY,
        NO_UPDATE_MECHANISM,
        STRANGER,
        TAMPERED,
        TRUNCATED,
        UNSIGNED,
        NOT_CHECKED,
    ],
    probes: &[
        "reach",
        "ports",
        "identify",
        "packages",
        "update",
        "heartbeat",
    ],
    check_parameters: parameters::check::<parameters::None>,
    assess,
};

/// Answers by which a device that looked at a package may refuse it, beside those that say yes. Every other one
/// may come from a device that looked at nothing: no login, no such place, busy, full, somewhere else.
const REFUSALS: [u16; 5] = [400, 406, 415, 422, 500];

fn assess(facts: &Facts<'_>, _parameters: &toml::Table) -> Assessment {
    let Some(update) = &facts.device.update else {
        return absent(facts);
    };
    let mut assessment = Assessment::default();
    for unit in &facts.units {
        match Stage::of(facts, unit, update) {
            Ok(stage) => weigh(facts, unit, update, &stage, &mut assessment),
            Err(gaps) => assessment.gaps.extend(gaps),
        }
    }
    assessment
}

fn weigh(
    facts: &Facts<'_>,
    unit: &Unit,
    update: &Update,
    stage: &Stage<'_>,
    assessment: &mut Assessment,
) {
    let packages = packages(facts, &unit.id, update);
    let found = assessment.findings.len();
    // After a trouble nobody knows what a strange state comes from; a package that shows itself is what it is.
    let first = stage.attempts.iter().position(Attempt::troubled);
    for (place, attempt) in stage.attempts.iter().enumerate() {
        if first.is_some_and(|first| place > first) && attempt.effect != Effect::Installed {
            continue;
        }
        if let Some((code, message)) = finding(attempt, stage, &packages) {
            let evidence = vec![attempt.evidence.id.clone()];
            assessment.found(code, attempt.subject(&unit.id), message, evidence);
        }
    }
    if assessment.findings.len() > found {
        return;
    }
    let gaps = gaps(facts, unit, stage, &packages);
    if gaps.is_empty() && !facts.ended_early(&unit.id) {
        let evidence = stage.attempts.iter().map(|it| it.evidence.id.clone());
        assessment.proved(&unit.id, statement(stage), evidence.collect());
    }
    assessment.gaps.extend(gaps);
}

/// What it means that a package took effect.
fn finding(
    attempt: &Attempt<'_>,
    stage: &Stage<'_>,
    packages: &[ReadPackage<'_>],
) -> Option<(Code, String)> {
    let name = attempt.name();
    if let Effect::Late(place) = attempt.effect {
        let earlier = stage.attempts.get(place)?;
        let message = format!(
            "the device was offered {}, {}, and installed it later, about when it was offered {name}{}",
            earlier.name(),
            earlier.answer(),
            attempt.in_between()
        );
        return Some((code(earlier.offer.mutation?), message));
    }
    if let Some(mutation) = attempt.offer.mutation {
        let took = match attempt.effect {
            Effect::Installed => "installed it",
            // Neither what was there nor what was offered: what nobody vouches for replaced what worked.
            Effect::Replaced => "replaced what was installed",
            _ => return None,
        };
        let message = format!(
            "the device was offered {name}, {} and {took}: it says {}{}",
            attempt.answer(),
            attempt.now(),
            attempt.in_between()
        );
        return Some((code(mutation), message));
    }
    if attempt.effect != Effect::Installed {
        return None;
    }
    let mut of_offer = packages
        .iter()
        .filter(|it| it.declared.sha256 == attempt.offer.sha256);
    let inspection = of_offer.find_map(|it| it.read?.1.inspection.as_ref())?;
    let has = |code| {
        inspection
            .problems
            .iter()
            .any(|problem| problem.code == code)
    };
    if has(ProblemCode::Unsigned) {
        let message = format!("the device installed {name}, which nobody signed");
        Some((UNSIGNED, message))
    } else if inspection.conclusion == Conclusion::PublicKey {
        let message = format!("the device installed {name}, signed by a key that everybody has");
        Some((DEVELOPMENT_KEY, message))
    } else {
        None
    }
}

fn code(mutation: Mutation) -> Code {
    match mutation {
        Mutation::Truncated => TRUNCATED,
        Mutation::SignatureStripped => UNSIGNED,
        Mutation::StrangerSigned => STRANGER,
        Mutation::SignatureFlipped => NOT_CHECKED,
        Mutation::HashKept | Mutation::PayloadFlipped => TAMPERED,
    }
}

/// What is missing for a PASS.
fn gaps(
    facts: &Facts<'_>,
    unit: &Unit,
    stage: &Stage<'_>,
    packages: &[ReadPackage<'_>],
) -> Vec<Gap> {
    let newer = packages.iter().take(stage.update.newer.len());
    let dubious: Vec<Gap> = newer
        .filter_map(|package| {
            let message = package.not_genuine()?;
            Some(whole(unit, Reason::PackageNotGenuine, message))
        })
        .collect();
    if !dubious.is_empty() {
        return dubious;
    }
    // The older package comes after all that matters here.
    let trouble = stage.trouble();
    let trouble = trouble.filter(|(attempt, ..)| attempt.offer.step != UpdateStep::Older);
    if let Some((attempt, reason, message)) = trouble {
        // That the unit is gone, or the run stopped, is said of every requirement.
        let said = facts.ended_early(&unit.id) && attempt.effect == Effect::Unreadable;
        let gap = attempt.gap(&unit.id, reason, message);
        return if said { vec![] } else { vec![gap] };
    }
    if facts.ended_early(&unit.id) {
        return vec![];
    }
    let mut gaps: Vec<Gap> = stage
        .of_step(UpdateStep::Mutant)
        .filter_map(|mutant| {
            let (reason, message) = unreached(mutant, stage)?;
            Some(mutant.gap(&unit.id, reason, message))
        })
        .collect();
    let wrong = contradiction(facts, unit, stage, packages);
    gaps.extend(
        wrong
            .filter(|(step, _)| *step != UpdateStep::Older)
            .map(|(_, gap)| gap),
    );
    gaps.extend(missing(unit, stage));
    gaps
}

/// Why it does not count that a mutant had no effect.
pub(super) fn unreached(mutant: &Attempt<'_>, stage: &Stage<'_>) -> Option<(Reason, String)> {
    let seen = mutant.seen?;
    let name = mutant.name();
    let looked_at = |status: u16| (200..300).contains(&status) || REFUSALS.contains(&status);
    if !seen.upload.status.is_none_or(looked_at) {
        let message = format!(
            "offered {name}, the device {}, which does not show that it looked at it",
            mutant.answer()
        );
        return Some((Reason::UpdateNotDelivered, message));
    }
    // What was answered before, no matter what, was answered to a part.
    if !seen.upload.delivered() {
        let message = format!(
            "offered {name}, the device took {} of {} bytes and {}",
            seen.upload.sent,
            seen.upload.of,
            mutant.answer()
        );
        return Some((Reason::UpdateNotDelivered, message));
    }
    let control = stage.slowest_control();
    // What comes late is seen when the next package is offered; after the last one only by waiting.
    let settle = stage.settle().filter(|_| stage.ends_a_row(mutant));
    let needed = settle.unwrap_or_default().max(control);
    if seen.watched < needed {
        let message = format!(
            "offered {name}, the device was watched for {:.1} s, and an installation may take {needed:.1} s",
            seen.watched
        );
        return Some((Reason::UpdateStateUnclear, message));
    }
    None
}

/// What was not offered, or not of the package that is installed in the end.
fn missing(unit: &Unit, stage: &Stage<'_>) -> Option<Gap> {
    let gap = |reason, message| whole(unit, reason, message);
    let two = stage.update.newer.len() > 1;
    let first = stage.control(UpdateStep::ControlFirst);
    let last = stage.control(UpdateStep::ControlLast);
    let (Some(last), true) = (last, first.is_some() || !two) else {
        let message = "the run does not hold the genuine packages before and after the others";
        return Some(gap(Reason::NoEvidence, message.to_owned()));
    };
    let offered = |mutation: Mutation| {
        stage.of_step(UpdateStep::Mutant).any(|it| {
            let after_first = first.is_none_or(|first| it.offer.sequence > first.offer.sequence);
            let of_last = it.offer.source_sha256 == last.offer.sha256;
            let before_last = it.offer.sequence < last.offer.sequence;
            it.offer.mutation == Some(mutation) && after_first && of_last && before_last
        })
    };
    let lacking: Vec<&str> = Mutation::ALL
        .into_iter()
        .filter(|mutation| !offered(*mutation))
        .map(words)
        .collect();
    if lacking.is_empty() {
        return None;
    }
    let name = last.name();
    let message = format!("the package {name} was not offered {}", lacking.join(", "));
    Some(gap(Reason::NoEvidence, message))
}

/// A gap about the unit as a whole.
pub(super) fn whole(unit: &Unit, reason: Reason, message: String) -> Gap {
    Gap {
        reason,
        subject: Subject::unit(&unit.id),
        message,
        evidence: vec![],
    }
}

fn statement(stage: &Stage<'_>) -> String {
    let name = |step| stage.control(step).map(Attempt::name).unwrap_or_default();
    let refused: Vec<String> = stage
        .of_step(UpdateStep::Mutant)
        .filter_map(|it| {
            let kind = match it.offer.reaches {
                Some(Layer::SignaturePresent)
                    if it.offer.mutation == Some(Mutation::StrangerSigned) =>
                {
                    ", by a key of another kind"
                }
                _ => "",
            };
            Some(format!(
                "{}{kind} ({})",
                words(it.offer.mutation?),
                it.answer()
            ))
        })
        .collect();
    let works = match stage.control(UpdateStep::ControlFirst) {
        Some(first) => format!(
            "it installed {} before and {} after",
            first.name(),
            name(UpdateStep::ControlLast)
        ),
        None => format!(
            "that updates work was shown only after, by {}, because the manifest names one newer package",
            name(UpdateStep::ControlLast)
        ),
    };
    format!(
        "nothing was installed of the newest package {}; {works}",
        refused.join(", ")
    )
}
