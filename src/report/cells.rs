//! Rows of comma-separated values (RFC 4180) that a spreadsheet takes for text and never for formulas.

use std::borrow::Cow;

use crate::text::brief;

/// What a spreadsheet takes for the beginning of a formula; the wide forms too, where East Asian settings do.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// One row. Every cell stands in quotes, on one line, and is harmless to read.
pub(super) fn row<'a>(cells: impl IntoIterator<Item = Cow<'a, str>>) -> String {
    let cells: Vec<String> = cells.into_iter().map(|text| cell(&text)).collect();
    cells.join(",") + "\r\n"
}

fn cell(text: &str) -> String {
    let text = inert(&brief(text, usize::MAX));
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Puts an apostrophe before whatever could begin a formula: at the beginning of the cell, and behind what
/// a spreadsheet that was told another separator takes for the end of one. Control characters, the tab
/// among them, are visible escapes by then.
fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut begins = true;
    for c in text.chars() {
        if begins && FORMULA.contains(&c) {
            out.push('\'');
        }
        begins = matches!(c, ',' | ';' | '|' | '"') || (begins && c == ' ');
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_begin_a_formula_is_text() {
        for (text, expected) in [
            ("=1+1", "'=1+1"),
            ("  @SUM(A1)", "  '@SUM(A1)"),
            ("－2", "'－2"),
            ("a;=1", "a;'=1"),
            ("a\"=1", "a\"'=1"),
            ("a, +1", "a, '+1"),
            ("tcp-port a=b, c@d", "tcp-port a=b, c@d"),
        ] {
            assert_eq!(inert(text), expected);
        }
    }

    #[test]
    fn a_row_is_one_line_of_quoted_cells() {
        let cells = ["a", "b \"c\", d", "e\r\n\tf"].map(Cow::Borrowed);
        assert_eq!(row(cells), "\"a\",\"b \"\"c\"\", d\",\"e\\r\\n\\tf\"\r\n");
    }
}
