//! The files of a run directory, and whether each is the one that was closed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use super::blobs::Blobs;
use super::heads::Heads;
use crate::digest::{is_sha256_of, parse_sha256};
use crate::error::{Error, InputError};
use crate::import::is_input_name;
use crate::input::{bounded_of, unreadable};

/// No file of a run may be larger, bytes.
const LARGEST_FILE: usize = 256 << 20;

/// The files that every run has beside `run.json`.
pub(super) struct Main {
    pub(super) device: Vec<u8>,
    pub(super) profile: Vec<u8>,
    pub(super) evidence: Vec<u8>,
}

impl Main {
    /// The bytes of one of them.
    fn of(&self, name: &str) -> Option<&[u8]> {
        match name {
            "device.json" => Some(&self.device),
            "profile.toml" => Some(&self.profile),
            "evidence.jsonl" => Some(&self.evidence),
            _ => None,
        }
    }
}

/// Every file is the one that was closed. The first bytes of the blobs.
pub(super) fn check_digests(
    dir: &Path,
    digests: &BTreeMap<String, String>,
    main: &Main,
) -> Result<Heads, Error> {
    let mut heads = Heads::default();
    for name in ["device.json", "profile.toml", "evidence.jsonl"] {
        if !digests.contains_key(name) {
            return Err(at(dir, "run.json", format!("has no digest of {name}")).into());
        }
    }
    for folder in ["blobs", "inputs"] {
        no_link(dir, folder, folder)?;
    }
    let mut blobs = Blobs::open(dir);
    for (name, digest) in digests {
        if let Some((sha256, bytes)) = blobs.small(name, digest) {
            heads.keep(sha256, bytes);
            continue;
        }
        let blob = name.strip_prefix("blobs/").and_then(parse_sha256);
        if main.of(name).is_none() && blob.is_none() && !is_input_name(name) {
            let name = crate::text::shown(name, 80);
            return Err(at(dir, "run.json", format!("`{name}` is no file of a run")).into());
        }
        let bytes = match main.of(name) {
            Some(known) => Cow::from(known),
            None => read_in_folder(dir, name)?.into(),
        };
        let closed = parse_sha256(digest).filter(|it| blob.is_none_or(|named| named == *it));
        if !closed.is_some_and(|closed| is_sha256_of(&closed, &bytes)) {
            let message =
                "is not the file that was closed with the run: its SHA-256 differs from run.json";
            return Err(at(dir, name, message).into());
        }
        if let Some(sha256) = blob {
            heads.keep(sha256, &bytes);
        }
    }
    Ok(heads)
}

/// The bytes of one file.
pub(super) fn read(dir: &Path, name: &str) -> Result<Vec<u8>, Error> {
    if let Some((folder, _)) = name.split_once('/') {
        no_link(dir, folder, name)?;
    }
    read_in_folder(dir, name)
}

/// The same where the folder is known to be none that is somewhere else.
fn read_in_folder(dir: &Path, name: &str) -> Result<Vec<u8>, Error> {
    let path = dir.join(name);
    let unreadable = |error| unreadable(&path, &error);
    let metadata = std::fs::symlink_metadata(&path).map_err(unreadable)?;
    if metadata.is_symlink() {
        return Err(linked(dir, name));
    }
    bounded_of(&path, &metadata, LARGEST_FILE)
        .map_err(unreadable)?
        .ok_or_else(|| at(dir, name, format!("is larger than {LARGEST_FILE} bytes")).into())
}

/// A run may come from anybody: a link could lead out of it. `name` is what an error calls it.
fn no_link(dir: &Path, path: &str, name: &str) -> Result<(), Error> {
    let metadata = std::fs::symlink_metadata(dir.join(path));
    match metadata.is_ok_and(|it| it.is_symlink()) {
        true => Err(linked(dir, name)),
        false => Ok(()),
    }
}

fn linked(dir: &Path, name: &str) -> Error {
    at(dir, name, "is a link, and a run has none").into()
}

pub(super) fn at(dir: &Path, name: &str, message: impl Into<String>) -> InputError {
    InputError::new(dir.join(name).display().to_string(), message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::sha256_hex;

    #[test]
    fn a_blob_is_what_its_name_and_its_digest_say_however_long_it_is() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("blobs")).unwrap();
        let main = Main {
            device: b"device".to_vec(),
            profile: b"profile".to_vec(),
            evidence: b"evidence".to_vec(),
        };
        let closed = |blob: &[u8], name: String, digest: String| {
            let path = format!("blobs/{name}");
            std::fs::write(dir.path().join(&path), blob).unwrap();
            let mains = ["device", "profile", "evidence"].into_iter();
            let files = ["device.json", "profile.toml", "evidence.jsonl"].into_iter();
            let digests = files.zip(mains.map(sha256_hex));
            let mut digests: BTreeMap<_, _> = digests.map(|(k, v)| (k.to_owned(), v)).collect();
            digests.insert(path, digest);
            check_digests(dir.path(), &digests, &main)
        };
        for blob in [vec![1; 9], vec![2; 1 << 15]] {
            let (own, other) = (sha256_hex(&blob), sha256_hex("other"));
            let heads = closed(&blob, own.clone(), own.clone()).unwrap();
            assert!(heads.of(&own).is_some());
            for (name, digest) in [(&other, &own), (&own, &other), (&other, &other)] {
                let error = closed(&blob, name.clone(), digest.clone()).unwrap_err();
                assert!(error.to_string().contains("differs from run.json"));
            }
            assert!(closed(&blob, own.to_uppercase(), own.clone()).is_err());
        }
    }
}
