//! The verdict on one requirement, and what it rests on.

use std::borrow::Cow;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AppliedWaiver, Excerpt};
use crate::case::Basis;
use crate::profile::{Checked, Coverage as ProvisionCoverage};
use crate::verdict::{Obligation, Reason, Severity, Subject, Verdict};

/// The verdict on one requirement, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequirementResult {
    pub id: String,
    pub title: String,
    pub obligation: Obligation,
    /// The id of the test case; `proofmark explain` prints its page.
    pub test_case: Cow<'static, str>,
    /// What the verdict rests on: declared, examined or observed.
    #[serde(default, skip_serializing_if = "Basis::is_observed")]
    pub basis: Basis,
    pub verdict: Verdict,
    /// The verdict in one or two sentences.
    pub rationale: String,
    /// Two sentences for a lay reader: what was done.
    pub plain_words: Cow<'static, str>,
    /// Machine-readable, where the verdict is INCONCLUSIVE or would be.
    pub reasons: Vec<Reason>,
    /// Whose statement makes it N/A.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared_by: Option<String>,
    pub units: Vec<UnitResult>,
    /// Where it fails and every violation is waived. The verdict stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<AppliedWaiver>,
    pub provisions: Vec<ServedProvision>,
    pub findings: Vec<FindingResult>,
    /// What is missing for a PASS.
    pub gaps: Vec<GapResult>,
    /// What was shown.
    pub proofs: Vec<ProofResult>,
}

/// A clause of an outside standard that a requirement serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServedProvision {
    pub standard: Cow<'static, str>,
    pub version: Cow<'static, str>,
    pub id: Cow<'static, str>,
    /// How much of it the requirement decides.
    pub coverage: ProvisionCoverage,
    /// Our paraphrase.
    pub about: Cow<'static, str>,
    pub checked: Checked,
}

/// The verdict on one unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitResult {
    pub id: String,
    pub verdict: Verdict,
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingResult {
    pub code: String,
    pub severity: Severity,
    pub subject: Subject,
    pub message: String,
    pub remediation: Cow<'static, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<AppliedWaiver>,
    pub evidence: Vec<Arc<EvidenceReference>>,
}

/// Something missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GapResult {
    pub reason: Reason,
    pub subject: Subject,
    pub message: String,
    pub evidence: Vec<Arc<EvidenceReference>>,
}

/// Something shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProofResult {
    pub unit: String,
    pub statement: String,
    pub evidence: Vec<Arc<EvidenceReference>>,
}

/// A pointer into `evidence.jsonl` and `blobs/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceReference {
    pub id: String,
    /// SHA-256 of the received bytes, the file name in `blobs/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
    /// What the evidence says in one line, safe to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The beginning of the received bytes: of the first pieces of evidence of a finding or a gap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<Excerpt>,
}

/// A provision that this profile says nothing about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotAssessed {
    pub standard: Cow<'static, str>,
    pub version: Cow<'static, str>,
    pub id: Cow<'static, str>,
    /// Our paraphrase.
    pub about: Cow<'static, str>,
    pub checked: Checked,
    /// Why a network test does not decide it, or that this profile leaves it out.
    pub why: Cow<'static, str>,
}
