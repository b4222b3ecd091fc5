//! `updates/no-rollback`: an older release is refused, although its manufacturer signed it.

use super::absent::{NO_UPDATE_MECHANISM, absent};
use super::consistent::contradiction;
use super::effect::Effect;
use super::packages::{ReadPackage, packages};
use super::signed::{unreached, whole};
use super::stage::{Attempt, Stage};
use crate::case::facts::Facts;
use crate::case::{TestCase, parameters};
use crate::dut::{Unit, Update};
use crate::observation::UpdateStep;
use crate::verdict::{Assessment, Code, Gap, Reason, Severity};

const ROLLBACK: Code = Code {
    id: "rollback-accepted",
    severity: Severity::High,
};

/// The test case.
pub const NO_ROLLBACK: TestCase = TestCase {
    id: "updates/no-rollback",
    title: "The device refuses an older release",
    page: include_str!("no_rollback.md"),
    codes: &[NO_UPDATE_MECHANISM, ROLLBACK],
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
    let whole = |reason, message| whole(unit, reason, message);
    let Some(older) = &update.older else {
        let message = "the manifest names no older package: name one in `older`".to_owned();
        assessment.gaps.push(whole(Reason::NoPackages, message));
        return;
    };
    let packages = packages(facts, &unit.id, update);
    if let Some(message) = packages.last().and_then(ReadPackage::not_genuine) {
        assessment
            .gaps
            .push(whole(Reason::PackageNotGenuine, message));
        return;
    }
    let last = stage.control(UpdateStep::ControlLast);
    let offer = stage
        .control(UpdateStep::Older)
        .filter(|it| it.offer.sha256 == older.sha256);
    if let Some(offer) = offer.filter(|it| it.effect == Effect::Installed) {
        let message = format!(
            "the device was offered the older {}, {} and installed it",
            offer.name(),
            offer.answer()
        );
        let evidence = evidence(last, offer);
        assessment.found(ROLLBACK, offer.subject(&unit.id), message, evidence);
        return;
    }
    if let Some((attempt, reason, message)) = stage.trouble() {
        let reason = match attempt.effect {
            // Genuine as it is, it should have been refused whole or installed whole.
            Effect::Replaced if attempt.offer.step == UpdateStep::Older => {
                Reason::UpdateStateUnclear
            }
            _ => reason,
        };
        if !(facts.ended_early(&unit.id) && attempt.effect == Effect::Unreadable) {
            assessment.gaps.push(attempt.gap(&unit.id, reason, message));
        }
        return;
    }
    match (last, offer) {
        (Some(last), Some(offer)) if last.offer.sequence < offer.offer.sequence => {
            let gap = undelivered(unit, offer, stage)
                .or_else(|| Some(contradiction(facts, unit, stage, &packages)?.1));
            if let Some(gap) = gap {
                assessment.gaps.push(gap);
                return;
            }
            let statement = format!(
                "the older {} had no effect ({}): {} stayed installed",
                offer.name(),
                offer.answer(),
                last.name()
            );
            assessment.proved(&unit.id, statement, evidence(Some(last), offer));
        }
        _ if facts.ended_early(&unit.id) => {}
        _ => {
            let message =
                "the run holds no offer of the older package to a unit with the newest".to_owned();
            assessment.gaps.push(whole(Reason::NoEvidence, message));
        }
    }
}

fn undelivered(unit: &Unit, offer: &Attempt<'_>, stage: &Stage<'_>) -> Option<Gap> {
    let (reason, message) = unreached(offer, stage)?;
    Some(offer.gap(&unit.id, reason, message))
}

fn evidence(last: Option<&Attempt<'_>>, offer: &Attempt<'_>) -> Vec<String> {
    let both = last.into_iter().chain([offer]);
    both.map(|it| it.evidence.id.clone()).collect()
}
