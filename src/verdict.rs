//! Verdicts, findings, and how they add up.
//!
//! A test case never says PASS. It says what it *proved*, what it *found* and what is *missing*
//! ([`Assessment`]); [`Assessment::judge`] alone turns that into a [`Verdict`], so that nothing passes
//! that was not shown.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::observation::Transport;

/// The verdict on a requirement, ordered so that the worst is the greatest.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Verdict {
    /// The condition of the requirement is false, by a statement in the manifest.
    #[serde(rename = "N/A")]
    NotApplicable,
    /// Shown to hold, with evidence, over everything that the requirement speaks of.
    #[serde(rename = "PASS")]
    Pass,
    /// Neither shown to hold nor to be broken.
    #[serde(rename = "INCONCLUSIVE")]
    Inconclusive,
    /// A counter-example was observed.
    #[serde(rename = "FAIL")]
    Fail,
}

impl Verdict {
    /// Every verdict, the best first.
    pub const ALL: [Self; 4] = [
        Self::NotApplicable,
        Self::Pass,
        Self::Inconclusive,
        Self::Fail,
    ];
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::NotApplicable => "N/A",
            Self::Pass => "PASS",
            Self::Inconclusive => "INCONCLUSIVE",
            Self::Fail => "FAIL",
        })
    }
}

/// How bad a finding is. A [`Severity::Note`] informs; every other severity breaks the requirement.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Note,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    /// True where a finding of this severity breaks the requirement.
    pub fn violates(self) -> bool {
        self > Self::Note
    }

    /// The word used in profiles, certificates and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// How strongly a profile asks for a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Obligation {
    /// Decides the outcome.
    Mandatory,
    /// Shown, does not decide the outcome.
    Recommended,
    /// Shown for information.
    Informational,
}

impl Obligation {
    /// The word used in profiles and certificates.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mandatory => "mandatory",
            Self::Recommended => "recommended",
            Self::Informational => "informational",
        }
    }
}

/// A stable name for what a test case can find. Renaming one breaks users' waivers and scripts. What it means and how to
/// fix it stand in `texts/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// Kebab-case, unique in the whole tool.
    pub id: &'static str,
    /// The severity where the profile says nothing else.
    pub severity: Severity,
}

/// What a finding is about. Never contains text from the device.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// The manifest's unit id.
    pub unit: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transport: Option<Transport>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The manifest's service id, or else the protocol that was identified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
}

impl Subject {
    /// A whole unit.
    pub fn unit(unit: &str) -> Self {
        Self {
            unit: unit.to_owned(),
            ..Self::default()
        }
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "unit {}", self.unit)?;
        if let Some(address) = &self.address {
            write!(f, ", {address}")?;
        }
        if let (Some(transport), Some(port)) = (self.transport, self.port) {
            write!(f, ", {transport} port {port}")?;
        }
        if let Some(service) = &self.service {
            write!(f, " ({service})")?;
        }
        Ok(())
    }
}

/// Something that a test case saw and that matters, located and with its evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub code: Code,
    pub subject: Subject,
    /// One or two sentences for an engineer. Text from the device only through [`crate::text::shown`].
    pub message: String,
    /// Ids of the evidence that shows it; never empty.
    pub evidence: Vec<String>,
}

/// Why something could not be told: the machine-readable reason of an INCONCLUSIVE verdict.
/// `texts/` says what each means.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    Aborted,
    CandidatesNotTried,
    CleartextNotAllowed,
    AnswerUnclear,
    CaNotDeclared,
    DeclaredServiceNotSeen,
    DeviceLost,
    DocumentNotFetched,
    DocumentNotRead,
    DocumentUnclear,
    ExaminationUnclear,
    HarnessFault,
    IdentityChanged,
    ImportOutdated,
    ImportRefused,
    LockoutNotExcluded,
    LoginFormNotTested,
    LoginNotTestable,
    LoginThrottled,
    ModelNotSeen,
    MudUnclear,
    NoAnswer,
    NoEvidence,
    NoLoginToTest,
    NoUnitInState,
    NothingShown,
    NotExamined,
    NotSelected,
    OneUnitOnly,
    OwnerControlFailed,
    OwnerControlMissing,
    PortChanged,
    PortsUnproven,
    PublicationNotShown,
    ServiceNotIdentified,
    UdpPortsSilent,
    UndeclaredPage,
    DisruptiveNotAllowed,
    InstalledNotReadable,
    NoPackages,
    PackageNotGenuine,
    UnitNotDisposable,
    UpdateChannelNotTestable,
    UpdateControlFailed,
    UpdateFormatNotTestable,
    UpdateNotDelivered,
    UpdateStateUnclear,
    UpdateStopped,
    VerifyKeyNotDeclared,
}

