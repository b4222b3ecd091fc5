//! `certificate.json`: a frozen wire format of its own, never the internal types.
//!
//! Every string that came from a device or a file has gone through [`crate::text::shown`]; renderers
//! still escape for their own format.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::RunState;
use crate::profile::{Checked, Coverage as ProvisionCoverage};
use crate::verdict::{Obligation, Reason, Severity, Subject, Verdict};

/// The format that this version writes.
pub const CERTIFICATE_FORMAT: &str = "proofmark-certificate/1";

/// The version of the rules by which evidence becomes verdicts. It rises with every change that can
/// flip a verdict; CHANGELOG says how.
pub const RULES_VERSION: &str = "3";

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
    #[schemars(with = "String")]
    pub judged_at: Timestamp,
    pub tool: Tool,
    pub run: RunReference,
    pub profile: ProfileReference,
    pub decision_rule: String,
    pub device: CertifiedDevice,
    pub identity: IdentityCheck,
    pub requirements: Vec<RequirementResult>,
    pub coverage: Coverage,
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

/// The tool that judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    pub version: String,
    /// [`RULES_VERSION`].
    pub rules: String,
}

/// The run whose evidence was judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunReference {
    /// SHA-256 of `run.json`, which holds the digests of all other files of the run.
    pub sha256: String,
    #[schemars(with = "String")]
    pub from: Timestamp,
    /// None: the run was killed.
    #[schemars(with = "Option<String>")]
    pub until: Option<Timestamp>,
    pub state: RunStateWord,
    /// Why it was aborted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aborted_because: Option<String>,
    /// The version of the tool that observed.
    pub observed_with: String,
    /// Probes a second that were never passed.
    pub max_rate: u32,
    /// SHA-256 of the list of published default credentials.
    pub candidates_sha256: String,
    /// Circumstances that a reader must know.
    pub remarks: Vec<String>,
}

/// How far the run came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunStateWord {
    Complete,
    Aborted,
}

impl From<RunState> for RunStateWord {
    /// A run that still says `running` was killed.
    fn from(state: RunState) -> Self {
        match state {
            RunState::Complete => Self::Complete,
            RunState::Running | RunState::Aborted => Self::Aborted,
        }
    }
}

/// The profile that judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileReference {
    pub id: String,
    pub version: String,
    pub title: String,
    pub summary: String,
    /// What the profile does not look at, in its own words.
    pub leaves_out: Vec<String>,
    pub sha256: String,
}

/// A value and whose word it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sourced {
    pub value: String,
    pub source: Source,
}

/// Whose word a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The supplier's, in the manifest.
    Declared,
    /// Seen by a probe.
    Observed,
}

/// The device, as declared and as observed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CertifiedDevice {
    pub manufacturer: Sourced,
    pub model: Sourced,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firmware: Option<Sourced>,
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "type")]
    pub kind: Option<Sourced>,
    pub units: Vec<CertifiedUnit>,
}

/// A unit that was tested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CertifiedUnit {
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    pub state: String,
    pub addresses: Vec<String>,
    /// Further addresses on the tester's link that answered with the declared link address, and were tested as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found_on_link: Vec<String>,
    /// Traits observed at the start of the run.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fingerprints: BTreeMap<String, String>,
}

/// Whether the device was the same at the start, at the end and in the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityCheck {
    pub state: IdentityState,
    /// What agrees, what differs, what could not be read; safe to show.
    pub statement: String,
    /// Ids of the evidence.
    pub evidence: Vec<String>,
}

/// The result of comparing identities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IdentityState {
    /// Everything that was read agrees.
    Agrees,
    /// Something differs: not certifiable.
    Differs,
    /// Nothing could be read at the start or at the end.
    Unobserved,
}

/// The verdict on one requirement, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequirementResult {
    pub id: String,
    pub title: String,
    pub obligation: Obligation,
    /// The id of the test case; `proofmark explain` prints its page.
    pub test_case: String,
    pub verdict: Verdict,
    /// The verdict in one or two sentences.
    pub rationale: String,
    /// Two sentences for a lay reader, from the test case's page.
    pub plain_words: String,
    /// Machine-readable, where the verdict is INCONCLUSIVE or would be.
    pub reasons: Vec<Reason>,
    /// Whose statement makes it N/A.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared_by: Option<String>,
    pub units: Vec<UnitResult>,
    pub provisions: Vec<ServedProvision>,
    pub findings: Vec<FindingResult>,
    /// What is missing for a PASS.
    pub gaps: Vec<GapResult>,
    /// What was shown.
    pub proofs: Vec<ProofResult>,
}

/// A clause of an outside standard that a requirement serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServedProvision {
    pub standard: String,
    pub version: String,
    pub id: String,
    /// How much of it the requirement decides.
    pub coverage: ProvisionCoverage,
    /// Our paraphrase.
    pub about: String,
    pub checked: Checked,
}

/// The verdict on one unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitResult {
    pub id: String,
    pub verdict: Verdict,
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingResult {
    pub code: String,
    pub severity: Severity,
    pub subject: Subject,
    pub message: String,
    pub remediation: String,
    pub evidence: Vec<EvidenceReference>,
}

/// Something missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GapResult {
    pub reason: Reason,
    pub subject: Subject,
    pub message: String,
    pub evidence: Vec<EvidenceReference>,
}

/// Something shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProofResult {
    pub unit: String,
    pub statement: String,
    pub evidence: Vec<EvidenceReference>,
}

/// A pointer into `evidence.jsonl` and `blobs/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceReference {
    pub id: String,
    /// SHA-256 of the received bytes, the file name in `blobs/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
    /// What the evidence says in one line, safe to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

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
    pub transport: crate::observation::Transport,
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
    pub state: crate::observation::PortState,
    pub proof: crate::observation::PortProof,
    /// How often each of them was asked at least; at 255 it stays.
    pub asked: u8,
}

/// A service that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceCoverage {
    pub unit: String,
    pub address: String,
    pub transport: crate::observation::Transport,
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

/// A provision that this profile says nothing about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotAssessed {
    pub standard: String,
    pub version: String,
    pub id: String,
    /// Our paraphrase.
    pub about: String,
    pub checked: Checked,
    /// Why a network test does not decide it, or that this profile leaves it out.
    pub why: String,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_zero(number: &u32) -> bool {
    *number == 0
}
