//! A profile as written: serde shapes and nothing else. [`super::bind`] binds them.
//!
//! The doc comments are the descriptions of `schemas/profile.schema.json`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::model::{Pacing, Provision, WhenAbsent};
use super::waivers::WaiverPolicy;
use crate::dut::UnitState;
use crate::verdict::{Obligation, Severity};

/// A versioned set of requirements.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
#[schemars(title = "Proofmark profile")]
pub(crate) struct RawProfile {
    /// `proofmark-profile/1`.
    #[serde(rename = "format")]
    #[schemars(extend("const" = super::PROFILE_FORMAT))]
    pub(super) _format: String,
    #[schemars(regex(pattern = ID), length(max = 40))]
    pub(super) id: String,
    /// Semantic version; it rises with every change that can flip a verdict.
    pub(super) version: String,
    pub(super) title: String,
    /// What it asks for.
    pub(super) summary: String,
    /// What nobody should believe was tested, one thing an entry; it stands on the first page.
    #[serde(default)]
    pub(super) leaves_out: Vec<String>,
    /// How a verdict is drawn near the limit (ISO/IEC 17025 7.8.6).
    pub(super) decision_rule: String,
    /// What waived failures mean for the outcome.
    #[serde(default)]
    pub(super) waivers: WaiverPolicy,
    #[serde(default)]
    pub(super) pacing: Pacing,
    #[serde(default)]
    #[schemars(required, length(min = 1))]
    pub(super) requirement: Vec<RawRequirement>,
}

/// One requirement.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table `[[requirement]]`")]
#[schemars(rename = "Requirement")]
pub(super) struct RawRequirement {
    #[schemars(regex(pattern = ID), length(max = 40))]
    pub(super) id: String,
    pub(super) title: String,
    pub(super) obligation: Obligation,
    /// The test case that decides it, `area/name`.
    pub(super) test_case: String,
    /// The unit states that it binds.
    #[schemars(length(min = 1))]
    pub(super) states: Vec<UnitState>,
    /// What it means that the manifest declares no such mechanism.
    pub(super) when_absent: WhenAbsent,
    /// For the test case; its page names them.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub(super) parameters: toml::Table,
    /// Severities by code, where they differ from the test case's.
    #[serde(default)]
    pub(super) severity: BTreeMap<String, Severity>,
    /// The clauses of outside standards that it serves; none is legal.
    #[serde(default)]
    pub(super) provisions: Vec<Provision>,
}

/// The pattern of an id, for the schema; [`crate::decode::Document::check_id`] is the check.
const ID: &str = "^[a-z0-9]+(-[a-z0-9]+)*$";
