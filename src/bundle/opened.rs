//! A bundle as a directory, whichever of the two shapes it came in.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{Flaw, container};
use crate::error::{Error, InputError};

/// A bundle that can be read as a directory.
#[derive(Debug)]
pub struct Opened {
    dir: PathBuf,
    /// Where one file was unpacked; gone with this.
    unpacked: Option<TempDir>,
}

impl Opened {
    /// Opens a directory, or unpacks a single file.
    ///
    /// # Errors
    ///
    /// Outside: nothing is there, or there is no place to unpack it. Inside: the file is no bundle.
    pub fn open(path: &Path) -> Result<Result<Self, Flaw>, Error> {
        let metadata = fs::metadata(path).map_err(|error| {
            InputError::new(
                path.display().to_string(),
                format!("cannot read it: {error}"),
            )
            .legal("a run directory, or a bundle in one file")
        })?;
        if metadata.is_dir() {
            return Ok(Ok(Self {
                dir: path.to_owned(),
                unpacked: None,
            }));
        }
        if !metadata.is_file() {
            return Err(InputError::new(
                path.display().to_string(),
                "is neither a directory nor a file",
            )
            .into());
        }
        let place = tempfile::tempdir()
            .map_err(|error| Error::Harness(format!("cannot unpack the bundle: {error}")))?;
        Ok(container::unpack(path, place.path()).map(|()| Self {
            dir: place.path().to_owned(),
            unpacked: Some(place),
        }))
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Whether it came as one file.
    pub fn is_one_file(&self) -> bool {
        self.unpacked.is_some()
    }
}
