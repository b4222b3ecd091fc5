//! A TOML text that someone wrote by hand, decoded so that every error names its place and what is legal.
//!
//! The shapes stay plain serde types. Where a check needs the place of a value, it names the value by
//! its path, and the spanned tree of the same text tells where that is.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use crate::error::InputError;
use crate::text::shown;

/// The largest manifest or profile, in bytes.
pub(crate) const SIZE_LIMIT: usize = 1 << 20;

/// How much of an offending value an error repeats, in characters.
const SHOWN: usize = 80;

/// One step from a table or array to what it holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> From<&'a str> for Step<'a> {
    fn from(key: &'a str) -> Self {
        Self::Key(key)
    }
}

impl From<usize> for Step<'_> {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// The path of a value: `steps!["unit", 0, "mac"]`.
macro_rules! steps {
    ($($step:expr),* $(,)?) => {
        &[$($crate::decode::Step::from($step)),*] as &[$crate::decode::Step<'_>]
    };
}
pub(crate) use steps;

/// A text that is TOML, and where everything in it stands.
pub(crate) struct Document<'t> {
    origin: &'t str,
    text: &'t str,
    root: Spanned<DeTable<'t>>,
}

impl<'t> Document<'t> {
    /// Reads the text as TOML and checks the `format` that it says it has. `origin` is what the user
    /// calls the text.
    ///
    /// `lines` says whether strings may have several lines; other control characters never pass.
    pub(crate) fn parse(
        origin: &'t str,
        text: &'t str,
        format: &str,
        lines: bool,
    ) -> Result<Self, InputError> {
        if text.len() > SIZE_LIMIT {
            return Err(too_large(origin, SIZE_LIMIT));
        }
        let root = DeTable::parse(text).map_err(|error| syntax(origin, text, &error))?;
        let document = Self { origin, text, root };
        document.check_format(format)?;
        document.check_characters(lines)?;
        Ok(document)
    }

    /// The text as a plain serde type.
    pub(crate) fn decode<T: DeserializeOwned>(&self) -> Result<T, InputError> {
        T::deserialize(Deserializer::from(self.root.clone())).map_err(|error| self.shape(&error))
    }

