//! Signs of life.

use serde::{Deserialize, Serialize};

/// The device answered a heartbeat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alive {
    /// Ports that were open when first seen and accepted a connection now.
    pub accepted: Vec<u16>,
    /// Ports that were open when first seen and refused or ignored a connection now, after being asked again.
    pub lost: Vec<u16>,
    /// Whether it was silent first and came back while we waited.
    pub interrupted: bool,
    /// Seconds until the first answer.
    pub seconds: f64,
}
