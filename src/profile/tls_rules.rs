//! What is asked of a TLS service, as sets of rules that outside recommendations make. Pure data, read strictly.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::error::InputError;
use crate::observation::KeyKind;
use crate::verdict::Severity;

const FORMAT: &str = "proofmark-tls-rules/1";

/// The sets that are shipped, the default first; what every service owes is none of them.
const SHIPPED: &[(&str, &str)] = &[
    (
        "rfc9325",
        include_str!("../../profiles/data/tls/rfc9325.toml"),
    ),
    (
        "rfc7925",
        include_str!("../../profiles/data/tls/rfc7925.toml"),
    ),
    (
        "bsi-tr-02102-2",
        include_str!("../../profiles/data/tls/bsi-tr-02102-2.toml"),
    ),
    (
        "mozilla-intermediate",
        include_str!("../../profiles/data/tls/mozilla-intermediate.toml"),
    ),
    (
        "ncsc-nl",
        include_str!("../../profiles/data/tls/ncsc-nl.toml"),
    ),
];

const ALWAYS: (&str, &str) = (
    "protocol",
    include_str!("../../profiles/data/tls/protocol.toml"),
);

/// A set of rules.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsRules {
    format: String,
    pub id: String,
    /// The source.
    pub title: String,
    /// What of it was read in the source itself.
    pub verified: String,
    #[serde(rename = "rule")]
    pub rules: Vec<TlsRule>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsRule {
    /// Source, section, and a word.
    pub id: String,
    /// What holds where it is kept, in our words.
    pub says: String,
    pub level: Level,
    pub severity: Severity,
    pub breach: Breach,
}

/// The word of the source (RFC 2119), "must not" and "should not" included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    Must,
    Should,
}

/// What breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Breach {
    /// One of these is offered.
    Offers {
        versions: Vec<String>,
    },
    /// None of these is.
    LacksVersions {
        versions: Vec<String>,
    },
    /// A suite of this kind is accepted.
    Suites {
        which: SuiteKind,
    },
    /// A suite of less strength is.
    SuitesBelow {
        bits: u16,
    },
    /// A suite other than these is, with one of these versions.
    SuitesBeyond {
        versions: Vec<String>,
        suites: Vec<String>,
    },
    /// No suite with forward secrecy is.
    LacksForwardSecrecy,
    /// A CBC suite was chosen without encrypt-then-MAC, though it was offered.
    MacThenEncrypt,
    /// None of these groups is taken with a version that takes curves at all.
    LacksGroups {
        groups: Vec<String>,
    },
    /// Other groups than these are.
    GroupsBeyond {
        groups: Vec<String>,
    },
    /// A curve of less bits is taken.
    CurvesBelow {
        bits: u16,
    },
    /// A group of integers of less bits was used.
    DhBelow {
        bits: u16,
    },
    /// The server's own key has less bits.
    KeyBelow {
        key: KeyKind,
        bits: u32,
    },
    /// A certificate that the server shows of itself is signed with one of these; who signs himself is trusted for other reasons.
    CertificateSignature {
        hashes: Vec<String>,
    },
    /// The server's own certificate lives longer.
    LivesLonger {
        days: u32,
    },
    /// Handshakes are signed with MD5 or SHA-1.
    BrokenSignatures,
    Compression,
    NoSecureRenegotiation,
    NoExtendedMasterSecret,
    EarlyData,
    /// A client that says it fell back is let in (RFC 7507).
    NoFallbackProtection,
    NoDowngradeSentinel,
    /// The client chooses among suites, in a version that takes others than these.
    ClientChooses {
        unless: Vec<String>,
    },
    /// Where both are offered a suite without forward secrecy is chosen.
    ForwardSecrecyNotPreferred,
    Heartbleed,
    /// A heartbeat that lies is answered, with no more than it brought.
    HeartbeatAnswered,
    /// It agrees to heartbeats at all.
    HeartbeatOffered,
    /// It chose what was never offered.
    AnsweredUnasked,
}

/// Kinds of suites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SuiteKind {
    Null,
    Anonymous,
    Rc4,
    StaticRsa,
    StaticDh,
    Dhe,
    Cbc,
    #[serde(rename = "ccm-8")]
    Ccm8,
    /// A shared key alone, without forward secrecy.
    PlainPsk,
}

/// The ids of the sets that are shipped, the default first.
pub fn tls_rule_sets() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(id, _)| *id)
}

/// A shipped set, and before it what every service owes.
///
/// # Errors
///
/// Where there is none of that name.
pub fn tls_rules(id: &str) -> Result<[TlsRules; 2], InputError> {
    let Some((_, text)) = SHIPPED.iter().find(|(it, _)| *it == id) else {
        let message = format!("there are no rules `{}`", crate::text::shown(id, 60));
        let known: Vec<&str> = tls_rule_sets().collect();
        return Err(InputError::new("--rules", message).legal(known.join(", ")));
    };
    Ok([read(ALWAYS.0, ALWAYS.1)?, read(id, text)?])
}

/// Sets of rules that a profile names. What every service owes is always among them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct TlsRuleSets(Vec<String>);

