//! The whole.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::*;
use crate::verdict::{Obligation, Verdict};

/// The format that this version writes.
pub const CERTIFICATE_FORMAT: &str = "proofmark-certificate/1";

/// The version of the rules by which evidence becomes verdicts. It rises with every change that can
/// flip a verdict; CHANGELOG says how.
pub const RULES_VERSION: &str = "5";

/// The outcome of one evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// `proofmark-certificate/1`.
    pub format: String,
    /// `pm-` and 16 hex digits, from everything that was judged and when.
    pub id: String,
    pub outcome: ConformityOutcome,
    /// The outcome in one sentence that claims no more than was shown.
    pub statement: String,
    /// What a reader must know before believing the outcome; every report shows it beside that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cautions: Vec<String>,
    #[schemars(with = "String")]
    pub judged_at: Timestamp,
    pub tool: Tool,
    pub run: RunReference,
    pub profile: ProfileReference,
    pub decision_rule: String,
    pub device: CertifiedDevice,
    pub identity: IdentityCheck,
    /// What the supplier states and publishes; none: the run does not look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documents: Option<SupplierDocuments>,
    pub requirements: Vec<RequirementResult>,
    /// What became of the waivers; none: nobody handed in any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waivers: Option<Waiving>,
    /// What people did and saw; none: nobody recorded anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<Recorded>,
    /// Who and what of the test, as the laboratory states it; none: nobody handed in a job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<Job>,
    /// The list of compromised keys that was handed in when the run was judged; none: nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocklist: Option<LookedUpLater>,
    pub coverage: Coverage,
    /// The run in time, unit by unit; empty in certificates of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timeline: Vec<UnitTimeline>,
    /// What carries each TCP service; empty in certificates of earlier versions, and where no port is open.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub protection: Vec<ServiceProtection>,
    /// Provisions that no requirement of this profile serves.
    pub not_assessed: Vec<NotAssessed>,
}

impl Certificate {
    /// How many requirements have this verdict and obligation (`None`: any).
    pub fn count(&self, verdict: Verdict, obligation: Option<Obligation>) -> usize {
        self.requirements
            .iter()
            .filter(|requirement| requirement.verdict == verdict)
            .filter(|requirement| obligation.is_none_or(|wanted| requirement.obligation == wanted))
            .count()
    }
}

/// What the certificate says of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConformityOutcome {
    /// Every mandatory requirement passes or does not apply, and at least one passes.
    Conformant,
    /// At least one mandatory requirement fails.
    NonConformant,
    /// No mandatory requirement fails, and at least one could not be decided.
    NotCertifiable,
}

impl ConformityOutcome {
    /// The word used in certificates.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Conformant => "conformant",
            Self::NonConformant => "non-conformant",
            Self::NotCertifiable => "not-certifiable",
        }
    }
}
