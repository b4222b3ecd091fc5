//! The text of a document of no fixed form: plain text or HTML in, and what can be told of it without
//! understanding it: whom to write to, days, and what it speaks of.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::topics::topics;
use crate::observation::DocumentText;
use crate::text::shown;

/// Contacts, and days, that are kept of one document.
const MOST: usize = 40;

/// The longest contact, in characters.
const CONTACT: usize = 200;

/// What is told of a document.
///
/// # Errors
///
/// Why it cannot be read: it is no text, or in no form that this version reads.
pub fn read(bytes: &[u8], html: bool) -> Result<DocumentText, String> {
    if bytes.starts_with(b"%PDF") {
        return Err("it is a PDF, which this version does not read".to_owned());
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "it is no UTF-8 text".to_owned())?;
    if text.contains('\0') {
        return Err("it is no text".to_owned());
    }
    let (text, links) = match html || looks_like_html(text) {
        true => plain(text),
        false => (text.to_owned(), Vec::new()),
    };
    let mut contacts = Vec::new();
    for contact in links.into_iter().chain(addresses(&text)) {
        let contact = shown(contact, CONTACT);
        let linked = format!("mailto:{contact}");
        if contacts.len() < MOST && !contacts.contains(&contact) && !contacts.contains(&linked) {
            contacts.push(contact);
        }
    }
    Ok(DocumentText {
        contacts,
        dates: dates(&text),
        speaks_of: topics(&text),
    })
}

fn looks_like_html(text: &str) -> bool {
    let start = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let start: String = start.chars().take(14).collect();
    let start = start.to_ascii_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html")
}

/// The text of a page without its mark-up, and the links in it that are ways to write or call.
fn plain(html: &str) -> (String, Vec<String>) {
    let (mut text, mut links) = (String::new(), Vec::new());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        text.push_str(&entities(&rest[..at]));
        // A word does not go on in the next cell or line.
        text.push(' ');
        let tag = &rest[at..];
        let silent = ["script", "style", "template", "noscript"]
            .into_iter()
            .find(|name| opens(tag, name));
        rest = match silent {
            _ if tag.starts_with("<!--") => after(tag, "-->"),
            Some(name) => after_closing(tag, name),
            None => {
                let end = tag.find('>').unwrap_or(tag.len());
                links.extend(link(&tag[..end]));
                tag.get(end + 1..).unwrap_or_default()
            }
        };
    }
    text.push_str(&entities(rest));
    (text, links)
}

/// Whether a text begins with this tag.
fn opens(tag: &str, name: &str) -> bool {
    let after = |start: &str| {
        let next = tag[start.len() + 1..].chars().next();
        next.is_none_or(|c| !c.is_ascii_alphanumeric())
    };
    tag.get(1..=name.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(name) && after(start))
}

fn after<'t>(text: &'t str, end: &str) -> &'t str {
    text.find(end).map_or("", |at| &text[at + end.len()..])
}

/// What follows the end tag of this name; an element that does not end holds the rest.
fn after_closing<'t>(text: &'t str, name: &str) -> &'t str {
    let mut from = 0;
    while let Some(at) = text[from..].find("</") {
        let tag = &text[from + at + 1..];
        if opens(tag, name) {
            return after(tag, ">");
        }
        from += at + 2;
    }
    ""
}

/// Where a tag leads, if that is a way to write or call.
fn link(tag: &str) -> Option<String> {
    let at = tag.to_ascii_lowercase().find("href")?;
    let value = tag[at + 4..].trim_start().strip_prefix('=')?.trim_start();
    let value = match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split(quote).next()?,
        _ => value.split([' ', '\t', '\r', '\n', '>']).next()?,
    };
    let value = entities(value);
    let value = value.trim();
    let scheme = value.split(':').next()?.to_ascii_lowercase();
    let said = value.len() > scheme.len() + 1;
    // What follows `?` is a subject or a text.
    (said && matches!(scheme.as_str(), "mailto" | "tel")).then(|| {
        let value = value.split('?').next().unwrap_or(value);
        value.to_owned()
    })
}

