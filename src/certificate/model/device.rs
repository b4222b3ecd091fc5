//! The device that was tested, and whether it stayed the same.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The device, as declared and as observed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CertifiedDevice {
    pub manufacturer: Sourced,
    pub model: Sourced,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firmware: Option<Sourced>,
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "type")]
    pub kind: Option<Sourced>,
    pub units: Vec<CertifiedUnit>,
}

/// A unit that was tested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CertifiedUnit {
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    pub state: String,
    pub addresses: Vec<String>,
    /// Further addresses on the tester's link that answered with the declared link address, and were tested as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found_on_link: Vec<String>,
    /// Traits observed at the start of the run.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fingerprints: BTreeMap<String, String>,
}

/// A value and whose word it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sourced {
    pub value: String,
    pub source: Source,
}

/// Whose word a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The supplier's, in the manifest.
    Declared,
    /// Seen by a probe.
    Observed,
}

/// Whether the device was the same at the start, at the end and in the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityCheck {
    pub state: IdentityState,
    /// What agrees, what differs, what could not be read; safe to show.
    pub statement: String,
    /// Ids of the evidence.
    pub evidence: Vec<String>,
}

/// The result of comparing identities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IdentityState {
    /// Everything that was read agrees.
    Agrees,
    /// Something differs: not certifiable.
    Differs,
    /// Nothing could be read at the start or at the end.
    Unobserved,
}