impl Reason {
    /// Every reason, in the order of their words.
    pub const ALL: &[Self] = &[
        Self::Aborted,
        Self::AnswerUnclear,
        Self::CaNotDeclared,
        Self::CandidatesNotTried,
        Self::CleartextNotAllowed,
        Self::DeclaredServiceNotSeen,
        Self::DeviceLost,
        Self::DisruptiveNotAllowed,
        Self::DocumentNotFetched,
        Self::DocumentNotRead,
        Self::DocumentUnclear,
        Self::ExaminationUnclear,
        Self::HarnessFault,
        Self::IdentityChanged,
        Self::ImportOutdated,
        Self::ImportRefused,
        Self::InstalledNotReadable,
        Self::LockoutNotExcluded,
        Self::LoginFormNotTested,
        Self::LoginNotTestable,
        Self::LoginThrottled,
        Self::ModelNotSeen,
        Self::MudUnclear,
        Self::NoAnswer,
        Self::NoEvidence,
        Self::NoLoginToTest,
        Self::NoPackages,
        Self::NoUnitInState,
        Self::NotExamined,
        Self::NotSelected,
        Self::NothingShown,
        Self::OneUnitOnly,
        Self::OwnerControlFailed,
        Self::OwnerControlMissing,
        Self::PackageNotGenuine,
        Self::PortChanged,
        Self::PortsUnproven,
        Self::PublicationNotShown,
        Self::ServiceNotIdentified,
        Self::UdpPortsSilent,
        Self::UndeclaredPage,
        Self::UnitNotDisposable,
        Self::UpdateChannelNotTestable,
        Self::UpdateControlFailed,
        Self::UpdateFormatNotTestable,
        Self::UpdateNotDelivered,
        Self::UpdateStateUnclear,
        Self::UpdateStopped,
        Self::VerifyKeyNotDeclared,
    ];

    /// The word used in certificates.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aborted => "aborted",
            Self::AnswerUnclear => "answer-unclear",
            Self::CaNotDeclared => "ca-not-declared",
            Self::CandidatesNotTried => "candidates-not-tried",
            Self::CleartextNotAllowed => "cleartext-not-allowed",
            Self::DeclaredServiceNotSeen => "declared-service-not-seen",
            Self::DeviceLost => "device-lost",
            Self::DocumentNotFetched => "document-not-fetched",
            Self::DocumentNotRead => "document-not-read",
            Self::DocumentUnclear => "document-unclear",
            Self::DisruptiveNotAllowed => "disruptive-not-allowed",
            Self::ExaminationUnclear => "examination-unclear",
            Self::HarnessFault => "harness-fault",
            Self::IdentityChanged => "identity-changed",
            Self::ImportOutdated => "import-outdated",
            Self::ImportRefused => "import-refused",
            Self::InstalledNotReadable => "installed-not-readable",
            Self::LockoutNotExcluded => "lockout-not-excluded",
            Self::LoginFormNotTested => "login-form-not-tested",
            Self::LoginNotTestable => "login-not-testable",
            Self::LoginThrottled => "login-throttled",
            Self::ModelNotSeen => "model-not-seen",
            Self::MudUnclear => "mud-unclear",
            Self::NoAnswer => "no-answer",
            Self::NoEvidence => "no-evidence",
            Self::NoLoginToTest => "no-login-to-test",
            Self::NoPackages => "no-packages",
            Self::NoUnitInState => "no-unit-in-state",
            Self::NotExamined => "not-examined",
            Self::NotSelected => "not-selected",
            Self::NothingShown => "nothing-shown",
            Self::OneUnitOnly => "one-unit-only",
            Self::OwnerControlFailed => "owner-control-failed",
            Self::OwnerControlMissing => "owner-control-missing",
            Self::PackageNotGenuine => "package-not-genuine",
            Self::PortChanged => "port-changed",
            Self::PortsUnproven => "ports-unproven",
            Self::PublicationNotShown => "publication-not-shown",
            Self::ServiceNotIdentified => "service-not-identified",
            Self::UdpPortsSilent => "udp-ports-silent",
            Self::UndeclaredPage => "undeclared-page",
            Self::UnitNotDisposable => "unit-not-disposable",
            Self::UpdateChannelNotTestable => "update-channel-not-testable",
            Self::UpdateControlFailed => "update-control-failed",
            Self::UpdateFormatNotTestable => "update-format-not-testable",
            Self::UpdateNotDelivered => "update-not-delivered",
            Self::UpdateStateUnclear => "update-state-unclear",
            Self::UpdateStopped => "update-stopped",
            Self::VerifyKeyNotDeclared => "verify-key-not-declared",
        }
    }
}

