//! Waivers, and what became of them.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::profile::WaiverPolicy;
use crate::verdict::Subject;

/// Who accepts a failure, until when, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AppliedWaiver {
    pub by: String,
    /// The last day on which it holds, UTC.
    #[schemars(with = "String", extend("format" = "date"))]
    pub until: Date,
    pub reason: String,
}

/// The waivers that were handed in, and what they mean for the outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waiving {
    /// SHA-256 of the file, `waivers.toml` beside the certificate.
    pub sha256: String,
    /// The profile's word: whether waived failures decide the outcome.
    pub policy: WaiverPolicy,
    pub list: Vec<WaiverResult>,
}

/// A waiver, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaiverResult {
    pub requirement: String,
    /// The code of the finding.
    pub code: String,
    pub subject: Subject,
    pub by: String,
    /// The last day on which it holds, UTC.
    #[schemars(with = "String", extend("format" = "date"))]
    pub until: Date,
    pub reason: String,
    pub state: WaiverState,
    /// How many findings it matches.
    pub findings: u32,
    /// The state in words.
    pub remark: String,
}

/// What became of a waiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WaiverState {
    /// It covers at least one finding.
    Active,
    /// Its last day was over when the run was judged.
    Expired,
    /// It covers nothing.
    Unmatched,
}
