//! Public development keys: keys whose private half anyone can download, so that a signature by one of
//! them says nothing. Only fingerprints are kept.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::InputError;

const TEXT: &str = include_str!("../../profiles/data/public-development-keys.tsv");
const ORIGIN: &str = "profiles/data/public-development-keys.tsv";
const LEGAL: &str = "group, key type, SPKI SHA-256, PKCS#1 SHA-256, other key hash, role, paths";

/// One key of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DevelopmentKey {
    /// The project that publishes it.
    pub group: String,
    /// As in `ec-p256`.
    pub key_type: String,
    /// What it is published for.
    pub role: KeyRole,
    /// Where its private half stands in the project's repository.
    pub paths: Vec<String>,
    #[serde(skip)]
    fingerprints: Vec<String>,
}

/// What a key is published for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeyRole {
    /// The build system's own default, used unless the manufacturer sets another key.
    Default,
    /// Comes with an example or a board.
    Sample,
    /// Part of the project's tests.
    Test,
}

/// The shipped list.
pub fn development_keys() -> &'static [DevelopmentKey] {
    static SHIPPED: LazyLock<Vec<DevelopmentKey>> = LazyLock::new(|| {
        #[expect(clippy::expect_used, reason = "a test parses this constant text")]
        parse(TEXT).expect("the shipped list is well-formed")
    });
    &SHIPPED
}

/// The published key that a fingerprint names: lower-case hex of any digest by which packages name keys.
pub fn known_development_key(fingerprint: &str) -> Option<&'static DevelopmentKey> {
    development_keys()
        .iter()
        .find(|key| key.fingerprints.iter().any(|known| known == fingerprint))
}

fn parse(text: &str) -> Result<Vec<DevelopmentKey>, InputError> {
    let mut offset = 0;
    let mut keys = Vec::new();
    for line in text.split_inclusive('\n') {
        let bad = |what: &str| InputError::at(ORIGIN, text, offset, what).legal(LEGAL);
        let fields = line.trim_end_matches('\n');
        if !fields.starts_with('#') {
            keys.push(parse_line(fields).map_err(bad)?);
        }
        offset += line.len();
    }
    Ok(keys)
}

fn parse_line(line: &str) -> Result<DevelopmentKey, &'static str> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [group, key_type, spki, pkcs1, other, role, paths] = fields[..] else {
        return Err("a key has seven fields");
    };
    let role = match role {
        "default" => KeyRole::Default,
        "sample" => KeyRole::Sample,
        "test" => KeyRole::Test,
        _ => return Err("unknown role"),
    };
    // `sha384:…`: the length of a digest tells which one it is.
    let other = other.split_once(':').map_or(other, |(_, digest)| digest);
    let fingerprints: Vec<String> = [spki, pkcs1, other]
        .into_iter()
        .filter(|digest| *digest != "-")
        .map(str::to_owned)
        .collect();
    if !fingerprints.iter().all(|digest| is_digest(digest)) || spki.len() != 64 {
        return Err("not a digest in lower-case hex");
    }
    Ok(DevelopmentKey {
        group: group.to_owned(),
        key_type: key_type.to_owned(),
        role,
        paths: paths.split(';').map(str::to_owned).collect(),
        fingerprints,
    })
}

fn is_digest(text: &str) -> bool {
    matches!(text.len(), 64 | 96 | 128)
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_list_is_whole() {
        let keys = parse(TEXT).unwrap();
        assert_eq!(keys.len(), 36);
        let mut seen: Vec<&String> = keys.iter().flat_map(|key| &key.fingerprints).collect();
        let all = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), all, "a fingerprint stands there twice");
    }

    #[test]
    fn a_key_is_found_by_each_of_its_digests_and_by_nothing_else() {
        for (fingerprint, path) in [
            (
                "e30466f6b8470c1f29070b17f1e2d3e94d445e3f608087fdc711e4382bb538b6",
                "root-ec-p256.pem",
            ),
            (
                "fc5701dc6135e1323847bdc40f04d2e5bee5833b23c29f93593d00018cfa9994",
                "root-rsa-2048.pem",
            ),
            (
                "85b7bd5f5dff9a03a99927adaf6ca6febde822c1a480928324a8e60323715c5779461c496a95aee8c4f90b99779f848a",
                "root-ec-p384.pem",
            ),
        ] {
            let key = known_development_key(fingerprint).unwrap();
            assert!(key.paths.iter().any(|it| it == path), "{path}");
            assert!(known_development_key(&fingerprint[1..]).is_none());
        }
        assert!(known_development_key("-").is_none());
        assert!(known_development_key("").is_none());
    }

    #[test]
    fn a_bad_line_is_an_error_that_names_it() {
        let digest = "a".repeat(64);
        let good = format!("g\tec-p256\t{digest}\t-\t-\ttest\tk.pem\n");
        assert!(parse(&good).is_ok());
        for bad in [
            good.replace("\ttest", ""),
            good.replace("test", "toast"),
            good.replace("aa\t", "aA\t"),
            good.replace("aa\t", "\t"),
            good.replace(&digest, "-"),
            "\n".to_owned(),
        ] {
            let error = parse(&format!("# why\n{bad}")).unwrap_err();
            assert_eq!(error.place, Some((2, 1)), "{bad}");
        }
    }
}
