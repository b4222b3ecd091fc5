//! What a TLS service takes, and what it shows of itself.

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::tag::alone;

/// A version of TLS, or what came before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TlsVersion {
    #[serde(rename = "SSL 2.0")]
    Ssl20,
    #[serde(rename = "SSL 3.0")]
    Ssl30,
    #[serde(rename = "TLS 1.0")]
    Tls10,
    #[serde(rename = "TLS 1.1")]
    Tls11,
    #[serde(rename = "TLS 1.2")]
    Tls12,
    #[serde(rename = "TLS 1.3")]
    Tls13,
}

impl TlsVersion {
    /// All that there are, oldest first.
    pub const ALL: [Self; 6] = [
        Self::Ssl20,
        Self::Ssl30,
        Self::Tls10,
        Self::Tls11,
        Self::Tls12,
        Self::Tls13,
    ];

    /// Those that are offered, each as the highest of a hello of its own.
    pub const OFFERED: [Self; 4] = [Self::Tls10, Self::Tls11, Self::Tls12, Self::Tls13];

    /// As in a hello.
    pub fn wire(self) -> u16 {
        match self {
            Self::Ssl20 => 0x0002,
            Self::Ssl30 => 0x0300,
            Self::Tls10 => 0x0301,
            Self::Tls11 => 0x0302,
            Self::Tls12 => 0x0303,
            Self::Tls13 => 0x0304,
        }
    }

    /// The version of a number in a hello.
    pub fn of_wire(number: u16) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|version| version.wire() == number)
    }

    /// As programs write it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Ssl20 => "SSLv2",
            Self::Ssl30 => "SSLv3",
            Self::Tls10 => "TLSv1.0",
            Self::Tls11 => "TLSv1.1",
            Self::Tls12 => "TLSv1.2",
            Self::Tls13 => "TLSv1.3",
        }
    }

    /// The version that programs write so.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.key() == key)
    }
}

impl std::fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Ssl20 => "SSL 2.0",
            Self::Ssl30 => "SSL 3.0",
            Self::Tls10 => "TLS 1.0",
            Self::Tls11 => "TLS 1.1",
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        })
    }
}

/// A hello with a highest version, and the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsOffer {
    pub offered: TlsVersion,
    pub answer: OfferAnswer,
}

/// The answer to a hello.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum OfferAnswer {
    /// A ServerHello. `selected` may be lower than what was offered, never higher.
    Accepted {
        selected: TlsVersion,
        /// As in `0xc02b`.
        suite: String,
    },
    /// An alert that says no: handshake_failure, protocol_version, inappropriate_fallback, insufficient_security.
    Refused { alert: u8 },
    /// Anything else; no statement about the version.
    Unclear { detail: String },
}

/// How a real handshake went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum TlsSession {
    Completed { version: TlsVersion, suite: String },
    Failed { detail: String },
}

/// Whether the chain leads to the authority that the manifest names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum TlsTrust {
    /// The manifest names none.
    #[serde(deserialize_with = "alone")]
    NotDeclared,
    /// It does. Where the server's certificate was outside its own validity this was asked for the
    /// nearest time within: expiry is a fact of its own.
    #[serde(deserialize_with = "alone")]
    Verified,
    Failed {
        detail: String,
    },
    /// It could not be checked here.
    Unchecked {
        detail: String,
    },
}

/// Whether the server's certificate is one for a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameMatch {
    /// A declared DNS name, else the address.
    pub name: String,
    pub matches: bool,
}

/// The TLS side of a port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// In the order of [`TlsVersion::OFFERED`]; none where an audit asks for the versions.
    pub offers: Vec<TlsOffer>,
    pub session: TlsSession,
    /// As sent, the server's own first. Seen also where the handshake failed afterwards.
    pub chain: Vec<TlsCertificate>,
    /// Whether the server signed the handshake with the key of its certificate.
    pub key_shown: bool,
    pub trust: TlsTrust,
    /// Every declared name, else the address; empty where no certificate was shown, or it could not be told.
    pub names: Vec<NameMatch>,
}

impl Tls {
    /// Whether the port was shown to speak TLS of any version.
    pub fn is_spoken(&self) -> bool {
        let accepted = |offer: &TlsOffer| matches!(offer.answer, OfferAnswer::Accepted { .. });
        matches!(self.session, TlsSession::Completed { .. }) || self.offers.iter().any(accepted)
    }
}

/// A certificate of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsCertificate {
    /// SHA-256 of the DER bytes, hex.
    pub sha256: String,
    /// The DER bytes, Base64.
    pub der: String,
    /// None: it cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<CertificateFacts>,
}

/// What an X.509 certificate says (RFC 5280). Texts are safe to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateFacts {
    pub subject: String,
    pub issuer: String,
    /// Subject and issuer are the same name, and nothing shows that another key signed it.
    pub self_signed: bool,
    /// Subject alternative names, as in `DNS:hub.local` and `IP:192.0.2.10`.
    pub names: Vec<String>,
    /// UTC. No timestamp, because `9999-12-31T23:59:59`, which says "never", is beyond those.
    pub not_before: DateTime,
    pub not_after: DateTime,
    pub key: KeyFacts,
    /// As in `ecdsa-with-SHA256`, or the identifier's numbers.
    pub signature: String,
    /// Basic constraints: may it sign certificates?
    pub authority: bool,
    /// SHA-256 of the public key with its algorithm (SubjectPublicKeyInfo), hex.
    pub spki_sha256: String,
    /// None: it was not looked at, as in runs of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<CertificateForm>,
}

impl CertificateFacts {
    /// Whether it says that it has no end, as the birth certificate of a device may (RFC 5280, section 4.1.2.5; IEEE 802.1AR).
    pub fn has_no_end(&self) -> bool {
        self.not_after == jiff::civil::date(9999, 12, 31).at(23, 59, 59, 0)
    }
}

/// How a certificate is made, and what for (RFC 5280, sections 4.1 and 4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateForm {
    /// 3 is the one with extensions.
    pub version: u32,
    /// The bytes as sent, hex; cut after 40.
    pub serial: String,
    /// As in `digital-signature`. None: it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_usage: Option<Vec<String>>,
    /// As in `server-auth`, `any`, or the identifier's numbers. None: it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extended_key_usage: Option<Vec<String>>,
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFacts {
    pub kind: KeyKind,
    /// The modulus, or the curve's field. 0: not known.
    pub bits: u32,
}

/// The kind of a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyKind {
    Rsa,
    /// Elliptic curve, Ed25519 and Ed448 included.
    Ec,
    Other,
}
