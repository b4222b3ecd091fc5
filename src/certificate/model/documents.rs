//! What the supplier states and publishes, and whose word each thing is.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Sourced;
use crate::observation::DocumentKind;

/// Statements and documents of the supplier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SupplierDocuments {
    /// The model designation that the manifest declares.
    pub model_designation: Sourced,
    /// The last day of the support period, where one is stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub support_until: Option<Sourced>,
    /// The documents that the manifest names.
    pub documents: Vec<SupplierDocument>,
}

/// A document that the manifest names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SupplierDocument {
    pub kind: DocumentKind,
    pub publication: PublicationWord,
    /// The file that was handed in, as the manifest names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Where it is published, by the manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When it was read or fetched, or when that was tried.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// The URLs through which it was fetched, the last where it came from; empty: it was not.
    pub route: Vec<String>,
    /// SHA-256 of the tester's own file of authorities, where only those vouched for the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// The copy, by its path in the run directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<String>,
    /// SHA-256 of the copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// What was read of it, or why nothing was; safe to show.
    pub says: Vec<String>,
    /// The id of the evidence.
    pub evidence: String,
}

/// Whose word it is that a document is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PublicationWord {
    /// It was fetched over the open Internet from where the supplier says that it is.
    Observed,
    /// The supplier's: it was handed in, or came from a server that only the tester's own authority vouches for.
    Declared,
    /// Nobody's: it was not had, or the manifest does not say where it is published.
    NotShown,
}
