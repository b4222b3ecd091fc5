//! What changed from one run to another of the same device.

use std::collections::BTreeMap;

use crate::certificate::{Certificate, ConformityOutcome, FindingResult, RequirementResult};
use crate::observation::Transport;
use crate::verdict::{Reason, Severity, Verdict};

/// How a requirement changed, the most important first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It held, or did not apply, and now it fails or is not shown any more; or it fails in one more place.
    Regressed,
    /// It was not decided before, or did not apply. What is wrong now may have been so before.
    New,
    /// It failed, and now it neither fails nor is shown to hold; or nobody looked this time.
    Unclear,
    /// It failed, and now it is shown to hold.
    Fixed,
    /// It does not apply any more, by a statement in the manifest.
    Dropped,
    Unchanged,
}

impl Change {
    /// Every change, in order.
    pub const ALL: [Self; 6] = [
        Self::Regressed,
        Self::New,
        Self::Unclear,
        Self::Fixed,
        Self::Dropped,
        Self::Unchanged,
    ];

    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        self.entry().0
    }

    /// What it means, for a reader.
    pub fn meaning(self) -> &'static str {
        self.entry().1
    }

    fn entry(self) -> (&'static str, &'static str) {
        match self {
            Self::Regressed => (
                "regressed",
                "It held or did not apply, and now it fails or is not shown any more; or it fails in one more place.",
            ),
            Self::New => (
                "new",
                "It is decided for the first time. What is wrong now may have been so before.",
            ),
            Self::Unclear => (
                "unclear",
                "It failed and is not shown to be fixed, or nobody looked at it this time.",
            ),
            Self::Fixed => ("fixed", "It failed, and now it is shown to hold."),
            Self::Dropped => (
                "dropped",
                "It does not apply any more, by a statement of the supplier.",
            ),
            Self::Unchanged => ("unchanged", "The verdict is the same."),
        }
    }
}

/// What changed.
#[derive(Clone, Debug)]
pub struct Changes<'a> {
    pub before: &'a Certificate,
    pub after: &'a Certificate,
    /// In the profile's order.
    pub requirements: Vec<Changed<'a>>,
}

impl Changes<'_> {
    /// Whether anything is worse: a requirement, or the outcome, which the identity alone can spoil.
    pub fn regressed(&self) -> bool {
        let worse = |changed: &Changed<'_>| changed.change == Change::Regressed;
        self.requirements.iter().any(worse) || self.outcome_regressed()
    }

    /// Whether the device conformed before and does not now.
    pub fn outcome_regressed(&self) -> bool {
        self.before.outcome == ConformityOutcome::Conformant
            && self.after.outcome != ConformityOutcome::Conformant
    }

    /// Whether something fails that was not decided before, or is not decided any more: it may be worse.
    pub fn open(&self) -> bool {
        let open = |it: &Changed<'_>| match it.change {
            Change::New => it.after.verdict == Verdict::Fail,
            Change::Unclear => true,
            Change::Regressed | Change::Fixed | Change::Dropped | Change::Unchanged => false,
        };
        self.requirements.iter().any(open)
    }

    /// How many requirements changed this way.
    pub fn count(&self, change: Change) -> usize {
        let requirements = self.requirements.iter();
        requirements
            .filter(|changed| changed.change == change)
            .count()
    }
}

/// A requirement before and after.
#[derive(Clone, Debug)]
pub struct Changed<'a> {
    pub before: &'a RequirementResult,
    pub after: &'a RequirementResult,
    pub change: Change,
    /// Findings that were not there before, and that are not there any more.
    pub came: Vec<Located<'a>>,
    pub went: Vec<Located<'a>>,
}

/// A finding by its code and place.
#[derive(Clone, Copy, Debug)]
pub struct Located<'a>(pub &'a FindingResult);

impl std::fmt::Display for Located<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.0.code, self.0.subject)
    }
}

/// Compares two certificates that list the same requirements in the same order, as
/// [`comparable`](super::comparable) ones do.
pub fn changes<'a>(before: &'a Certificate, after: &'a Certificate) -> Changes<'a> {
    let pairs = before.requirements.iter().zip(&after.requirements);
    Changes {
        before,
        after,
        requirements: pairs
            .map(|(before, after)| changed(before, after))
            .collect(),
    }
}

fn changed<'a>(before: &'a RequirementResult, after: &'a RequirementResult) -> Changed<'a> {
    let came = without(&after.findings, &before.findings);
    let went = without(&before.findings, &after.findings);
    let worse = came
        .iter()
        .any(|found| Severity::violates(found.0.severity));
    Changed {
        before,
        after,
        change: change(before, after, worse),
        came,
        went,
    }
}

fn change(before: &RequirementResult, after: &RequirementResult, worse: bool) -> Change {
    use Verdict::{Fail, Inconclusive, NotApplicable, Pass};
    let unseen = after.reasons == [Reason::NotSelected];
    match (before.verdict, after.verdict) {
        (Pass | NotApplicable | Fail, Inconclusive) if unseen => Change::Unclear,
        (Pass | NotApplicable, Fail | Inconclusive) => Change::Regressed,
        // What was not seen before because something was missing may have been there.
        (Fail, Fail) if worse && before.gaps.is_empty() => Change::Regressed,
        (Fail, Fail) if worse => Change::New,
        (Fail, Pass) => Change::Fixed,
        (Fail, Inconclusive) => Change::Unclear,
        (Inconclusive, Fail | Pass) | (NotApplicable, Pass) => Change::New,
        (Pass | Inconclusive | Fail, NotApplicable) => Change::Dropped,
        (Pass, Pass)
        | (Fail, Fail)
        | (Inconclusive, Inconclusive)
        | (NotApplicable, NotApplicable) => Change::Unchanged,
    }
}

/// What tells a finding from another: not its address, because a device may get another one any day.
type Place<'a> = (&'a str, &'a str, Option<Transport>, Option<u16>);

fn place(finding: &FindingResult) -> Place<'_> {
    let subject = &finding.subject;
    (
        &finding.code,
        &subject.unit,
        subject.transport,
        subject.port,
    )
}

/// The findings of one list in places of which the other knows none, one a place.
fn without<'a>(all: &'a [FindingResult], known: &[FindingResult]) -> Vec<Located<'a>> {
    let fresh = all
        .iter()
        .filter(|finding| known.iter().all(|other| place(other) != place(finding)));
    let places: BTreeMap<Place<'_>, &FindingResult> =
        fresh.map(|finding| (place(finding), finding)).collect();
    places.into_values().map(Located).collect()
}
