//! `security.txt` (RFC 9116): bytes in, what is written there out. What is right of it is for a test case to say.

use crate::observation::{Armour, SecurityField, SecurityTxt};
use crate::text::shown;

/// The largest file, in bytes. The RFC has no limit; a file of this form has a few lines.
pub const SECURITY_TXT_LIMIT: usize = 64 * 1024;

/// The most fields.
const FIELDS: usize = 200;

/// Lines that are nothing, which are told one by one.
const STRAY: usize = 20;

/// The longest value that is kept, in characters.
const VALUE: usize = 500;

const BEGIN: &str = "-----BEGIN PGP SIGNED MESSAGE-----";
const SIGNATURE: &str = "-----BEGIN PGP SIGNATURE-----";
const END: &str = "-----END PGP SIGNATURE-----";

/// Reads a file.
///
/// # Errors
///
/// It is larger than any such file, in bytes or fields.
pub fn read(bytes: &[u8]) -> Result<SecurityTxt, String> {
    if bytes.len() > SECURITY_TXT_LIMIT {
        return Err(format!("it has more than {SECURITY_TXT_LIMIT} bytes"));
    }
    // What is no UTF-8 becomes U+FFFD, which no field takes: such a line is seen to be none.
    let text = String::from_utf8_lossy(bytes);
    let mut reader = Reader {
        txt: SecurityTxt {
            utf8: std::str::from_utf8(bytes).is_ok(),
            terminated: text.is_empty() || text.ends_with('\n'),
            ..SecurityTxt::default()
        },
        part: Part::Before,
    };
    for (line, number) in text.split('\n').zip(1..) {
        // Section 2.2: a line ends in LF or CR LF.
        reader.line(number, line.strip_suffix('\r').unwrap_or(line));
        if reader.txt.fields.len() > FIELDS {
            return Err(format!("it has more than {FIELDS} fields"));
        }
    }
    let mut txt = reader.txt;
    if !matches!(reader.part, Part::Before | Part::Plain | Part::After) {
        txt.armour = Armour::Broken;
    }
    Ok(txt)
}

/// Where in the file a line is, by section 2.3 and RFC 4880, section 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Nothing but empty lines and comments yet.
    Before,
    /// No signature.
    Plain,
    /// `Hash:` lines, up to an empty one.
    Hashes,
    /// What is signed.
    Signed,
    Signature,
    /// Behind the signature: nothing counts here, because nobody signed it.
    After,
}

struct Reader {
    txt: SecurityTxt,
    part: Part,
}

impl Reader {
    fn line(&mut self, number: u32, line: &str) {
        let bare = line.trim_end_matches([' ', '\t']);
        match self.part {
            Part::Before | Part::Plain if bare == BEGIN => {
                // A file is signed from its beginning; anything before would be taken for signed.
                let first = self.part == Part::Before;
                self.txt.armour = if first {
                    Armour::Signed
                } else {
                    Armour::Broken
                };
                self.part = Part::Hashes;
            }
            Part::Hashes if bare.is_empty() => self.part = Part::Signed,
            Part::Hashes if bare.starts_with("Hash:") => {}
            Part::Hashes => self.stray(number),
            Part::Signed if bare == SIGNATURE => self.part = Part::Signature,
            Part::Signed => match line.strip_prefix("- ") {
                Some(escaped) => self.content(number, escaped),
                // RFC 4880, section 7.1: a dash at the beginning of a line is always escaped.
                None if line.starts_with('-') => {
                    self.txt.armour = Armour::Broken;
                    self.stray(number);
                }
                None => self.content(number, line),
            },
            Part::Signature if bare == END => self.part = Part::After,
            Part::Signature => {}
            Part::After if bare.is_empty() => {}
            Part::After => self.stray(number),
            Part::Before | Part::Plain => {
                if !bare.is_empty() {
                    self.part = Part::Plain;
                }
                self.content(number, line);
            }
        }
    }

    /// A line that may be a field, a comment (section 2.1), or empty.
    fn content(&mut self, number: u32, line: &str) {
        let line = line.trim_end_matches([' ', '\t']);
        if line.is_empty() || line.starts_with('#') {
            return;
        }
        match field(number, line) {
            Some(field) => self.txt.fields.push(field),
            None => self.stray(number),
        }
    }

    fn stray(&mut self, number: u32) {
        if self.txt.stray.len() < STRAY {
            self.txt.stray.push(number);
        } else {
            self.txt.more_stray += 1;
        }
    }
}

/// Section 4: a name of visible ASCII, a colon, a space, a value on the same line.
fn field(line: u32, text: &str) -> Option<SecurityField> {
    let (name, rest) = text.split_once(':')?;
    let value = rest.trim_matches([' ', '\t']);
    let named = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
    // A control character would hide or move what a reader sees; a lone CR is no end of a line.
    if !named || value.is_empty() || value.contains(|c: char| c.is_control() || c == '\u{fffd}') {
        return None;
    }
    Some(SecurityField {
        line,
        name: shown(name, 60),
        value: shown(value, VALUE),
        no_space: !rest.starts_with(' '),
    })
}

#[cfg(test)]
mod tests;
