//! What a service must tell before any login, by the supplier's statement.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::observation::Disclosed;

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Discloses {
    pub what: Disclosable,
    /// Why whoever asks needs it before a login.
    pub purpose: String,
}

/// What may be needed before a login. A secret never is, nor what only helps whoever attacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Disclosable {
    FirmwareVersion,
    MacAddress,
    SerialNumber,
    SoftwareVersion,
}

impl Disclosable {
    /// As it is observed.
    pub fn disclosed(self) -> Disclosed {
        match self {
            Self::FirmwareVersion => Disclosed::FirmwareVersion,
            Self::MacAddress => Disclosed::MacAddress,
            Self::SerialNumber => Disclosed::SerialNumber,
            Self::SoftwareVersion => Disclosed::SoftwareVersion,
        }
    }
}
