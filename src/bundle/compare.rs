//! Whether two certificates of one run say the same.

use std::collections::BTreeSet;

use crate::certificate::{Certificate, Job, RULES_VERSION, RequirementResult};

/// What no version of the rules changes: the device, the run, the profile and what it asks for, and what the laboratory
/// states. The first part in which the two differ.
pub(super) fn other_thing(recorded: &Certificate, again: &Certificate) -> Option<&'static str> {
    let run = |it: &Certificate| json(&(&it.run.sha256, it.run.from, it.run.until, it.run.state));
    let asked = |it: &Certificate| {
        let of = it.requirements.iter();
        let asked: Vec<_> = of
            .map(|it| (&it.id, &it.title, it.obligation, &it.test_case))
            .collect();
        json(&(asked, &it.decision_rule))
    };
    let job = |it: &Certificate| {
        let stated = it.job.clone();
        json(&stated.map(|job| Job {
            remarks: vec![],
            ..job
        }))
    };
    let parts = [
        ("the device", json(&recorded.device), json(&again.device)),
        ("the run", run(recorded), run(again)),
        ("the profile", json(&recorded.profile), json(&again.profile)),
        ("what was asked for", asked(recorded), asked(again)),
        ("the job", job(recorded), job(again)),
    ];
    let mut parts = parts.into_iter();
    parts
        .find(|(_, recorded, again)| recorded != again)
        .map(|(what, ..)| what)
}

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
    // The same run, profile, time and rules have the same id; how older rules made it is a matter of words.
    if recorded.tool.rules == RULES_VERSION && recorded.id != again.id {
        differ("the id".to_owned(), "one thing", "another");
    }
    if accepted(recorded) != accepted(again) {
        differ(
            "what is accepted by waivers".to_owned(),
            "one thing",
            "another",
        );
    }
    if json(&recorded.blocklist) != json(&again.blocklist) {
        differ(
            "what a list said of the keys".to_owned(),
            "one thing",
            "another",
        );
    }
    if people(recorded) != people(again) {
        differ("what people recorded".to_owned(), "one thing", "another");
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

/// The parts of a certificate, by their names in `certificate.json`, that the two word otherwise.
pub(super) fn reworded(recorded: &Certificate, again: &Certificate) -> Vec<String> {
    let parts = |certificate: &Certificate| match serde_json::to_value(certificate) {
        Ok(serde_json::Value::Object(parts)) => parts,
        _ => serde_json::Map::new(),
    };
    let (recorded, again) = (parts(recorded), parts(again));
    let names: BTreeSet<&String> = recorded.keys().chain(again.keys()).collect();
    let differ = names
        .into_iter()
        .filter(|name| recorded.get(*name) != again.get(*name));
    differ.cloned().collect()
}

/// The waivers and what became of them, without words.
fn accepted(certificate: &Certificate) -> String {
    let waivers = certificate.waivers.as_ref().map(|it| {
        let list = it.list.iter();
        let list: Vec<_> = list
            .map(|one| (&one.code, &one.subject, &one.by, one.until, one.state))
            .collect();
        (&it.sha256, it.policy, list)
    });
    json(&waivers)
}

/// What people recorded and what became of it, without words: those are under the digest.
fn people(certificate: &Certificate) -> String {
    let records = certificate.records.as_ref().map(|it| {
        let list = it.list.iter();
        let list: Vec<_> = list
            .map(|one| {
                let check = one.check.as_ref().map(|it| (&it.id, it.verdict));
                (&one.id, check, &one.withdrawn_by, &one.attachments)
            })
            .collect();
        (&it.sha256, list)
    });
    json(&records)
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
        requirement.basis,
        units,
        findings,
        gaps,
        &requirement.declared_by,
        &requirement.waiver,
    ))
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
