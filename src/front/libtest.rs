//! The libtest front: a profile as a test suite, one trial a requirement, for build systems and runners that
//! speak libtest.
//!
//! Names come from the profile alone, so that listing them sends nothing. The device is observed once, when
//! the first trial runs; every trial then only reads its verdict in the certificate.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use libtest_mimic::{Arguments, Completion, Conclusion, Failed, Trial};

use crate::certificate::{Certificate, ConformityOutcome, IdentityState, RequirementResult};
use crate::profile::{Profile, WaiverPolicy};
use crate::text::harmless;
use crate::verdict::{Obligation, Verdict};

/// A certificate, or why there is none.
pub type Observed = Result<Certificate, String>;

type Job = Box<dyn FnOnce() -> Observed + Send>;

/// The trials of a profile, and which of them will run.
#[derive(Debug)]
pub struct Suite {
    profile: String,
    requirements: Vec<String>,
    /// Requirements to observe.
    selected: BTreeSet<String>,
}

/// The last trial: what no single requirement accounts for. Not an id that a profile uses.
const WHOLE: &str = "outcome";

impl Suite {
    /// The suite as libtest's arguments and `--requirement` (none: all) select it.
    pub fn new(profile: &Profile, arguments: &Arguments, wanted: &[String]) -> Self {
        let runs = |id: &str| {
            let trial = Trial::test(name(&profile.id, id), || Ok(()));
            !arguments.list && !arguments.is_filtered_out(&trial) && !arguments.is_ignored(&trial)
        };
        let requirements: Vec<String> = profile
            .requirements
            .iter()
            .map(|requirement| requirement.id.clone())
            .collect();
        let mut selected: BTreeSet<String> =
            requirements.iter().filter(|id| runs(id)).cloned().collect();
        if selected.is_empty() && runs(WHOLE) {
            // Asked for the outcome and nothing else: it is the outcome of everything.
            selected.extend(requirements.iter().cloned());
        }
        if !wanted.is_empty() {
            selected.retain(|id| wanted.contains(id));
        }
        Self {
            profile: profile.id.clone(),
            requirements,
            selected,
        }
    }

    /// Whether a trial will need the device. If not, nothing may be sent.
    pub fn needs_device(&self) -> bool {
        !self.selected.is_empty()
    }

    /// The requirements to observe; none: all.
    pub fn selected(&self) -> Vec<String> {
        if self.selected.len() == self.requirements.len() {
            return Vec::new();
        }
        self.selected.iter().cloned().collect()
    }

    /// Runs the trials. `observe` is called at most once, by the first trial that needs a certificate.
    pub fn run(
        &self,
        arguments: &Arguments,
        observe: impl FnOnce() -> Observed + Send + 'static,
    ) -> Conclusion {
        // Where observing panics, the lock stays poisoned and every trial fails: it is never done twice.
        let observed: Arc<LazyLock<Observed, Job>> = Arc::new(LazyLock::new(Box::new(observe)));
        let mut trials: Vec<Trial> = self
            .requirements
            .iter()
            .map(|id| {
                let (observed, id) = (Arc::clone(&observed), id.clone());
                let selected = self.selected.contains(&id);
                Trial::ignorable_test(name(&self.profile, &id), move || {
                    if !selected {
                        return Ok(Completion::ignored_with("left out by --requirement"));
                    }
                    requirement(certificate(&observed)?, &id)
                })
            })
            .collect();
        let all = self.selected.len() == self.requirements.len();
        let needed = self.needs_device();
        trials.push(Trial::ignorable_test(
            name(&self.profile, WHOLE),
            move || {
                if !needed {
                    return Ok(Completion::ignored_with("no requirement was selected"));
                }
                whole(certificate(&observed)?, all)
            },
        ));
        libtest_mimic::run(arguments, trials)
    }
}

fn name(profile: &str, id: &str) -> String {
    format!("{profile}::{id}")
}

fn certificate(observed: &Observed) -> Result<&Certificate, Failed> {
    observed.as_ref().map_err(|why| Failed::from(harmless(why)))
}