    /// An error at the value of this path, or at the nearest table around it.
    pub(crate) fn error(&self, path: &[Step<'_>], message: impl Into<String>) -> InputError {
        self.at(self.span(path).start, message)
    }

    /// An error at the key that a path ends with.
    pub(crate) fn key_error(&self, path: &[Step<'_>], message: impl Into<String>) -> InputError {
        let place = match path.split_last() {
            Some((Step::Key(key), table)) => self
                .table(table)
                .and_then(|table| table.get_key_value(*key))
                .map(|(key, _)| key.span().start),
            _ => None,
        };
        self.at(place.unwrap_or_else(|| self.span(path).start), message)
    }

    fn at(&self, offset: usize, message: impl Into<String>) -> InputError {
        InputError::at(self.origin, self.text, offset, message)
    }

    fn span(&self, path: &[Step<'_>]) -> Range<usize> {
        let mut span = self.root.span();
        for end in 1..=path.len() {
            match self.value(&path[..end]) {
                Some(value) => span = value.span(),
                None => break,
            }
        }
        span
    }

    fn table(&self, path: &[Step<'_>]) -> Option<&DeTable<'t>> {
        match path {
            [] => Some(self.root.get_ref()),
            path => self.value(path)?.get_ref().as_table(),
        }
    }

    fn value(&self, path: &[Step<'_>]) -> Option<&Spanned<DeValue<'t>>> {
        let (first, rest) = path.split_first()?;
        let Step::Key(key) = first else { return None };
        let mut value = self.root.get_ref().get(*key)?;
        for step in rest {
            value = match step {
                Step::Key(key) => value.get_ref().as_table()?.get(*key)?,
                Step::Index(index) => value.get_ref().as_array()?.get(*index)?,
            };
        }
        Some(value)
    }

    /// Comes before anything else: of a newer format it is not the unknown keys that are wrong.
    fn check_format(&self, format: &str) -> Result<(), InputError> {
        let Some(value) = self.value(steps!["format"]) else {
            let message = "the key `format` is missing";
            return Err(self.at(0, message).legal(format!("format = \"{format}\"")));
        };
        if value.get_ref().as_str() == Some(format) {
            return Ok(());
        }
        let written = self.text.get(value.span()).unwrap_or_default();
        let message = format!("unknown format {}", shown(written, SHOWN));
        Err(self
            .error(steps!["format"], message)
            .legal(format!("format = \"{format}\"")))
    }

    fn check_characters(&self, lines: bool) -> Result<(), InputError> {
        let refused = |c: char| c.is_control() && !(lines && matches!(c, '\n' | '\t'));
        let mut tables = vec![self.root.get_ref()];
        let mut values: Vec<&Spanned<DeValue<'t>>> = Vec::new();
        while let Some(table) = tables.pop() {
            for (key, value) in table {
                if key.get_ref().contains(char::is_control) {
                    return Err(self.at(key.span().start, "the key has a control character"));
                }
                values.push(value);
            }
            while let Some(value) = values.pop() {
                match value.get_ref() {
                    DeValue::String(text) if text.contains(refused) => {
                        let message = format!(
                            "the text has a control character: \"{}\"",
                            shown(text.as_bytes(), SHOWN)
                        );
                        return Err(self.at(value.span().start, message));
                    }
                    DeValue::Array(array) => values.extend(array.iter()),
                    DeValue::Table(table) => tables.push(table),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Serde's words, in ours. Serde puts what is legal after the last `, expected `; legal words are
    /// our own and hold no such thing, whatever the text before holds.
    fn shape(&self, error: &toml::de::Error) -> InputError {
        let place = error.span().map_or(0, |span| span.start);
        let text = error.message();
        let (what, legal) = match text.rsplit_once(", expected ") {
            Some((what, legal)) => (what, Some(legal)),
            None => (text, None),
        };
        let known: Vec<&str> = legal.map(quoted).unwrap_or_default();
        if let Some(key) = between(what, "unknown field `", "`") {
            let message = format!("unknown key `{}`{}", shown(key, SHOWN), hint(key, &known));
            return self.at(place, message).legal(words(&known));
        }
        if let Some(word) = between(what, "unknown variant `", "`") {
            let message = format!(
                "unknown word `{}`{}",
                shown(word, SHOWN),
                hint(word, &known)
            );
            return self.at(place, message).legal(words(&known));
        }
        if let Some(key) = between(what, "missing field `", "`") {
            return self.at(place, format!("the key `{key}` is missing"));
        }
        let found = what
            .strip_prefix("invalid type: ")
            .map(|found| format!("wrong type: {}", shown(found, SHOWN)))
            .or_else(|| {
                what.strip_prefix("invalid value: ")
                    .map(|found| format!("wrong value: {}", shown(found, SHOWN)))
            })
            .unwrap_or_else(|| shown(what, 2 * SHOWN));
        let error = self.at(place, found);
        match legal {
            Some(legal) => error.legal(plain(legal)),
            None => error,
        }
    }
}

/// Bytes as text.
pub(crate) fn utf8(origin: &str, bytes: Vec<u8>) -> Result<String, InputError> {
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let byte = error.as_bytes().get(offset).copied().unwrap_or_default();
        let message = format!("not UTF-8: byte 0x{byte:02x} at offset {offset}");
        InputError::new(origin, message).legal("a text in UTF-8")
    })
}

/// A file that is larger than its kind may be.
pub(crate) fn too_large(origin: &str, limit: usize) -> InputError {
    InputError::new(origin, "the file is too large").legal(format!("at most {limit} bytes"))
}

/// Whether an id is kebab-case of at most 40 characters.
pub(crate) fn is_id(id: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    id.len() <= 40 && id.split('-').all(part)
}

/// What an id looks like, for errors.
pub(crate) const ID_SHAPE: &str =
    "lower-case letters and digits in words joined by `-`, at most 40 characters";

/// ` (did you mean …?)`, where a known word is near.
pub(crate) fn hint(word: &str, known: &[&str]) -> String {
    // Swapped neighbours are two edits; more than a third of the word is another word.
    let reach = |known: &str| (known.chars().count() / 3).clamp(1, 3);
    known
        .iter()
        .filter(|known| word.len() <= 2 * known.len() + 3)
        .map(|known| (distance(word, known), *known))
        .filter(|(distance, known)| *distance <= reach(known))
        .min()
        .map(|(_, known)| format!(" (did you mean `{known}`?)"))
        .unwrap_or_default()
}

/// Words as a list for `legal`.
pub(crate) fn words(known: &[&str]) -> String {
    known
        .iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Levenshtein distance, capital letters and `_` for `-` being no difference.
fn distance(a: &str, b: &str) -> usize {
    let plain = |text: &str| {
        text.to_lowercase()
            .replace('_', "-")
            .chars()
            .collect::<Vec<_>>()
    };
    let (a, b) = (plain(a), plain(b));
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = corner + usize::from(x != y);
            corner = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

fn syntax(origin: &str, text: &str, error: &toml::de::Error) -> InputError {
    let place = error.span().map_or(0, |span| span.start);
    let (what, legal) = match error.message().split_once(", expected ") {
        Some((what, legal)) => (what, Some(legal)),
        None => (error.message(), None),
    };
    let message = format!("not TOML: {}", shown(what, 2 * SHOWN));
    let error = InputError::at(origin, text, place, message);
    match legal {
        Some(legal) => error.legal(shown(legal, 2 * SHOWN)),
        None => error,
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.strip_prefix(before)?.strip_suffix(after)
}

/// The words in backticks of ``one of `a`, `b` ``.
fn quoted(legal: &str) -> Vec<&str> {
    legal.split('`').skip(1).step_by(2).collect()
}

/// What serde expects, in words that a person uses.
fn plain(expected: &str) -> &str {
    match expected {
        "a boolean" => "true or false",
        "a sequence" => "an array, as in [\"…\"]",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        expected if expected.starts_with("tuple ") => "an array of two strings",
        expected if expected.starts_with("struct ") => "a table",
        expected => expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_word_is_offered_and_a_far_one_is_not() {
        let known = ["tcp", "udp", "support-until"];
        assert_eq!(hint("tpc", &["tcp"]), "");
        assert_eq!(hint("tcp4", &known), " (did you mean `tcp`?)");
        assert_eq!(
            hint("support_until", &known),
            " (did you mean `support-until`?)"
        );
        assert_eq!(hint("sctp-over-ip", &known), "");
        assert_eq!(hint(&"x".repeat(1 << 20), &known), "");
    }

    #[test]
    fn ids_are_kebab_case() {
        for id in ["a", "web-2", "0", "a-b-c"] {
            assert!(is_id(id), "{id}");
        }
        let long = "a".repeat(41);
        for id in ["", "-", "a-", "-a", "a--b", "A", "a_b", "ä", "a b", &long] {
            assert!(!is_id(id), "{id}");
        }
    }
}
