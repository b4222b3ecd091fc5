//! In what order packages are offered, and when to stop.

use std::sync::Arc;

use ring::rand::SecureRandom;

use crate::dut::{Package, Update};
use crate::observation::{Installed, UpdateAttempt, UpdateOffer, UpdateStep};
use crate::update::mcuboot::{Layer, MutateError, Mutation, Version, mutant};

/// One step: which package plays which part.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    pub step: UpdateStep,
    pub package: &'a Package,
    pub mutation: Option<Mutation>,
}

/// A package that is about to be offered.
#[derive(Clone, Debug)]
pub struct Offered {
    pub file: String,
    pub version: Version,
    pub reaches: Option<Layer>,
    pub bytes: Arc<[u8]>,
}

/// The order. With two newer packages the first is installed, mutants of the second are offered, and the second is
/// installed: a mutant can then not be refused for its version, and refusals stand between two packages
/// that work. With one, its mutants come first. The older one comes last, because it may do what cannot be undone.
pub fn steps(update: &Update, mutants: bool, older: bool) -> Vec<Step<'_>> {
    let Some(last) = update.newer.last() else {
        return Vec::new();
    };
    let genuine = |step, package| Step {
        step,
        package,
        mutation: None,
    };
    let mut steps = Vec::new();
    if mutants {
        if let [first, _] = update.newer.as_slice() {
            steps.push(genuine(UpdateStep::ControlFirst, first));
        }
        steps.extend(Mutation::ALL.map(|mutation| Step {
            step: UpdateStep::Mutant,
            package: last,
            mutation: Some(mutation),
        }));
    }
    steps.push(genuine(UpdateStep::ControlLast, last));
    if let Some(package) = update.older.as_ref().filter(|_| older) {
        steps.push(genuine(UpdateStep::Older, package));
    }
    steps
}

impl Step<'_> {
    /// Makes the package.
    ///
    /// # Errors
    ///
    /// No such mutant can be made of it: it is not signed, or encrypted.
    pub fn offered(&self, random: &dyn SecureRandom) -> Result<Offered, MutateError> {
        let bytes = &self.package.bytes.0;
        let file = self.package.file.clone();
        if let Some(mutation) = self.mutation {
            let mutant = mutant(bytes, mutation, random)?;
            return Ok(Offered {
                file,
                version: mutant.version,
                reaches: Some(mutant.reaches),
                bytes: mutant.bytes.into(),
            });
        }
        Ok(Offered {
            file,
            version: crate::update::mcuboot::parse(bytes)?.header.version,
            reaches: None,
            bytes: Arc::clone(bytes),
        })
    }

    /// What is written down of it.
    pub fn described(&self, offered: &Offered, sequence: u32, request: String) -> UpdateOffer {
        UpdateOffer {
            step: self.step,
            sequence,
            file: self.package.file.clone(),
            source_sha256: self.package.sha256.clone(),
            mutation: self.mutation,
            reaches: offered.reaches,
            version: offered.version.to_string(),
            size: offered.bytes.len() as u64,
            sha256: crate::digest::sha256_hex(&offered.bytes),
            request,
        }
    }
}

impl Offered {
    /// What a form calls it: the last part of its path, without what could end a quoted text.
    pub(super) fn file_name(&self) -> &str {
        let name = self.file.rsplit('/').next().unwrap_or_default();
        let plain = |c: char| c.is_ascii_graphic() && c != '"' && c != '\\';
        match name {
            "" => "package.bin",
            name if name.chars().all(plain) => name,
            _ => "package.bin",
        }
    }
}

/// Whether to offer more: a genuine package must have been installed, with nothing on the way that is neither the
/// old nor the new; everything else must have changed nothing, not even for a while. A device that took what
/// it had to refuse is left alone, as it is.
pub fn goes_on(step: UpdateStep, version: Version, attempt: &UpdateAttempt) -> bool {
    let (before, Some(after)) = (&attempt.before, &attempt.after) else {
        return false;
    };
    let mut states = attempt.seen.iter().map(|it| &it.installed);
    match step {
        UpdateStep::ControlFirst | UpdateStep::ControlLast => {
            let passing = |state: &Installed| {
                let vouched = state.content == before.content || state.content == after.content;
                state == before || state == after || state.content.is_some() && vouched
            };
            is_installed(version, before, after) && states.all(passing)
        }
        UpdateStep::Mutant | UpdateStep::Older => {
            after == before && states.all(|state| state == before)
        }
    }
}

/// Whether a device that said `before` and says `now` has installed this version: another version, and other
/// content where the manifest names one.
pub(super) fn is_installed(version: Version, before: &Installed, now: &Installed) -> bool {
    let other = now.content.is_none() || now.content != before.content;
    now != before && other && version.is_shown_as(&now.firmware)
}
