//! What the supplier states, and what its documents say.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A document that a supplier publishes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentKind {
    /// How to report a vulnerability, and what then happens.
    VulnerabilityPolicy,
    /// `security.txt`, RFC 9116.
    SecurityTxt,
    /// Until when the product gets security updates.
    SupportPeriod,
}

impl DocumentKind {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 3] = [
        Self::VulnerabilityPolicy,
        Self::SecurityTxt,
        Self::SupportPeriod,
    ];

    /// The word used in runs and certificates.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::VulnerabilityPolicy => "vulnerability-policy",
            Self::SecurityTxt => "security-txt",
            Self::SupportPeriod => "support-period",
        }
    }

    /// The document, in a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::VulnerabilityPolicy => "the vulnerability disclosure policy",
            Self::SecurityTxt => "security.txt",
            Self::SupportPeriod => "the statement of the support period",
        }
    }
}

/// What the manifest states that no probe can see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statements {
    /// The model designation.
    pub model: String,
    /// The last day of the support period, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub support_until: Option<String>,
    /// The documents that it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<DocumentKind>,
}

/// A document that was handed in or fetched. Texts are safe to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Its bytes, by their path in the run directory. None: what was answered is no document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// SHA-256 of the bytes as they are kept, hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// In bytes.
    pub size: u64,
    /// How it was fetched. None: it was handed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetched: Option<Fetched>,
    /// Why what it says could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<String>,
    /// Of a `security.txt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_txt: Option<SecurityTxt>,
    /// Of any other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<DocumentText>,
}

impl Document {
    /// Everything in it that somebody else wrote.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let fetched = self.fetched.iter_mut().flat_map(|it| {
            let media_type = it.media_type.iter_mut();
            it.redirects
                .iter_mut()
                .chain(media_type)
                .chain([&mut it.url])
        });
        let fields = self.security_txt.iter_mut().flat_map(|it| &mut it.fields);
        let fields = fields.flat_map(|it| [&mut it.name, &mut it.value]);
        let text = self.text.iter_mut().flat_map(|it| &mut it.contacts);
        fetched.chain(fields).chain(text).chain(&mut self.unread)
    }
}

/// How a document came over the Internet, by HTTPS with a certificate that was verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fetched {
    /// Of the last answer.
    pub status: u16,
    /// Where that came from.
    pub url: String,
    /// URLs that led on to another, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirects: Vec<String>,
    /// `Content-Type`, as it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Who answered last: address and port.
    pub address: String,
    /// SHA-256 of the tester's own file of authorities. None: the public ones vouched for the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
}

/// What a document of no fixed form says that can be told without understanding it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentText {
    /// E-mail addresses, and links to write or call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    /// Days, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dates: Vec<String>,
    /// By its words, of languages that are known.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub speaks_of: BTreeSet<Topic>,
}

/// What a document is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// Support and updates.
    Support,
    Vulnerabilities,
}

/// A `security.txt` (RFC 9116) as it is written; nothing judged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecurityTxt {
    /// In order, unknown ones too (section 2.4).
    pub fields: Vec<SecurityField>,
    /// Lines, from 1, that are no field, no comment and not empty (section 4).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stray: Vec<u32>,
    /// How many more there are than stand in `stray`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_stray: u32,
    pub armour: Armour,
    /// Whether it is UTF-8 (section 3).
    pub utf8: bool,
    /// Whether the last line ends (section 2.2).
    pub terminated: bool,
}

impl SecurityTxt {
    /// The values of a field, by its name in any case (section 2: names are not case-sensitive).
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = move |field: &&SecurityField| field.name.eq_ignore_ascii_case(name);
        let fields = self.fields.iter().filter(named);
        fields.map(|field| field.value.as_str())
    }
}

/// One line `name: value`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecurityField {
    /// From 1.
    pub line: u32,
    /// As written.
    pub name: String,
    pub value: String,
    /// Whether the space after the colon is missing (section 4).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_space: bool,
}

/// An OpenPGP cleartext signature around it (section 2.3; RFC 4880, section 7). It is not verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Armour {
    #[default]
    None,
    /// It is there, whole.
    Signed,
    /// It begins, and has no legal end.
    Broken,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_zero(number: &u32) -> bool {
    *number == 0
}
