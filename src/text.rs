//! Text from a device or a file, made safe to show.
//!
//! Every byte from a device is hostile: it may move the cursor, hide text, reorder it, or speak to the
//! reader in characters that nobody sees. One function makes it harmless for terminal, log, report and
//! XML alike. It escapes visibly (`\u{202e}`) and deletes nothing.

use std::borrow::Cow;
use std::fmt::Write;

/// Renders bytes as one line of at most `limit` characters of output, escaping everything that is
/// not plainly visible. Bytes that are no UTF-8 become `\xNN`. A cut is marked with `…`.
pub fn shown(bytes: impl AsRef<[u8]>, limit: usize) -> String {
    let bytes = bytes.as_ref();
    if let Some(text) = plain(bytes).filter(|text| !text.contains('\\')) {
        return beginning(text, limit).into_owned();
    }
    let mut out = Line::new(limit);
    let mut marks = Marks::default();
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if !out.push(marks.look(c)) {
                return out.text;
            }
        }
        for byte in chunk.invalid() {
            if !out.push(Look::Byte(*byte)) {
                return out.text;
            }
        }
    }
    out.text
}

/// One line of output that is filled until its limit.
struct Line {
    text: String,
    /// Characters that may follow.
    left: usize,
}

impl Line {
    fn new(limit: usize) -> Self {
        Self {
            text: String::new(),
            left: limit,
        }
    }

    /// Adds a character, or marks that it has no place any more.
    fn push(&mut self, look: Look) -> bool {
        let start = self.text.len();
        look.write(&mut self.text);
        let wide = match look {
            Look::Plain(_) => 1,
            // All that stands for others is ASCII.
            _ => self.text.len() - start,
        };
        let fits = wide <= self.left;
        if fits {
            self.left -= wide;
        } else {
            self.text.truncate(start);
            self.text.push('…');
        }
        fits
    }
}

/// Text that should have gone through [`shown`] already, for a renderer that does not trust it: a
/// certificate may have been edited. Escapes what [`shown`] escapes, but for the backslash, so that
/// doing it twice changes nothing, and for line feed and tab, which long texts of ours contain.
pub fn harmless(text: &str) -> Cow<'_, str> {
    let kept = |c: char| matches!(c, '\n' | '\t' | '\\');
    let mut marks = Marks::default();
    if text
        .chars()
        .all(|c| !marks.heaped(c) && (kept(c) || !invisible(c)))
    {
        return Cow::Borrowed(text);
    }
    let mut marks = Marks::default();
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match kept(c) {
            true => out.push(c),
            false => marks.look(c).write(&mut out),
        }
    }
    out.into()
}

/// The beginning of a text that has gone through [`shown`] already, on one line. Escapes again what is
/// not plainly visible, because the text may have been edited since, but no backslash.
pub fn brief(text: &str, limit: usize) -> String {
    briefly(text, limit).into_owned()
}

/// The same, for who only puts it into a longer text: most texts stay as they are.
pub fn briefly(text: &str, limit: usize) -> Cow<'_, str> {
    if let Some(text) = plain(text.as_bytes()) {
        return beginning(text, limit);
    }
    let mut out = Line::new(limit);
    let mut marks = Marks::default();
    for c in text.chars() {
        let look = match c {
            '\\' => Look::Plain(c),
            c => marks.look(c),
        };
        if !out.push(look) {
            break;
        }
    }
    out.text.into()
}

/// Text of visible ASCII: nearly all there is, and nothing is to be done about it.
fn plain(bytes: &[u8]) -> Option<&str> {
    let visible = bytes.iter().all(|byte| matches!(byte, b' '..=b'~'));
    std::str::from_utf8(bytes).ok().filter(|_| visible)
}

/// So much of a text of ASCII.
fn beginning(text: &str, limit: usize) -> Cow<'_, str> {
    match text.get(..limit) {
        Some(beginning) if text.len() > limit => format!("{beginning}…").into(),
        _ => text.into(),
    }
}

/// More marks on one letter than any writing has are a heap that covers the lines above and below.
const MARKS: usize = 4;

/// How many marks stand on the last letter.
#[derive(Default)]
struct Marks(usize);

impl Marks {
    /// Whether the next character is one mark too many.
    fn heaped(&mut self, c: char) -> bool {
        self.0 = if is_mark(c) { self.0 + 1 } else { 0 };
        self.0 > MARKS
    }

    fn look(&mut self, c: char) -> Look {
        match self.heaped(c) {
            true => Look::Number(c),
            false => Look::of(c),
        }
    }
}

/// How a character is shown.
#[derive(Clone, Copy)]
enum Look {
    /// As it is.
    Plain(char),
    /// By a letter behind a backslash.
    Letter(char),
    /// By its number.
    Number(char),
    /// What is no character.
    Byte(u8),
}

