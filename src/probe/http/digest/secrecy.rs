//! Keeping a password out of what is written down, where hashes of it travelled.

use super::super::Page;
use super::Question;
use crate::evidence::Exchange;
use crate::probe::access::Credential;

/// Digits of hex after which a value is taken for a hash. The shortest that is in use (MD5) has 32.
const HASH: usize = 16;
/// The parameters whose values are hashes of the password (RFC 7616, sections 3.4 and 3.5).
const PARAMETERS: [&str; 2] = ["rspauth", "response"];

/// The hashes of one password that may stand in what was sent and received, and what stands for them.
///
/// Empty for a password that anybody may read: nothing is replaced then.
#[derive(Debug)]
pub(super) struct Secrecy<'a> {
    /// What is written instead. None: nothing needs to be kept secret.
    instead: Option<&'a str>,
    hashes: Vec<String>,
    /// How many were replaced in what was read as a page.
    replaced: usize,
}

impl<'a> Secrecy<'a> {
    pub(super) fn of(credential: &'a Credential) -> Self {
        Self {
            instead: credential
                .is_secret()
                .then_some(credential.shown_password.as_str()),
            hashes: Vec::new(),
            replaced: 0,
        }
    }

    /// Notes every hash that either side can make in answer to this question.
    pub(super) fn note(
        &mut self,
        question: &Question,
        credential: &Credential,
        path: &str,
        cnonce: &str,
    ) {
        self.hashes
            .extend(question.hashes(credential, path, cnonce));
    }

    /// Replaces them in a page, so that what is concluded from it and hashed of it tells nothing either.
    pub(super) fn hide_in(&mut self, page: &mut Page) {
        if self.instead.is_none() {
            return;
        }
        let (body, mut replaced) = self.without(&page.body);
        page.body = body;
        for value in page.headers.values_mut() {
            let (kept, here) = self.without(value.as_bytes());
            replaced += here;
            if let Ok(kept) = kept.try_into() {
                *value = kept;
            }
        }
        self.replaced += replaced;
    }

    /// Replaces them in the bytes that travelled.
    pub(super) fn hide_in_bytes(&self, exchange: &mut Exchange) {
        if self.instead.is_none() {
            return;
        }
        exchange.sent = self.without(&exchange.sent).0;
        let (received, replaced) = self.without(&exchange.received);
        if replaced < self.replaced {
            // One travelled in pieces, such as chunks, and was read as a whole: none of them is kept.
            exchange.received = Vec::new();
            exchange.truncated = true;
            return;
        }
        exchange.received = received;
        if exchange.truncated {
            // The beginning of a hash can be tried as well as the whole.
            let digit = |byte: &u8| !byte.is_ascii_hexdigit();
            let end = exchange.received.iter().rposition(digit);
            exchange.received.truncate(end.map_or(0, |at| at + 1));
        }
    }

    /// Bytes without the hashes, and how many there were.
    fn without(&self, bytes: &[u8]) -> (Vec<u8>, usize) {
        let Some(instead) = self.instead else {
            return (bytes.to_vec(), 0);
        };
        let mut replaced = 0;
        let mut kept = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some((first, after)) = rest.split_first() {
            let known = self.hashes.iter().find(|hash| begins(rest, hash));
            if let Some(hash) = known {
                kept.extend_from_slice(instead.as_bytes());
                rest = &rest[hash.len()..];
                replaced += 1;
            } else if let Some((name, value)) = hash_of_parameter(rest) {
                kept.extend_from_slice(&rest[..name]);
                kept.extend_from_slice(instead.as_bytes());
                rest = &rest[name + value..];
                replaced += 1;
            } else {
                kept.push(*first);
                rest = after;
            }
        }
        (kept, replaced)
    }
}

/// Whether bytes begin with this text, in whatever case.
fn begins(bytes: &[u8], text: &str) -> bool {
    bytes
        .get(..text.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(text.as_bytes()))
}

/// Where bytes begin with a parameter whose value is a hash: the length of what stands before the value, and
/// that of the value. It catches what was computed in a way that is not ours.
fn hash_of_parameter(bytes: &[u8]) -> Option<(usize, usize)> {
    let name = PARAMETERS.iter().find(|name| begins(bytes, name))?;
    let between = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'=' | b'"' | b'\'');
    let gap = bytes[name.len()..].iter().take_while(between).count();
    let start = name.len() + gap;
    let digits = bytes[start..]
        .iter()
        .take_while(|it| it.is_ascii_hexdigit());
    let digits = digits.count();
    (gap > 0 && digits >= HASH).then_some((start, digits))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::dut::Secret;
    use crate::evidence::Absence;

    const HASHED: &str = "0123456789abcdef0123456789abcdef";

    fn received(bytes: &str, replaced: usize, truncated: bool) -> String {
        let secret = Secret::new("owner", "quay-lantern");
        let owner = Credential::secret("root", &secret);
        let mut secrecy = Secrecy::of(&owner);
        secrecy.hashes.push(HASHED.to_owned());
        secrecy.replaced = replaced;
        let nothing = Exchange::absent(Timestamp::now(), Absence::NoAnswer, "");
        let mut exchange = nothing.with_bytes(Vec::new(), bytes.into(), truncated);
        secrecy.hide_in_bytes(&mut exchange);
        String::from_utf8(exchange.received).unwrap()
    }

    #[test]
    fn pieces_of_a_hash_are_not_kept() {
        let whole = format!("a {HASHED}!");
        assert_eq!(received(&whole, 1, false), "a {{secret:owner}}!");
        let chunks = format!("8\r\n{}\r\n18\r\n{}\r\n", &HASHED[..8], &HASHED[8..]);
        assert_eq!(received(&chunks, 1, false), "");
        // One came whole and one in pieces.
        assert_eq!(received(&format!("{whole}{chunks}"), 2, false), "");
        let begun = format!("a={}", &HASHED[..20]);
        assert_eq!(received(&begun, 0, true), "a=");
        assert_eq!(received(&begun, 0, false), begun);
    }

    #[test]
    fn only_a_long_value_is_taken_for_a_hash() {
        for kept in [
            "response=function",
            "response of 0123456789abcdef",
            "rspauth",
        ] {
            assert_eq!(received(kept, 0, false), kept);
        }
        let other = "RESPONSE = 'fedcba9876543210fedc'";
        assert_eq!(received(other, 0, false), "RESPONSE = '{{secret:owner}}'");
    }
}
