//! `run.json`: what a run is, when it was, how it ended.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The format of a run directory. A reader refuses any other.
///
/// - `proofmark-run/1`: the first.
pub const RUN_FORMAT: &str = "proofmark-run/1";

/// How far a run came. Anything but `complete` leaves verdicts that say what is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// Being written, or its writer was killed: a reader takes it for aborted.
    Running,
    Complete,
    Aborted,
}

/// The tool that made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolInfo {
    pub name: String,
    pub version: String,
}

/// Everything that set the pace and the risk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunSettings {
    /// Probes a second, never passed.
    pub max_rate: u32,
    /// Login attempts a minute and account, where the manifest permits no other pace.
    pub login_attempts_per_minute: u32,
    /// SHA-256 of the list of published default credentials, hex.
    pub candidates_sha256: String,
    /// The same of the list of published shared keys of DTLS; absent in runs of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_keys_sha256: Option<String>,
    /// The list of compromised keys that was handed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocklist: Option<BlocklistUsed>,
    pub allow_public: bool,
    /// Whether units that the manifest calls disposable might be changed or ruined.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disruptive: bool,
    /// Whole-run deadline, seconds.
    pub deadline_seconds: u64,
    /// Requirements that were selected; none: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub selected: Vec<String>,
    /// Subnets in which the tester's machine has addresses to ask UDP ports from, as they were given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// What the run's surroundings mean for its results, for the report (a network namespace, excluded ports).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

/// A list of compromised keys, which a run does not keep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlocklistUsed {
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// How many keys stand there.
    pub keys: u64,
}

/// `run.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunInfo {
    pub format: String,
    pub state: RunState,
    /// Why it was aborted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aborted_because: Option<String>,
    pub tool: ToolInfo,
    pub started_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    pub settings: RunSettings,
    /// A keyed digest of each secret of the manifest, by id; the key is not kept.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, String>,
    /// SHA-256, hex, of each other file of the run, by its path in the run directory. Complete once
    /// the run is closed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub digests: BTreeMap<String, String>,
}
