//! Copies a run, so that it can be judged anew in a directory of its own.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use super::files::read;
use super::{Evidence, Run, RunState};
use crate::digest::{is_sha256_hex, sha256_hex};
use crate::error::{Error, InputError};
use crate::import::is_input_name;
use crate::observation::{Asked, Observation};

/// No run that is copied has more files, or more bytes: what a bundle may have.
const MOST_FILES: usize = 100_000;
const MOST_BYTES: u64 = 2 << 30;

impl Run {
    /// Copies every file that belongs to this run from its directory into another one, byte for byte. What else lies
    /// there is left: a certificate is no part of a run.
    ///
    /// `run.json` comes last, so that a copy that was broken off is no run at all.
    ///
    /// # Errors
    ///
    /// A file is not what it was when the run was read, is no regular file, or is too large; the target has a file of
    /// this name, or cannot be written.
    pub fn copy(&self, dir: &Path, target: &Path) -> Result<(), Error> {
        let mut files: Vec<(String, Option<String>)> = self.files().into_iter().collect();
        files.push(("run.json".to_owned(), Some(self.sha256.clone())));
        let refused = |message: String| InputError::new(dir.display().to_string(), message);
        if files.len() > MOST_FILES {
            return Err(refused(format!("has more than {MOST_FILES} files")).into());
        }
        let mut left = MOST_BYTES;
        for (name, sha256) in files {
            let bytes = read(dir, &name)?;
            if sha256.is_some_and(|expected| sha256_hex(&bytes) != expected) {
                let origin = dir.join(&name).display().to_string();
                let message = "is not the file that belongs to the run: its SHA-256 differs";
                return Err(InputError::new(origin, message).into());
            }
            left = left
                .checked_sub(bytes.len() as u64)
                .ok_or_else(|| refused(format!("is larger than {MOST_BYTES} bytes")))?;
            write_new(&target.join(&name), &bytes)?;
        }
        Ok(())
    }

    /// Every file but `run.json`, with its SHA-256 where that is known: a run that was killed knows those of the raw
    /// bytes that its evidence cites.
    fn files(&self) -> BTreeMap<String, Option<String>> {
        if self.info.state != RunState::Running {
            let closed = self.info.digests.iter();
            return closed
                .map(|(name, sha256)| (name.clone(), Some(sha256.clone())))
                .collect();
        }
        let always = ["device.json", "evidence.jsonl", "profile.toml"].map(str::to_owned);
        let inputs = self.evidence.iter().filter_map(|item| match &item.asked {
            Asked::ImportedMud { source }
            | Asked::ImportedPorts { source }
            | Asked::PortsFromImport { source } => Some(source.clone()),
            _ => None,
        });
        let facts = self.evidence.iter().flat_map(Evidence::observations);
        let documents = facts.filter_map(|fact| match fact {
            Observation::Document(document) => document.source.clone(),
            _ => None,
        });
        let blobs = self.evidence.iter().flat_map(|item| &item.blobs);
        let blobs = blobs.filter(|blob| is_sha256_hex(&blob.sha256));
        let blobs = blobs.map(|it| (format!("blobs/{}", it.sha256), Some(it.sha256.clone())));
        always
            .into_iter()
            .chain(inputs.chain(documents).filter(|name| is_input_name(name)))
            .map(|name| (name, None))
            .chain(blobs)
            .collect()
    }
}

/// Writes a file that is not there yet, and its folder.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| Error::file(folder, "cannot create", error))?;
    }
    File::create_new(path)
        .and_then(|mut file| file.write_all(bytes))
        .map_err(|error| Error::file(path, "cannot write", error))
}
