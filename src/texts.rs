//! The words of reports, as data: one folder a language in `texts/`, which somebody who knows the language can add.
//!
//! English is the language of certificates and is authoritative. A translation has every text of it or is refused,
//! with a list of what is missing; no report is ever half translated.

mod commands;
mod read;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

pub use commands::{Command, commands};
pub use read::{Source, is_language};

use crate::error::InputError;
use crate::verdict::{Reason, Verdict};

/// The files of a language's folder.
pub const FILES: [&str; 4] = [
    "page.toml",
    "test-cases.toml",
    "findings.toml",
    "reasons.toml",
];

/// The language of certificates.
pub const ENGLISH: &str = "en";

/// Languages in the binary; the texts in the order of [`FILES`]. A translation is a line here.
const EMBEDDED: &[(&str, [&str; 4])] = &[(
    ENGLISH,
    [
        include_str!("../texts/en/page.toml"),
        include_str!("../texts/en/test-cases.toml"),
        include_str!("../texts/en/findings.toml"),
        include_str!("../texts/en/reasons.toml"),
    ],
)];

/// Every text of one language.
#[derive(Debug, Default)]
pub struct Texts {
    /// `en`, as in the `lang` attribute of HTML.
    pub language: String,
    /// The words of the page around a certificate, by section and name.
    pub page: toml::Table,
    cases: BTreeMap<String, CaseTexts>,
    findings: BTreeMap<String, FindingTexts>,
    reasons: BTreeMap<String, String>,
}

/// What is said of a test case; `texts/en/test-cases.toml` tells what each is for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CaseTexts {
    pub label: String,
    pass: String,
    fail: String,
    inconclusive: String,
    not_applicable: String,
    pub why: String,
    pub plain: String,
    pub expected: String,
    pub by_hand: String,
    pub fix: String,
}

impl CaseTexts {
    /// The verdict in one sentence.
    pub fn sentence(&self, verdict: Verdict) -> &str {
        match verdict {
            Verdict::Pass => &self.pass,
            Verdict::Fail => &self.fail,
            Verdict::Inconclusive => &self.inconclusive,
            Verdict::NotApplicable => &self.not_applicable,
        }
    }
}

/// What is said of a finding code.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingTexts {
    pub means: String,
    pub fix: String,
}

impl Texts {
    /// What is said of a test case; none of one that this version does not have.
    pub fn case(&self, id: &str) -> Option<&CaseTexts> {
        self.cases.get(id)
    }

    /// What is said of a finding code; none of one that this version does not have.
    pub fn finding(&self, code: &str) -> Option<&FindingTexts> {
        self.findings.get(code)
    }

    /// What a reason of an INCONCLUSIVE verdict means.
    pub fn reason(&self, reason: Reason) -> &str {
        self.reasons.get(reason.as_str()).map_or("", String::as_str)
    }

    /// A word of the page, by section and name. A test holds that each that is asked for is there.
    pub fn word(&self, section: &str, name: &str) -> &str {
        let text = self.page.get(section).and_then(|it| it.get(name));
        text.and_then(toml::Value::as_str).unwrap_or_default()
    }
}

/// The texts that everything in a certificate is written with.
pub fn english() -> &'static Texts {
    static TEXTS: OnceLock<Texts> = OnceLock::new();
    // Tests below hold that the texts in the binary are whole.
    TEXTS.get_or_init(|| embedded(ENGLISH).and_then(Result::ok).unwrap_or_default())
}

/// The texts in the binary of a language; none where there are none.
pub fn embedded(language: &str) -> Option<Result<Texts, InputError>> {
    let (_, texts) = EMBEDDED.iter().find(|(name, _)| *name == language)?;
    let source = |(name, text): (&str, &str)| Source {
        origin: format!("texts/{language}/{name}"),
        text: text.to_owned(),
    };
    let sources = [0, 1, 2, 3].map(|index| source((FILES[index], texts[index])));
    Some(parse(language, &sources))
}

/// Every language in the binary.
pub fn languages() -> impl Iterator<Item = &'static str> {
    EMBEDDED.iter().map(|(name, _)| *name)
}

/// The texts of a language from its files, in the order of [`FILES`].
///
/// # Errors
///
/// A file is no TOML of this format; texts are missing, empty, too many, or lack a placeholder that the English ones
/// have: all of them are named at once.
pub fn parse(language: &str, sources: &[Source; 4]) -> Result<Texts, InputError> {
    let english = EMBEDDED.first().map(|(_, texts)| texts);
    read::parse(language, sources, english.unwrap_or(&[""; 4]))
}

#[cfg(test)]
mod tests;
