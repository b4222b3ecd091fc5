//! The outcome of a certificate, and the sentence that claims no more than was shown.

use std::collections::{BTreeMap, BTreeSet};

use super::model::*;
use crate::case::Basis;
use crate::profile::{EvidenceClass, Profile, WaiverPolicy, catalogue};
use crate::verdict::{Obligation, Verdict};

/// Design rule 8: a mandatory FAIL makes it non-conformant; else a mandatory INCONCLUSIVE, an identity
/// that is not the same throughout, or nothing that applies makes it not certifiable.
///
/// Where the profile allows waivers, a waived failure decides nothing, but for what it leaves open.
pub fn outcome(
    requirements: &[RequirementResult],
    identity: &IdentityCheck,
    waivers: WaiverPolicy,
) -> ConformityOutcome {
    let mandatory = |verdict| {
        requirements
            .iter()
            .filter(|requirement| requirement.obligation == Obligation::Mandatory)
            .any(|requirement| requirement.counts_as(waivers) == Some(verdict))
    };
    if mandatory(Verdict::Fail) {
        ConformityOutcome::NonConformant
    } else if mandatory(Verdict::Inconclusive)
        || !mandatory(Verdict::Pass)
        || identity.state != IdentityState::Agrees
    {
        ConformityOutcome::NotCertifiable
    } else {
        ConformityOutcome::Conformant
    }
}

impl RequirementResult {
    /// What the verdict counts as towards the outcome. None: nothing, because the failure is waived. A failure beside which
    /// something is missing is not all that there is to know: waived, it counts as INCONCLUSIVE.
    pub fn counts_as(&self, waivers: WaiverPolicy) -> Option<Verdict> {
        match (waivers, &self.waiver) {
            (WaiverPolicy::Allowed, Some(_)) if self.gaps.is_empty() => None,
            (WaiverPolicy::Allowed, Some(_)) => Some(Verdict::Inconclusive),
            _ => Some(self.verdict),
        }
    }
}

impl Certificate {
    /// The outcome if waived failures did not count, for those who only ask whether anything happened that nobody
    /// accepted: a build.
    pub fn outcome_but_for_waivers(&self) -> ConformityOutcome {
        outcome(&self.requirements, &self.identity, WaiverPolicy::Allowed)
    }

    /// How many mandatory requirements fail and are waived.
    pub fn waived(&self) -> usize {
        waived(&self.requirements)
    }
}

fn waived(requirements: &[RequirementResult]) -> usize {
    requirements
        .iter()
        .filter(|requirement| requirement.obligation == Obligation::Mandatory)
        .filter(|requirement| requirement.waiver.is_some())
        .count()
}

/// The outcome in words. Never claims conformity to a standard (design rule 10).
pub fn statement(
    outcome: ConformityOutcome,
    requirements: &[RequirementResult],
    identity: &IdentityCheck,
    waivers: WaiverPolicy,
) -> String {
    let mandatory: Vec<_> = requirements
        .iter()
        .filter(|requirement| requirement.obligation == Obligation::Mandatory)
        .collect();
    let of = |verdict| {
        mandatory
            .iter()
            .filter(|requirement| requirement.counts_as(waivers) == Some(verdict))
            .count()
    };
    let first = match outcome {
        ConformityOutcome::NonConformant => format!(
            "{} of {} mandatory requirements failed.",
            of(Verdict::Fail),
            mandatory.len()
        ),
        ConformityOutcome::NotCertifiable if of(Verdict::Inconclusive) > 0 => format!(
            "{} of {} mandatory requirements could not be decided; none{} was shown to be broken.",
            of(Verdict::Inconclusive),
            mandatory.len(),
            match waived(requirements) {
                0 => "",
                _ => " but what is waived",
            }
        ),
        ConformityOutcome::NotCertifiable if identity.state != IdentityState::Agrees => {
            format!(
                "It could not be shown that one and the same device was tested throughout: {}.",
                identity.statement
            )
        }
        ConformityOutcome::NotCertifiable if waived(requirements) > 0 => {
            "None of the mandatory requirements was shown to hold.".to_owned()
        }
        ConformityOutcome::NotCertifiable => {
            "None of the mandatory requirements applies to this device.".to_owned()
        }
        ConformityOutcome::Conformant => format!(
            "No {}nonconformity was observed: {} of {} mandatory requirements passed{}.{}",
            match waived(requirements) {
                0 => "",
                _ => "other ",
            },
            of(Verdict::Pass),
            mandatory.len(),
            match of(Verdict::NotApplicable) {
                0 => String::new(),
                n => format!(", {n} do not apply"),
            },
            provisions(requirements)
        ),
    };
    let waived = waiver_statement(waived(requirements), waivers);
    format!("{waived}{first} This is a test report, not a certification by a body.")
}

/// First of all, because what follows is true only with it.
fn waiver_statement(count: usize, waivers: WaiverPolicy) -> String {
    let which = match count {
        0 => return String::new(),
        1 => "1 mandatory requirement failed and is waived".to_owned(),
        n => format!("{n} mandatory requirements failed and are waived"),
    };
    match waivers {
        WaiverPolicy::Shown => format!("{which}, which this profile shows and does not excuse. "),
        WaiverPolicy::Allowed => format!("{which}, as this profile allows. "),
    }
}

