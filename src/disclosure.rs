//! Recognises, in what a service says before any login, what it should keep to itself. Pure.
//!
//! A false accusation is as bad as a miss. What the manifest says (serial number, MAC address, secrets) is
//! looked for exactly; what it cannot say only where its form leaves no doubt: a field by its name in a
//! machine-readable text, a marker that a known program writes, a key in PEM.

mod address;
mod coding;
mod fields;
mod known;
mod marks;
mod reading;
mod versions;

use std::ops::Range;

pub use known::Known;

use crate::observation::{Disclosed, DisclosedItem, Unread};
use crate::text::shown;

/// Items of one kind that are told of one answer.
const MOST: usize = 4;
/// The longest excerpt.
const EXCERPT: usize = 100;

/// Where devices have been seen to give away what no page links to. Each is only read, and every web server is asked for all of them.
pub const WELL_KNOWN: &[&str] = &[
    // A source repository that was copied with the pages: its whole history can be had.
    "/.git/HEAD",
    // Settings and secrets of a web application, served as a file beside it.
    "/.env",
    // The settings of the device as one file: what backups and single-page interfaces read.
    "/config.json",
    // Apache about itself and its clients, left switched on.
    "/server-status",
    // PHP about its machine, left behind by whoever set it up.
    "/phpinfo.php",
];

/// How the path begins that no device has, for its error page. It goes on at random, and does not say that this is a test.
pub const ABSENT: &str = "/index-";
/// How it began in older runs.
const ABSENT_BEFORE: &str = "/proofmark-";

/// Whether nobody expects anything at a path: it was made up or guessed.
pub fn is_guessed(path: &str) -> bool {
    let made_up = [ABSENT, ABSENT_BEFORE]
        .iter()
        .any(|it| path.starts_with(it));
    made_up || WELL_KNOWN.contains(&path)
}

/// An answer over HTTP.
#[derive(Debug)]
pub struct Answer<'a> {
    pub path: &'a str,
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(&'a str, &'a [u8])>,
    pub body: &'a [u8],
}

impl<'a> Answer<'a> {
    /// The values of a header, in order.
    fn values(&self, wanted: &str) -> Vec<&'a [u8]> {
        let wanted = self.headers.iter().filter(|(name, _)| *name == wanted);
        wanted.map(|(_, value)| *value).collect()
    }
}

/// Something found, by where it stands in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    what: Disclosed,
    at: Range<usize>,
    /// Instead of the text itself, as for a secret.
    says: Option<String>,
}

impl Found {
    fn text(what: Disclosed, at: Range<usize>) -> Self {
        let says = None;
        Self { what, at, says }
    }
}

/// What was read from an answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Reading {
    pub items: Vec<DisclosedItem>,
    /// Why it may give more than that.
    pub unread: Option<Unread>,
}

/// What an answer gives away.
pub fn in_answer(answer: &Answer<'_>, known: &Known) -> Reading {
    let mut items = Vec::new();
    for (name, value) in &answer.headers {
        let mut found = known.find(value);
        found.extend(versions::in_header(name, value));
        found.extend(address::in_header(name, value, known));
        items.extend(found.into_iter().map(|it| item(&it, value, name, false)));
    }
    let codings = answer.values("content-encoding");
    let decoded = coding::decoded(&codings, answer.body);
    let text = reading::in_utf8(&decoded.body);
    let body = &*text;
    let content_type = answer.values("content-type").concat();
    let unread = if !decoded.whole {
        Some(Unread::Coding)
    } else {
        fields::are_unreadable(&content_type, body).then_some(Unread::Form)
    };
    let mut found = known.find(body);
    found.extend(known.firmware_in(body));
    found.extend(marks::find(body));
    // An error page is no file, whatever it looks like.
    if (200..300).contains(&answer.status) {
        found.extend(marks::private_file(answer.path, body));
    }
    found.extend(versions::generator(body));
    found.extend(fields::find(body, known));
    if let Some(plain) = reading::unescaped(body) {
        let mut more = known.find(&plain);
        more.extend(known.firmware_in(&plain));
        more.extend(fields::find(&plain, known));
        more.retain(|it| found.iter().all(|one| one.what != it.what));
        items.extend(more.iter().map(|it| item(it, &plain, "body", false)));
    }
    items.extend(found.into_iter().map(|it| item(&it, body, "body", true)));
    let items = bounded(items);
    Reading { items, unread }
}

