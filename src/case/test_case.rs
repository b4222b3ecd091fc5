//! The contract of a test case.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Facts, TEST_CASES};
use crate::verdict::{Assessment, Code};

/// A test case. Never sees the network, the clock or the disk.
#[derive(Debug)]
pub struct TestCase {
    /// `area/name`; stable.
    pub id: &'static str,
    /// One line.
    pub title: &'static str,
    /// The page beside it, Markdown: objective, procedure, codes, limits. What reports say of it stands in `texts/`.
    pub page: &'static str,
    /// Everything it can find.
    pub codes: &'static [Code],
    /// The probes whose evidence it needs.
    pub probes: &'static [&'static str],
    /// Whether parameters are legal: the error names the legal ones.
    pub check_parameters: fn(&toml::Table) -> Result<(), String>,
    /// Weighs the evidence. Parameters have been checked.
    pub assess: fn(&Facts<'_>, &toml::Table) -> Assessment,
}

/// What a verdict rests on, as a reader of the certificate must know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The supplier's word, or his documents.
    Declared,
    /// What a person did or saw, and recorded with a name.
    Examined,
    /// What a probe saw.
    #[default]
    Observed,
}

impl Basis {
    /// Whether it is what nearly everything rests on.
    pub fn is_observed(&self) -> bool {
        *self == Self::Observed
    }
}

impl TestCase {
    /// What its verdicts rest on.
    pub fn basis(&self) -> Basis {
        match self.id.split_once('/') {
            Some(("disclosure", _)) => Basis::Declared,
            Some(("manual", _)) => Basis::Examined,
            _ => Basis::Observed,
        }
    }

    /// A section of the page, by its heading; empty where there is none.
    pub fn section(&self, heading: &str) -> &'static str {
        self.page
            .split("\n## ")
            .skip(1)
            .find_map(|section| section.strip_prefix(heading)?.strip_prefix('\n'))
            .map(str::trim)
            .unwrap_or_default()
    }
}

/// The test case of an id.
pub fn find(id: &str) -> Option<&'static TestCase> {
    TEST_CASES.iter().copied().find(|case| case.id == id)
}
