//! What a run will do about updates, and to which units.

use std::fmt::Write as _;

use super::plan::Plan;
use crate::dut::{HttpUpload, Package, Unit, Update, UpdateMechanism};
use crate::observation::UpdateStep;
use crate::probe::update::{Step, steps};
use crate::text::{brief, shown};
use crate::update::Conclusion;

/// Packages that are offered to a unit.
#[derive(Clone, Debug)]
pub struct UpdatePlan<'a> {
    pub upload: &'a HttpUpload,
    pub steps: Vec<Step<'a>>,
}

impl<'a> Plan<'a> {
    /// What is offered to a unit; none where nothing may be, or nothing can be.
    pub fn update(&self, unit: &Unit) -> Option<UpdatePlan<'a>> {
        if !self.settings.disruptive || !unit.disposable {
            return None;
        }
        self.update_of_any()
    }

    /// What is offered to a unit that may be changed.
    fn update_of_any(&self) -> Option<UpdatePlan<'a>> {
        let needed = |case: &str| {
            let mut all = self.requirements.iter();
            all.any(|requirement| requirement.test_case.id == case)
        };
        let (mutants, older) = (needed("updates/signed"), needed("updates/no-rollback"));
        let update: &Update = self.device.update.as_ref()?;
        let upload = update.channel.upload.as_ref()?;
        let can = (mutants || older)
            && update.mechanism == UpdateMechanism::Mcuboot
            && self.device.installed_source().is_some();
        let steps = steps(update, mutants, older);
        (can && !steps.is_empty()).then_some(UpdatePlan { upload, steps })
    }

    /// For a person: what is offered, how long it takes, and what stays changed.
    pub(super) fn updates_text(&self) -> String {
        let mut out = String::new();
        let Some(plan) = self.update_of_any() else {
            return out;
        };
        out.push_str("\nupdates\n");
        if !self.settings.disruptive {
            out.push_str("  none is offered: that takes --disruptive\n");
            return out;
        }
        let disposable: Vec<&str> = self
            .units()
            .filter(|unit| unit.disposable)
            .map(|unit| unit.id.as_str())
            .collect();
        if disposable.is_empty() {
            out.push_str("  none is offered: the manifest calls no unit disposable\n");
            return out;
        }
        let HttpUpload {
            service,
            path,
            method,
            settle_seconds,
            ..
        } = plan.upload;
        let uploads = plan.steps.len();
        let seconds = u64::from(*settle_seconds) * uploads as u64;
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "  {uploads} packages by {} {} of `{service}` to unit {}, up to {} where every one is waited out",
            method.as_str(),
            shown(path, 80),
            disposable.join(", "),
            super::plan::minutes(std::time::Duration::from_secs(seconds)),
        );
        let useless = plan.steps.iter().find(|it| !may_count(it.package));
        if let Some(step) = useless {
            let file = brief(&step.package.file, 80);
            let _ = writeln!(
                out,
                "  WARNING: {file} is not signed by the declared key and intact: nothing here can pass, and the unit is changed all the same; run `proofmark inspect` first"
            );
        }
        for step in &plan.steps {
            let file = brief(&step.package.file, 80);
            let part = match (step.step, step.mutation) {
                (UpdateStep::Mutant, Some(mutation)) => {
                    format!("{} {file}, must be refused", mutation.as_str())
                }
                (UpdateStep::Older, _) => format!("{file}, which is older, must be refused"),
                _ => format!("{file}, must be installed"),
            };
            let _ = writeln!(out, "  - {part}");
        }
        if let Some(last) = plan
            .steps
            .iter()
            .rfind(|it| it.step == UpdateStep::ControlLast)
        {
            let file = brief(&last.package.file, 80);
            let _ = writeln!(
                out,
                "  the unit keeps {file}, or whatever it wrongly takes: nothing is put back"
            );
        }
        out
    }
}

/// Whether what becomes of a package can count for a PASS, by what it says itself.
fn may_count(package: &Package) -> bool {
    let inspection = package.inspection.as_ref();
    inspection.is_none_or(|it| {
        matches!(
            it.conclusion,
            Conclusion::PublicKey | Conclusion::NotVerified | Conclusion::Intact
        )
    })
}
