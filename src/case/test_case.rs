//! The contract of a test case.

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

impl TestCase {
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
