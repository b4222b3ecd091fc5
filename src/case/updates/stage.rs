//! What a unit was offered and what became of it: the facts that two test cases weigh.

use crate::case::facts::{Facts, absence};
use crate::dut::{ChannelKind, Unit, Update, UpdateMechanism};
use crate::evidence::Evidence;
use crate::observation::{Asked, Installed, Observation, UpdateAttempt, UpdateOffer, UpdateStep};
use crate::text::brief;
use crate::update::mcuboot::Version;
use crate::verdict::{Gap, Reason, Subject};

/// The offers to one unit, in order.
#[derive(Clone, Debug)]
pub struct Stage<'a> {
    pub update: &'a Update,
    pub attempts: Vec<Attempt<'a>>,
}

/// One offer.
#[derive(Clone, Debug)]
pub struct Attempt<'a> {
    pub evidence: &'a Evidence,
    pub offer: &'a UpdateOffer,
    /// None: nothing was uploaded.
    pub seen: Option<&'a UpdateAttempt>,
    pub effect: Effect,
}

/// What an offer did to the device, by what it said was installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing was uploaded.
    NotTried,
    /// The same was installed before and after, all the time.
    Nothing,
    /// What was offered was installed, if only for a while.
    Installed,
    /// Something is installed that the device had before: it fell back.
    Reverted,
    /// Something is installed that nobody offered.
    Replaced,
    /// In the end nothing could be read.
    Unreadable,
    /// What was installed was another than the offer before left: something changed in between.
    Unsteady,
}

impl<'a> Stage<'a> {
    /// The offers to a unit, or why there were none.
    ///
    /// # Errors
    ///
    /// The gaps that this leaves, in every test case alike.
    pub fn of(facts: &Facts<'a>, unit: &Unit, update: &'a Update) -> Result<Self, Vec<Gap>> {
        let gap = |reason, message: &str| Gap {
            reason,
            subject: Subject::unit(&unit.id),
            message: message.to_owned(),
            evidence: vec![],
        };
        if update.mechanism != UpdateMechanism::Mcuboot {
            let format = update.mechanism.as_str();
            let message =
                format!("the manifest declares `{format}` updates, which this version cannot try");
            return Err(vec![gap(Reason::UpdateFormatNotTestable, &message)]);
        }
        if update.channel.kind != ChannelKind::HttpUpload {
            let kind = update.channel.kind.as_str();
            let message =
                format!("packages reach the device by `{kind}`, which this version cannot try");
            return Err(vec![gap(Reason::UpdateChannelNotTestable, &message)]);
        }
        if update.newer.is_empty() {
            let message = "the manifest names no package newer than what is installed: name one or two in `newer`";
            return Err(vec![gap(Reason::NoPackages, message)]);
        }
        if facts.device.installed_source().is_none() {
            let message = "the manifest does not say where the device says what is installed: declare `[update.installed]`";
            return Err(vec![gap(Reason::InstalledNotReadable, message)]);
        }
        let mut gaps = Vec::new();
        if !unit.disposable {
            let message =
                "the manifest does not call the unit disposable, and an update changes it for good";
            gaps.push(gap(Reason::UnitNotDisposable, message));
        }
        if !facts.run.settings.disruptive {
            let message =
                "no package was offered, because the command line did not allow it: `--disruptive`";
            gaps.push(gap(Reason::DisruptiveNotAllowed, message));
        }
        if !gaps.is_empty() {
            return Err(gaps);
        }
        let stage = Self::read(facts, unit, update);
        if stage.attempts.is_empty() && !facts.ended_early(&unit.id) {
            return Err(vec![gap(
                Reason::NoEvidence,
                "the run holds no offer of a package",
            )]);
        }
        Ok(stage)
    }

    /// The offers to a unit, whatever was allowed.
    pub fn read(facts: &Facts<'a>, unit: &Unit, update: &'a Update) -> Self {
        let mut attempts: Vec<Attempt<'a>> = Vec::new();
        // What the device is known to have had: what it came with, and what was installed in good order.
        let mut known: Vec<&Installed> = Vec::new();
        for item in facts.of(&unit.id) {
            let Asked::Update(offer) = &item.asked else {
                continue;
            };
            let seen = item.observations().iter().find_map(|fact| match fact {
                Observation::Update(attempt) => Some(attempt),
                _ => None,
            });
            let last = attempts.last();
            // Evidence in another order than it was gathered in shows nothing.
            if last.is_some_and(|last| last.offer.sequence >= offer.sequence) {
                return Self {
                    update,
                    attempts: vec![],
                };
            }
            let left = last.and_then(|last| last.seen?.after.as_ref());
            let effect = match seen {
                None => Effect::NotTried,
                Some(seen) if left.is_some_and(|left| *left != seen.before) => Effect::Unsteady,
                Some(seen) => effect(offer, seen, &known),
            };
            if let Some(seen) = seen {
                if known.is_empty() {
                    known.push(&seen.before);
                }
                if effect == Effect::Installed && is_control(offer.step) {
                    known.extend(&seen.after);
                }
            }
            attempts.push(Attempt {
                evidence: item,
                offer,
                seen,
                effect,
            });
        }
        Self { update, attempts }
    }

