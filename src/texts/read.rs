//! Reads the texts of a language, and compares them with the English ones.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;

use super::{FILES, Texts};
use crate::decode::Document;
use crate::error::InputError;
use crate::text::shown;

const FORMAT: &str = "proofmark-texts/1";

/// How many faults one error names.
const NAMED: usize = 400;

/// One file of a language.
#[derive(Clone, Debug)]
pub struct Source {
    /// What the user calls it.
    pub origin: String,
    pub text: String,
}

/// Every text of a file by its path: `services/closed-ports.label`.
type Flat = BTreeMap<String, String>;

/// Whether this can name a language, and a folder: `de`, `pt-BR`.
pub fn is_language(name: &str) -> bool {
    let mut parts = name.split('-');
    let first = parts.next().unwrap_or_default();
    (2..=3).contains(&first.len())
        && first.bytes().all(|it| it.is_ascii_lowercase())
        && parts.all(|part| {
            (2..=8).contains(&part.len()) && part.bytes().all(|it| it.is_ascii_alphanumeric())
        })
}

pub(super) fn parse(
    language: &str,
    sources: &[Source; 4],
    english: &[&str; 4],
) -> Result<Texts, InputError> {
    let mut tables = Vec::new();
    let mut faults = Vec::new();
    for ((source, english), name) in sources.iter().zip(english).zip(FILES) {
        let table = table(&source.origin, &source.text)?;
        let model = flat(&self::table(name, english)?);
        let texts = flat(&table);
        let found = compare(&texts, &model);
        faults.extend(found.into_iter().map(|fault| format!("{name}: {fault}")));
        tables.push(table);
    }
    if !faults.is_empty() {
        let left_out = faults.len().saturating_sub(NAMED);
        faults.truncate(NAMED);
        if left_out > 0 {
            faults.push(format!("and {left_out} more"));
        }
        let origin = format!("texts in `{}`", shown(language, 40));
        let message = format!("are not whole:\n  {}", faults.join("\n  "));
        return Err(InputError::new(origin, message)
            .legal("every text that the English ones have, and no other"));
    }
    let mut tables = tables.into_iter().zip(sources);
    let mut next = || {
        tables
            .next()
            .unwrap_or_else(|| (toml::Table::new(), &sources[0]))
    };
    let (page, source) = next();
    let texts = Texts {
        language: language.to_owned(),
        page,
        cases: decode(next())?,
        findings: decode(next())?,
        reasons: decode(next())?,
    };
    match texts.word("page", "language") {
        said if said == language => Ok(texts),
        said => {
            let message = format!("they say that they are in `{}`", shown(said, 40));
            Err(InputError::new(&source.origin, message)
                .legal(format!("language = \"{language}\" in [page]")))
        }
    }
}

/// A file as a table, without its format.
fn table(origin: &str, text: &str) -> Result<toml::Table, InputError> {
    let document = Document::parse(origin, text, FORMAT, true)?;
    let mut table: toml::Table = document.decode()?;
    table.remove("format");
    Ok(table)
}

/// Has been compared with the English texts by then, so that only a table in the place of a text is left to be wrong.
fn decode<T: DeserializeOwned>(file: (toml::Table, &Source)) -> Result<T, InputError> {
    let (table, source) = file;
    table
        .try_into()
        .map_err(|error| InputError::new(&source.origin, shown(error.to_string(), 300)))
}

fn flat(table: &toml::Table) -> Flat {
    let mut flat = Flat::new();
    flatten("", table, &mut flat);
    flat
}

fn flatten(prefix: &str, table: &toml::Table, flat: &mut Flat) {
    for (key, value) in table {
        let path = match prefix {
            "" => key.clone(),
            prefix => format!("{prefix}.{key}"),
        };
        match value {
            toml::Value::Table(inner) => flatten(&path, inner, flat),
            // What is no text is as good as none: it will be told as empty.
            value => {
                let text = value.as_str().unwrap_or_default();
                flat.insert(path, text.to_owned());
            }
        }
    }
}

/// What is wrong with texts beside those that they are held against.
fn compare(texts: &Flat, model: &Flat) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, english) in model {
        match texts.get(path) {
            None => faults.push(format!("`{path}` is missing")),
            Some(text) if text.trim().is_empty() => {
                faults.push(format!("`{path}` is no text or empty"));
            }
            Some(text) if placeholders(text) != placeholders(english) => {
                let wanted: Vec<_> = placeholders(english).into_iter().collect();
                faults.push(format!(
                    "`{path}` must have these placeholders and no other: {}",
                    if wanted.is_empty() {
                        "none".to_owned()
                    } else {
                        wanted.join(" ")
                    }
                ));
            }
            Some(_) => {}
        }
    }
    let unknown = texts.keys().filter(|path| !model.contains_key(*path));
    faults.extend(unknown.map(|path| format!("`{}` is not known", shown(path, 80))));
    faults
}

/// `{count}` and the like.
fn placeholders(text: &str) -> BTreeSet<&str> {
    let begins = text.match_indices('{');
    begins
        .filter_map(|(at, _)| {
            let end = at + text[at..].find('}')?;
            Some(&text[at..=end])
        })
        .collect()
}