/// A text with the character references in it that an address or a date may be written with.
fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(12).position(|byte| byte == b';');
        let found = end.and_then(|end| Some((entity(&rest[1..end])?, end)));
        match found {
            Some((c, end)) => {
                out.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "nbsp" => ' ',
        "commat" => '@',
        "period" => '.',
        _ => return None,
    })
}

/// E-mail addresses in a text, of the common form (a subset of RFC 5322, section 3.4.1).
fn addresses(text: &str) -> impl Iterator<Item = String> + '_ {
    text.match_indices('@').filter_map(|(at, _)| {
        let local = |c: char| c.is_ascii_alphanumeric() || "._%+-".contains(c);
        let domain = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
        let before = &text[..at];
        let start = before.trim_end_matches(local).len();
        let name = before[start..].trim_start_matches('.');
        let after = &text[at + 1..];
        let end = after.find(|c: char| !domain(c)).unwrap_or(after.len());
        let host = after[..end].trim_end_matches(['.', '-']);
        let (rest, top) = host.rsplit_once('.')?;
        let labels = host
            .split('.')
            .all(|label| !label.is_empty() && !label.starts_with('-'));
        let legal = !name.is_empty() && name.len() <= 64 && host.len() <= 253 && labels;
        let top_level = top.len() >= 2 && top.bytes().all(|byte| byte.is_ascii_alphabetic());
        // `logo@2x.png` is a picture.
        let file = FILES.contains(&top.to_ascii_lowercase().as_str());
        (legal && top_level && !file && !rest.is_empty()).then(|| format!("{name}@{host}"))
    })
}

/// Ends of file names that pages hold with an `@` in them, none of which is a top-level domain.
const FILES: [&str; 8] = ["css", "gif", "jpeg", "jpg", "js", "png", "svg", "webp"];

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The days in a text, in order, each once. English names of months; numbers where only one reading is a day.
fn dates(text: &str) -> Vec<String> {
    let cut = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | ':' | '|' | '*');
    let words: Vec<&str> = text
        .split(cut)
        .map(|word| word.trim_end_matches(['.', '!', '?', '"', '”']))
        .map(|word| word.trim_start_matches(['"', '“']))
        .filter(|word| !word.is_empty())
        .collect();
    let mut found = BTreeSet::new();
    for (index, word) in words.iter().enumerate() {
        let next = |n: usize| words.get(index + n).copied().unwrap_or_default();
        let date = numeric(word)
            .or_else(|| named(word, next(1), next(2)))
            .or_else(|| named(next(1), word, next(2)));
        found.extend(date);
        if found.len() == MOST {
            break;
        }
    }
    found.iter().map(Date::to_string).collect()
}

/// `2031-12-31`, `31.12.2031` (day first, by custom), `31/12/2031` (where the day is above 12).
fn numeric(word: &str) -> Option<Date> {
    let numbers = |separator: char| -> Option<[i16; 3]> {
        let parts: Vec<i16> = word.split(separator).map(number).collect::<Option<_>>()?;
        parts.try_into().ok()
    };
    if let Some([year, month, day]) = numbers('-') {
        return date(year, month, day);
    }
    if let Some([day, month, year]) = numbers('.') {
        return date(year, month, day);
    }
    match numbers('/')? {
        [day, month, year] if day > 12 => date(year, month, day),
        [month, day, year] if day > 12 => date(year, month, day),
        [day, month, year] if day == month => date(year, month, day),
        _ => None,
    }
}

/// `31 December 2031`, `31st Dec 2031`, `December 31, 2031`.
fn named(day: &str, month: &str, year: &str) -> Option<Date> {
    let month = month.to_ascii_lowercase();
    let is_name = |name: &str| {
        let short = if name == "september" { 4 } else { 3 };
        month == name || (month.len() >= 3 && month.len() <= short && name.starts_with(&month))
    };
    let month = MONTHS.iter().position(|name| is_name(name))?;
    let day = ["st", "nd", "rd", "th"]
        .into_iter()
        .find_map(|end| day.strip_suffix(end))
        .unwrap_or(day);
    date(number(year)?, i16::try_from(month + 1).ok()?, number(day)?)
}

