//! What is asked of an SSH server, as sets of rules that outside recommendations make. Pure data, read strictly.

use std::sync::OnceLock;

use serde::Deserialize;

use super::Level;
use crate::error::InputError;
use crate::verdict::Severity;

const FORMAT: &str = "proofmark-ssh-rules/1";

/// The sets that are shipped, the default first.
const SHIPPED: &[(&str, &str)] = &[
    ("ietf", include_str!("../../profiles/data/ssh/ietf.toml")),
    (
        "bsi-tr-02102-4",
        include_str!("../../profiles/data/ssh/bsi-tr-02102-4.toml"),
    ),
];

/// A set of rules.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SshRules {
    format: String,
    pub id: String,
    /// The source.
    pub title: String,
    /// What of it was read in the source itself.
    pub verified: String,
    #[serde(rename = "rule")]
    pub rules: Vec<SshRule>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SshRule {
    /// Source, section, and a word.
    pub id: String,
    /// What holds where it is kept, in our words.
    pub says: String,
    /// The word of the source.
    pub level: Level,
    /// Ours.
    pub severity: Severity,
    pub breach: SshBreach,
}

/// What breaks a rule. A name that ends with `*` is every name that begins so.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum SshBreach {
    /// One of these is offered.
    Offers { what: SshList, names: Vec<String> },
    /// None of these is.
    Lacks { what: SshList, names: Vec<String> },
    /// One of these is, and none of the others.
    Without {
        what: SshList,
        names: Vec<String>,
        other: Vec<String>,
    },
    /// Something else than these is.
    Beyond { what: SshList, names: Vec<String> },
    /// Neither a code of SHA-2 or UMAC with 128 bits, nor a cipher that brings its own.
    LacksStrongMac,
    /// The banner says that version 1 is spoken, perhaps beside version 2.
    #[serde(rename = "version-1")]
    Version1,
    /// CVE-2023-48795.
    Terrapin,
}

/// A list of what a server offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SshList {
    KeyExchange,
    HostKey,
    Cipher,
    Mac,
    Compression,
}

/// The ids of the sets that are shipped, the default first.
pub fn ssh_rule_sets() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(id, _)| *id)
}

/// A shipped set.
///
/// # Errors
///
/// Where there is none of that name.
pub fn ssh_rules(id: &str) -> Result<&'static SshRules, InputError> {
    all().iter().find(|rules| rules.id == id).ok_or_else(|| {
        let message = format!("there are no rules `{}`", crate::text::shown(id, 60));
        let known: Vec<&str> = ssh_rule_sets().collect();
        InputError::new("rules", message).legal(known.join(", "))
    })
}

/// All that are shipped, read once.
fn all() -> &'static [SshRules] {
    static ALL: OnceLock<Vec<SshRules>> = OnceLock::new();
    // A test reads them all, so that none is lost here.
    ALL.get_or_init(|| SHIPPED.iter().filter_map(|it| read(it).ok()).collect())
}

fn read((id, text): &(&str, &str)) -> Result<SshRules, InputError> {
    let wrong = |message: String| InputError::new(format!("profiles/data/ssh/{id}.toml"), message);
    let rules: SshRules = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
    if rules.format != FORMAT || rules.id != *id {
        return Err(wrong(format!("it is not `{FORMAT}` with the id `{id}`")));
    }
    Ok(rules)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_shipped_set_is_read_and_no_rule_stands_twice() {
        for id in ssh_rule_sets() {
            let rules = &ssh_rules(id).unwrap().rules;
            let ids: BTreeSet<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
            assert_eq!(ids.len(), rules.len(), "{id}");
            assert!(!ids.is_empty());
        }
    }

    #[test]
    fn a_set_that_nobody_ships_names_those_that_are() {
        let error = ssh_rules("rfc1").unwrap_err().to_string();
        assert!(error.contains("ietf"), "{error}");
    }
}
