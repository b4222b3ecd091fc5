//! The two things that are looked for in a page: its title, and a field for a password.
//!
//! The page is hostile, so this is no parser: bounded scans that go forward only.

use crate::text::shown;

/// The longest tag that is looked into.
const TAG: usize = 4096;

/// The title, safe to show; white space collapsed.
pub(super) fn title(body: &[u8]) -> Option<String> {
    let open = find(body, b"<title")?;
    let rest = &body[open + b"<title".len()..];
    let start = rest.iter().take(TAG).position(|byte| *byte == b'>')? + 1;
    let text = &rest[start..];
    let end = find(text, b"</title").unwrap_or(text.len()).min(TAG);
    let text = String::from_utf8_lossy(&text[..end]);
    let text = text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then(|| shown(text, 120))
}

/// Whether the page has an `<input>` of type password. What a comment holds is not shown to a user.
pub(super) fn has_password_field(body: &[u8]) -> bool {
    let mut rest = body;
    while let Some(at) = rest.iter().position(|byte| *byte == b'<') {
        rest = &rest[at..];
        if rest.starts_with(b"<!--") {
            match find(&rest[4..], b"-->") {
                Some(end) => rest = &rest[4 + end..],
                None => return false,
            }
            continue;
        }
        let name = rest.get(1..6).unwrap_or_default();
        let ends = rest
            .get(6)
            .is_some_and(|byte| !byte.is_ascii_alphanumeric());
        if name.eq_ignore_ascii_case(b"input") && ends {
            let tag = tag(&rest[6..]);
            if is_password(tag) {
                return true;
            }
            rest = &rest[6 + tag.len()..];
        } else {
            rest = &rest[1..];
        }
    }
    false
}

/// The attributes of a tag: up to the `>` that is in no quotes.
fn tag(bytes: &[u8]) -> &[u8] {
    let mut quote = None;
    for (index, byte) in bytes.iter().enumerate().take(TAG) {
        match (quote, byte) {
            (None, b'>') => return &bytes[..index],
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    &bytes[..bytes.len().min(TAG)]
}

fn is_password(attributes: &[u8]) -> bool {
    let mut rest = attributes;
    while let Some((name, value, after)) = attribute(rest) {
        if name.eq_ignore_ascii_case(b"type") {
            return value.trim_ascii().eq_ignore_ascii_case(b"password");
        }
        rest = after;
    }
    false
}

/// The next attribute: name, value (empty where it has none), what follows.
fn attribute(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'/';
    let start = bytes.iter().position(|byte| !space(byte))?;
    let bytes = &bytes[start..];
    // The first byte belongs to the name whatever it is, so that each call moves on.
    let length = bytes[1..]
        .iter()
        .position(|byte| space(byte) || *byte == b'=')
        .map_or(bytes.len(), |end| end + 1);
    let (name, rest) = bytes.split_at(length);
    let Some(value) = rest.trim_ascii_start().strip_prefix(b"=") else {
        return Some((name, b"", rest));
    };
    let value = value.trim_ascii_start();
    match value.first() {
        Some(quote @ (b'"' | b'\'')) => {
            let inner = &value[1..];
            let end = inner.iter().position(|byte| byte == quote);
            let end = end.unwrap_or(inner.len());
            Some((
                name,
                &inner[..end],
                inner.get(end + 1..).unwrap_or_default(),
            ))
        }
        _ => {
            let end = value.iter().position(u8::is_ascii_whitespace);
            let (value, rest) = value.split_at(end.unwrap_or(value.len()));
            Some((name, value, rest))
        }
    }
}

/// The first place of a lower-case needle, whatever the case of the hay.
fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len())
        .position(|window| window.eq_ignore_ascii_case(needle))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_fields_are_found_however_they_are_written() {
        for page in [
            "<input type=password>",
            "<INPUT name=\"p\" TYPE = 'PassWord' />",
            "<form><input\n\ttype=\"password\"\n>",
            "<input value=\">\" type=password>",
            "<input value='a type=text' type=password>",
            "<input type=password/>x",
            "<!-- hi --><input type=password>",
            "<input type=password",
            "<script>document.write('<input type=\"password\">')</script>",
            "<input><input =type=x><input type=\"password\">",
        ] {
            let expected = page != "<input type=password/>x";
            assert_eq!(has_password_field(page.as_bytes()), expected, "{page}");
        }
    }

    #[test]
    fn other_pages_have_none() {
        for page in [
            "",
            "<",
            "<input",
            "password",
            "<input name=password>",
            "<inputs type=password>",
            "<input type=text value='type=password'>",
            "<input type=\"\" placeholder=password>",
            "<!-- <input type=password> -->",
            "<!-- <input type=password>",
            "<input data-type=password type=text>",
        ] {
            assert!(!has_password_field(page.as_bytes()), "{page}");
        }
    }

    #[test]
    fn hostile_pages_take_no_long_time() {
        let started = std::time::Instant::now();
        for piece in ["<input ", "<input '", "<", "<!--", "<title", "= "] {
            let page = piece.repeat(256 * 1024 / piece.len());
            assert!(!has_password_field(page.as_bytes()));
            assert_eq!(title(page.as_bytes()), None);
        }
        assert!(started.elapsed().as_secs() < 5);
    }

    #[test]
    fn titles_are_bounded_and_safe() {
        assert_eq!(
            title(b"<html><TITLE lang=en>\n My\x1b cam\n</Title>").as_deref(),
            Some("My\\u{1b} cam")
        );
        assert_eq!(title(b"<title></title>"), None);
        assert_eq!(title(b"<title"), None);
        let long = format!("<title>{}", "a".repeat(10_000));
        assert_eq!(title(long.as_bytes()).unwrap().chars().count(), 121);
    }
}
