//! The job sheet, `job.toml`: what ISO/IEC 17025:2017, 7.8 has a report say and no probe can see. The clauses named here are our
//! reading of secondary sources, not compared with the text.
//!
//! Everything may be left out; the report then says that it is not recorded.

use schemars::JsonSchema;
use serde::Deserialize;

use super::JOB_FORMAT;
use super::words::{Day, Line, Prose};

/// Who and what of a test: everything that no probe can see and a report must say.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
#[schemars(title = "Proofmark job")]
pub struct JobSheet {
    /// `proofmark-job/1`.
    #[serde(rename = "format")]
    #[schemars(extend("const" = JOB_FORMAT))]
    _format: String,
    pub report: Option<Report>,
    pub laboratory: Option<Laboratory>,
    pub customer: Option<Customer>,
    /// Who did the test.
    pub operator: Option<Person>,
    /// Who permitted the test. Without it the report says that no authorisation is recorded.
    pub authorisation: Option<Authorisation>,
    pub test: Option<Test>,
    /// What was tested: one for each unit of the manifest, or one without `unit` for all of them.
    #[serde(default)]
    pub item: Vec<Item>,
    /// What somebody makes of the results (7.8.7); it stands apart from them in the report.
    #[serde(default)]
    pub opinion: Vec<Opinion>,
}

/// The report itself (7.8.2.1 d, j, o; 7.8.8).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table `[report]`")]
pub struct Report {
    /// The laboratory's number of it.
    pub number: Line,
    /// From 1; every amendment has a new one, or another number.
    #[schemars(range(min = 1))]
    pub issue: Option<u32>,
    /// The day of issue.
    pub date: Option<Day>,
    /// Which report this one amends.
    pub replaces: Option<Replaced>,
    /// Who answers for the report.
    pub authorised_by: Option<Person>,
}

/// The report that an amended one replaces (7.8.8).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table `[report.replaces]`")]
pub struct Replaced {
    pub number: Line,
    #[schemars(range(min = 1))]
    pub issue: Option<u32>,
    /// What was changed, and why.
    pub because: Prose,
}

/// Who tested (7.8.2.1 b).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table `[laboratory]`")]
pub struct Laboratory {
    pub name: Line,
    pub address: Line,
    /// By whom and under which number, if this test is within its scope.
    pub accreditation: Option<Line>,
}

/// For whom (7.8.2.1 e).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table `[customer]`")]
pub struct Customer {
    pub name: Line,
    pub address: Line,
    pub contact: Option<Line>,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a table with `name` and, if you like, `function`"
)]
pub struct Person {
    pub name: Line,
    pub function: Option<Line>,
}

/// The permission to test the device.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table `[authorisation]`")]
pub struct Authorisation {
    /// Whoever may give it: the owner of the device or of what it runs on.
    pub given_by: Line,
    /// The order, letter or contract that it stands in.
    pub reference: Line,
    pub date: Day,
    /// What it permits.
    pub covers: Option<Prose>,
}

/// Where and how the test was done (7.8.2.1 c, n, p; 7.8.3.1 a).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table `[test]`")]
pub struct Test {
    pub place: Option<Line>,
    /// Circumstances that a reader must know: the network, what else was on it, the power supply.
    pub conditions: Option<Prose>,
    /// Where the method was departed from.
    #[serde(default)]
    #[schemars(length(max = 32))]
    pub deviations: Vec<Prose>,
    #[serde(default)]
    #[schemars(length(max = 32))]
    pub additions: Vec<Prose>,
    #[serde(default)]
    #[schemars(length(max = 32))]
    pub exclusions: Vec<Prose>,
    /// What others contributed, and who they are.
    #[serde(default)]
    #[schemars(length(max = 32))]
    pub external: Vec<Prose>,
}

/// What was tested (7.8.2.1 g, h, k).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table `[[item]]`")]
pub struct Item {
    /// The manifest's unit; none: all of them.
    pub unit: Option<Line>,
    pub description: Option<Prose>,
    /// How it can be told from others: label, seal, the laboratory's own tag.
    pub identification: Option<Prose>,
    /// As it was received.
    pub condition: Option<Prose>,
    /// The day of receipt.
    pub received: Option<Day>,
    /// Who chose it, from what, when: bought in a shop, handed in, taken from the line.
    pub sampling: Option<Prose>,
    /// Which of these the customer says, and the laboratory only repeats (7.8.2.2).
    #[serde(default)]
    pub from_customer: Vec<ItemFact>,
}

/// A key of an [`Item`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ItemFact {
    Description,
    Identification,
    Condition,
    Received,
    Sampling,
}

/// An opinion or an interpretation (7.8.7).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table `[[opinion]]`")]
pub struct Opinion {
    pub text: Prose,
    /// Whose it is: somebody whom the laboratory lets state opinions.
    pub by: Line,
}

impl ItemFact {
    /// The key.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Description => "description",
            Self::Identification => "identification",
            Self::Condition => "condition",
            Self::Received => "received",
            Self::Sampling => "sampling",
        }
    }
}

impl Item {
    /// Whether it says this.
    pub fn says(&self, fact: ItemFact) -> bool {
        match fact {
            ItemFact::Description => self.description.is_some(),
            ItemFact::Identification => self.identification.is_some(),
            ItemFact::Condition => self.condition.is_some(),
            ItemFact::Received => self.received.is_some(),
            ItemFact::Sampling => self.sampling.is_some(),
        }
    }
}
