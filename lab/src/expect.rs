//! What a certificate must say, and how a certificate differs from it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

/// The `[expect]` of a scenario.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    pub outcome: Outcome,
    /// The exit status. Absent: the one that belongs to the outcome.
    pub exit: Option<i32>,
    /// Every requirement of the profile, by its id. One that is left out must be N/A, or recommended and no FAIL.
    pub requirement: BTreeMap<String, ExpectedRequirement>,
}

/// The outcome of an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Conformant,
    NonConformant,
    NotCertifiable,
}

/// What must be said of one requirement. Sets are exact: what is not named must not be there.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedRequirement {
    pub verdict: Verdict,
    /// Codes.
    #[serde(default)]
    pub findings: BTreeSet<String>,
    /// Reasons why something could not be told. Absent: none, unless the verdict is FAIL, which
    /// stands whatever else could not be told.
    pub reasons: Option<BTreeSet<String>>,
    /// Reasons that must be among them, where chance decides about others (a run that is interrupted
    /// somewhere). Instead of `reasons`.
    pub reasons_include: Option<BTreeSet<String>>,
    /// The ports that findings are about. Absent: any.
    pub ports: Option<BTreeSet<u64>>,
    /// Text that the rationale must contain.
    pub rationale_contains: Option<String>,
}

/// A verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum Verdict {
    #[serde(rename = "N/A")]
    NotApplicable,
    #[serde(rename = "PASS")]
    Pass,
    #[serde(rename = "INCONCLUSIVE")]
    Inconclusive,
    #[serde(rename = "FAIL")]
    Fail,
}

impl Outcome {
    /// The word in certificates.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Conformant => "conformant",
            Self::NonConformant => "non-conformant",
            Self::NotCertifiable => "not-certifiable",
        }
    }

    /// The exit status that belongs to it.
    pub fn exit(self) -> i32 {
        match self {
            Self::Conformant => 0,
            Self::NonConformant => 1,
            Self::NotCertifiable => 2,
        }
    }
}

impl Verdict {
    /// The word in certificates.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotApplicable => "N/A",
            Self::Pass => "PASS",
            Self::Inconclusive => "INCONCLUSIVE",
            Self::Fail => "FAIL",
        }
    }
}