    /// The attempts of a step.
    pub fn of_step(&self, step: UpdateStep) -> impl Iterator<Item = &Attempt<'a>> {
        self.attempts.iter().filter(move |it| it.offer.step == step)
    }

    /// The attempt of a genuine, declared package.
    pub fn control(&self, step: UpdateStep) -> Option<&Attempt<'a>> {
        self.of_step(step).find(|it| {
            let mut declared = self.update.packages();
            it.offer.mutation.is_none() && declared.any(|one| one.sha256 == it.offer.sha256)
        })
    }

    /// The offer that the stage ended at, with the reason and what happened.
    pub fn trouble(&self) -> Option<(&Attempt<'a>, Reason, String)> {
        self.attempts.iter().find_map(|attempt| {
            let (reason, message) = attempt.trouble()?;
            Some((attempt, reason, message))
        })
    }

    /// The seconds that the slowest genuine package took.
    pub fn slowest_control(&self) -> f64 {
        let controls = self.attempts.iter().filter(|it| is_control(it.offer.step));
        controls
            .filter_map(|it| it.seen?.changed_after())
            .fold(0.0, f64::max)
    }
}

impl Attempt<'_> {
    /// What was offered, for a person.
    pub fn name(&self) -> String {
        let file = brief(&self.offer.file, 80);
        let version = brief(&self.offer.version, 40);
        match self.offer.mutation {
            Some(mutation) => format!("{file} {} ({version})", words(mutation)),
            None => format!("{file} ({version})"),
        }
    }

    /// What was answered to the upload.
    pub fn answer(&self) -> String {
        match self.seen {
            Some(seen) => match seen.upload.status {
                Some(status) => format!("answered {status}"),
                None => "answered nothing".to_owned(),
            },
            None => "was not sent".to_owned(),
        }
    }

    /// What the device says is installed now.
    pub fn now(&self) -> String {
        match self.seen.and_then(|seen| seen.after.as_ref()) {
            Some(now) => installed(now),
            None => "nothing that could be read".to_owned(),
        }
    }

    /// Why the stage ended here; none where it could go on.
    fn trouble(&self) -> Option<(Reason, String)> {
        let name = self.name();
        let (now, answer) = (self.now(), self.answer());
        Some(match (self.effect, is_control(self.offer.step)) {
            (Effect::Installed, true) | (Effect::Nothing, false) => return None,
            (Effect::NotTried, _) => {
                let (reason, detail) = absence(self.evidence);
                let reason = match reason {
                    Reason::AnswerUnclear | Reason::NoAnswer => Reason::InstalledNotReadable,
                    reason => reason,
                };
                (reason, detail)
            }
            (Effect::Unreadable, _) => (
                Reason::InstalledNotReadable,
                format!(
                    "after {name} was offered, it could not be read any more what is installed"
                ),
            ),
            (Effect::Unsteady, _) => (
                Reason::UpdateStateUnclear,
                format!(
                    "before {name} was offered, what is installed had changed since the last offer"
                ),
            ),
            (_, true) => (
                Reason::UpdateControlFailed,
                format!(
                    "the genuine package {name} was not installed: the device {answer} and says {now}, so that refusals prove nothing"
                ),
            ),
            (Effect::Reverted, false) => (
                Reason::UpdateStateUnclear,
                format!(
                    "while {name} was offered, the device fell back to {now}, which it had before"
                ),
            ),
            (Effect::Installed | Effect::Replaced, false) => (
                Reason::UpdateStopped,
                format!("the device took {name}, and no more packages were offered"),
            ),
        })
    }

    /// The gap that a trouble leaves.
    pub fn gap(&self, unit: &str, reason: Reason, message: String) -> Gap {
        Gap {
            reason,
            subject: self.subject(unit),
            message,
            evidence: vec![self.evidence.id.clone()],
        }
    }

    /// What a finding is about: the port that the package was sent to.
    pub fn subject(&self, unit: &str) -> Subject {
        let target = &self.evidence.target;
        Subject {
            address: Some(target.address.clone()),
            transport: target.transport,
            port: target.port,
            ..Subject::unit(unit)
        }
    }
}

/// What became of an offer.
fn effect(offer: &UpdateOffer, seen: &UpdateAttempt, known: &[&Installed]) -> Effect {
    let version = Version::read(&offer.version);
    let shows = |it: &Installed| {
        *it != seen.before && version.is_some_and(|version| version.is_shown_as(&it.firmware))
    };
    let Some(after) = &seen.after else {
        let took = seen.seen.iter().any(|it| shows(&it.installed));
        return match took && !is_control(offer.step) {
            true => Effect::Installed,
            false => Effect::Unreadable,
        };
    };
    if is_control(offer.step) {
        // Another content where the manifest names one: old and new must be seen to differ.
        let other = after.content.is_none() || after.content != seen.before.content;
        return match *after == seen.before {
            true => Effect::Nothing,
            false if shows(after) && other => Effect::Installed,
            false if known.contains(&after) => Effect::Reverted,
            false => Effect::Replaced,
        };
    }
    if shows(after) || seen.seen.iter().any(|it| shows(&it.installed)) {
        Effect::Installed
    } else if *after == seen.before {
        Effect::Nothing
    } else if known.contains(&after) {
        Effect::Reverted
    } else {
        Effect::Replaced
    }
}

fn is_control(step: UpdateStep) -> bool {
    matches!(step, UpdateStep::ControlFirst | UpdateStep::ControlLast)
}

fn installed(installed: &Installed) -> String {
    let firmware = brief(&installed.firmware, 60);
    match &installed.content {
        Some(content) => format!("`{firmware}` with content `{}`", brief(content, 16)),
        None => format!("`{firmware}`"),
    }
}

/// A mutation in words.
pub fn words(mutation: crate::update::mcuboot::Mutation) -> &'static str {
    use crate::update::mcuboot::Mutation::*;
    match mutation {
        Truncated => "cut off after three quarters",
        SignatureStripped => "without its signature",
        SignatureFlipped => "with a changed signature",
        HashKept => "with changed content under the old hash",
        PayloadFlipped => "with changed content and a hash that fits it",
        StrangerSigned => "signed by a stranger",
    }
}
