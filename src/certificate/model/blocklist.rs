//! A list of compromised keys that was handed in when a run was judged.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::BlocklistReference;
use crate::keys::Lookups;

/// What it said of the keys of the run, which is kept in the place of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LookedUpLater {
    /// SHA-256 of the file, `blocklist.json` beside the certificate.
    pub sha256: String,
    pub list: BlocklistReference,
    /// Keys of the run that were looked up.
    pub looked_up: u32,
    /// Those that stand on the list.
    pub listed: u32,
}

impl From<&Lookups> for LookedUpLater {
    fn from(lookups: &Lookups) -> Self {
        let count = |keys: usize| u32::try_from(keys).unwrap_or(u32::MAX);
        let listed = lookups
            .keys()
            .iter()
            .filter(|it| !it.collections.is_empty());
        Self {
            sha256: lookups.sha256.clone(),
            list: lookups.list().into(),
            looked_up: count(lookups.keys().len()),
            listed: count(listed.count()),
        }
    }
}
