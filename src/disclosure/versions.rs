//! Software that says its version.

use super::{Found, find};
use crate::observation::Disclosed;

/// Headers that name software.
const HEADERS: &[&str] = &[
    "server",
    "x-aspnet-version",
    "x-aspnetmvc-version",
    "x-generator",
    "x-powered-by",
];

/// How far behind its name the content of a `<meta>` stands.
const META: usize = 200;

/// A header that names software with its version. `name` in lower case.
pub(super) fn in_header(name: &str, value: &[u8]) -> Option<Found> {
    let versioned = std::str::from_utf8(value).is_ok_and(has_version);
    (HEADERS.contains(&name) && versioned)
        .then(|| Found::text(Disclosed::SoftwareVersion, 0..value.len()))
}

/// `nginx/1.22.1`, `dropbear_2022.83`, `3.0`; not `nginx`, and not `IPCAM-2`.
pub(super) fn has_version(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.windows(2).any(|pair| pair[0] == b'/' && pair[1].is_ascii_digit())
        || bytes.windows(3).any(|three| {
            matches!(three, [before, b'.', after] if before.is_ascii_digit() && after.is_ascii_digit())
        })
}

/// `<meta name="generator" content="…">` with a version.
pub(super) fn generator(body: &[u8]) -> Option<Found> {
    let name = b"name=\"generator\"";
    let start = find(body, name)? + name.len();
    let tag = &body[start..body.len().min(start + META)];
    let tag = &tag[..tag.iter().position(|byte| *byte == b'>')?];
    let content = b"content=\"";
    let from = find(tag, content)? + content.len();
    let length = tag[from..].iter().position(|byte| *byte == b'"')?;
    let at = start + from..start + from + length;
    let text = std::str::from_utf8(&body[at.clone()]).ok()?;
    has_version(text).then(|| Found::text(Disclosed::SoftwareVersion, at))
}
