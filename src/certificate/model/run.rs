//! What was judged, by what and with what.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::{BlocklistUsed, RunState};
use crate::text::brief;

/// The tool that judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    pub version: String,
    /// [`RULES_VERSION`].
    pub rules: String,
}

/// The run whose evidence was judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunReference {
    /// SHA-256 of `run.json`, which holds the digests of all other files of the run.
    pub sha256: String,
    #[schemars(with = "String")]
    pub from: Timestamp,
    /// None: the run was killed.
    #[schemars(with = "Option<String>")]
    pub until: Option<Timestamp>,
    pub state: RunStateWord,
    /// Why it was aborted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aborted_because: Option<String>,
    /// The version of the tool that observed.
    pub observed_with: String,
    /// Probes a second that were never passed.
    pub max_rate: u32,
    /// SHA-256 of the list of published default credentials.
    pub candidates_sha256: String,
    /// SHA-256 of the list of published shared keys of DTLS; absent in runs of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_keys_sha256: Option<String>,
    /// The list of compromised keys that was handed in, beside those that the tool knows itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocklist: Option<BlocklistReference>,
    /// Circumstances that a reader must know.
    pub remarks: Vec<String>,
}

/// A list of compromised keys. It is no part of the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BlocklistReference {
    pub sha256: String,
    /// How many keys stand there.
    pub keys: u64,
}

impl From<&BlocklistUsed> for BlocklistReference {
    fn from(list: &BlocklistUsed) -> Self {
        Self {
            sha256: brief(&list.sha256, 64),
            keys: list.keys,
        }
    }
}

/// How far the run came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunStateWord {
    Complete,
    Aborted,
}

impl From<RunState> for RunStateWord {
    /// A run that still says `running` was killed.
    fn from(state: RunState) -> Self {
        match state {
            RunState::Complete => Self::Complete,
            RunState::Running | RunState::Aborted => Self::Aborted,
        }
    }
}

/// The profile that judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileReference {
    pub id: String,
    pub version: String,
    pub title: String,
    pub summary: String,
    /// What the profile does not look at, in its own words.
    pub leaves_out: Vec<String>,
    pub sha256: String,
}