/// Something that is missing for a PASS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub reason: Reason,
    pub subject: Subject,
    /// One sentence: what is missing, and what would close the gap.
    pub message: String,
    /// Ids of the evidence that shows the gap; empty where nothing was recorded at all.
    pub evidence: Vec<String>,
}

/// Positive proof that the requirement holds for one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    pub unit: String,
    /// One sentence: what was shown, over what.
    pub statement: String,
    /// Ids of the evidence that shows it; never empty.
    pub evidence: Vec<String>,
}

/// Whose word it is that something is absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declarant {
    /// Of whoever examined it: the name, safe to show.
    Examiner(String),
    /// The supplier's, in the manifest.
    Supplier,
    /// The tester's, who handed nothing in.
    Tester,
}

/// The manifest declares no such mechanism. What that means is the profile's decision (`when_absent`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absent {
    /// What the manifest, or the command line, says, in one sentence.
    pub statement: String,
    /// Whose word that is.
    pub by: Declarant,
    /// The finding where the profile holds absence to be a failure.
    pub code: Code,
    /// Ids of the evidence that agrees with the statement.
    pub evidence: Vec<String>,
}

/// What a test case returns: facts weighed, verdict not yet drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assessment {
    pub findings: Vec<Finding>,
    pub gaps: Vec<Gap>,
    pub proofs: Vec<Proof>,
    pub absent: Option<Absent>,
}

/// The verdict on one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitVerdict {
    pub unit: String,
    pub verdict: Verdict,
}

impl Assessment {
    /// The verdict of each of `units`, by design rule: a violation fails; else a gap makes it
    /// inconclusive; else a proof passes it; else nothing was shown, which is inconclusive too.
    ///
    /// `severity` gives the effective severity of a code, after the profile's overrides.
    pub fn judge(
        &self,
        units: &[String],
        severity: impl Fn(&Code) -> Severity,
    ) -> Vec<UnitVerdict> {
        units
            .iter()
            .map(|unit| UnitVerdict {
                unit: unit.clone(),
                verdict: self.judge_unit(unit, &severity),
            })
            .collect()
    }

    fn judge_unit(&self, unit: &str, severity: &impl Fn(&Code) -> Severity) -> Verdict {
        let violated = self
            .findings
            .iter()
            .any(|finding| finding.subject.unit == unit && severity(&finding.code).violates());
        if violated {
            Verdict::Fail
        } else if self.gaps.iter().any(|gap| gap.subject.unit == unit) {
            Verdict::Inconclusive
        } else if self.proofs.iter().any(|proof| proof.unit == unit) {
            Verdict::Pass
        } else {
            Verdict::Inconclusive
        }
    }

    /// Adds a finding.
    pub fn found(&mut self, code: Code, subject: Subject, message: String, evidence: Vec<String>) {
        self.findings.push(Finding {
            code,
            subject,
            message,
            evidence,
        });
    }

    /// Adds a gap.
    pub fn missing(
        &mut self,
        reason: Reason,
        subject: Subject,
        message: String,
        evidence: Vec<String>,
    ) {
        self.gaps.push(Gap {
            reason,
            subject,
            message,
            evidence,
        });
    }

    /// Adds a proof.
    pub fn proved(&mut self, unit: &str, statement: String, evidence: Vec<String>) {
        self.proofs.push(Proof {
            unit: unit.to_owned(),
            statement,
            evidence,
        });
    }
}

/// The worst of some verdicts. Of none: INCONCLUSIVE, because an empty run shows nothing.
pub fn worst(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
    verdicts.into_iter().max().unwrap_or(Verdict::Inconclusive)
}

#[cfg(test)]
mod tests;
