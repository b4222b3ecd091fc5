//! Update packages: what they say, and what became of the device when one was offered.

use serde::{Deserialize, Serialize};

use crate::update::Inspection;
use crate::update::mcuboot::{Layer, Mutation};

/// The part that an offered package plays in the proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UpdateStep {
    /// A genuine newer package, before any mutant: updates work at all.
    ControlFirst,
    /// A package that the device must refuse.
    Mutant,
    /// The newest genuine package, after the mutants: updates still work.
    ControlLast,
    /// A genuine package older than what is installed by now.
    Older,
}

/// A package as it was offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpdateOffer {
    pub step: UpdateStep,
    /// The order of the offers to one unit, from 1.
    pub sequence: u32,
    /// The declared package that it is, or is made of, as the manifest names it.
    pub file: String,
    /// SHA-256 of the declared package, hex.
    pub source_sha256: String,
    /// What was done to the declared package. All but a stranger's signature, whose key is not kept, can be
    /// made again from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mutation: Option<Mutation>,
    /// How far into the device's checks a mutant gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reaches: Option<Layer>,
    /// The version that it claims, as in `2.5.0+0`.
    pub version: String,
    /// In bytes.
    pub size: u64,
    /// SHA-256 of what was offered, hex. Its bytes are not kept.
    pub sha256: String,
    /// As in `POST /api/update`.
    pub request: String,
}

/// What came of an offer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpdateAttempt {
    pub upload: Upload,
    /// What the device said was installed, right before.
    pub before: Installed,
    /// What it said while it was watched, whenever it said something else; the first sixteen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<InstalledAt>,
    /// What it said in the end. None: nothing that could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Installed>,
    /// For how many seconds after the upload the device was watched.
    pub watched: f64,
}

impl UpdateAttempt {
    /// Seconds from the upload until the device first said what it said in the end; none where nothing changed.
    pub fn changed_after(&self) -> Option<f64> {
        let after = self.after.as_ref().filter(|it| **it != self.before)?;
        let mut last = self.seen.iter().filter(|it| it.installed == *after);
        last.next_back().map(|it| it.seconds)
    }
}

/// What became of the request that had the package in it. Never evidence of an installation, nor of none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upload {
    /// HTTP status. None: there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What was answered, or why nothing was; safe to show.
    pub detail: String,
    /// Bytes of the body that the device took, of how many.
    pub sent: u64,
    pub of: u64,
}

impl Upload {
    /// Whether the whole package reached the device.
    pub fn delivered(&self) -> bool {
        self.sent >= self.of
    }

    /// Whether the device said that it did not take the package.
    pub fn refused(&self) -> bool {
        self.status.is_some_and(|status| status >= 400)
    }
}

/// What a device says is installed; safe to show.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Installed {
    pub firmware: String,
    /// Another whenever the installed bytes are others, where the manifest names such a thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

/// What a device said at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstalledAt {
    /// Seconds after the upload.
    pub seconds: f64,
    pub installed: Installed,
}

/// What a declared package says, read from its file. Nothing was sent for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageFacts {
    pub size: u64,
    /// Hex.
    pub sha256: String,
    /// None: a format that is not looked into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inspection: Option<Box<Inspection>>,
}
