//! The published shared keys that are tried at DTLS services, each with its source.
//!
//! Pure: judging reads the same list to say what was tried.

use std::sync::LazyLock;

use super::candidates::Candidate;
use crate::digest::sha256_hex;

const TEXT: &str = include_str!("../../profiles/data/dtls-psk.tsv");

/// The identity where a service gives no hint: that of most stacks.
const USUAL: &str = "Client_identity";

/// Identities with their keys, likeliest first, for a service that gives this hint; none twice.
pub fn shared_keys(hint: Option<&str>) -> Vec<Candidate> {
    let hint = hint.filter(|hint| !hint.is_empty()).unwrap_or(USUAL);
    let mut found: Vec<Candidate> = Vec::new();
    for mut one in rows() {
        if one.username == "*" {
            one.username = hint.to_owned();
        }
        let pair = |other: &Candidate| {
            (&other.username, &other.password) == (&one.username, &one.password)
        };
        if !found.iter().any(pair) {
            found.push(one);
        }
    }
    found
}

/// SHA-256 of the shipped file, hex: which list was tried.
pub fn shared_keys_sha256() -> &'static str {
    static SHIPPED: LazyLock<String> = LazyLock::new(|| sha256_hex(TEXT));
    &SHIPPED
}

/// Whether anybody may read a key in the list.
pub(super) fn is_published_key(key: &str) -> bool {
    rows().any(|one| one.password == key)
}

fn rows() -> impl Iterator<Item = Candidate> {
    let lines = TEXT.lines().filter(|line| !line.starts_with('#')).skip(1);
    lines.filter_map(read)
}

fn read(line: &str) -> Option<Candidate> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [identity, key, origin, retrieved] = fields[..] else {
        return None;
    };
    Some(Candidate {
        username: identity.to_owned(),
        password: key.to_owned(),
        products: 1,
        origin: origin.to_owned(),
        retrieved: retrieved.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read_and_the_hint_is_an_identity() {
        let lines = TEXT.lines().filter(|line| !line.starts_with('#')).count() - 1;
        assert_eq!(rows().count(), lines);
        assert!(rows().all(|one| !one.origin.is_empty() && !one.password.is_empty()));
        let with = shared_keys(Some("hub"));
        assert_eq!(with.len(), lines);
        assert_eq!(with.iter().filter(|one| one.username == "hub").count(), 2);
        for without in [shared_keys(None), shared_keys(Some(""))] {
            assert_eq!(without.len(), lines - 1, "the first stands there twice");
            assert_eq!(without[0].password, "secretPSK");
        }
        assert_eq!(shared_keys_sha256(), sha256_hex(TEXT));
        assert!(is_published_key("secretPSK") && !is_published_key("secret"));
    }
}