/// What the first words of a service give away that are no answer to anything. `banner` is safe to show
/// already.
pub fn in_banner(banner: &str, product: Option<&str>, known: &Known) -> Vec<DisclosedItem> {
    let text = &without_escapes(banner);
    let mut found = known.find(text);
    found.extend(known.firmware_in(text));
    let mut items: Vec<_> = found
        .into_iter()
        .map(|it| item(&it, text, "banner", false))
        .collect();
    if let Some(product) = product.filter(|product| versions::has_version(product)) {
        items.push(DisclosedItem {
            what: Disclosed::SoftwareVersion,
            place: "banner".to_owned(),
            offset: None,
            excerpt: shown(product, EXCERPT),
        });
    }
    bounded(items)
}

/// A text that went through [`shown`], with spaces in place of what was escaped there: the `n` of a line feed is no
/// letter beside what follows it. As long as before.
fn without_escapes(shown: &str) -> Vec<u8> {
    let mut text = shown.as_bytes().to_vec();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let length = match rest {
            [b'\\', b'x', _, _, ..] => 4,
            [b'\\', b'u', b'{', ..] => rest
                .iter()
                .position(|it| *it == b'}')
                .map_or(2, |it| it + 1),
            [b'\\', _, ..] => 2,
            _ => {
                at += 1;
                continue;
            }
        };
        text[at..at + length].fill(b' ');
        at += length;
    }
    text
}

fn item(found: &Found, text: &[u8], place: &str, located: bool) -> DisclosedItem {
    let own = text.get(found.at.clone()).unwrap_or_default();
    DisclosedItem {
        what: found.what,
        place: place.to_owned(),
        offset: located.then_some(found.at.start as u64),
        excerpt: match &found.says {
            Some(says) => shown(says, EXCERPT),
            None => shown(own, EXCERPT),
        },
    }
}

/// Each thing once, and few of a kind.
fn bounded(mut items: Vec<DisclosedItem>) -> Vec<DisclosedItem> {
    items.sort();
    items.dedup_by(|a, b| {
        let same_place = a.offset.is_some() && a.offset == b.offset;
        a.what == b.what && a.place == b.place && (same_place || a.excerpt == b.excerpt)
    });
    let mut kept: Vec<DisclosedItem> = Vec::new();
    for item in items {
        if kept.iter().filter(|it| it.what == item.what).count() < MOST {
            kept.push(item);
        }
    }
    kept
}

/// Where `needle` stands, whatever the case of ASCII letters.
fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    if needle.is_empty() {
        return None;
    }
    hay.windows(needle.len())
        .position(|window| window.eq_ignore_ascii_case(needle))
}

/// Where `needle` stands as a word of its own: neither a letter, a digit nor any byte of `joins` beside it.
fn word(hay: &[u8], needle: &[u8], joins: &[u8]) -> Option<Range<usize>> {
    let mut from = 0;
    while let Some(at) = find(hay.get(from..)?, needle) {
        let at = from + at;
        let end = at + needle.len();
        let joined = |byte: Option<&u8>| {
            byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || joins.contains(byte))
        };
        let before = at.checked_sub(1).and_then(|before| hay.get(before));
        if !joined(before) && !joined(hay.get(end)) {
            return Some(at..end);
        }
        from = at + 1;
    }
    None
}

#[cfg(test)]
mod tests;
