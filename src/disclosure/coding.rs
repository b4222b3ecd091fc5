//! Bodies in a content coding that nobody asked for (RFC 9110, section 8.4): small servers store their pages
//! compressed and send them so to everybody.

use std::borrow::Cow;

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_PARSE_ZLIB_HEADER, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use crate::evidence::GZIP;

/// Bytes that a body may decode to: as many as a body may have. What goes on past them is not read.
const DECODED: usize = 256 * 1024;
/// Codings of one body, one in the other, that are taken off.
const LAYERS: usize = 2;
/// Behind the compressed data of a member: checksum and length.
const TRAILER: usize = 8;

/// A body without its codings, and whether that is all of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decoded<'a> {
    pub body: Cow<'a, [u8]>,
    pub whole: bool,
}

/// Takes the codings off a body. `names` are the values of its `Content-Encoding`, in order. A gzip file that
/// is served as it stands names none. An unknown coding leaves the body as it came.
pub(super) fn decoded<'a>(names: &[&[u8]], body: &'a [u8]) -> Decoded<'a> {
    let mut names: Vec<String> = names
        .iter()
        .flat_map(|value| value.split(|byte| *byte == b','))
        .map(|name| String::from_utf8_lossy(name).trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty() && name != "identity")
        .collect();
    let mut decoded = Decoded {
        body: Cow::Borrowed(body),
        whole: true,
    };
    // Nothing, in whatever coding, is nothing.
    if body.is_empty() {
        return decoded;
    }
    if names.is_empty() && body.starts_with(GZIP) {
        names.push("gzip".to_owned());
    }
    decoded.whole = names.len() <= LAYERS;
    for name in names.iter().rev().take(LAYERS) {
        let taken_off = match name.as_str() {
            "gzip" | "x-gzip" => gunzip(&decoded.body),
            "deflate" => inflate(&decoded.body),
            _ => None,
        };
        let Some((bytes, whole)) = taken_off else {
            decoded.whole = false;
            break;
        };
        decoded.whole &= whole;
        decoded.body = Cow::Owned(bytes);
    }
    decoded
}

/// One member after the other. None where it is no gzip.
fn gunzip(mut rest: &[u8]) -> Option<(Vec<u8>, bool)> {
    let mut out = Vec::new();
    loop {
        let Some(data) = rest.get(header(rest).unwrap_or(usize::MAX)..) else {
            return (!out.is_empty()).then_some((out, false));
        };
        let one = run(data, DECODED - out.len(), 0);
        out.extend_from_slice(&one.bytes);
        let behind = data.get(one.used + TRAILER..);
        let Some(behind) = behind.filter(|_| one.whole) else {
            return Some((out, false));
        };
        // Zeros fill up to a block.
        if behind.iter().all(|byte| *byte == 0) {
            return Some((out, true));
        }
        rest = behind;
    }
}

/// The length of a member's header (RFC 1952, section 2.3).
fn header(member: &[u8]) -> Option<usize> {
    let flags = *member.strip_prefix(GZIP)?.first()?;
    let mut at = 10;
    let has = |bit: u8| flags >> bit & 1 == 1;
    if has(2) {
        at += 2 + usize::from(*member.get(at)?) + 256 * usize::from(*member.get(at + 1)?);
    }
    // A name and a comment, each ended by a zero.
    for _ in [3, 4].into_iter().filter(|bit| has(*bit)) {
        at += 1 + member.get(at..)?.iter().position(|byte| *byte == 0)?;
    }
    Some(at + if has(1) { 2 } else { 0 })
}

/// `deflate` is zlib (RFC 1950), and from many servers the bare data (RFC 1951).
fn inflate(body: &[u8]) -> Option<(Vec<u8>, bool)> {
    let zlib = run(body, DECODED, TINFL_FLAG_PARSE_ZLIB_HEADER);
    let best = match zlib.whole || !zlib.bytes.is_empty() {
        true => zlib,
        false => run(body, DECODED, 0),
    };
    (best.whole || !best.bytes.is_empty()).then_some((best.bytes, best.whole))
}

struct Inflated {
    bytes: Vec<u8>,
    /// Bytes of the input that were taken.
    used: usize,
    whole: bool,
}

/// Decodes at most `room` bytes, whatever the input claims.
fn run(data: &[u8], room: usize, flags: u32) -> Inflated {
    let mut bytes = vec![0; room];
    let flags = flags | TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let mut state = Box::<DecompressorOxide>::default();
    let (status, used, made) = decompress(&mut state, data, &mut bytes, 0, flags);
    bytes.truncate(made);
    let whole = status == TINFLStatus::Done;
    Inflated { bytes, used, whole }
}

#[cfg(test)]
mod tests {
    use miniz_oxide::deflate::{compress_to_vec, compress_to_vec_zlib};

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut member = b"\x1f\x8b\x08\x08\0\0\0\0\0\x03name\0".to_vec();
        member.extend(compress_to_vec(text, 6));
        member.extend([0; TRAILER]);
        member
    }

    fn told(names: &[&str], body: &[u8]) -> (Vec<u8>, bool) {
        let names: Vec<&[u8]> = names.iter().map(|name| name.as_bytes()).collect();
        let decoded = decoded(&names, body);
        (decoded.body.into_owned(), decoded.whole)
    }

    #[test]
    fn codings_are_taken_off() {
        let text = b"serial HH2-000417".to_vec();
        let all = (text.clone(), true);
        assert_eq!(told(&["gzip"], &gzip(&text)), all);
        assert_eq!(told(&["X-GZIP"], &gzip(&text)), all);
        // A file that is served as it stands.
        assert_eq!(told(&[], &gzip(&text)), all);
        assert_eq!(told(&["deflate"], &compress_to_vec_zlib(&text, 6)), all);
        assert_eq!(told(&["deflate"], &compress_to_vec(&text, 6)), all);
        let twice = gzip(&compress_to_vec_zlib(&text, 6));
        assert_eq!(told(&["deflate, gzip"], &twice), all);
        assert_eq!(told(&["deflate", "gzip"], &twice), all);
        let members = [gzip(b"serial "), gzip(b"HH2-000417"), vec![0; 40]].concat();
        assert_eq!(told(&["gzip"], &members), all);
        assert_eq!(told(&["identity"], &text), all);
        assert_eq!(told(&["br"], b""), (vec![], true));
    }

    #[test]
    fn what_does_not_decode_was_not_read() {
        let text = b"serial HH2-000417".to_vec();
        for (names, body) in [
            (&["br"][..], text.clone()),
            (&["gzip"], text.clone()),
            (&["gzip"], b"\x1f\x8b".to_vec()),
            (&["deflate"], vec![255; 9]),
            (&["gzip", "zstd"], gzip(&text)),
            (&["gzip,gzip,gzip"], gzip(&gzip(&gzip(&text)))),
            (&["gzip"], gzip(&text)[..30].to_vec()),
            (&["gzip"], [gzip(&text), b"more".to_vec()].concat()),
        ] {
            assert!(!told(names, &body).1, "{names:?}");
        }
    }

    #[test]
    fn a_bomb_is_cut() {
        let (bytes, whole) = told(&["gzip"], &gzip(&vec![b'a'; 4 << 20]));
        assert_eq!((bytes.len(), whole), (DECODED, false));
        let members = gzip(&vec![b'a'; 200 << 10]).repeat(3);
        let (bytes, whole) = told(&["gzip"], &members);
        assert_eq!((bytes.len(), whole), (DECODED, false));
    }
}