impl Expectation {
    /// What makes an expectation too weak to mean anything.
    ///
    /// # Errors
    ///
    /// A sentence.
    pub fn validate(&self) -> Result<(), String> {
        if self.requirement.is_empty() {
            return Err("[expect] names no requirement".to_owned());
        }
        for (id, requirement) in &self.requirement {
            let empty = |reasons: &Option<BTreeSet<String>>| {
                reasons.as_ref().is_none_or(BTreeSet::is_empty)
            };
            let no_reason = empty(&requirement.reasons) && empty(&requirement.reasons_include);
            match requirement.verdict {
                Verdict::Fail if requirement.findings.is_empty() => {
                    return Err(format!("{id}: a FAIL needs its findings"));
                }
                Verdict::Inconclusive if no_reason => {
                    return Err(format!("{id}: an INCONCLUSIVE needs its reasons"));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The exit status that is expected.
    pub fn exit(&self) -> i32 {
        self.exit.unwrap_or_else(|| self.outcome.exit())
    }
}

/// How a certificate and an exit status (none: killed) differ from what is expected; empty where they
/// do not.
pub fn check(expected: &Expectation, certificate: &Value, exit: Option<i32>) -> Vec<String> {
    let mut differences = Vec::new();
    if exit != Some(expected.exit()) {
        let shown = exit.map_or_else(|| "none".to_owned(), |status| status.to_string());
        differences.push(format!("exit status {shown}, not {}", expected.exit()));
    }
    let outcome = text(certificate, "outcome");
    if outcome != expected.outcome.as_str() {
        let wanted = expected.outcome.as_str();
        let identity = certificate.get("identity").unwrap_or(&Value::Null);
        let identity = text(identity, "statement");
        differences.push(format!(
            "outcome {outcome}, not {wanted}; identity: {identity}"
        ));
    }
    let requirements = list(certificate, "requirements");
    for requirement in requirements {
        let id = text(requirement, "id");
        match expected.requirement.get(id) {
            Some(wanted) => differences.extend(
                check_requirement(wanted, requirement)
                    .into_iter()
                    .map(|difference| format!("{id}: {difference}")),
            ),
            None if text(requirement, "obligation") == "recommended" => {
                // What a scenario is not about may be left out; a false accusation may not.
                if text(requirement, "verdict") == Verdict::Fail.as_str() {
                    let rationale = text(requirement, "rationale");
                    differences.push(format!("{id}: FAIL, and not in [expect]: {rationale}"));
                }
            }
            None if text(requirement, "verdict") == Verdict::NotApplicable.as_str() => {}
            None => differences.push(format!("{id}: in the certificate, not in [expect]")),
        }
    }
    for id in expected.requirement.keys() {
        let count = requirements
            .iter()
            .filter(|it| text(it, "id") == id)
            .count();
        if count != 1 {
            differences.push(format!("{id}: {count} times in the certificate"));
        }
    }
    differences
}

fn check_requirement(expected: &ExpectedRequirement, requirement: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    let verdict = text(requirement, "verdict");
    let rationale = text(requirement, "rationale");
    if verdict != expected.verdict.as_str() {
        let wanted = expected.verdict.as_str();
        differences.push(format!("{verdict}, not {wanted}: {rationale}"));
    }
    let findings = list(requirement, "findings");
    let codes: BTreeSet<String> = findings
        .iter()
        .map(|finding| text(finding, "code").to_owned())
        .collect();
    if codes != expected.findings {
        let wanted = &expected.findings;
        differences.push(format!("findings {codes:?}, not {wanted:?}"));
    }
    let reasons: BTreeSet<String> = list(requirement, "reasons")
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    let silent = expected.reasons.is_none() && expected.verdict == Verdict::Fail;
    let wanted = expected.reasons.clone().unwrap_or_default();
    if let Some(least) = &expected.reasons_include {
        if !reasons.is_superset(least) {
            differences.push(format!(
                "reasons {reasons:?} without {least:?}: {rationale}"
            ));
        }
    } else if !silent && reasons != wanted {
        differences.push(format!("reasons {reasons:?}, not {wanted:?}: {rationale}"));
    }
    if let Some(wanted) = &expected.ports {
        let ports: BTreeSet<u64> = findings
            .iter()
            .filter_map(|finding| finding.pointer("/subject/port")?.as_u64())
            .collect();
        if ports != *wanted {
            differences.push(format!("findings about ports {ports:?}, not {wanted:?}"));
        }
    }
    if let Some(wanted) = &expected.rationale_contains
        && !rationale.contains(wanted.as_str())
    {
        differences.push(format!("rationale {rationale:?} without {wanted:?}"));
    }
    differences
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn expectation() -> Expectation {
        let text = r#"
            outcome = "non-conformant"
            requirement.a = { verdict = "FAIL", findings = ["x"], ports = [23] }
            requirement.b = { verdict = "INCONCLUSIVE", reasons = ["no-answer"] }
            requirement.c = { verdict = "PASS", rationale_contains = "all" }
        "#;
        let expectation: Expectation = toml::from_str(text).unwrap();
        assert_eq!(expectation.validate(), Ok(()));
        expectation
    }

    fn certificate() -> Value {
        json!({
            "outcome": "non-conformant",
            "requirements": [
                { "id": "a", "verdict": "FAIL", "reasons": ["aborted"],
                  "findings": [{ "code": "x", "subject": { "port": 23 } }] },
                { "id": "b", "verdict": "INCONCLUSIVE", "reasons": ["no-answer"] },
                { "id": "c", "verdict": "PASS", "rationale": "it is all there" },
            ],
        })
    }

    #[test]
    fn what_was_expected_has_no_difference() {
        assert_eq!(check(&expectation(), &certificate(), Some(1)), [""; 0]);
    }

    #[test]
    fn every_deviation_is_named() {
        let deviations: [(&str, Value, &str); 9] = [
            ("/outcome", json!("conformant"), "outcome conformant, not"),
            (
                "/requirements/0/verdict",
                json!("PASS"),
                "a: PASS, not FAIL",
            ),
            (
                "/requirements/0/findings/0/code",
                json!("y"),
                "a: findings {\"y\"}, not",
            ),
            (
                "/requirements/0/findings/0/subject/port",
                json!(24),
                "a: findings about ports {24}",
            ),
            (
                "/requirements/0/id",
                json!("d"),
                "d: in the certificate, not in [expect]",
            ),
            (
                "/requirements/0/id",
                json!("c"),
                "a: 0 times in the certificate",
            ),
            (
                "/requirements/1/reasons",
                json!(["no-answer", "z"]),
                "b: reasons {\"no-answer\", \"z\"}",
            ),
            (
                "/requirements/2/rationale",
                json!("some"),
                "c: rationale \"some\" without",
            ),
            ("/requirements", json!([]), "b: 0 times in the certificate"),
        ];
        for (place, value, difference) in deviations {
            let mut certificate = certificate();
            *certificate.pointer_mut(place).unwrap() = value;
            let differences = check(&expectation(), &certificate, Some(1));
            assert!(
                differences
                    .iter()
                    .any(|found| found.starts_with(difference)),
                "{place}: {differences:?}"
            );
        }
        for exit in [Some(0), None] {
            assert_eq!(check(&expectation(), &certificate(), exit).len(), 1);
        }
    }

    #[test]
    fn a_finding_or_a_reason_too_many_is_a_difference() {
        let mut certificate = certificate();
        certificate["requirements"][2]["findings"] = json!([{ "code": "x" }]);
        certificate["requirements"][2]["reasons"] = json!(["aborted"]);
        assert_eq!(check(&expectation(), &certificate, Some(1)).len(), 2);
    }

    #[test]
    fn a_recommended_requirement_may_be_left_out_unless_it_fails() {
        let mut certificate = certificate();
        let requirements = certificate["requirements"].as_array_mut().unwrap();
        requirements
            .push(json!({ "id": "d", "obligation": "recommended", "verdict": "INCONCLUSIVE" }));
        assert_eq!(check(&expectation(), &certificate, Some(1)), [""; 0]);
        certificate["requirements"][3]["verdict"] = json!("FAIL");
        assert_eq!(check(&expectation(), &certificate, Some(1)).len(), 1);
    }

    #[test]
    fn an_expectation_that_says_nothing_is_refused() {
        for (weak, why) in [
            (
                "requirement.a = { verdict = \"FAIL\" }",
                "needs its findings",
            ),
            (
                "requirement.a = { verdict = \"INCONCLUSIVE\" }",
                "needs its reasons",
            ),
            ("requirement = {}", "names no requirement"),
        ] {
            let text = format!("outcome = \"conformant\"\n{weak}\n");
            let error = toml::from_str::<Expectation>(&text).unwrap().validate();
            assert!(error.unwrap_err().contains(why), "{weak}");
        }
    }
}
