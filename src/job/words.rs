//! What a value of a job file may be: checked where it is read, so that an error has its place.

use std::borrow::Cow;

use jiff::civil::Date;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::text::shown;

/// A name, an address, a reference: at most [`Line::LONGEST`] characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line(String);

/// A passage: at most [`Prose::LONGEST`] characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prose(String);

/// A day, as a TOML date or the same in quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub Date);

impl Line {
    pub const LONGEST: usize = 300;

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Prose {
    pub const LONGEST: usize = 4000;

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer, Self::LONGEST).map(Self)
    }
}

impl<'de> Deserialize<'de> for Prose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer, Self::LONGEST).map(Self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => text,
            toml::Value::Datetime(date) => date.to_string(),
            other => other.to_string(),
        };
        match text.parse::<Date>() {
            Ok(date) if date.to_string() == text => Ok(Self(date)),
            _ => Err(D::Error::custom(format!(
                "`{}` is no date, expected a day as in `2030-12-31`",
                shown(&text, 60)
            ))),
        }
    }
}

/// A text that says something of its own. What still stands between angle brackets is the template's.
fn text<'de, D: Deserializer<'de>>(deserializer: D, longest: usize) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let bare = text.trim();
    let wrong = |message: &str| Err(D::Error::custom(message));
    if bare.is_empty() {
        wrong("the text is empty, expected a text that says something, or no such line")
    } else if bare.starts_with('<') && bare.ends_with('>') {
        wrong("this is still to be filled in, expected your own words, or no such line")
    } else if text.chars().count() > longest {
        let message = format!("the text is too long, expected at most {longest} characters");
        wrong(&message)
    } else {
        Ok(text)
    }
}

impl JsonSchema for Line {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Line".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "maxLength": Self::LONGEST })
    }
}

impl JsonSchema for Prose {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Prose".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "maxLength": Self::LONGEST })
    }
}

impl JsonSchema for Day {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date" })
    }
}
