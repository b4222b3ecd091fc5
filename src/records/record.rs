//! One record: who did or saw what, and when.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::digest::is_sha256_hex;
use crate::text::shown;
use crate::verdict::Verdict;

/// The format that this version writes and reads.
///
/// - `proofmark-record/1`: the first.
pub const RECORD_FORMAT: &str = "proofmark-record/1";

/// No attachment is larger, bytes.
pub const LARGEST_ATTACHMENT: usize = 32 << 20;
/// No record has more.
pub const MOST_ATTACHMENTS: usize = 16;
/// Characters of the name of a person or a file.
pub const LONGEST_NAME: usize = 120;
/// Characters of what was done or seen, or why.
const LONGEST_TEXT: usize = 2000;

/// One line of `records.jsonl`: what a person did or saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Proofmark record")]
pub struct Record {
    /// `proofmark-record/1`.
    #[schemars(extend("const" = RECORD_FORMAT))]
    pub format: String,
    /// From 1, without gaps.
    pub number: u32,
    /// SHA-256 of the line before without its line feed; of the first, of the `run.json` that it is about.
    pub after: String,
    /// When it was done or seen.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    /// When it was written down.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub recorded_at: Timestamp,
    /// Whose word it is.
    pub by: String,
    pub what: What,
    /// Files that show it, `attachments/<sha256>`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}

/// What was done or seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum What {
    /// Something that the operator did to a unit.
    Step { unit: String, did: String },
    /// A check of the profile, as a person decided it on a unit.
    Check {
        unit: String,
        check: String,
        verdict: Verdict,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
    },
    /// An earlier record counts no more. It stays.
    Withdrawal { record: u32, reason: String },
}

/// A file that somebody handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// As it was called.
    pub name: String,
    pub sha256: String,
    /// Bytes.
    pub length: u64,
}

impl What {
    /// What was done or seen, or why a record is withdrawn.
    pub fn text(&self) -> &str {
        match self {
            Self::Step { did, .. } => did,
            Self::Check { note, .. } => note,
            Self::Withdrawal { reason, .. } => reason,
        }
    }
}

impl Record {
    /// What it is called where evidence is cited.
    pub fn id(&self) -> String {
        format!("record-{}", self.number)
    }

    /// In one line, safe to show: where it is cited as evidence, and for whoever wrote it.
    pub fn cited(&self) -> String {
        let by = shown(&self.by, 120);
        let when = self.at.strftime("%-d %B %Y, %H:%M UTC");
        let named = |unit: &str| shown(unit, 60);
        match &self.what {
            What::Check {
                unit,
                check,
                verdict,
                ..
            } => format!(
                "{check} of unit {} examined by {by} on {when}: {verdict}",
                named(unit)
            ),
            What::Step { unit, .. } => format!("step on unit {} by {by} on {when}", named(unit)),
            What::Withdrawal { record, .. } => {
                format!("record-{record} withdrawn by {by} on {when}")
            }
        }
    }

    /// The canonical line, without its line feed.
    pub fn line(&self) -> String {
        // Strings, times and numbers: nothing of this can fail to be JSON.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What is wrong with it, whatever stands before it.
    pub(super) fn flaw(&self) -> Option<String> {
        if self.format != RECORD_FORMAT {
            return Some(format!("is not in format `{RECORD_FORMAT}`"));
        }
        if self.recorded_at < self.at {
            return Some("was written down before it happened".to_owned());
        }
        let text = match &self.what {
            What::Step { did, .. } => Some(("what was done", did)),
            What::Check { note, verdict, .. } if *verdict == Verdict::Pass && note.is_empty() => {
                None
            }
            What::Check { note, .. } => Some(("the note, which says what was seen,", note)),
            What::Withdrawal { reason, .. } => Some(("the reason", reason)),
        };
        let texts = text.map(|(what, text)| (what, text, LONGEST_TEXT));
        for (what, text, longest) in texts
            .into_iter()
            .chain([("the name", &self.by, LONGEST_NAME)])
        {
            if text.trim().is_empty() {
                return Some(format!("{what} is empty"));
            }
            if text.chars().count() > longest {
                return Some(format!("{what} has more than {longest} characters"));
            }
        }
        if let What::Check { check, .. } = &self.what
            && !is_check_id(check)
        {
            return Some("the check has no id of a check".to_owned());
        }
        self.attachment_flaw()
    }

    fn attachment_flaw(&self) -> Option<String> {
        if self.attachments.len() > MOST_ATTACHMENTS {
            return Some(format!("has more than {MOST_ATTACHMENTS} attachments"));
        }
        self.attachments.iter().find_map(|it| {
            let named = !it.name.is_empty() && it.name.chars().count() <= LONGEST_NAME;
            let sized = (1..=LARGEST_ATTACHMENT as u64).contains(&it.length);
            (!named || !sized || !is_sha256_hex(&it.sha256))
                .then(|| "an attachment has no legal name, length or digest".to_owned())
        })
    }
}

/// Lower-case letters and digits in words joined by `-`, at most 40 characters.
pub fn is_check_id(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
    };
    text.len() <= 40 && text.split('-').all(word)
}