/// “ A network test looked at 4 of 78 provisions of …, each at least in part, and observed no nonconformity in them.” with the
/// space before it, or nothing; and the same of what the supplier states and of what a person examined.
fn provisions(requirements: &[RequirementResult]) -> String {
    let sentence = |basis, looked_at: &str| {
        let served = served(requirements, basis);
        (!served.is_empty()).then(|| {
            format!(
                " {looked_at} {served}, each at least in part, and no nonconformity was observed in them."
            )
        })
    };
    [
        sentence(Basis::Observed, "A network test looked at"),
        sentence(
            Basis::Declared,
            "The supplier's statements and documents were read for",
        ),
        sentence(Basis::Examined, "A person looked at"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// “4 of 78 provisions of …” that a passed requirement on this basis serves. A provision of a requirement that failed,
/// were it only recommended, is none of them.
fn served(requirements: &[RequirementResult], basis: Basis) -> String {
    let of = |verdict| {
        let of_verdict = requirements.iter().filter(move |it| it.verdict == verdict);
        of_verdict
            .filter(move |it| verdict == Verdict::Fail || it.basis == basis)
            .flat_map(|requirement| &requirement.provisions)
    };
    let same = |one: &ServedProvision, other: &ServedProvision| {
        (&one.standard, &one.version, &one.id) == (&other.standard, &other.version, &other.id)
    };
    let mut served: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for provision in of(Verdict::Pass) {
        if !of(Verdict::Fail).any(|failed| same(failed, provision)) {
            served
                .entry((&provision.standard, &provision.version))
                .or_default()
                .insert(&provision.id);
        }
    }
    let parts: Vec<String> = served
        .iter()
        .map(|((standard, version), ids)| {
            let all = catalogue()
                .provisions
                .iter()
                .filter(|entry| entry.standard == *standard && entry.version == *version)
                .count();
            format!("{} of {all} provisions of {standard} {version}", ids.len())
        })
        .collect();
    parts.join(", ")
}

/// Catalogued provisions of the standards that a profile names and does not serve.
pub fn not_assessed(profile: &Profile) -> Vec<NotAssessed> {
    let served: BTreeSet<_> = profile
        .requirements
        .iter()
        .flat_map(|requirement| &requirement.provisions)
        .map(|provision| (&provision.standard, &provision.version, &provision.id))
        .collect();
    let standards: BTreeSet<_> = served
        .iter()
        .map(|(standard, version, _)| (*standard, *version))
        .collect();
    catalogue()
        .provisions
        .iter()
        .filter(|entry| standards.contains(&(&entry.standard, &entry.version)))
        .filter(|entry| !served.contains(&(&entry.standard, &entry.version, &entry.id)))
        .map(|entry| NotAssessed {
            standard: entry.standard.as_str().into(),
            version: entry.version.as_str().into(),
            id: entry.id.as_str().into(),
            about: entry.about.as_str().into(),
            checked: entry.checked,
            why: why(entry.evidence).into(),
        })
        .collect()
}

fn why(evidence: EvidenceClass) -> &'static str {
    match evidence {
        EvidenceClass::Network => {
            "a network test can decide it, and this profile does not ask for it"
        }
        EvidenceClass::Partial => {
            "a network test can decide a part of it, and this profile does not ask for it"
        }
        EvidenceClass::Declaration => "it is decided by the supplier's declaration",
        EvidenceClass::Documentary => {
            "it is decided by documents, processes or the product in the hand"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Checked, Coverage};

    fn result(verdict: Verdict, ids: &[&str]) -> RequirementResult {
        let provision = |id: &&str| ServedProvision {
            standard: "ETSI EN 303 645".into(),
            version: "3.1.3".into(),
            id: (*id).to_owned().into(),
            coverage: Coverage::Partial,
            about: "".into(),
            checked: Checked::Recalled,
        };
        RequirementResult {
            id: String::new(),
            title: String::new(),
            obligation: Obligation::Recommended,
            test_case: "".into(),
            basis: Basis::Observed,
            verdict,
            rationale: String::new(),
            plain_words: "".into(),
            reasons: vec![],
            declared_by: None,
            units: vec![],
            waiver: None,
            provisions: ids.iter().map(provision).collect(),
            findings: vec![],
            gaps: vec![],
            proofs: vec![],
        }
    }

    #[test]
    fn a_provision_that_was_seen_broken_is_not_one_without_nonconformity() {
        let passed = result(Verdict::Pass, &["5.6-1", "5.6-5"]);
        let failed = result(Verdict::Fail, &["5.6-1"]);
        let said = |results: &[RequirementResult]| provisions(results);
        assert!(said(std::slice::from_ref(&passed)).contains("2 of 78 provisions"));
        assert!(said(&[passed, failed.clone()]).contains("1 of 78 provisions"));
        assert_eq!(said(&[failed]), "");
    }

    #[test]
    fn no_two_spaces_stand_in_a_statement_without_provisions() {
        let mut passed = result(Verdict::Pass, &[]);
        passed.obligation = Obligation::Mandatory;
        let identity = IdentityCheck {
            state: IdentityState::Agrees,
            statement: String::new(),
            evidence: vec![],
        };
        let said = |results: &[RequirementResult]| {
            let outcome = ConformityOutcome::Conformant;
            statement(outcome, results, &identity, WaiverPolicy::Shown)
        };
        assert_eq!(
            said(std::slice::from_ref(&passed)),
            "No nonconformity was observed: 1 of 1 mandatory requirements passed. This is a test report, not a certification \
             by a body."
        );
        passed.provisions = result(Verdict::Pass, &["5.6-1"]).provisions;
        let named = said(&[passed]);
        assert!(
            named.contains("passed. A network test looked at 1 of 78"),
            "{named}"
        );
        assert!(!named.contains("  "), "{named}");
    }
}
