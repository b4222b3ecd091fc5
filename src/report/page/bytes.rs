//! The bytes of the evidence, each excerpt once on the page, and no more of them than a page can hold.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use crate::certificate::{EvidenceReference, Excerpt, ExcerptForm};

/// Characters of excerpts on one page, at most: with 500 findings it must open at once.
const MOST: usize = 600_000;

/// A piece of evidence, and its bytes if this is where they stand.
#[derive(Serialize)]
pub(super) struct Cited<'a> {
    r: &'a EvidenceReference,
    bytes: Option<Bytes>,
    /// The anchor of the same bytes, further up.
    same_as: Option<String>,
    /// There are bytes, and no room for them.
    left_out: bool,
}

/// The first bytes that were received.
#[derive(Serialize)]
struct Bytes {
    anchor: String,
    count: u16,
    dump: String,
}

/// What of a page is taken up so far.
#[derive(Default)]
pub(super) struct Shelf<'a> {
    characters: usize,
    anchors: BTreeMap<(&'a str, u64), String>,
}

impl<'a> Shelf<'a> {
    /// Puts the bytes of a piece of evidence on the page, or points to where they are.
    pub(super) fn cite(&mut self, reference: &'a EvidenceReference) -> Cited<'a> {
        let mut cited = Cited {
            r: reference,
            bytes: None,
            same_as: None,
            left_out: false,
        };
        let Some(excerpt) = &reference.excerpt else {
            return cited;
        };
        let key = (
            reference.blob.as_deref().unwrap_or(&reference.id),
            reference.offset.unwrap_or(0),
        );
        if let Some(anchor) = self.anchors.get(&key) {
            cited.same_as = Some(anchor.clone());
            return cited;
        }
        let dump = dump(excerpt);
        if self.characters + dump.len() > MOST {
            cited.left_out = true;
            return cited;
        }
        self.characters += dump.len();
        let anchor = format!("bytes-{}", self.anchors.len() + 1);
        self.anchors.insert(key, anchor.clone());
        cited.bytes = Some(Bytes {
            anchor,
            count: excerpt.bytes,
            dump,
        });
        cited
    }
}

/// Text line by line, as it was sent; other bytes sixteen a line, with what is readable of them beside.
fn dump(excerpt: &Excerpt) -> String {
    match (excerpt.form, bytes(&excerpt.content)) {
        (ExcerptForm::Hex, Some(bytes)) => hex_dump(&bytes),
        _ => lines(&excerpt.content),
    }
}

/// Breaks escaped text after each `\n`, and never after a backslash of the device's own followed by an `n`.
fn lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut escaped = false;
    for c in text.chars() {
        out.push(c);
        if escaped && c == 'n' {
            out.push('\n');
        }
        escaped = c == '\\' && !escaped;
    }
    out
}

fn hex_dump(bytes: &[u8]) -> String {
    let mut out = String::new();
    for (index, line) in bytes.chunks(16).enumerate() {
        let hex: Vec<String> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        let readable = |byte: &u8| match byte {
            b' '..=b'~' => char::from(*byte),
            _ => '.',
        };
        let readable: String = line.iter().map(readable).collect();
        // Writing into a string does not fail.
        let _ = writeln!(out, "{:04x}  {:<47}  {readable}", index * 16, hex.join(" "));
    }
    out
}

/// None where the digits are no such thing: a certificate may have been edited.
fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits = hex.as_bytes();
    let pair = |pair: &[u8]| {
        let digits = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(digits, 16).ok()
    };
    (digits.len().is_multiple_of(2) && digits.iter().all(u8::is_ascii_hexdigit))
        .then(|| digits.chunks(2).map(pair).collect())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_has_sixteen_bytes_a_line() {
        let bytes: Vec<u8> = (0x38..0x4a).collect();
        let expected = "0000  38 39 3a 3b 3c 3d 3e 3f 40 41 42 43 44 45 46 47  89:;<=>?@ABCDEFG\n\
            0010  48 49                                            HI\n";
        assert_eq!(hex_dump(&bytes), expected);
        assert_eq!(bytes_of("00ff"), Some(vec![0, 255]));
        assert_eq!(
            [bytes_of("0"), bytes_of("+1"), bytes_of("zz"), bytes_of("ü")],
            [None, None, None, None]
        );
    }

    fn bytes_of(hex: &str) -> Option<Vec<u8>> {
        bytes(hex)
    }

    #[test]
    fn text_breaks_where_a_line_ended_and_not_at_a_backslash() {
        assert_eq!(lines(r"a\r\nb\\n\\\nc"), "a\\r\\n\nb\\\\n\\\\\\n\nc");
    }
}
