//! Who and what of the test, in the words of the laboratory, and whose word each of it is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the laboratory states of the job. Nothing of it decides a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// SHA-256 of the file, `job.toml` beside the certificate.
    pub sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<JobReport>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub laboratory: Option<JobParty>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<JobParty>,
    /// Who did the test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<JobPerson>,
    /// Who permitted the test; none: no authorisation to test is recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorisation: Option<TestAuthorisation>,
    /// Where the test was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Stated>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditions: Option<Stated>,
    /// Where the method was departed from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deviations: Vec<Stated>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub additions: Vec<Stated>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<Stated>,
    /// What others contributed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub external: Vec<Stated>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<JobItem>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opinions: Vec<JobOpinion>,
    /// Where what is stated does not fit what was run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

/// The laboratory's report that the certificate is part of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JobReport {
    pub number: Stated,
    /// From 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue: Option<u32>,
    /// The day of issue, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Stated>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<ReplacedReport>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorised_by: Option<JobPerson>,
}

/// The report that an amended one replaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplacedReport {
    pub number: Stated,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue: Option<u32>,
    /// What was changed, and why.
    pub because: Stated,
}

/// The laboratory or the customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JobParty {
    pub name: Stated,
    pub address: Stated,
    /// Of a laboratory: by whom and under which number, as it says itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accreditation: Option<Stated>,
    /// Of a customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Stated>,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JobPerson {
    pub name: Stated,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<Stated>,
}

/// The permission to test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TestAuthorisation {
    pub given_by: Stated,
    pub reference: Stated,
    /// `YYYY-MM-DD`.
    pub date: Stated,
    /// What it permits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covers: Option<Stated>,
}

/// What was tested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JobItem {
    /// The manifest's unit id; none: every unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Stated>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identification: Option<Stated>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Stated>,
    /// The day of receipt, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<Stated>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampling: Option<Stated>,
}

/// What somebody makes of the results.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JobOpinion {
    pub text: Stated,
    /// Whose it is.
    pub person: Stated,
}

/// A value, and who states it; safe to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stated {
    pub value: String,
    pub source: Speaker,
}

/// Whose word it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Speaker {
    /// The laboratory's own.
    Laboratory,
    /// The customer's, which the laboratory repeats.
    Customer,
}
