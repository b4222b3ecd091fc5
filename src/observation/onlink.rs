//! Which further addresses of a unit were found on its link.

use serde::{Deserialize, Serialize};

/// What a search for addresses that answer with a unit's link address brought.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnLink {
    /// The link address that the manifest declares, lower case with colons.
    pub mac: String,
    /// The interfaces on which a declared address answers with it. Empty: the unit is on no link of ours.
    pub links: Vec<String>,
    /// Addresses that the manifest does not declare and that answered with it. From here on they are the unit's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<String>,
    /// The same, but not asked anything: public ones without permission, or too many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// What could not be looked for, and why, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsearched: Vec<String>,
}
