//! What a unit was offered and what became of it: the facts that two test cases weigh.

use super::effect::{Effect, Known, effect, is_control};
use crate::case::facts::{Facts, absence};
use crate::dut::{ChannelKind, Unit, Update, UpdateMechanism};
use crate::evidence::Evidence;
use crate::observation::{Asked, Installed, Observation, UpdateAttempt, UpdateOffer, UpdateStep};
use crate::text::brief;
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
        let mut had: Vec<&Installed> = Vec::new();
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
            if let Some(seen) = seen.filter(|_| had.is_empty()) {
                had.push(&seen.before);
            }
            let known = Known {
                offers: &attempts.iter().map(|it| it.offer).collect::<Vec<_>>(),
                had: &had,
                left,
            };
            let effect = seen.map_or(Effect::NotTried, |seen| effect(offer, seen, &known));
            let genuine = effect == Effect::Installed && is_control(offer.step);
            if let Some(seen) = seen.filter(|_| genuine) {
                had.extend(&seen.after);
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

    /// The longest time that an installation takes, in seconds, as the manifest says.
    pub fn settle(&self) -> Option<f64> {
        let upload = self.update.channel.upload.as_ref()?;
        Some(f64::from(upload.settle_seconds))
    }

    /// Whether no package that had to be refused was offered right after this one.
    pub fn ends_a_row(&self, attempt: &Attempt<'_>) -> bool {
        let mut later = self.attempts.iter();
        let next = later.find(|it| it.offer.sequence > attempt.offer.sequence);
        next.is_none_or(|next| next.offer.step != UpdateStep::Mutant)
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

    /// Whether the stage ended here.
    pub fn troubled(&self) -> bool {
        self.trouble().is_some()
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
            (Effect::Late(_), _) => (
                Reason::UpdateStopped,
                format!(
                    "while {name} was offered, the device showed a package that it had been offered before and had to refuse"
                ),
            ),
            (_, true) => (
                Reason::UpdateControlFailed,
                format!(
                    "the genuine package {name} was not installed: the device {answer} and {}, so that refusals prove nothing",
                    self.lacking(&now)
                ),
            ),
            (Effect::Unclear, false) => (
                Reason::UpdateStateUnclear,
                format!(
                    "while {name} was offered, the device said what no package explains, in the end {now}{}",
                    self.in_between()
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

    /// What a device says after a genuine package that was not installed, and what is wrong with it.
    fn lacking(&self, now: &str) -> String {
        let same_content = self.seen.is_some_and(|seen| {
            let content = |it: &Installed| it.content.clone();
            let (before, after) = (&seen.before, seen.after.as_ref());
            after.is_some_and(|after| {
                after.firmware != before.firmware
                    && after.content.is_some()
                    && content(after) == content(before)
            })
        });
        match same_content {
            true => format!("says {now}, whose `content` did not change"),
            false => format!("says {now}{}", self.in_between()),
        }
    }

    /// What the device said on the way, for a person: the last of it.
    pub fn in_between(&self) -> String {
        let Some(seen) = self.seen else {
            return String::new();
        };
        let mut passed = seen.seen.iter().map(|it| &it.installed);
        let last = passed.rfind(|it| **it != seen.before && Some(*it) != seen.after.as_ref());
        last.map_or_else(String::new, |it| format!(", and {} before", installed(it)))
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
