//! A MUD file that the user hands in, as a run keeps it.

use std::collections::BTreeSet;

use super::read;
use crate::dut::Device;
use crate::error::InputError;
use crate::import::file::copy_name;
use crate::observation::ImportedMud;
use crate::text::{brief, shown};

/// A MUD file.
#[derive(Clone, Debug)]
pub struct MudFile {
    /// Where the run keeps its copy: `inputs/mud-hub.json`.
    pub name: String,
    pub bytes: Vec<u8>,
    facts: ImportedMud,
}

impl MudFile {
    /// Reads a file; `origin` is its path.
    ///
    /// # Errors
    ///
    /// It is no MUD file: what is wrong, where, and what is legal.
    pub fn new(origin: &str, bytes: Vec<u8>) -> Result<Self, InputError> {
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| InputError::new(origin, "is not UTF-8 text").legal("JSON, RFC 8259"))?;
        let name = copy_name("mud", origin);
        let facts = read(origin, &name, text)?;
        Ok(Self { name, bytes, facts })
    }

    /// What it says of a device.
    ///
    /// # Errors
    ///
    /// Why it does not count: it says that it is about another one.
    pub fn about(&self, device: &Device) -> Result<ImportedMud, String> {
        let facts = &self.facts;
        for (key, theirs, ours) in [
            ("mfg-name", &facts.mfg_name, &device.manufacturer),
            ("model-name", &facts.model_name, &device.model),
        ] {
            if let Some(theirs) = theirs.as_deref().filter(|theirs| !same(theirs, ours)) {
                return Err(format!(
                    "it is about another device: its `{key}` is `{}`, and the manifest says `{}`",
                    brief(theirs, 80),
                    shown(ours, 80)
                ));
            }
        }
        Ok(facts.clone())
    }
}

/// What companies call themselves beside their names.
const FORMS: [&str; 20] = [
    "ab",
    "ag",
    "as",
    "bv",
    "co",
    "company",
    "corp",
    "corporation",
    "gmbh",
    "inc",
    "kg",
    "limited",
    "llc",
    "ltd",
    "nv",
    "oy",
    "plc",
    "sa",
    "sarl",
    "srl",
];

/// Whether one of two names says all that the other says: `Harbour` and `HARBOUR GmbH`, not `Hub 2` and `Hub 20`. A
/// name without a word of its own says nothing, and is the same only as itself.
fn same(one: &str, other: &str) -> bool {
    let words = |text: &str| -> BTreeSet<String> {
        let text = text.to_lowercase();
        let words = text.split(|c: char| !c.is_alphanumeric());
        words
            .filter(|it| !it.is_empty() && !FORMS.contains(it))
            .map(str::to_owned)
            .collect()
    };
    if one.trim() == other.trim() {
        return true;
    }
    let (one, other) = (words(one), words(other));
    let told = !one.is_empty() && !other.is_empty();
    told && (one.is_subset(&other) || other.is_subset(&one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_agree_where_one_says_no_less_than_the_other() {
        for (one, other, agrees) in [
            ("Harbour", "HARBOUR GmbH", true),
            ("Hub 2 (EU)", "hub-2", true),
            ("Hub 2", "Hub 20", false),
            ("Harbour", "Quay", false),
            ("Hub 2", "Hub 3", false),
            ("***", "Hub 2", false),
            ("***", "***", true),
            ("Ltd", "Example Ltd", false),
            ("", "Example Ltd", false),
        ] {
            assert_eq!(same(one, other), agrees, "{one} {other}");
            assert_eq!(same(other, one), agrees, "{one} {other}");
        }
    }
}
