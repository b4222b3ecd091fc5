//! What a list of compromised keys says of the keys of a unit.

use serde::{Deserialize, Serialize};

/// Every key that was looked up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookedUp {
    pub keys: Vec<LookedUpKey>,
}

/// One key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookedUpKey {
    /// The SHA-256 of the number that makes it this key, hex.
    pub identity: String,
    /// The numbers of the collections that hold its private half; none: it is not on the list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub collections: Vec<u8>,
}
