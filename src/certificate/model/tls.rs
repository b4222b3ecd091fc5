//! What carries each TCP service, and what was seen of its TLS.

use jiff::civil::DateTime;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An open TCP port, seen from the side of encryption.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceProtection {
    pub unit: String,
    pub address: String,
    pub port: u16,
    /// As in [`super::ServiceCoverage::protocol`].
    pub protocol: String,
    pub carried: Carried,
    /// None where TLS was not looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<SeenTls>,
}

/// What the bytes of a service travel in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Carried {
    /// TLS.
    Tls,
    /// TLS, and in clear at the same port.
    TlsAndClear,
    Clear,
    /// In clear until TLS is asked for (STARTTLS).
    TurnsToTls,
    /// An encryption of the protocol's own, as SSH has it.
    Own,
    /// What speaks there could not be told.
    NotKnown,
}

/// What was seen of the TLS of a port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeenTls {
    /// By version, the oldest first.
    pub versions: Vec<SeenVersion>,
    /// What a real handshake came to: `TLS 1.3, TLS_AES_128_GCM_SHA256`. None: none was completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The server's own certificate. None: it showed none, or one that cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<SeenCertificate>,
    /// Id of the evidence.
    pub evidence: String,
}

/// What a port answered to a version of TLS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeenVersion {
    /// `TLS 1.2`.
    pub version: String,
    pub answer: VersionAnswer,
    /// The suites that it takes with this version, by the names of the IANA registry, in the order in which it chose them.
    /// Empty where nobody asked for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suites: Vec<String>,
}

/// Whether a version is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VersionAnswer {
    /// It was chosen in the answer to an offer, or a handshake was completed with it.
    Taken,
    /// It was offered as the highest, and an alert said no, or a lower one was chosen.
    Refused,
    /// It was offered, and the answer shows neither.
    Unclear,
}

/// What the server's own certificate says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeenCertificate {
    pub subject: String,
    pub issuer: String,
    pub self_signed: bool,
    /// UTC.
    #[schemars(with = "String")]
    pub not_before: DateTime,
    /// UTC. `9999-12-31T23:59:59`: it has no end.
    #[schemars(with = "String")]
    pub not_after: DateTime,
    /// `RSA, 2048 bits`; of an elliptic curve its name, `EC, P-256`, where it has one that is known.
    pub key: String,
    pub signature: String,
    pub trust: SeenTrust,
    /// Whether it is one for any of the names by which the service is known; none: not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_matches: Option<bool>,
}

/// Whether the chain leads to the authority that the manifest names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SeenTrust {
    /// The manifest names none.
    NotDeclared,
    Verified,
    Failed,
    /// It could not be checked here.
    Unchecked,
}
