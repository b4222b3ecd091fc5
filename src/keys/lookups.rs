//! What a list of compromised keys, which nobody keeps, said of the keys of a run when that was judged: `blocklist.json` beside
//! the certificate, so that whoever judges again finds it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{BlocklistFile, PublicKey};
use crate::digest::{is_sha256_hex, sha256_hex};
use crate::error::InputError;
use crate::evidence::BlocklistUsed;
use crate::observation::LookedUpKey;

const FORMAT: &str = "proofmark-blocklist/1";

/// A list, and what it says of keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    format: String,
    list: BlocklistUsed,
    /// By identity.
    keys: Vec<LookedUpKey>,
}

/// The same as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookups {
    said: Said,
    /// What stands in the file.
    pub text: String,
    /// Of that, hex.
    pub sha256: String,
}

impl Lookups {
    /// What a list said of these keys.
    pub fn new(file: &BlocklistFile, keys: &[PublicKey]) -> Self {
        let mut said: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for (place, key) in keys.iter().enumerate() {
            let on_list = file.listed.iter().filter(|it| it.place == place);
            let collections = said.entry(key.identity_hex()).or_default();
            collections.extend(on_list.map(|it| it.collection));
            collections.sort_unstable();
            collections.dedup();
        }
        let keys = said.into_iter();
        Self::of(Said {
            format: FORMAT.to_owned(),
            list: BlocklistUsed {
                sha256: file.list.sha256.clone(),
                keys: file.list.keys,
            },
            keys: keys
                .map(|(identity, collections)| LookedUpKey {
                    identity,
                    collections,
                })
                .collect(),
        })
    }

    fn of(said: Said) -> Self {
        // Text and numbers alone: nothing in it fails.
        let text = serde_json::to_string_pretty(&said).unwrap_or_default() + "\n";
        let sha256 = sha256_hex(&text);
        Self { said, text, sha256 }
    }

    /// Reads a file back.
    ///
    /// # Errors
    ///
    /// It is not what this version would write.
    pub fn read(text: &str, origin: &str) -> Result<Self, InputError> {
        let wrong = |message: String| {
            InputError::new(origin, message)
                .legal("the file that `proofmark evaluate --blocklist` wrote")
        };
        let said: Said = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let ordered = said
            .keys
            .is_sorted_by(|one, next| one.identity < next.identity);
        let once = said
            .keys
            .iter()
            .all(|it| it.collections.is_sorted_by(|one, next| one < next));
        let digests = said.keys.iter().map(|it| &it.identity);
        let mut digests = digests.chain([&said.list.sha256]);
        let read = Self::of(said.clone());
        let is_ours =
            said.format == FORMAT && ordered && once && digests.all(|it| is_sha256_hex(it));
        match is_ours && read.text == text {
            true => Ok(read),
            false => Err(wrong(format!("it is not `{FORMAT}` in its one writing"))),
        }
    }

    /// The list that was handed in.
    pub fn list(&self) -> &BlocklistUsed {
        &self.said.list
    }

    /// What it says of the key of this identity. None: that was not looked up.
    pub fn key(&self, identity: &str) -> Option<&LookedUpKey> {
        let keys = self.keys();
        let place = keys.binary_search_by(|key| key.identity.as_str().cmp(identity));
        keys.get(place.ok()?)
    }

    /// Every key that was looked up, by identity.
    pub fn keys(&self) -> &[LookedUpKey] {
        &self.said.keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Blocklist, Listed};

    fn lookups() -> Lookups {
        let keys = [
            PublicKey::Ed25519(vec![1; 32]),
            PublicKey::Ed25519(vec![2; 32]),
        ];
        let listed = |place, collection| Listed { place, collection };
        let file = BlocklistFile {
            list: Blocklist {
                sha256: "0a".repeat(32),
                keys: 3,
            },
            listed: vec![listed(1, 7), listed(1, 3), listed(1, 7)],
        };
        Lookups::new(&file, &keys)
    }

    #[test]
    fn what_a_list_said_is_read_back() {
        let lookups = lookups();
        let on_list = PublicKey::Ed25519(vec![2; 32]).identity_hex();
        let said = |key: &&LookedUpKey| key.identity == on_list;
        let listed = lookups.keys().iter().find(said).unwrap();
        assert_eq!(listed.collections, [3, 7]);
        assert_eq!(lookups.keys().len(), 2);
        for key in lookups.keys() {
            assert_eq!(lookups.key(&key.identity), Some(key));
        }
        assert_eq!(lookups.key(&"f".repeat(64)), None);
        assert_eq!(Lookups::read(&lookups.text, "file").unwrap(), lookups);
    }

    #[test]
    fn any_other_writing_is_refused() {
        let text = lookups().text;
        let identity = lookups().keys()[0].identity.clone();
        for other in [
            String::new(),
            text.trim_end().to_owned(),
            text.replace(&identity, &identity.to_uppercase()),
            text.replace(&identity, &"f".repeat(64)),
            text.replace("\"keys\": 3", "\"keys\": 03"),
            text.replace("        3,\n        7\n", "        7,\n        3\n"),
            text.replace("        3,\n        7\n", "        7,\n        7\n"),
            text.replace(FORMAT, "proofmark-blocklist/2"),
            text.replace("\"list\"", "\"more\": 1, \"list\""),
        ] {
            assert!(Lookups::read(&other, "file").is_err(), "{other}");
        }
    }
}
