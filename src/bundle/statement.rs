//! What is signed: an in-toto Statement v1 with a predicate of ours.
//!
//! Shapes: <https://github.com/in-toto/attestation/tree/main/spec/v1>. The bytes are canonical: the order of these
//! fields, no white space, subjects in order of name. A reader refuses any other writing of the same statement.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Flaw;
use crate::certificate::{Certificate, ConformityOutcome, RunStateWord, Tool};

/// `_type` of an in-toto Statement v1.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// Our predicate; `schemas/statement.schema.json` describes it.
pub const PREDICATE_TYPE: &str = "urn:proofmark:predicate:certificate:1";
/// The format of the bundle. A reader refuses any other.
pub const BUNDLE_FORMAT: &str = "proofmark-bundle/1";

/// An in-toto statement: these files, and what was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// [`STATEMENT_TYPE`].
    #[serde(rename = "_type")]
    pub kind: String,
    /// Every file of the bundle but the envelope, in order of name.
    pub subject: Vec<File>,
    /// [`PREDICATE_TYPE`].
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    pub predicate: Predicate,
}

/// A file, an in-toto ResourceDescriptor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub name: String,
    pub digest: Digest,
}

/// An in-toto DigestSet with the one digest that we use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Digest {
    /// 64 lower-case hex digits.
    pub sha256: String,
}

/// What the signers stand for, in short: it repeats `certificate.json`, and a reader checks that it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Predicate {
    /// [`BUNDLE_FORMAT`].
    pub format: String,
    /// When the bundle was closed, by the clock of who closed it.
    #[schemars(with = "String")]
    pub sealed_at: Timestamp,
    pub certificate: CertificateInShort,
    pub device: DeviceInShort,
    pub profile: ProfileInShort,
    pub run: RunInShort,
    /// What judged.
    pub tool: Tool,
}

/// The certificate in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificateInShort {
    pub id: String,
    pub outcome: ConformityOutcome,
    pub statement: String,
    #[schemars(with = "String")]
    pub judged_at: Timestamp,
}

/// The device in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceInShort {
    pub manufacturer: String,
    pub model: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firmware: Option<String>,
}

/// The profile in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileInShort {
    pub id: String,
    pub version: String,
    pub sha256: String,
}

/// The run in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunInShort {
    pub sha256: String,
    #[schemars(with = "String")]
    pub from: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub until: Option<Timestamp>,
    pub state: RunStateWord,
}

impl Predicate {
    /// What a certificate says, in short.
    pub fn of(certificate: &Certificate, sealed_at: Timestamp) -> Self {
        let Certificate {
            device,
            profile,
            run,
            ..
        } = certificate;
        Self {
            format: BUNDLE_FORMAT.to_owned(),
            sealed_at,
            certificate: CertificateInShort {
                id: certificate.id.clone(),
                outcome: certificate.outcome,
                statement: certificate.statement.clone(),
                judged_at: certificate.judged_at,
            },
            device: DeviceInShort {
                manufacturer: device.manufacturer.value.clone(),
                model: device.model.value.clone(),
                firmware: device.firmware.as_ref().map(|it| it.value.clone()),
            },
            profile: ProfileInShort {
                id: profile.id.clone(),
                version: profile.version.clone(),
                sha256: profile.sha256.clone(),
            },
            run: RunInShort {
                sha256: run.sha256.clone(),
                from: run.from,
                until: run.until,
                state: run.state,
            },
            tool: certificate.tool.clone(),
        }
    }
}

impl Statement {
    /// The statement about these files, in order of name.
    pub fn new(subject: Vec<File>, predicate: Predicate) -> Self {
        Self {
            kind: STATEMENT_TYPE.to_owned(),
            subject,
            predicate_type: PREDICATE_TYPE.to_owned(),
            predicate,
        }
    }

    /// The canonical bytes.
    pub fn bytes(&self) -> Vec<u8> {
        // Strings, times and lists: nothing of this can fail to be JSON.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads canonical bytes.
    ///
    /// # Errors
    ///
    /// Other types, formats, fields, orders or white space than [`Self::bytes`] writes.
    pub fn read(bytes: &[u8]) -> Result<Self, Flaw> {
        let wrong = |message: String| Flaw::at("the signed statement", message);
        let statement: Self =
            serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        for (found, known) in [
            (&statement.kind, STATEMENT_TYPE),
            (&statement.predicate_type, PREDICATE_TYPE),
            (&statement.predicate.format, BUNDLE_FORMAT),
        ] {
            if found != known {
                let found = crate::text::shown(found, 80);
                return Err(wrong(format!(
                    "`{found}` is not known; this version reads `{known}`"
                )));
            }
        }
        let names: Vec<_> = statement.subject.iter().map(|file| &file.name).collect();
        if !names.is_sorted_by(|one, next| one < next) {
            return Err(wrong(
                "its files are out of order, or one stands twice".to_owned(),
            ));
        }
        if statement.bytes() != bytes {
            return Err(wrong("is not written in the canonical way".to_owned()));
        }
        Ok(statement)
    }
}

/// Whether these are the files that a statement names, by name and SHA-256, and no others.
///
/// # Errors
///
/// The first file that is not.
pub(super) fn names_exactly(
    subject: &[File],
    files: &BTreeMap<String, String>,
) -> Result<(), Flaw> {
    let signed: BTreeMap<&str, &str> = subject
        .iter()
        .map(|file| (file.name.as_str(), file.digest.sha256.as_str()))
        .collect();
    if let Some(extra) = files
        .keys()
        .find(|name| !signed.contains_key(name.as_str()))
    {
        return Err(Flaw::at(extra, "is not among the files that were signed"));
    }
    for (name, digest) in signed {
        match files.get(name) {
            None => return Err(Flaw::at(name, "is missing")),
            Some(found) if found != digest => {
                return Err(Flaw::at(name, "is not the file that was signed"));
            }
            Some(_) => {}
        }
    }
    Ok(())
}
