//! A TOML text that someone wrote by hand, decoded so that every error names its place and what is legal.
//!
//! The shapes stay plain serde types. Where a check needs the place of a value, it names the value by
//! its path, and the spanned tree of the same text tells where that is.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue, Deserializer};

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

    /// An error at the value of this path, or at the nearest table around it, and what is legal there.
    pub(crate) fn error(
        &self,
        path: &[Step<'_>],
        message: impl Into<String>,
        legal: impl Into<String>,
    ) -> InputError {
        self.at(self.span(path).start, message).legal(legal)
    }

    /// An error at the key that a path ends with.
    pub(crate) fn key_error(
        &self,
        path: &[Step<'_>],
        message: impl Into<String>,
        legal: impl Into<String>,
    ) -> InputError {
        let place = match path.split_last() {
            Some((Step::Key(key), table)) => self
                .table(table)
                .and_then(|table| table.get_key_value(*key))
                .map(|(key, _)| key.span().start),
            _ => None,
        };
        let place = place.unwrap_or_else(|| self.span(path).start);
        self.at(place, message).legal(legal)
    }

    /// Refuses what is no id, or one that has been `seen`.
    pub(crate) fn check_id(
        &self,
        path: &[Step<'_>],
        id: &str,
        seen: &mut BTreeSet<String>,
    ) -> Result<(), InputError> {
        if !is_id(id) {
            let message = format!("`{}` is no id", shown(id, SHOWN));
            let legal =
                "lower-case letters and digits in words joined by `-`, at most 40 characters";
            return Err(self.error(path, message, legal));
        }
        if !seen.insert(id.to_owned()) {
            let message = format!("the id `{id}` is used twice");
            return Err(self.error(path, message, "an id of its own"));
        }
        Ok(())
    }

    /// Refuses a text that says nothing.
    pub(crate) fn check_filled(&self, path: &[Step<'_>], text: &str) -> Result<(), InputError> {
        match text.trim() {
            "" => Err(self.error(path, "the text is empty", "a text that says something")),
            _ => Ok(()),
        }
    }

    /// The value of a path, where it is a text.
    pub(crate) fn text_at(&self, path: &[Step<'_>]) -> Option<&str> {
        self.value(path)?.get_ref().as_str()
    }

    fn at(&self, offset: usize, message: impl Into<String>) -> InputError {
        let mut error = InputError::at(self.origin, self.text, offset, message);
        if let Some((line, _)) = error.place {
            error.excerpt = self.masked().lines().nth(line - 1).map(str::to_owned);
        }
        error
    }

    /// The text with `*` for every character of what may be a literal secret: errors end up in logs.
    fn masked(&self) -> String {
        let mut spans = Vec::new();
        self.visit(|entry| {
            let value = entry.value.get_ref();
            if entry.secret && !value.is_table() && !value.is_array() {
                spans.push(entry.value.span());
            }
            Ok(())
        })
        .unwrap_or_default();
        let star = |(at, c): (usize, char)| match c {
            '\n' | '\r' => c,
            _ if spans.iter().any(|span| span.contains(&at)) => '*',
            _ => c,
        };
        self.text.char_indices().map(star).collect()
    }

    /// Shows every entry until one is refused.
    fn visit<'d>(
        &'d self,
        mut refuse: impl FnMut(&Entry<'d, 't>) -> Result<(), InputError>,
    ) -> Result<(), InputError> {
        let entry = |key: &'d Spanned<DeString<'t>>, value, within: bool| {
            let name = key.get_ref();
            let secret = may_be_secret(name) || (within && !PLAIN.contains(&name.as_ref()));
            Entry { key, value, secret }
        };
        let root = self.root.get_ref().iter();
        let mut waiting: Vec<_> = root.map(|(key, value)| entry(key, value, false)).collect();
        while let Some(next) = waiting.pop() {
            refuse(&next)?;
            match next.value.get_ref() {
                DeValue::Array(array) => {
                    waiting.extend(array.iter().map(|value| Entry { value, ..next }));
                }
                DeValue::Table(table) => {
                    let entries = table.iter();
                    waiting.extend(entries.map(|(key, value)| entry(key, value, next.secret)));
                }
                _ => {}
            }
        }
        Ok(())
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
        Err(self.error(steps!["format"], message, format!("format = \"{format}\"")))
    }

    fn check_characters(&self, lines: bool) -> Result<(), InputError> {
        let refused = |c: char| c.is_control() && !(lines && matches!(c, '\n' | '\t'));
        self.visit(|entry| {
            if entry.key.get_ref().contains(char::is_control) {
                let error = self.at(entry.key.span().start, "the key has a control character");
                return Err(error.legal("printable characters"));
            }
            match entry.value.get_ref() {
                DeValue::String(text) if text.contains(refused) => {
                    let place = entry.value.span().start;
                    let error = self.at(place, "the text has a control character");
                    Err(error.legal("printable characters"))
                }
                _ => Ok(()),
            }
        })
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
            let message = format!("the key `{key}` is missing");
            return self.at(place, message).legal(format!("`{key} = …` here"));
        }
        // Serde repeats the value; the excerpt shows it already, or masks it.
        let found = match what.split_once(": ") {
            Some(("invalid type", found)) => format!("wrong type: {}", kind(found)),
            Some(("invalid value", _)) => "wrong value".to_owned(),
            _ => shown(what, 2 * SHOWN),
        };
        if let Some(legal) = what.strip_prefix("expected ") {
            return self.at(place, "wrong value").legal(plain(legal));
        }
        let error = self.at(place, found);
        match legal {
            Some("a sequence") if what.ends_with(": map") => {
                error.legal("an array of tables: double brackets, as in `[[unit]]`")
            }
            Some(legal) => error.legal(plain(legal)),
            None => error,
        }
    }
}

/// A value and the key that it stands under.
struct Entry<'d, 't> {
    key: &'d Spanned<DeString<'t>>,
    value: &'d Spanned<DeValue<'t>>,
    /// Whether it may be, or hold, a literal secret.
    secret: bool,
}

/// Keys beside a secret, or about one, whose values are none.
const PLAIN: &[&str] = &[
    "allow_cleartext",
    "env",
    "file",
    "mechanism",
    "path",
    "topic",
    "username",
];

/// Whether the value of a key may be a password, also where the key is misspelt or in the wrong place.
fn may_be_secret(key: &str) -> bool {
    let key = key.to_lowercase();
    ["label", "owner", "pas", "pw", "secret"]
        .iter()
        .any(|part| key.contains(part))
        || (key.chars().count().abs_diff("password".len()) <= 3 && distance(&key, "password") <= 3)
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
fn is_id(id: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    id.len() <= 40 && id.split('-').all(part)
}

/// ` (did you mean …?)`, where a known word is near.
pub(crate) fn hint(word: &str, known: &[&str]) -> String {
    // More than a third of the word is another word.
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

/// How many letters are added, dropped, replaced or swapped with their neighbour; capital letters and
/// `_` for `-` are no difference.
fn distance(a: &str, b: &str) -> usize {
    let plain = |text: &str| {
        let text = text.to_lowercase().replace('_', "-");
        text.chars().collect::<Vec<_>>()
    };
    let (a, b) = (plain(a), plain(b));
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let replaced = rows[i][j] + usize::from(x != y);
            let mut least = replaced.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

fn syntax(origin: &str, text: &str, error: &toml::de::Error) -> InputError {
    let place = error.span().map_or(0, |span| span.start);
    let (what, legal) = match error.message().split_once(", expected ") {
        Some((what, legal)) => (what, Some(legal)),
        None => (error.message(), None),
    };
    let message = format!("not TOML: {}", shown(what, 2 * SHOWN));
    let mut error = InputError::at(origin, text, place, message);
    // Without a tree nobody knows which part of a line is a secret. A line that does not begin with a
    // key and `=`, or with a table's name, may be all of one.
    let before = &text[..place.min(text.len())];
    let spanning = before.contains("\"\"\"") || before.contains("'''");
    error.excerpt = error
        .excerpt
        .filter(|line| !spanning && begins_plainly(line));
    if let Some(line) = &mut error.excerpt
        && line
            .split(|c: char| !c.is_alphanumeric())
            .any(may_be_secret)
        && let Some(end) = line.find(['=', '"', '\''])
    {
        line.replace_range(end.., "= …");
    }
    match legal {
        Some(legal) => error.legal(shown(legal, 2 * SHOWN)),
        None => error,
    }
}

fn begins_plainly(line: &str) -> bool {
    let line = line.trim_start();
    let key = line.split_once('=').map(|(key, _)| key.trim_end());
    line.starts_with('[')
        || key.is_some_and(|key| {
            !key.is_empty()
                && key
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        })
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.strip_prefix(before)?.strip_suffix(after)
}

/// The words in backticks of ``one of `a`, `b` ``.
fn quoted(legal: &str) -> Vec<&str> {
    legal.split('`').skip(1).step_by(2).collect()
}

/// Serde's name of what it found, without the value.
fn kind(found: &str) -> &'static str {
    let kinds = [
        ("string", "a string"),
        ("integer", "a whole number"),
        ("floating point", "a number with a fraction"),
        ("boolean", "true or false"),
        ("sequence", "an array"),
        ("map", "a table"),
    ];
    kinds
        .iter()
        .find(|(serde, _)| found.starts_with(serde))
        .map_or("something else", |(_, ours)| ours)
}

/// What serde expects, in words that a person uses.
fn plain(expected: &str) -> &str {
    match expected {
        "a boolean" => "true or false",
        "a sequence" => "an array, as in [\"…\"]",
        "u16" => "a whole number from 1 to 65535",
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
        assert_eq!(hint("tpc", &known), " (did you mean `tcp`?)");
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
