//! Keys whose private half is published: the list that is shipped, and the development keys of firmware projects.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::PublicKey;
use crate::digest::is_sha256_hex;
use crate::error::InputError;
use crate::update::known_development_key;

const TEXT: &str = include_str!("../../profiles/data/compromised-public-keys.tsv");
const ORIGIN: &str = "profiles/data/compromised-public-keys.tsv";
const LEGAL: &str = "SPKI SHA-256, key type, origin, name there";

/// Where the private half of a key can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// A collection, a project, a document.
    pub origin: &'static str,
    pub name: &'static str,
}

impl std::fmt::Display for Published {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.origin, self.name)
    }
}

/// Where the private half of this key is published, if the shipped lists know it.
pub fn published(key: &PublicKey) -> Option<Published> {
    static SHIPPED: LazyLock<BTreeMap<&'static str, Published>> = LazyLock::new(|| {
        #[expect(clippy::expect_used, reason = "a test parses this constant text")]
        parse(TEXT).expect("the shipped list is well-formed")
    });
    let spki = key.spki_sha256();
    if let Some(known) = SHIPPED.get(spki.as_str()) {
        return Some(*known);
    }
    let known = known_development_key(&spki)?;
    Some(Published {
        origin: known.group.as_str(),
        name: known.paths.first().map_or("-", String::as_str),
    })
}

fn parse(text: &'static str) -> Result<BTreeMap<&'static str, Published>, InputError> {
    let mut offset = 0;
    let mut keys = BTreeMap::new();
    for line in text.split_inclusive('\n') {
        let bad = |what: &str| InputError::at(ORIGIN, text, offset, what).legal(LEGAL);
        let fields: Vec<&str> = line.trim_end_matches('\n').split('\t').collect();
        match fields[..] {
            _ if line.starts_with('#') => {}
            [spki, _, origin, name] if is_sha256_hex(spki) => {
                if keys.insert(spki, Published { origin, name }).is_some() {
                    return Err(bad("a key stands there twice"));
                }
            }
            [_, _, _, _] => return Err(bad("not a digest in lower-case hex")),
            _ => return Err(bad("a key has four fields")),
        }
        offset += line.len();
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_list_is_whole() {
        assert_eq!(parse(TEXT).unwrap().len(), 62);
    }

    #[test]
    fn a_bad_line_is_an_error_that_names_it() {
        for bad in ["# why\nabc\trsa\to\tn\n", "# why\n\n", "# why\na\tb\n"] {
            assert_eq!(parse(bad).unwrap_err().place, Some((2, 1)), "{bad}");
        }
    }
}
