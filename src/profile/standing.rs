//! Whether a profile is the one that its id promises.

use std::sync::LazyLock;

use super::bind::{parse, shipped};
use super::model::Profile;
use crate::digest::sha256_hex;

/// What this version of the tool knows of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The text that is shipped under this id and version.
    Shipped,
    /// The id and version of a shipped profile over another text.
    Changed,
    /// The id of a shipped profile in a version that this one does not ship.
    OtherVersion,
    /// An id of its own.
    Own,
}

impl Standing {
    /// The word that machines read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shipped => "shipped",
            Self::Changed => "changed",
            Self::OtherVersion => "other-version",
            Self::Own => "own",
        }
    }
}

/// What this version knows of a profile of this id, version and digest.
pub fn standing(id: &str, version: &str, sha256: &str) -> Standing {
    match SHIPPED.iter().find(|it| it.id == id) {
        None => Standing::Own,
        Some(shipped) if shipped.sha256 == sha256 => Standing::Shipped,
        Some(shipped) if shipped.version == version => Standing::Changed,
        Some(_) => Standing::OtherVersion,
    }
}

/// What names a profile.
struct Name {
    id: &'static str,
    version: String,
    sha256: String,
}

/// Read once, because thousands of runs may be judged in a row.
static SHIPPED: LazyLock<Vec<Name>> = LazyLock::new(|| {
    let name = |(id, text): &(&'static str, &'static str)| Name {
        id,
        // What is shipped can be read: a test reads all of it.
        version: parse(text, id).map_or_else(|_| String::new(), |profile| profile.version),
        sha256: sha256_hex(text),
    };
    shipped().iter().map(name).collect()
});

/// What a reader must know of a profile of this id, version and digest; none where it is what its id promises.
fn caution(id: &str, version: &str, sha256: &str) -> Option<String> {
    let name = crate::text::shown(format!("{id} {version}"), 120);
    match standing(id, version, sha256) {
        Standing::Shipped | Standing::Own => None,
        Standing::Changed => Some(format!(
            "This is not the {name} that Proofmark ships: somebody changed what it asks for, and kept its name."
        )),
        Standing::OtherVersion => Some(format!(
            "This version of Proofmark does not know the profile {name}, and cannot say whether this is what was once shipped under that name."
        )),
    }
}

/// Id and version of a profile as it says them, whether or not this version can read the rest of it.
pub fn name_of(text: &str) -> Option<(String, String)> {
    let table: toml::Table = text.parse().ok()?;
    let word = |key| table.get(key)?.as_str().map(str::to_owned);
    Some((word("id")?, word("version")?))
}

impl Profile {
    /// What this version of the tool knows of it.
    pub fn standing(&self) -> Standing {
        standing(&self.id, &self.version, &self.sha256)
    }

    /// What a reader must know of it; none where it is what its id promises.
    pub fn caution(&self) -> Option<String> {
        caution(&self.id, &self.version, &self.sha256)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shipped_name_over_another_text_is_told() {
        let (id, text) = shipped()[0];
        let profile = |text: &str| parse(text, "test").unwrap();
        let whole = profile(text);
        assert_eq!(
            (whole.standing(), whole.caution()),
            (Standing::Shipped, None)
        );
        let changed = profile(&format!("{text}\n# more\n"));
        assert_eq!(changed.standing(), Standing::Changed);
        let version = format!("version = \"{}\"", whole.version);
        let other = profile(&text.replacen(&version, "version = \"0.0.1\"", 1));
        assert_eq!(other.standing(), Standing::OtherVersion);
        assert!(other.caution().unwrap().contains("iot-minimum 0.0.1"));
        let own = profile(&text.replacen(&format!("id = \"{id}\""), "id = \"ours\"", 1));
        assert_eq!((own.standing(), own.caution()), (Standing::Own, None));
    }
}
