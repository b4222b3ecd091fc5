//! Whether two certificates of one run say the same.

use crate::certificate::{Certificate, RequirementResult};

/// Where the second says something else than the first: outcome, identity, verdicts, findings, what is missing.
/// Not compared is wording, which changes between versions of the tool.
pub(super) fn differences(recorded: &Certificate, again: &Certificate) -> Vec<String> {
    let mut differences = Vec::new();
    let mut differ = |what: String, recorded: &str, again: &str| {
        if recorded != again {
            differences.push(format!(
                "{what} is {recorded} in the certificate, {again} when judged again"
            ));
        }
    };
    let id = |it: &Certificate| it.id.clone();
    // The same run, profile, time and rules have the same id; other rules have another.
    if recorded.tool.rules == again.tool.rules {
        differ("the id".to_owned(), &id(recorded), &id(again));
    }
    let facts = |it: &Certificate| {
        let (device, run, profile) = (
            json(&it.device),
            json(&it.run.sha256),
            json(&it.profile.sha256),
        );
        format!("{device} {run} {profile}")
    };
    if facts(recorded) != facts(again) {
        differ(
            "what was tested, or by what,".to_owned(),
            "one thing",
            "another",
        );
    }
    differ(
        "the outcome".to_owned(),
        recorded.outcome.as_str(),
        again.outcome.as_str(),
    );
    differ(
        "the identity check".to_owned(),
        &json(&recorded.identity.state),
        &json(&again.identity.state),
    );
    let ids = |it: &Certificate| json(&it.requirements.iter().map(|it| &it.id).collect::<Vec<_>>());
    differ(
        "the list of requirements".to_owned(),
        &ids(recorded),
        &ids(again),
    );
    for (one, other) in recorded.requirements.iter().zip(&again.requirements) {
        let verdict = |it: &RequirementResult| it.verdict.to_string();
        differ(
            format!("requirement {}", one.id),
            &verdict(one),
            &verdict(other),
        );
        if verdict(one) == verdict(other) && essence(one) != essence(other) {
            differ(
                format!("the ground of requirement {}", one.id),
                "one thing",
                "another",
            );
        }
    }
    differences
}

/// What decides a requirement, without words.
fn essence(requirement: &RequirementResult) -> String {
    let findings: Vec<_> = requirement
        .findings
        .iter()
        .map(|it| (&it.code, it.severity, &it.subject))
        .collect();
    let gaps: Vec<_> = requirement
        .gaps
        .iter()
        .map(|it| (it.reason, &it.subject))
        .collect();
    let units: Vec<_> = requirement
        .units
        .iter()
        .map(|it| (&it.id, it.verdict))
        .collect();
    json(&(
        requirement.obligation,
        units,
        findings,
        gaps,
        &requirement.declared_by,
    ))
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
