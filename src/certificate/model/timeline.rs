//! When what was done with a unit, and how the unit was meanwhile.
//!
//! Times are milliseconds after the beginning of the run ([`super::RunReference::from`]): they are read beside each
//! other, and need no clock.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::is_zero;

/// The run, as one unit went through it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitTimeline {
    pub unit: String,
    /// What was done, in the order in which it began.
    pub stages: Vec<StageSpan>,
    /// The heartbeats, in order.
    pub health: Vec<HealthSpan>,
    /// How many spans more there are, which stand in the evidence only.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u32,
}

/// Attempts of one stage at one address, with nothing but heartbeats between them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageSpan {
    pub stage: Stage,
    pub address: String,
    pub from: u64,
    pub until: u64,
    pub attempts: u32,
    /// Attempts that brought nothing.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unanswered: u32,
    /// How often nothing answered any more, or everything refused that had been open, so that a sweep waited.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub absences: u32,
}

/// A part of a run.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    Reach,
    OnLink,
    Identity,
    TcpPorts,
    UdpPorts,
    Identification,
    Tls,
    Ssh,
    Disclosure,
    Coap,
    Logins,
    Updates,
}

/// A heartbeat, or several with the same result, close together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HealthSpan {
    pub state: Health,
    pub from: u64,
    pub until: u64,
    pub heartbeats: u32,
    /// The address that was asked, and after what, of a single heartbeat that was not simply answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// How a heartbeat ended.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// At once, on every port that was asked.
    Answered,
    /// It was silent first and came back.
    CameBack,
    /// Some ports that had been open accepted no connection any more.
    PortsLost,
    /// Not at all.
    Unanswered,
    /// It could not be asked: the run was stopped, or our own side failed.
    NotAsked,
}
