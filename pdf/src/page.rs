//! The page as the template gets it: the same document, with every text made harmless.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::text::harmless;

/// No page is larger, bytes. It quotes each requirement of a certificate twice and holds pictures.
const LARGEST: usize = 256 << 20;

/// The format that the template knows.
const FORMAT: &str = "proofmark-page/1";

/// What to do with a run or a certificate.
const ADVICE: &str = "a run or a certificate is no page yet; `proofmark report RUN --format pdf` makes both of it, \
    and `--format page` the page alone";

/// What a certificate by itself is called.
const CERTIFICATE: &str = "proofmark-certificate/";

/// A page, ready for a template.
#[derive(Debug)]
pub struct Page {
    /// JSON, in which no text hides anything or lacks a glyph.
    pub json: Vec<u8>,
    /// The certificate alone, in the same way.
    pub certificate: Vec<u8>,
    /// How many different characters are spelled out because no font has them.
    pub without_glyph: usize,
    /// The only time that the PDF names as that of its making.
    pub judged_at: Timestamp,
}

/// The bytes of a page: a file, or `-` for stdin.
///
/// # Errors
/// It cannot be read, or is too large.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Error> {
    if path == Path::new("-") {
        return read(std::io::stdin().lock(), path);
    }
    if path.is_dir() {
        return Err(Error::file(path, ADVICE));
    }
    let unreadable = |error| Error::file(path, format!("cannot read it: {error}"));
    // A pipe may never end.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(Error::file(path, "not a regular file"));
    }
    read(std::fs::File::open(path).map_err(unreadable)?, path)
}

fn read(source: impl Read, path: &Path) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    source
        .take(LARGEST as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Error::file(path, format!("cannot read it: {error}")))?;
    if bytes.len() > LARGEST {
        return Err(Error::file(
            path,
            format!("the file is too large; at most {LARGEST} bytes"),
        ));
    }
    Ok(bytes)
}

/// Parses a page and makes it harmless. `has_glyph` says whether a font knows a character; one that
/// none knows is spelled out, because an empty box hides what stood there.
///
/// # Errors
/// It is no JSON, or no page of this format.
pub fn parse(bytes: &[u8], has_glyph: impl Fn(char) -> bool) -> Result<Page, Error> {
    let document: Value = serde_json::from_slice(bytes)
        .map_err(|error| Error::Input(format!("the page is no JSON: {error}")))?;
    if document["format"] != FORMAT {
        let certificate = document["format"]
            .as_str()
            .is_some_and(|format| format.starts_with(CERTIFICATE));
        return Err(Error::Input(match certificate {
            true => ADVICE.to_owned(),
            false => format!("the page is not in format `{FORMAT}`"),
        }));
    }
    let judged_at = document["c"]["judged_at"]
        .as_str()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| {
            Error::Input("the page does not say when its certificate was judged".to_owned())
        })?;
    let missing = RefCell::new(BTreeSet::new());
    let has_glyph = |c| {
        let known = has_glyph(c);
        if !known {
            missing.borrow_mut().insert(c);
        }
        known
    };
    let document = cleaned(document, &|text| shown(text, &has_glyph));
    Ok(Page {
        without_glyph: missing.borrow().len(),
        certificate: document["c"].to_string().into_bytes(),
        json: document.to_string().into_bytes(),
        judged_at,
    })
}

/// The same document with every text replaced, names of fields included: a fingerprint's is the device's.
fn cleaned(value: Value, clean: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(clean(&text)),
        Value::Array(items) => items.into_iter().map(|item| cleaned(item, clean)).collect(),
        Value::Object(fields) => {
            let fields = fields
                .into_iter()
                .map(|(name, value)| (clean(&name), cleaned(value, clean)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        other => other,
    }
}

fn shown(text: &str, has_glyph: &impl Fn(char) -> bool) -> String {
    let mut out = String::new();
    for c in harmless(text).chars() {
        match c {
            // A tab has no width of its own on paper.
            '\t' => out.push(' '),
            c if c == '\n' || c.is_ascii() || has_glyph(c) => out.push(c),
            c => out.extend(c.escape_unicode()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(document: &str) -> Value {
        let page = parse(document.as_bytes(), |c| c != '摄').unwrap();
        serde_json::from_slice(&page.json).unwrap()
    }

    const HEAD: &str =
        r#""format": "proofmark-page/1", "c": {"judged_at": "2026-03-09T10:31:07Z"}"#;

    #[test]
    fn every_text_and_every_name_becomes_harmless() {
        let document = parsed(&format!(
            r#"{{{HEAD}, "a": ["x\u202ey", {{"k\u200b": "\u001b[2J"}}], "n": 7}}"#
        ));
        assert_eq!(document["a"][0], "x\\u{202e}y");
        assert_eq!(document["a"][1]["k\\u{200b}"], "\\u{1b}[2J");
        assert_eq!(document["n"], 7);
    }

    #[test]
    fn a_character_without_a_glyph_is_spelled_out() {
        let document = format!(r#"{{{HEAD}, "a": "Kamera für 摄影 摄\t1\n2"}}"#);
        assert_eq!(
            parsed(&document)["a"],
            "Kamera für \\u{6444}影 \\u{6444} 1\n2"
        );
        let page = parse(document.as_bytes(), |c| c != '摄').unwrap();
        assert_eq!(page.without_glyph, 1);
    }

    #[test]
    fn what_is_no_page_is_refused() {
        let refused = |text: &str| parse(text.as_bytes(), |_| true).unwrap_err().to_string();
        assert!(refused("{").contains("line 1 column 1"));
        assert!(refused(r#"{"format": "proofmark-page/2"}"#).contains(FORMAT));
        assert!(refused(r#"{"format": "proofmark-page/1"}"#).contains("when"));
        assert!(refused(r#"{"format": "proofmark-certificate/1"}"#).contains("proofmark report"));
        assert!(refused("[]").contains(FORMAT));
    }
}
