//! Writing the files that a user asked for: nothing is overwritten, nothing is left half-written.

use std::fs;
use std::path::Path;

use crate::error::{Error, InputError};

/// Makes an output directory; one that exists must be empty.
///
/// # Errors
///
/// It is no directory, is not empty, or cannot be made.
pub fn fresh_dir(dir: &Path) -> Result<(), Error> {
    let wrong = |message: String| {
        let origin = dir.display().to_string();
        InputError::new(origin, message).legal("a directory that is empty or does not exist")
    };
    if dir.exists() && !dir.is_dir() {
        return Err(wrong("the output directory is a file".to_owned()).into());
    }
    fs::create_dir_all(dir).map_err(|error| Error::file(dir, "cannot create", error))?;
    let mut entries = fs::read_dir(dir).map_err(|error| Error::file(dir, "cannot read", error))?;
    if entries.next().is_some() {
        let message = "the output directory is not empty, and nothing is ever overwritten";
        return Err(wrong(message.to_owned()).into());
    }
    Ok(())
}

/// A run is never written to, not even beside its files: refuses a directory inside it. `what` is what errors call that.
///
/// # Errors
///
/// It lies inside, or the run is not there.
pub fn apart(run: &Path, what: &str, dir: &Path) -> Result<(), Error> {
    let run = fs::canonicalize(run).map_err(|error| Error::file(run, "cannot read", error))?;
    let inside = dir
        .ancestors()
        .filter_map(|ancestor| fs::canonicalize(ancestor).ok())
        .any(|ancestor| ancestor == run);
    if inside {
        return Err(
            InputError::new(what, "lies inside the run, which is only read")
                .legal("a directory elsewhere")
                .into(),
        );
    }
    Ok(())
}

/// Writes a file that is not there yet, in one step.
///
/// # Errors
///
/// It is there, or the file system refuses; nothing is left then.
pub fn write_fresh(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if fs::symlink_metadata(path).is_ok() {
        let origin = path.display().to_string();
        let message = "is there already, and nothing is ever overwritten";
        return Err(InputError::new(origin, message)
            .legal("a file that does not exist")
            .into());
    }
    write_whole(path, bytes)
}

/// Writes a file in one step: a reader sees the old one, or none, or all of the new one.
///
/// # Errors
///
/// The file system refuses; nothing is left then.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    let draft = Path::new(&draft);
    fs::write(draft, bytes)
        .and_then(|()| fs::rename(draft, path))
        .map_err(|error| {
            // The error that counts is the first one.
            let _ = fs::remove_file(draft);
            Error::file(path, "cannot write", error)
        })
}
