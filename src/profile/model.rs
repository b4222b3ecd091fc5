//! A profile, bound: every name in it is known and every parameter is legal.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::waivers::WaiverPolicy;
use crate::case::TestCase;
use crate::dut::UnitState;
use crate::verdict::{Code, Obligation, Severity};

/// A versioned set of requirements.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Kebab-case.
    pub id: String,
    /// Semantic version.
    pub version: String,
    pub title: String,
    /// What it asks for.
    pub summary: String,
    /// What it does not look at, one thing an entry.
    pub leaves_out: Vec<String>,
    /// How a verdict is drawn near the limit, for the report (ISO/IEC 17025 7.8.6).
    pub decision_rule: String,
    /// What waived failures mean for the outcome.
    pub waivers: WaiverPolicy,
    pub pacing: Pacing,
    pub requirements: Vec<Requirement>,
    /// The file as read; `profile.toml` of a run.
    pub text: String,
    /// SHA-256 of the text, hex.
    pub sha256: String,
}

/// Manners towards the device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Pacing {
    /// Connection attempts a second that a sweep never passes.
    pub max_rate: u32,
    /// Login attempts a minute and account, where the manifest permits no other pace.
    pub login_attempts_per_minute: u32,
    /// Deadline of a whole run in minutes.
    pub deadline_minutes: u32,
}

impl Default for Pacing {
    fn default() -> Self {
        Self {
            max_rate: 3000,
            login_attempts_per_minute: 5,
            deadline_minutes: 60,
        }
    }
}

/// One line of a profile.
#[derive(Clone, Debug)]
pub struct Requirement {
    pub id: String,
    pub title: String,
    pub obligation: Obligation,
    pub test_case: &'static TestCase,
    /// The unit states that it binds; at least one.
    pub states: Vec<UnitState>,
    pub when_absent: WhenAbsent,
    /// Legal for the test case: [`TestCase::check_parameters`] has seen it.
    pub parameters: toml::Table,
    /// Overrides by code id.
    pub severity: BTreeMap<String, Severity>,
    pub provisions: Vec<Provision>,
}

impl Requirement {
    /// The severity of a code under this requirement.
    pub fn severity_of(&self, code: &Code) -> Severity {
        self.severity.get(code.id).copied().unwrap_or(code.severity)
    }
}

/// What it means that the manifest declares no such mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WhenAbsent {
    Fail,
    NotApplicable,
}

/// A clause of an outside standard and how the requirement relates to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provision {
    pub standard: String,
    pub version: String,
    pub id: String,
    pub coverage: Coverage,
}

/// How much of a provision a requirement decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Coverage {
    /// Everything that a network test can decide of it.
    Full,
    /// A part of it.
    Partial,
    /// More than it asks.
    Stricter,
}

impl Coverage {
    /// The word used in profiles and certificates.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Partial => "partial",
            Self::Stricter => "stricter",
        }
    }
}
