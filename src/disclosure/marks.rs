//! Texts that known programs write, and forms that leave no doubt.

use super::{Found, find as position};
use crate::observation::Disclosed;

/// So far behind one piece of a mark the next one stands.
const WITHIN: usize = 4096;
/// Base64 characters behind the head of a key that make it one, and no example.
const KEY: usize = 64;
/// Of these so many in a row.
const KEY_LINE: usize = 24;
/// So far behind its head a key has to show itself.
const KEY_WITHIN: usize = 512;

/// Pieces that stand in a text in this order, whatever the case, are what.
const MARKS: &[(Disclosed, &[&str])] = &[
    // Apache, nginx, lighttpd, mini_httpd, uhttpd; Python; Tomcat; Jetty.
    (Disclosed::DirectoryListing, &["<title>Index of /", "href="]),
    (Disclosed::DirectoryListing, &["<h1>Index of /", "href="]),
    (
        Disclosed::DirectoryListing,
        &["<title>Directory listing for /", "href="],
    ),
    (
        Disclosed::DirectoryListing,
        &["<title>Directory Listing For [", "href="],
    ),
    (
        Disclosed::DirectoryListing,
        &["<title>Directory: /", "href="],
    ),
    // Python, in clear and in HTML; Django; Werkzeug.
    (
        Disclosed::ErrorDetails,
        &["Traceback (most recent call last):", "File ", ", line "],
    ),
    (
        Disclosed::ErrorDetails,
        &["seeing this error because you have", "DEBUG = True"],
    ),
    (
        Disclosed::ErrorDetails,
        &["The debugger caught an exception in your WSGI application"],
    ),
    // PHP.
    (
        Disclosed::ErrorDetails,
        &["Fatal error</b>:", " on line <b>"],
    ),
    (Disclosed::ErrorDetails, &["Warning</b>:", " on line <b>"]),
    (Disclosed::ErrorDetails, &["PHP Fatal error: ", " on line "]),
    // Java; Node.js; .NET; Go; Lua; Rust; Ruby.
    (Disclosed::ErrorDetails, &["\tat ", ".java:"]),
    (Disclosed::ErrorDetails, &["\n    at ", " (", ".js:"]),
    (Disclosed::ErrorDetails, &["\n   at ", ") in ", ".cs:line "]),
    (
        Disclosed::ErrorDetails,
        &["Server Error in '", "Stack Trace:"],
    ),
    (Disclosed::ErrorDetails, &["goroutine ", " [running]:"]),
    (Disclosed::ErrorDetails, &["stack traceback:", ".lua:"]),
    (Disclosed::ErrorDetails, &["thread '", "' panicked at "]),
    (Disclosed::ErrorDetails, &[".rb:", ":in `", ".rb:"]),
    // Databases.
    (
        Disclosed::ErrorDetails,
        &["You have an error in your SQL syntax"],
    ),
    (Disclosed::ErrorDetails, &["sqlite3.OperationalError"]),
    // PHP, Apache and nginx about themselves.
    (
        Disclosed::ServerInternals,
        &["phpinfo()</title>", "PHP Version"],
    ),
    (
        Disclosed::ServerInternals,
        &["<title>Apache Status</title>"],
    ),
    (
        Disclosed::ServerInternals,
        &["Active connections: ", "server accepts handled requests"],
    ),
    // passwd(5) and shadow(5).
    (Disclosed::PrivateFile, &["root:x:0:0:"]),
    (Disclosed::PasswordHash, &["root:$1$"]),
    (Disclosed::PasswordHash, &["root:$2"]),
    (Disclosed::PasswordHash, &["root:$5$"]),
    (Disclosed::PasswordHash, &["root:$6$"]),
    (Disclosed::PasswordHash, &["root:$y$"]),
];

