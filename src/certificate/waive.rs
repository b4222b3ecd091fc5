//! Marks what is waived. Verdicts stay as they are.

use jiff::Timestamp;

use super::model::*;
use crate::profile::{Profile, Waiver, Waivers};
use crate::text::shown;
use crate::verdict::Verdict;

/// Marks the findings that waivers cover, and the requirements of which every violation is covered. Says what became
/// of each waiver; none where nobody handed in any.
pub(super) fn waive(
    requirements: &mut [RequirementResult],
    waivers: &Waivers,
    profile: &Profile,
    judged_at: Timestamp,
) -> Option<Waiving> {
    if waivers.is_none() {
        return None;
    }
    let list = waivers.list.iter();
    let list = list
        .map(|waiver| apply(requirements, waiver, judged_at))
        .collect();
    for requirement in requirements {
        requirement.waiver = whole(requirement);
    }
    Some(Waiving {
        sha256: waivers.sha256.clone(),
        policy: profile.waivers,
        list,
    })
}

fn apply(
    requirements: &mut [RequirementResult],
    waiver: &Waiver,
    judged_at: Timestamp,
) -> WaiverResult {
    let mark = AppliedWaiver {
        by: shown(&waiver.by, 200),
        until: waiver.until,
        reason: shown(&waiver.reason, 600),
    };
    let expired = waiver.expired(judged_at);
    let mut covered = 0;
    let mut verdict = None;
    for requirement in requirements
        .iter_mut()
        .filter(|it| it.id == waiver.requirement)
    {
        verdict = Some(requirement.verdict);
        for finding in &mut requirement.findings {
            let covers = waiver.covers(&requirement.id, &finding.code, &finding.subject);
            if covers && finding.severity.violates() {
                covered += 1;
                if !expired {
                    finding.waiver = Some(mark.clone());
                }
            }
        }
    }
    let state = match covered {
        _ if expired => WaiverState::Expired,
        0 => WaiverState::Unmatched,
        _ => WaiverState::Active,
    };
    WaiverResult {
        requirement: shown(&waiver.requirement, 60),
        code: shown(&waiver.code, 60),
        subject: crate::verdict::Subject {
            unit: shown(&waiver.subject.unit, 60),
            address: waiver.subject.address.as_ref().map(|it| shown(it, 60)),
            transport: waiver.subject.transport,
            port: waiver.subject.port,
            service: waiver.subject.service.as_ref().map(|it| shown(it, 60)),
        },
        by: mark.by,
        until: mark.until,
        reason: mark.reason,
        state,
        findings: covered,
        remark: remark(state, covered, verdict),
    }
}

/// What became of it, for a reader. That nothing was found is worth something only where somebody looked.
fn remark(state: WaiverState, covered: u32, verdict: Option<Verdict>) -> String {
    let text = match (state, verdict) {
        (WaiverState::Active, _) => "applies",
        (WaiverState::Expired, _) if covered > 0 => "expired, so that the failure stands",
        (WaiverState::Expired, _) => "expired, and matches nothing any more: take it out",
        (_, None) => "matches nothing: the profile has no such requirement",
        (_, Some(Verdict::Pass)) => "matches nothing: the requirement passed, take it out",
        (_, Some(Verdict::NotApplicable)) => "matches nothing: the requirement does not apply",
        (_, Some(Verdict::Inconclusive)) => "matches nothing: the requirement could not be decided",
        (_, Some(Verdict::Fail)) => "matches nothing: the requirement fails for something else",
    };
    text.to_owned()
}

/// The waiver of a failure of which every part is waived: it ends when the first of them does.
fn whole(requirement: &RequirementResult) -> Option<AppliedWaiver> {
    if requirement.verdict != Verdict::Fail {
        return None;
    }
    let violations = requirement.findings.iter();
    let violations = violations.filter(|finding| finding.severity.violates());
    let parts: Option<Vec<&AppliedWaiver>> =
        violations.map(|finding| finding.waiver.as_ref()).collect();
    let parts = parts?;
    let until = parts.iter().map(|part| part.until).min()?;
    let joined = |text: fn(&AppliedWaiver) -> &str| {
        let mut texts: Vec<&str> = parts.iter().map(|part| text(part)).collect();
        let mut seen = std::collections::BTreeSet::new();
        texts.retain(|text| seen.insert(*text));
        texts.join("; ")
    };
    Some(AppliedWaiver {
        by: joined(|part| &part.by),
        until,
        reason: joined(|part| &part.reason),
    })
}