/// The trial of a requirement. Red exactly where its verdict keeps the device from a certificate, as in
/// `junit.xml`.
fn requirement(certificate: &Certificate, id: &str) -> Result<Completion, Failed> {
    let Some(result) = certificate
        .requirements
        .iter()
        .find(|result| result.id == id)
    else {
        return Err(format!("the certificate says nothing of {id}").into());
    };
    match result.verdict {
        Verdict::Pass => Ok(Completion::Completed),
        Verdict::NotApplicable => Ok(Completion::ignored_with(harmless(&format!(
            "N/A: {} Stated by: {}",
            result.rationale,
            result.declared_by.as_deref().unwrap_or("the supplier")
        )))),
        Verdict::Fail if let (Some(waiver), true) = (&result.waiver, result.gaps.is_empty()) => {
            Ok(Completion::ignored_with(harmless(&format!(
                "FAIL (waived by {} until {}: {}): {}",
                waiver.by, waiver.until, waiver.reason, result.rationale
            ))))
        }
        Verdict::Fail | Verdict::Inconclusive if result.obligation == Obligation::Mandatory => {
            Err(Failed::from(harmless(&account(result))))
        }
        verdict @ (Verdict::Fail | Verdict::Inconclusive) => {
            Ok(Completion::ignored_with(harmless(&format!(
                "{verdict}, but {} and so without effect on the outcome: {}",
                result.obligation.as_str(),
                result.rationale
            ))))
        }
    }
}

/// The trial of the whole: no certificate without one and the same device throughout, nor where nothing
/// applies, even if no requirement is red.
fn whole(certificate: &Certificate, all: bool) -> Result<Completion, Failed> {
    let accounted = certificate.requirements.iter().any(|result| {
        let counts = result.counts_as(WaiverPolicy::Allowed);
        result.obligation == Obligation::Mandatory
            && matches!(counts, Some(Verdict::Fail | Verdict::Inconclusive))
    });
    let excused = certificate.waived() > 0
        && certificate.outcome_but_for_waivers() == ConformityOutcome::Conformant;
    if certificate.identity.state == IdentityState::Differs {
        let message = format!("identity: {}", certificate.identity.statement);
        return Err(Failed::from(harmless(&message)));
    }
    match certificate.outcome {
        ConformityOutcome::Conformant => Ok(Completion::Completed),
        _ if !all => Ok(Completion::ignored_with(
            "only a part of the requirements was selected",
        )),
        outcome if excused => Ok(Completion::ignored_with(format!(
            "{}: every failure is waived",
            outcome.as_str()
        ))),
        outcome if accounted => Ok(Completion::ignored_with(format!(
            "{}: the trials of the requirements say why",
            outcome.as_str()
        ))),
        outcome => Err(Failed::from(harmless(&format!(
            "{}: {}",
            outcome.as_str(),
            certificate.statement
        )))),
    }
}

/// What was found and what is missing, a line each.
fn account(result: &RequirementResult) -> String {
    let mut text = format!("{}: {}", result.verdict, result.rationale);
    // Writing to a string cannot fail.
    for finding in &result.findings {
        let _ = write!(
            text,
            "\n  {} {}: {}: {}\n    to do: {}",
            finding.severity.as_str(),
            finding.code,
            finding.subject,
            finding.message,
            finding.remediation
        );
    }
    for gap in &result.gaps {
        let _ = write!(
            text,
            "\n  missing {}: {}: {}",
            gap.reason.as_str(),
            gap.subject,
            gap.message
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::AppliedWaiver;

    /// A camera of which two mandatory requirements fail.
    fn camera() -> Certificate {
        serde_json::from_str(include_str!("../../tests/golden/camera.json")).unwrap()
    }

    fn ignored(completion: Result<Completion, Failed>) -> bool {
        matches!(completion, Ok(Completion::Ignored { .. }))
    }

    #[test]
    fn a_waived_failure_is_ignored_but_for_what_is_missing_beside_it() {
        let mut camera = camera();
        assert!(requirement(&camera, "closed-ports").is_err());
        for result in &mut camera.requirements {
            if result.verdict == Verdict::Fail {
                result.waiver = Some(AppliedWaiver {
                    by: "J. Doe".to_owned(),
                    until: jiff::civil::date(2026, 6, 30),
                    reason: "Known".to_owned(),
                });
            }
        }
        assert!(ignored(requirement(&camera, "closed-ports")));
        // Nothing is left that passes: that is for nobody to waive.
        assert!(whole(&camera, true).is_err());
        camera.requirements[1].verdict = Verdict::Pass;
        camera.requirements[1].waiver = None;
        assert!(ignored(whole(&camera, true)));
        camera.identity.state = IdentityState::Unobserved;
        assert!(whole(&camera, true).is_err());
        camera.requirements[0].gaps = camera.requirements[2].gaps.clone();
        assert!(requirement(&camera, "closed-ports").is_err());
    }
}
