//! What was and was not looked at, in numbers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::observation::{PortProof, PortState, Transport};

/// What was and was not looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    pub evidence: u32,
    pub ports: Vec<PortCoverage>,
    pub services: Vec<ServiceCoverage>,
    pub logins: Vec<LoginCoverage>,
    /// What was planned and not done, or could not be done, and why.
    pub not_tried: Vec<String>,
    /// What was changed on the device and left so.
    pub changed: Vec<String>,
}

/// The ledger of one address in numbers: `open + closed + silent + unproven + excluded = total`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PortCoverage {
    pub unit: String,
    pub address: String,
    pub transport: Transport,
    /// All that were to be asked: every TCP port, or the UDP ports of a list and of the manifest.
    pub total: u32,
    pub open: u32,
    pub closed: u32,
    pub silent: u32,
    pub unproven: u32,
    /// Held by another program of the tester's machine before the device was started.
    pub excluded: u32,
    pub open_ports: Vec<u16>,
    /// The ledger in rows, by port: neighbours of one state for one reason are one row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ledger: Vec<PortRow>,
    /// How many rows more there are, which stand in the evidence only.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub ledger_left_out: u32,
    /// What those rows say, in blocks of 250 ports (0 to 249, 250 to 499, …); empty where none was left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ledger_blocks: Vec<PortBlock>,
    /// What asked, and why it did: `raw: raw sockets are permitted`. Empty where a run does not say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub engine: String,
    /// How often a silent port was asked, at least.
    pub silent_rounds: u8,
    pub probes: u64,
    /// Connection attempts, or datagrams, a second: the highest that was reached.
    pub rate_peak: f64,
    pub seconds: f64,
    pub evidence: String,
}

/// Neighbouring ports of one state, and what shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PortRow {
    pub first: u16,
    pub last: u16,
    pub state: PortState,
    pub proof: PortProof,
    /// How often each of them was asked at least; at 255 it stays.
    pub asked: u8,
}

/// Ports of a block, counted by their state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PortBlock {
    /// The first port of the block that is counted here, and the last.
    pub first: u16,
    pub last: u16,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub open: u32,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub closed: u32,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub silent: u32,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unproven: u32,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub excluded: u32,
}

/// A service that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceCoverage {
    pub unit: String,
    pub address: String,
    pub transport: Transport,
    pub port: u16,
    /// What it speaks, from its own bytes.
    pub protocol: String,
    /// What other tools were told there, by imported scans: nothing rests on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub imported: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// The manifest's service id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<String>,
    pub evidence: String,
}

/// A login that was tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginCoverage {
    pub unit: String,
    pub address: String,
    pub port: u16,
    pub mechanism: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Default credentials that were tried to the end.
    pub candidates: u32,
    /// All attempts, with controls.
    pub attempts: u32,
    /// The pace that was kept, attempts a minute and account.
    pub attempts_per_minute: u32,
    /// Whether the owner's login worked first, and last.
    pub owner_first: bool,
    pub owner_last: bool,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
pub(super) fn is_zero(number: &u32) -> bool {
    *number == 0
}
