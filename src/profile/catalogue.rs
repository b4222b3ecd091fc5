//! The provisions of outside standards that profiles may name: ids, and our paraphrase of each.

use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const TEXT: &str = include_str!("../../profiles/data/standards.toml");

/// Every provision that we know, by standard, in the standard's order.
#[derive(Debug)]
pub struct Catalogue {
    pub provisions: Vec<ProvisionEntry>,
}

impl Catalogue {
    /// The entry of a provision.
    pub fn find(&self, standard: &str, version: &str, id: &str) -> Option<&ProvisionEntry> {
        // By what differs most: it is asked for every provision of every requirement.
        self.provisions
            .iter()
            .find(|entry| entry.id == id && entry.version == version && entry.standard == standard)
    }
}

/// How much a network test can say about a provision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceClass {
    /// It can decide it.
    Network,
    /// It can find counter-examples, or decides a part, perhaps against the supplier's declaration.
    Partial,
    /// Only the supplier's declaration says anything.
    Declaration,
    /// Documents, processes, or the hardware decide it.
    Documentary,
}

/// How well we know that a provision says what our paraphrase says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Checked {
    /// Compared with the text itself.
    Primary,
    /// Taken from another party's transcription or summary.
    Secondary,
    /// From memory. Never cite it in a profile.
    Recalled,
}

/// One provision.
#[derive(Clone, Debug)]
pub struct ProvisionEntry {
    pub standard: String,
    pub version: String,
    pub id: String,
    /// Its status and condition in the standard's own marks (`M F(a)`), where it has one.
    pub status: Option<String>,
    /// Our paraphrase.
    pub about: String,
    pub evidence: EvidenceClass,
    pub checked: Checked,
}

/// The catalogue in the binary.
pub fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    // An empty catalogue would make every profile fail to bind: the test below holds that it parses.
    CATALOGUE.get_or_init(|| {
        read(TEXT).unwrap_or(Catalogue {
            provisions: Vec::new(),
        })
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCatalogue {
    standard: Vec<RawStandard>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStandard {
    name: String,
    version: String,
    /// Of every provision that does not say so itself.
    checked: Checked,
    provisions: Vec<RawEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    id: String,
    status: Option<String>,
    about: String,
    evidence: EvidenceClass,
    checked: Option<Checked>,
}

fn read(text: &str) -> Result<Catalogue, toml::de::Error> {
    let raw: RawCatalogue = toml::from_str(text)?;
    let mut provisions = Vec::new();
    for standard in raw.standard {
        for entry in standard.provisions {
            provisions.push(ProvisionEntry {
                standard: standard.name.clone(),
                version: standard.version.clone(),
                id: entry.id,
                status: entry.status,
                about: entry.about,
                evidence: entry.evidence,
                checked: entry.checked.unwrap_or(standard.checked),
            });
        }
    }
    Ok(Catalogue { provisions })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::profile::{parse, shipped};

    fn of_en_303_645() -> impl Iterator<Item = &'static ProvisionEntry> {
        catalogue()
            .provisions
            .iter()
            .filter(|entry| (&*entry.standard, &*entry.version) == ("ETSI EN 303 645", "3.1.3"))
    }

    #[test]
    fn the_embedded_catalogue_parses() {
        assert_eq!(read(TEXT).err().map(|error| error.to_string()), None);
    }

    #[test]
    fn en_303_645_is_whole() {
        assert_eq!(of_en_303_645().count(), 78);
        let status = |letter: char| {
            of_en_303_645()
                .filter(|entry| {
                    entry
                        .status
                        .as_ref()
                        .is_some_and(|text| text.starts_with(letter))
                })
                .count()
        };
        assert_eq!((status('M'), status('R')), (36, 42));
        let class = |class| {
            of_en_303_645()
                .filter(|entry| entry.evidence == class)
                .count()
        };
        assert_eq!(class(EvidenceClass::Network), 9);
        assert_eq!(class(EvidenceClass::Partial), 27);
        assert_eq!(class(EvidenceClass::Declaration), 5);
        assert_eq!(class(EvidenceClass::Documentary), 37);
    }

    #[test]
    fn every_provision_is_there_once_and_says_something() {
        let mut seen = BTreeSet::new();
        for entry in &catalogue().provisions {
            assert!(
                seen.insert((&entry.standard, &entry.version, &entry.id)),
                "{entry:?}"
            );
            assert!(!entry.about.is_empty() && !entry.id.is_empty(), "{entry:?}");
        }
    }

    #[test]
    fn no_shipped_profile_cites_from_memory() {
        for (id, text) in shipped() {
            for provision in parse(text, id)
                .unwrap()
                .requirements
                .iter()
                .flat_map(|r| &r.provisions)
            {
                let entry =
                    catalogue().find(&provision.standard, &provision.version, &provision.id);
                assert_ne!(
                    entry.unwrap().checked,
                    Checked::Recalled,
                    "{id}: {provision:?}"
                );
            }
        }
    }
}