/// One to four digits.
fn number(text: &str) -> Option<i16> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

fn date(year: i16, month: i16, day: i16) -> Option<Date> {
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    (year >= 1000)
        .then(|| Date::new(year, month, day).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, html: bool) -> DocumentText {
        read(text.as_bytes(), html).unwrap()
    }

    #[test]
    fn addresses_are_told_from_what_only_looks_like_one() {
        let text = "Write to psirt@harbour.example. Or (Security+x@a.b-c.co.uk), <b@c.de>! \
            logo@2x.png @team a@b a@.b.de x@y.1 a@-b.de two@@three.de";
        assert_eq!(
            of(text, false).contacts,
            ["psirt@harbour.example", "Security+x@a.b-c.co.uk", "b@c.de"]
        );
    }

    #[test]
    fn a_page_is_read_without_its_mark_up() {
        let page = "<!DOCTYPE html><style>a@b.de</style><SCRIPT>c@d.de</scripty></SCRIPT >\
            <!-- e@f.de --><p>Until 31&nbsp;<b>December</b> 2031</p>\
            <a class=x href='mailto:psirt&#64;harbour.example?subject=x'>us</a><a href=TEL:+49>call</a>\
            <a href=\"https://example.com/a@b.de\">x</a>g&commat;h&#x2e;de<";
        let read = of(page, false);
        assert_eq!(
            read.contacts,
            ["mailto:psirt@harbour.example", "TEL:+49", "g@h.de"]
        );
        assert_eq!(read.dates, ["2031-12-31"]);
    }

    #[test]
    fn days_are_read_where_there_is_one_reading() {
        for (text, date) in [
            ("until 2031-12-31.", Some("2031-12-31")),
            ("31.12.2031", Some("2031-12-31")),
            ("31/12/2031", Some("2031-12-31")),
            ("12/31/2031", Some("2031-12-31")),
            ("11/12/2031", None),
            ("12/12/2031", Some("2031-12-12")),
            ("(31 December 2031)", Some("2031-12-31")),
            ("31st Dec. 2031", Some("2031-12-31")),
            ("Sept 3rd, 2031", Some("2031-09-03")),
            ("December 31, 2031", Some("2031-12-31")),
            ("December 2031", None),
            ("31 Dezember 2031", None),
            ("32 December 2031", None),
            ("2031-13-01", None),
            ("1.2.3", None),
            ("version 31.12.31", None),
        ] {
            let expected: Vec<&str> = date.into_iter().collect();
            assert_eq!(of(text, false).dates, expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_text_says_why() {
        for (bytes, why) in [
            (&b"%PDF-1.7"[..], "PDF"),
            (b"\xff\xfe", "UTF-8"),
            (b"a\0b", "no text"),
        ] {
            assert!(read(bytes, false).unwrap_err().contains(why));
        }
    }

    /// Mark-up that does not end, or ends too soon, is no reason to stop or to be slow.
    #[test]
    fn broken_mark_up_is_read_to_its_end() {
        for piece in [
            "<",
            "<a href=",
            "<script>",
            "</",
            "<!--",
            "&#",
            "&#x110000;",
            "@",
            "<a href='",
        ] {
            let text = format!("<html>{}", piece.repeat(50_000));
            let _ = of(&text, true);
        }
        assert!(of(&"a@b.example ".repeat(10_000), false).contacts.len() == 1);
        let many: String = (0..1000).map(|it| format!("a{it}@b.example ")).collect();
        assert_eq!(of(&many, false).contacts.len(), MOST);
        let hidden = of("<a href=\"mailto:a\u{202e}@b.example\">", true);
        assert_eq!(hidden.contacts, ["mailto:a\\u{202e}@b.example"]);
    }
}