/// Every mark that stands in a text.
fn marks(text: &[u8]) -> impl Iterator<Item = Found> + '_ {
    MARKS.iter().filter_map(|(what, pieces)| {
        let start = in_order(text, pieces)?;
        Some(match what {
            Disclosed::PasswordHash => Found {
                what: *what,
                at: start..start,
                says: Some("of `root`".to_owned()),
            },
            _ => Found::text(*what, start..line_end(text, start)),
        })
    })
}

/// Every mark and every private key.
pub(super) fn find(text: &[u8]) -> Vec<Found> {
    marks(text).chain(private_key(text)).collect()
}

/// Where the first piece stands whose fellows follow.
fn in_order(text: &[u8], pieces: &[&str]) -> Option<usize> {
    let (first, rest) = pieces.split_first()?;
    let start = position(text, first.as_bytes())?;
    let mut at = start + first.len();
    for piece in rest {
        let near = &text[at..text.len().min(at + WITHIN)];
        at += position(near, piece.as_bytes())? + piece.len();
    }
    Some(start)
}

fn line_end(text: &[u8], start: usize) -> usize {
    let length = text[start..]
        .iter()
        .skip(1)
        .position(|byte| matches!(byte, b'\n' | b'\r'));
    length.map_or(text.len(), |length| start + 1 + length)
}

/// A private key in PEM (RFC 7468), also as a JSON string.
fn private_key(text: &[u8]) -> Option<Found> {
    let (begin, end) = (b"-----BEGIN ", b"PRIVATE KEY-----");
    let mut from = 0;
    loop {
        let start = from + position(text.get(from..)?, begin)?;
        let label = start + begin.len();
        from = label;
        // `ENCRYPTED`, `OPENSSH`, `RSA`, `EC`.
        let near = &text[label..text.len().min(label + 16 + end.len())];
        let Some(name) = position(near, end) else {
            continue;
        };
        let body = label + name + end.len();
        let body = &text[body..text.len().min(body + KEY_WITHIN)];
        let body = &body[..position(body, b"-----").unwrap_or(body.len())];
        let text_of = String::from_utf8_lossy(body)
            .replace("\\n", "")
            .replace("\\r", "");
        // Words and headers (RFC 1421) are shorter.
        let key = text_of
            .split(|character: char| !is_base64(character))
            .filter(|piece| piece.len() >= KEY_LINE);
        if key.map(str::len).sum::<usize>() >= KEY {
            let what = Disclosed::PrivateKey;
            return Some(Found::text(what, start..label + name + end.len()));
        }
    }
}

fn is_base64(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '+' | '/' | '=')
}

/// A body that is, as a whole, a file that nobody should be served.
pub(super) fn private_file(path: &str, body: &[u8]) -> Option<Found> {
    let text = std::str::from_utf8(body).ok()?.trim();
    let is_one = match path {
        "/.git/HEAD" => is_git_head(text),
        "/.env" => is_environment(text),
        _ => false,
    };
    is_one.then(|| Found {
        what: Disclosed::PrivateFile,
        at: 0..body.len(),
        says: Some(path.to_owned()),
    })
}

/// gitrepository-layout(5): a symbolic reference, or a commit.
fn is_git_head(text: &str) -> bool {
    text.strip_prefix("ref: refs/heads/")
        .is_some_and(|branch| !branch.is_empty() && !branch.contains(char::is_whitespace))
        || (text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Nothing but comments and settings, and at least one of these whose name is in capitals, as in an environment.
/// `error=404` is none.
fn is_environment(text: &str) -> bool {
    let mut lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .peekable();
    let mut capitals = false;
    lines.peek().is_some()
        && lines.all(|line| {
            let line = line.strip_prefix("export ").unwrap_or(line);
            line.split_once('=').is_some_and(|(name, _)| {
                capitals |= name.bytes().any(|byte| byte.is_ascii_uppercase())
                    && !name.bytes().any(|byte| byte.is_ascii_lowercase());
                !name.is_empty()
                    && name
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            })
        })
        && capitals
}
