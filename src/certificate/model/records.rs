//! What people did and saw.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::verdict::Verdict;

/// Everything that people recorded about the run, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// SHA-256 of the file, `records.jsonl` beside the certificate.
    pub sha256: String,
    pub list: Vec<RecordResult>,
}

/// A record, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordResult {
    /// `record-1`; requirements cite it as evidence.
    pub id: String,
    pub kind: RecordKind,
    /// When it was done or seen.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// When it was written down.
    #[schemars(with = "String")]
    pub recorded_at: Timestamp,
    /// Whose word it is.
    pub by: String,
    /// The manifest's unit id; none for a withdrawal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What was done, what was seen, or why something is withdrawn; empty where nothing was said.
    pub text: String,
    /// What was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<ExaminedCheck>,
    /// The record that is withdrawn by this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdraws: Option<String>,
    /// The record by which this one is withdrawn, so that it counts no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn_by: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentReference>,
}

/// What kind of thing a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RecordKind {
    /// A check of the profile, as a person decided it.
    Check,
    /// Something that the operator did.
    Step,
    /// An earlier record counts no more.
    Withdrawal,
}

/// A check as a person decided it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExaminedCheck {
    /// The profile's id of the check.
    pub id: String,
    pub verdict: Verdict,
    /// What the profile asks; none where it does not ask for this check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// The requirements that the check decides.
    pub requirements: Vec<String>,
}

/// A file that was handed in with a record: `attachments/<sha256>` beside the certificate. Nobody looked into it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachmentReference {
    /// As it was called.
    pub name: String,
    pub sha256: String,
    /// Bytes.
    pub length: u64,
}
