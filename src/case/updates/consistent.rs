//! Whether the offers of a run can be what a run does: a PASS rests on them all, so they must fit each other, the
//! manifest and the packages.

use super::packages::ReadPackage;
use super::stage::{Attempt, Stage};
use crate::case::facts::Facts;
use crate::dut::{HttpUpload, Package, Unit};
use crate::observation::{Installed, UpdateAttempt, UpdateStep};
use crate::update::mcuboot::Version;
use crate::verdict::{Gap, Reason};

/// The first contradiction, and at which step.
pub fn contradiction(
    facts: &Facts<'_>,
    unit: &Unit,
    stage: &Stage<'_>,
    packages: &[ReadPackage<'_>],
) -> Option<(UpdateStep, Gap)> {
    let upload = stage.update.channel.upload.as_ref()?;
    let mut end = facts.run.started_at;
    for (place, attempt) in stage.attempts.iter().enumerate() {
        let earlier = &stage.attempts[..place];
        let wrong = if attempt.evidence.started_at < end
            || attempt.evidence.observed_at < attempt.evidence.started_at
        {
            Some("it began before the one before it had ended")
        } else {
            offer(attempt, stage, packages, upload)
                .or_else(|| again(attempt, earlier))
                .or_else(|| attempt.seen.and_then(watch))
        };
        if let Some(wrong) = wrong {
            let name = attempt.name();
            let message =
                format!("what the run holds of offering {name} contradicts itself: {wrong}");
            return Some((
                attempt.offer.step,
                attempt.gap(&unit.id, Reason::NoEvidence, message),
            ));
        }
        end = attempt.evidence.observed_at;
    }
    None
}

/// What was sent, beside the manifest and the packages.
fn offer(
    attempt: &Attempt<'_>,
    stage: &Stage<'_>,
    packages: &[ReadPackage<'_>],
    upload: &HttpUpload,
) -> Option<&'static str> {
    let (offer, update) = (attempt.offer, stage.update);
    if offer.request != format!("{} {}", upload.method.as_str(), upload.path) {
        return Some("the manifest names another request");
    }
    let declared: Option<&Package> = match offer.step {
        UpdateStep::ControlFirst => update.newer.first().filter(|_| update.newer.len() > 1),
        UpdateStep::Mutant | UpdateStep::ControlLast => update.newer.last(),
        UpdateStep::Older => update.older.as_ref(),
    };
    let Some(declared) = declared.filter(|it| it.sha256 == offer.source_sha256) else {
        return Some("the manifest names another package there");
    };
    let genuine = offer.sha256 == declared.sha256 && offer.size == declared.size;
    let mutant = !update.packages().any(|it| it.sha256 == offer.sha256);
    match (offer.step, offer.mutation) {
        (UpdateStep::Mutant, Some(_)) if mutant => {}
        (UpdateStep::Mutant, _) => return Some("it was not changed"),
        (_, None) if genuine => {}
        _ => return Some("it is not the declared package"),
    }
    if !claims(attempt, declared, packages) {
        return Some("its version is not that of the package");
    }
    let body = attempt.seen.map(|seen| seen.upload.of);
    let fits = |of: u64| match upload.form_field {
        None => of == offer.size,
        Some(_) => of > offer.size,
    };
    (!body.is_none_or(fits)).then_some("as many bytes were not to be sent")
}

/// Whether an offer claims the version that its package has. A mutant may have another build number.
fn claims(attempt: &Attempt<'_>, declared: &Package, packages: &[ReadPackage<'_>]) -> bool {
    let of_package = |it: &&ReadPackage<'_>| it.declared.sha256 == declared.sha256;
    let read = packages.iter().find(of_package).and_then(|it| it.read);
    let inspected = read.and_then(|(_, facts)| facts.inspection.as_ref()?.version.as_deref());
    let Some(package) = inspected.and_then(Version::read) else {
        // That it is not read is said elsewhere.
        return true;
    };
    Version::read(&attempt.offer.version).is_some_and(|offered| match attempt.offer.mutation {
        None => offered == package,
        Some(_) => {
            Version {
                build: 0,
                ..offered
            } == Version {
                build: 0,
                ..package
            }
        }
    })
}

/// What was offered, beside what was offered before.
fn again(attempt: &Attempt<'_>, earlier: &[Attempt<'_>]) -> Option<&'static str> {
    let same = |it: &Attempt<'_>| it.offer.sha256 == attempt.offer.sha256;
    let part = |it: &Attempt<'_>| {
        it.offer.step == attempt.offer.step && it.offer.mutation == attempt.offer.mutation
    };
    (earlier.iter().any(|it| same(it) || part(it))).then_some("the same was offered before")
}

/// What was seen, by itself.
fn watch(seen: &UpdateAttempt) -> Option<&'static str> {
    let positive = seen.watched.is_finite() && seen.watched > 0.0;
    let mut times = seen.seen.iter().map(|it| it.seconds);
    let within = times.all(|it| (0.0..=seen.watched).contains(&it));
    let sorted = seen.seen.is_sorted_by(|a, b| a.seconds <= b.seconds);
    if !(positive && within && sorted) {
        return Some("the times of what was seen are none");
    }
    let passed = |it: &Installed| seen.seen.iter().any(|at| at.installed == *it);
    let mut after = seen.after.iter().filter(|it| **it != seen.before);
    (!after.all(passed)).then_some("what is installed in the end was never seen")
}