impl Look {
    fn of(c: char) -> Self {
        match c {
            '\n' => Self::Letter('n'),
            '\r' => Self::Letter('r'),
            '\t' => Self::Letter('t'),
            // A backslash of the device's must not be taken for one of ours.
            '\\' => Self::Letter('\\'),
            c if invisible(c) => Self::Number(c),
            c => Self::Plain(c),
        }
    }

    fn write(self, out: &mut String) {
        // Writing to a String does not fail.
        let _ = match self {
            Self::Plain(c) => out.write_char(c),
            Self::Letter(c) => write!(out, "\\{c}"),
            Self::Number(c) => write!(out, "\\u{{{:x}}}", u32::from(c)),
            Self::Byte(byte) => write!(out, "\\x{byte:02x}"),
        };
    }
}

/// Characters that are drawn above, below or around the one before: combining diacritical marks, and those of scripts
/// in which heaps have been seen (Cyrillic, Hebrew, Arabic, Devanagari, Thai, Lao, Tibetan).
fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}' | '\u{93a}'..='\u{94d}'
        | '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}' | '\u{eb1}'..='\u{ebc}'
        | '\u{ec8}'..='\u{ece}' | '\u{f71}'..='\u{f87}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20f0}' | '\u{fe20}'..='\u{fe2f}')
}

/// Characters that a reader does not see or that change how others are read: controls, bidi marks,
/// zero-width and tag characters, variation selectors, separators, private use, noncharacters.
fn invisible(c: char) -> bool {
    if matches!(c, ' '..='~') {
        return false;
    }
    matches!(c,
        '\u{00}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{a0}' | '\u{ad}' | '\u{34f}' | '\u{61c}'
        | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}'
        | '\u{2800}' | '\u{3000}' | '\u{3164}' | '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{10ffff}')
        || (c as u32) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays() {
        assert_eq!(
            shown("Kamera für Zuhause 摄像头", 99),
            "Kamera für Zuhause 摄像头"
        );
    }

    #[test]
    fn terminal_and_bidi_tricks_become_visible() {
        assert_eq!(
            shown("\x1b[2Jhi\u{202e}\r\n\0", 99),
            "\\u{1b}[2Jhi\\u{202e}\\r\\n\\u{0}"
        );
        assert_eq!(
            shown("a\u{e0041}b\u{200b}c\u{fe0f}", 99),
            "a\\u{e0041}b\\u{200b}c\\u{fe0f}"
        );
    }

    #[test]
    fn bytes_that_are_no_text_become_visible() {
        assert_eq!(shown(b"\xff\xfd\x01login: ", 99), "\\xff\\xfd\\u{1}login: ");
    }

    #[test]
    fn an_escape_of_the_devices_own_is_not_taken_for_ours() {
        assert_eq!(shown("\\u{1b}", 99), "\\\\u{1b}");
    }

    #[test]
    fn harmless_text_stays_as_it_is_however_often_it_is_asked() {
        let once = harmless("a\u{202e}b\\u{1b}\x1b\r\nc\u{fffe}").into_owned();
        assert_eq!(once, "a\\u{202e}b\\u{1b}\\u{1b}\\r\nc\\u{fffe}");
        assert_eq!(harmless(&once), once);
    }

    #[test]
    fn a_brief_text_is_cut_and_not_escaped_twice() {
        assert_eq!(brief(&shown("\x1b\n", 99), 99), "\\u{1b}\\n");
        assert_eq!(brief("a\x1bb", 99), "a\\u{1b}b");
        assert_eq!(brief("abcdef", 3), "abc…");
    }

    #[test]
    fn a_letter_has_as_many_marks_as_writing_needs() {
        // Vietnamese, Hebrew with cantillation, Thai.
        for text in [
            "Vie\u{302}\u{323}t",
            "\u{5d1}\u{5bc}\u{5b0}\u{591}",
            "\u{e01}\u{e34}\u{e48}",
        ] {
            assert_eq!(shown(text, 99), text);
            assert_eq!(harmless(text), text);
            assert_eq!(brief(text, 99), text);
        }
        for mark in ['\u{301}', '\u{e47}', '\u{20dd}', '\u{489}'] {
            let heap: String = std::iter::once('a').chain([mark; 300]).collect();
            let once = shown(&heap, usize::MAX);
            assert_eq!(once.matches(mark).count(), 4);
            assert_eq!(harmless(&heap), once);
            assert_eq!(harmless(&once), once);
            assert_eq!(brief(&once, usize::MAX), once);
        }
    }

    #[test]
    fn a_cut_is_marked_and_never_splits_an_escape() {
        assert_eq!(shown("abcdef", 3), "abc…");
        assert_eq!(shown("ab\x1b", 4), "ab…");
        assert_eq!(shown("abc", 3), "abc");
    }
}
