//! The first bytes of a blob, as a certificate repeats them.

use super::model::{Excerpt, ExcerptForm};
use crate::digest::hex;
use crate::evidence::HEAD;
use crate::text::shown;

/// The bytes as text where they are text, else as hex; none where there are none. Of more than [`HEAD`] bytes the first.
pub(super) fn excerpt(bytes: &[u8]) -> Option<Excerpt> {
    let bytes = &bytes[..bytes.len().min(HEAD)];
    let (form, bytes, content) = match text(bytes) {
        Some(text) => (ExcerptForm::Text, text.len(), shown(text, usize::MAX)),
        None => (ExcerptForm::Hex, bytes.len(), hex(bytes)),
    };
    (bytes > 0).then(|| Excerpt {
        form,
        bytes: u16::try_from(bytes).unwrap_or(u16::MAX),
        content,
    })
}

/// What a person reads: UTF-8 without control characters but the ends of lines and tabs. A character that the end cuts
/// is left out.
fn text(bytes: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let plain = |c: char| !c.is_control() || matches!(c, '\r' | '\n' | '\t');
    (!text.is_empty() && text.chars().all(plain)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(bytes: &[u8]) -> (ExcerptForm, u16, String) {
        let it = excerpt(bytes).unwrap();
        (it.form, it.bytes, it.content)
    }

    #[test]
    fn text_is_shown_as_text_and_everything_else_as_hex() {
        let ok = "HTTP/1.1 200 OK\r\n\u{202e}x";
        let shown = "HTTP/1.1 200 OK\\r\\n\\u{202e}x".to_owned();
        assert_eq!(said(ok.as_bytes()), (ExcerptForm::Text, 21, shown));
        assert_eq!(
            said(b"\xff\xfd\x01"),
            (ExcerptForm::Hex, 3, "fffd01".to_owned())
        );
        assert_eq!(said(b"a\x1b[2J").0, ExcerptForm::Hex);
        assert_eq!(excerpt(b""), None);
    }

    #[test]
    fn an_excerpt_is_bounded_and_cuts_no_character() {
        let long = format!("{}ü", "a".repeat(HEAD - 1));
        let (form, bytes, content) = said(long.as_bytes());
        assert_eq!((form, usize::from(bytes)), (ExcerptForm::Text, HEAD - 1));
        assert!(!content.contains('ü'));
        assert_eq!(said(&[0; 1000]), (ExcerptForm::Hex, 256, "00".repeat(256)));
    }
}
