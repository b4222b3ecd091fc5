//! The beginning of what a device sent, so that a certificate shows bytes without its run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The first bytes of a blob as it is stored, that is, after redaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Excerpt {
    pub form: ExcerptForm,
    /// How many bytes it shows, at most 256.
    pub bytes: u16,
    pub content: String,
}

/// How an excerpt is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExcerptForm {
    /// Lower-case hex, two digits a byte: the bytes are no text.
    Hex,
    /// Text in which everything that is not plainly visible is escaped (`\n`, `\u{202e}`), safe to show.
    Text,
}
