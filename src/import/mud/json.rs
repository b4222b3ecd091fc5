//! JSON of which every part knows where it stands, so that an error can name the place.
//!
//! A part is read only when somebody asks for it, as a piece of the text: nothing is built of what nobody wants,
//! and how deep a file goes costs nothing. A key that stands twice is an error, because readers differ in which
//! of both they take.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::InputError;
use crate::text::shown;

/// More keys has no object of any file that makes sense.
const KEYS_LIMIT: usize = 256;

/// The longest text that is kept, in characters.
const TEXT_LIMIT: usize = 255;

/// A part of a JSON text.
#[derive(Clone, Copy, Debug)]
pub struct Node<'t> {
    origin: &'t str,
    whole: &'t str,
    raw: &'t str,
}

/// The keys of an object, each once, in their order.
#[derive(Clone, Debug)]
pub struct Object<'t> {
    node: Node<'t>,
    entries: Vec<(String, Node<'t>)>,
}

impl<'t> Node<'t> {
    /// The whole of a text, which must be JSON to its end. `origin` is what errors call it.
    ///
    /// # Errors
    ///
    /// Where it is no JSON.
    pub fn parse(origin: &'t str, whole: &'t str) -> Result<Self, InputError> {
        let raw: &RawValue = serde_json::from_str(whole).map_err(|error| {
            let line = whole.split('\n').take(error.line().saturating_sub(1));
            let start: usize = line.map(|line| line.len() + 1).sum();
            let offset = floor(whole, start + error.column().saturating_sub(1));
            let text = error.to_string();
            let what = text.split(" at line ").next().unwrap_or_default();
            InputError::at(
                origin,
                whole,
                offset,
                format!("it is no JSON: {}", shown(what, 120)),
            )
            .legal("JSON, RFC 8259")
        })?;
        Ok(Self {
            origin,
            whole,
            raw: raw.get(),
        })
    }

    /// An error at this place, and what is legal here.
    pub fn error(&self, message: impl Into<String>, legal: impl Into<String>) -> InputError {
        // Every part is a piece of the whole.
        let offset = self.raw.as_ptr().addr() - self.whole.as_ptr().addr();
        InputError::at(self.origin, self.whole, offset, message).legal(legal)
    }

    fn wrong_type(&self, wanted: &str) -> InputError {
        let found = match self.raw.bytes().next() {
            Some(b'{') => "an object",
            Some(b'[') => "a list",
            Some(b'"') => "a text",
            Some(b't' | b'f') => "true or false",
            Some(b'n') => "null",
            _ => "a number",
        };
        self.error(format!("wrong type: {found}"), wanted)
    }

    fn of(&self, raw: &'t RawValue) -> Self {
        Self {
            raw: raw.get(),
            ..*self
        }
    }

