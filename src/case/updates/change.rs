//! What a run changed on a unit and left so.

use super::effect::{Effect, is_control};
use super::stage::{Attempt, Stage};
use crate::case::facts::Facts;
use crate::dut::Unit;
use crate::observation::{Installed, UpdateAttempt, UpdateStep};
use crate::text::brief;
use crate::update::mcuboot::Version;

/// What is installed on a unit because of the run.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    unit: &'a str,
    /// What was installed when the first package was offered.
    was: &'a Installed,
    pub now: &'a Installed,
    by: Attempt<'a>,
    /// Whether it is a genuine package that had to be installed.
    pub genuine: bool,
}

/// The change that the run left; none where it left none that could be read.
pub fn change<'a>(facts: &Facts<'a>, unit: &'a Unit) -> Option<Change<'a>> {
    let stage = Stage::read(facts, unit, facts.device.update.as_ref()?);
    let was = &stage.attempts.first()?.seen?.before;
    let by = stage.attempts.iter().rfind(|it| {
        let lasts = |seen: &UpdateAttempt| seen.after.as_ref() != Some(&seen.before);
        !matches!(it.effect, Effect::Nothing | Effect::NotTried) && it.seen.is_some_and(lasts)
    })?;
    let control = is_control(by.offer.step);
    let now = by.seen?.after.as_ref()?;
    (now != was).then(|| Change {
        unit: &unit.id,
        was,
        now,
        by: by.clone(),
        genuine: control && by.effect == Effect::Installed,
    })
}

/// What was changed on a unit and left so, for a person.
pub fn left_changed(facts: &Facts<'_>, unit: &Unit) -> Option<String> {
    if let Some(change) = change(facts, unit) {
        return Some(change.words());
    }
    let stage = Stage::read(facts, unit, facts.device.update.as_ref()?);
    let last = stage.attempts.last()?;
    (last.effect == Effect::Unreadable).then(|| {
        format!(
            "unit {}: after {} was offered, nobody could read what is installed: look before the unit is used",
            unit.id,
            last.name()
        )
    })
}

/// That planned packages were not offered, because of what became of an earlier one.
pub fn not_offered(facts: &Facts<'_>, unit: &Unit) -> Option<String> {
    let stage = Stage::read(facts, unit, facts.device.update.as_ref()?);
    let (attempt, _, _) = stage.trouble()?;
    let last = UpdateStep::Older == attempt.offer.step;
    let message = format!(
        "unit {}: no update package was offered after {}",
        unit.id,
        attempt.name()
    );
    (!last).then_some(message)
}

impl Change<'_> {
    /// Whether a device that says this shows what was installed.
    pub fn is_shown_as(&self, firmware: &str) -> bool {
        let version = Version::read(&self.by.offer.version);
        self.now.firmware == firmware || version.is_some_and(|it| it.is_shown_as(firmware))
    }

    /// The change for a person.
    fn words(&self) -> String {
        let (was, now) = (brief(&self.was.firmware, 60), brief(&self.now.firmware, 60));
        let after = match self.genuine {
            true => "",
            false => ", which it had to refuse: install a genuine package before the unit is used",
        };
        format!(
            "unit {}: firmware `{was}` was replaced by `{now}`, by offering {}{after}",
            self.unit,
            self.by.name()
        )
    }
}