impl Default for TlsRuleSets {
    fn default() -> Self {
        Self(tls_rule_sets().take(1).map(str::to_owned).collect())
    }
}

impl TryFrom<Vec<String>> for TlsRuleSets {
    type Error = String;

    fn try_from(ids: Vec<String>) -> Result<Self, String> {
        let known: Vec<&str> = tls_rule_sets().collect();
        match ids.iter().find(|id| !known.contains(&id.as_str())) {
            Some(id) => Err(format!(
                "there are no rules `{}`; `rules` names some of {}",
                crate::text::shown(id, 60),
                known.join(", ")
            )),
            None => Ok(Self(ids)),
        }
    }
}

impl TlsRuleSets {
    /// The sets, what every service owes first.
    pub fn rules(&self) -> impl Iterator<Item = &'static TlsRules> + '_ {
        let named = |rules: &&TlsRules| rules.id == ALWAYS.0 || self.0.contains(&rules.id);
        all().iter().filter(named)
    }
}

/// All that are shipped, read once.
fn all() -> &'static [TlsRules] {
    static ALL: OnceLock<Vec<TlsRules>> = OnceLock::new();
    ALL.get_or_init(|| {
        let texts = std::iter::once(&ALWAYS).chain(SHIPPED);
        // A test reads them all, so that none is lost here.
        texts.filter_map(|(id, text)| read(id, text).ok()).collect()
    })
}

fn read(id: &str, text: &str) -> Result<TlsRules, InputError> {
    let wrong = |message: String| InputError::new(format!("profiles/data/tls/{id}.toml"), message);
    let rules: TlsRules = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
    if rules.format != FORMAT || rules.id != id {
        return Err(wrong(format!("it is not `{FORMAT}` with the id `{id}`")));
    }
    Ok(rules)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::observation::TlsVersion;
    use crate::tls::{GROUPS, GROUPS_13, suite_named};

    /// Every name in a rule means something, so that none is kept by a slip of the pen.
    fn check(rule: &TlsRule) {
        let version =
            |key: &String| assert!(TlsVersion::of_key(key).is_some(), "{}: {key}", rule.id);
        let known = |name: &String| {
            let mut all = GROUPS.iter().chain(GROUPS_13);
            assert!(all.any(|group| group.name == *name), "{}: {name}", rule.id);
        };
        match &rule.breach {
            Breach::Offers { versions } | Breach::LacksVersions { versions } => {
                versions.iter().for_each(version);
            }
            Breach::SuitesBeyond { versions, suites } => {
                versions.iter().for_each(version);
                for name in suites {
                    assert!(suite_named(name).is_some(), "{}: {name}", rule.id);
                }
            }
            Breach::LacksGroups { groups } | Breach::GroupsBeyond { groups } => {
                groups.iter().for_each(known);
            }
            Breach::ClientChooses { unless } => {
                for name in unless {
                    assert!(suite_named(name).is_some(), "{}: {name}", rule.id);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn every_shipped_set_is_read_and_says_what_it_means() {
        let shipped = tls_rule_sets().map(|id| tls_rules(id).unwrap());
        let mut sets = 0;
        for [always, rules] in shipped {
            sets += 1;
            let all: Vec<&TlsRule> = always.rules.iter().chain(&rules.rules).collect();
            let ids: BTreeSet<&str> = all.iter().map(|rule| rule.id.as_str()).collect();
            assert_eq!(ids.len(), all.len(), "{}: an id stands twice", rules.id);
            all.into_iter().for_each(check);
        }
        assert_eq!(sets, SHIPPED.len());
    }

    /// `transport/certificate` has no word for such a rule.
    #[test]
    fn no_set_advises_about_certificates_without_demanding() {
        for rule in all().iter().flat_map(|set| &set.rules) {
            let of_certificates = matches!(
                rule.breach,
                Breach::KeyBelow { .. }
                    | Breach::CertificateSignature { .. }
                    | Breach::LivesLonger { .. }
            );
            let advises = rule.level == Level::Should;
            assert!(!(of_certificates && advises), "{}", rule.id);
        }
    }

    #[test]
    fn a_profile_names_sets_that_are_there() {
        let sets = |ids: &[&str]| {
            TlsRuleSets::try_from(ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>())
        };
        let ids = |sets: TlsRuleSets| sets.rules().map(|it| it.id.as_str()).collect::<Vec<_>>();
        assert_eq!(ids(TlsRuleSets::default()), ["protocol", "rfc9325"]);
        assert_eq!(ids(sets(&["ncsc-nl"]).unwrap()), ["protocol", "ncsc-nl"]);
        assert_eq!(all().len(), SHIPPED.len() + 1);
        let error = sets(&["rfc9325", "rfc1"]).unwrap_err();
        assert!(
            error.contains("`rfc1`") && error.contains("bsi-tr-02102-2"),
            "{error}"
        );
    }

    #[test]
    fn a_set_that_nobody_ships_names_those_that_are() {
        let error = tls_rules("rfc1").unwrap_err().to_string();
        assert!(error.contains("rfc9325"), "{error}");
        assert!(read("x", "format = \"proofmark-tls-rules/1\"").is_err());
    }
}
