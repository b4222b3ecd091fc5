//! A supplier's document, as a run keeps it: bytes in, what can be told of them out.

use super::file::copy_name;
use super::{readable, security_txt};
use crate::observation::{Document, DocumentKind};

/// The largest document, in bytes.
pub const DOCUMENT_LIMIT: usize = 4 << 20;

/// How much of a file's name a run keeps, from its end.
const NAME: usize = 40;

/// Where a run keeps a document that the user, or its URL, calls `origin`: `inputs/security-txt-security.txt`.
pub fn document_name(kind: DocumentKind, origin: &str) -> String {
    let last = origin.split(['?', '#']).next().unwrap_or_default();
    let last = last.rsplit('/').next().unwrap_or_default();
    let skip = last.chars().count().saturating_sub(NAME);
    let last: String = last.chars().skip(skip).collect();
    let last = if last.is_empty() { "index" } else { &last };
    copy_name(kind.as_str(), last)
}

/// What a document says. `media_type` is what its server called it, `name` the end of its path.
pub fn read_document(
    kind: DocumentKind,
    bytes: &[u8],
    media_type: Option<&str>,
    name: &str,
) -> Document {
    let mut document = Document {
        source: None,
        sha256: None,
        size: bytes.len() as u64,
        fetched: None,
        unread: None,
        security_txt: None,
        text: None,
    };
    let read = match kind {
        DocumentKind::SecurityTxt => {
            security_txt::read(bytes).map(|it| document.security_txt = Some(it))
        }
        DocumentKind::VulnerabilityPolicy | DocumentKind::SupportPeriod => {
            readable::read(bytes, is_html(media_type, name)).map(|it| document.text = Some(it))
        }
    };
    document.unread = read.err();
    document
}

fn is_html(media_type: Option<&str>, name: &str) -> bool {
    let ends = [".html", ".htm", ".xhtml"];
    let name = name.to_ascii_lowercase();
    media_type.is_some_and(|it| it.to_ascii_lowercase().contains("html"))
        || ends.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::is_input_name;

    #[test]
    fn a_copy_has_a_plain_name() {
        for (origin, name) in [
            ("docs/policy.html", "vulnerability-policy-policy.html"),
            ("https://example.com/a/", "vulnerability-policy-index"),
            ("https://example.com/a?b=/c", "vulnerability-policy-a"),
            ("../..", "vulnerability-policy-.."),
            ("\u{202e}x y", "vulnerability-policy--x-y"),
        ] {
            let found = document_name(DocumentKind::VulnerabilityPolicy, origin);
            assert_eq!(found, format!("inputs/{name}"));
            assert!(is_input_name(&found), "{found}");
        }
        let long = document_name(DocumentKind::VulnerabilityPolicy, &"x".repeat(4096));
        assert!(is_input_name(&long), "{long}");
    }

    #[test]
    fn a_kind_is_read_in_its_own_form() {
        let read = |kind, bytes: &[u8]| read_document(kind, bytes, None, "a.html");
        let text = read(
            DocumentKind::SupportPeriod,
            b"<p title='2030-01-01'>2031-12-31</p>",
        );
        assert_eq!(text.text.unwrap().dates, ["2031-12-31"]);
        let txt = read(
            DocumentKind::SecurityTxt,
            b"Contact: mailto:a@example.com\n",
        );
        assert_eq!(txt.security_txt.unwrap().fields.len(), 1);
        let pdf = read(DocumentKind::VulnerabilityPolicy, b"%PDF-1.7");
        assert!(pdf.unread.is_some() && pdf.text.is_none());
    }
}