    /// As an object.
    ///
    /// # Errors
    ///
    /// It is none, has a key twice, or more keys than any file needs.
    pub fn object(&self) -> Result<Object<'t>, InputError> {
        if !self.raw.starts_with('{') {
            return Err(self.wrong_type("an object, `{ … }`"));
        }
        let Pairs(pairs) = serde_json::from_str(self.raw).map_err(|_| {
            let legal = format!("at most {KEYS_LIMIT} keys, each a text");
            self.error("an object with keys that cannot be read", legal)
        })?;
        let mut seen = BTreeSet::new();
        for (key, value) in &pairs {
            if !seen.insert(key.as_str()) {
                let message = format!("the key `{}` stands here twice", shown(key, 60));
                return Err(self.of(value).error(message, "each key once"));
            }
        }
        let entries = pairs.into_iter().map(|(key, raw)| (key, self.of(raw)));
        Ok(Object {
            node: *self,
            entries: entries.collect(),
        })
    }

    /// As a list of at most `limit` entries.
    ///
    /// # Errors
    ///
    /// It is none, or longer.
    pub fn list(&self, limit: usize) -> Result<Vec<Self>, InputError> {
        if !self.raw.starts_with('[') {
            return Err(self.wrong_type("a list, `[ … ]`"));
        }
        let mut deserializer = serde_json::Deserializer::from_str(self.raw);
        // The whole was read as JSON before, so that only the limit ends it early.
        let parts = deserializer.deserialize_seq(Entries(limit)).map_err(|_| {
            let message = format!("a list of more than {limit} entries");
            self.error(message, format!("at most {limit}"))
        })?;
        Ok(parts.into_iter().map(|raw| self.of(raw)).collect())
    }

    /// As a text, safe to show.
    ///
    /// # Errors
    ///
    /// It is none.
    pub fn text(&self) -> Result<String, InputError> {
        let text: String =
            serde_json::from_str(self.raw).map_err(|_| self.wrong_type("a text, `\"…\"`"))?;
        Ok(shown(text, TEXT_LIMIT))
    }

    /// As a whole number.
    ///
    /// # Errors
    ///
    /// It is none, or out of range.
    pub fn number<T>(&self, range: RangeInclusive<T>) -> Result<T, InputError>
    where
        T: Copy + PartialOrd + std::fmt::Display + serde::de::DeserializeOwned,
    {
        let legal = format!("a whole number from {} to {}", range.start(), range.end());
        if !self
            .raw
            .starts_with(|c: char| c == '-' || c.is_ascii_digit())
        {
            return Err(self.wrong_type(&legal));
        }
        let number = serde_json::from_str::<T>(self.raw).ok();
        let number = number.filter(|number| range.contains(number));
        number.ok_or_else(|| self.error(format!("the number is {}", shown(self.raw, 40)), legal))
    }

    /// As `true` or `false`.
    ///
    /// # Errors
    ///
    /// It is neither.
    pub fn boolean(&self) -> Result<bool, InputError> {
        match self.raw {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(self.wrong_type("`true` or `false`")),
        }
    }

    /// As YANG's `empty`, which is `[null]` (RFC 7951, section 6.9).
    ///
    /// # Errors
    ///
    /// It is something else.
    pub fn empty(&self) -> Result<(), InputError> {
        let mut letters = self.raw.split_ascii_whitespace().collect::<String>();
        letters.truncate(8);
        if letters == "[null]" {
            return Ok(());
        }
        Err(self.error("a value where only its presence counts", "`[null]`"))
    }
}

impl<'t> Object<'t> {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<Node<'t>> {
        let mut entries = self.entries.iter();
        entries.find(|(name, _)| name == key).map(|(_, it)| *it)
    }

    /// The value of a key that must be there.
    ///
    /// # Errors
    ///
    /// It is not.
    pub fn needed(&self, key: &str) -> Result<Node<'t>, InputError> {
        self.get(key).ok_or_else(|| {
            let message = format!("the key `{key}` is missing");
            self.node.error(message, format!("`\"{key}\": …` here"))
        })
    }

    /// The keys that are none of these, safe to show.
    pub fn others(&self, known: &[&str]) -> impl Iterator<Item = String> {
        let entries = self.entries.iter();
        let others = entries.filter(|(key, _)| !known.contains(&key.as_str()));
        others.map(|(key, _)| shown(key, 60))
    }

    /// An error at the object.
    pub fn error(&self, message: impl Into<String>, legal: impl Into<String>) -> InputError {
        self.node.error(message, legal)
    }
}

/// The entries of an object, with those that stand twice.
struct Pairs<'t>(Vec<(String, &'t RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    if pairs.len() == KEYS_LIMIT {
                        return Err(serde::de::Error::custom("too many keys"));
                    }
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// Reads the entries of a list, at most so many.
struct Entries(usize);

impl<'de> Visitor<'de> for Entries {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut parts = Vec::new();
        while let Some(part) = seq.next_element()? {
            if parts.len() == self.0 {
                return Err(serde::de::Error::custom("too many entries"));
            }
            parts.push(part);
        }
        Ok(parts)
    }
}

/// The beginning of the character at, or before, an offset.
fn floor(text: &str, offset: usize) -> usize {
    let end = offset.min(text.len());
    (0..=end)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or_default()
}
