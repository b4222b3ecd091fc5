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

/// A stable name for what a test case can find. Renaming one breaks users' waivers and scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// Kebab-case, unique in the whole tool.
    pub id: &'static str,
    /// The severity where the profile says nothing else.
    pub severity: Severity,
    /// One sentence: what a finding of this code says.
    pub meaning: &'static str,
    /// What the manufacturer should do about it.
    pub remediation: &'static str,
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
/// [`Reason::meaning`] says what each means.
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
    ExaminationUnclear,
    HarnessFault,
    IdentityChanged,
    ImportOutdated,
    ImportRefused,
    LockoutNotExcluded,
    LoginFormNotTested,
    LoginNotTestable,
    LoginThrottled,
    MudUnclear,
    NoAnswer,
    NoEvidence,
    NoLoginToTest,
    NoUnitInState,
    NothingShown,
    NotExamined,
    NotSelected,
    OwnerControlFailed,
    OwnerControlMissing,
    PortChanged,
    PortsUnproven,
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
        Self::MudUnclear,
        Self::NoAnswer,
        Self::NoEvidence,
        Self::NoLoginToTest,
        Self::NoPackages,
        Self::NoUnitInState,
        Self::NotExamined,
        Self::NotSelected,
        Self::NothingShown,
        Self::OwnerControlFailed,
        Self::OwnerControlMissing,
        Self::PackageNotGenuine,
        Self::PortChanged,
        Self::PortsUnproven,
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
        self.entry().0
    }

    /// What it means, in one sentence.
    pub fn meaning(self) -> &'static str {
        self.entry().1
    }

    fn entry(self) -> (&'static str, &'static str) {
        match self {
            Self::Aborted => ("aborted", "The run stopped before this was looked at."),
            Self::CandidatesNotTried => (
                "candidates-not-tried",
                "Some of the published default credentials that the requirement names were not tried.",
            ),
            Self::CleartextNotAllowed => (
                "cleartext-not-allowed",
                "The login could only be proved by sending the owner's password in clear, which the manifest does not allow.",
            ),
            Self::AnswerUnclear => (
                "answer-unclear",
                "The device answered, but not in a way that tells.",
            ),
            Self::CaNotDeclared => (
                "ca-not-declared",
                "The manifest names no authority, so that nothing shows whom a certificate leads to.",
            ),
            Self::DeclaredServiceNotSeen => (
                "declared-service-not-seen",
                "A service that the manifest declares did not answer.",
            ),
            Self::DeviceLost => (
                "device-lost",
                "The device stopped answering during the run.",
            ),
            Self::ExaminationUnclear => (
                "examination-unclear",
                "Whoever examined it could not tell, or said different things of its units.",
            ),
            Self::HarnessFault => ("harness-fault", "The harness itself failed."),
            Self::IdentityChanged => (
                "identity-changed",
                "What the device says it is changed during the run or contradicts the manifest.",
            ),
            Self::ImportOutdated => (
                "import-outdated",
                "An imported scan that stands in for a sweep is not of the time of the run.",
            ),
            Self::ImportRefused => (
                "import-refused",
                "A file that was handed in does not count, because it is not complete or not of this device.",
            ),
            Self::LockoutNotExcluded => (
                "lockout-not-excluded",
                "The device may lock an account without saying so, and then refuse what it would accept.",
            ),
            Self::LoginFormNotTested => (
                "login-form-not-tested",
                "Only a web form asks for credentials; this version does not fill in forms.",
            ),
            Self::LoginNotTestable => (
                "login-not-testable",
                "The service may have a login that this version cannot test.",
            ),
            Self::LoginThrottled => (
                "login-throttled",
                "The login was throttled or locked before the controls were complete.",
            ),
            Self::MudUnclear => (
                "mud-unclear",
                "The MUD file says something of an open port that this version cannot read.",
            ),
            Self::NoAnswer => ("no-answer", "Nothing answered at the address."),
            Self::NoEvidence => ("no-evidence", "No probe looked at this."),
            Self::NoLoginToTest => (
                "no-login-to-test",
                "There is no login that could be tested.",
            ),
            Self::NoUnitInState => (
                "no-unit-in-state",
                "No unit is in a state that the requirement speaks of.",
            ),
            Self::NothingShown => (
                "nothing-shown",
                "Nothing went wrong, and nothing was shown either.",
            ),
            Self::NotExamined => (
                "not-examined",
                "A person has to examine this, and nobody has recorded that.",
            ),
            Self::NotSelected => (
                "not-selected",
                "The requirement was left out on the command line.",
            ),
            Self::OwnerControlFailed => (
                "owner-control-failed",
                "The owner's credential was not accepted, before or after the attempts.",
            ),
            Self::OwnerControlMissing => (
                "owner-control-missing",
                "The manifest names no owner's credential, so that a refusal proves nothing.",
            ),
            Self::PortChanged => (
                "port-changed",
                "A port that was open was not open when it was asked again.",
            ),
            Self::PortsUnproven => (
                "ports-unproven",
                "Some ports could not be proved open, closed or silent.",
            ),
            Self::ServiceNotIdentified => (
                "service-not-identified",
                "A service could not be identified from its bytes.",
            ),
            Self::UdpPortsSilent => (
                "udp-ports-silent",
                "Some UDP ports kept silent, which shows neither that they are closed nor that they are open.",
            ),
            Self::UndeclaredPage => (
                "undeclared-page",
                "A page or a broker's messages can be had without a login, and the manifest does not say whether they may be.",
            ),
            Self::DisruptiveNotAllowed => (
                "disruptive-not-allowed",
                "What may change or ruin the device was not allowed on the command line (`--disruptive`).",
            ),
            Self::InstalledNotReadable => (
                "installed-not-readable",
                "What is installed on the device could not be read, so that nothing shows what an update did.",
            ),
            Self::NoPackages => (
                "no-packages",
                "The manifest names no update packages to try.",
            ),
            Self::PackageNotGenuine => (
                "package-not-genuine",
                "A declared update package is not one that the device should accept.",
            ),
            Self::UnitNotDisposable => (
                "unit-not-disposable",
                "The manifest does not call the unit disposable, so that nothing was tried that may change or ruin it.",
            ),
            Self::UpdateChannelNotTestable => (
                "update-channel-not-testable",
                "This version cannot send packages the way that the device gets them.",
            ),
            Self::UpdateControlFailed => (
                "update-control-failed",
                "A genuine update package was not installed, so that a refused one proves nothing.",
            ),
            Self::UpdateFormatNotTestable => (
                "update-format-not-testable",
                "This version cannot look into, or change, update packages of this format.",
            ),
            Self::UpdateNotDelivered => (
                "update-not-delivered",
                "An update package did not reach the check that it was made for.",
            ),
            Self::UpdateStateUnclear => (
                "update-state-unclear",
                "What is installed changed in a way that no offered package explains.",
            ),
            Self::UpdateStopped => (
                "update-stopped",
                "The device took a package that it had to refuse, and no more were offered after it.",
            ),
            Self::VerifyKeyNotDeclared => (
                "verify-key-not-declared",
                "The manifest names no key that update packages are checked with.",
            ),
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
