//! Writing the files that a user asked for: nothing is overwritten, nothing is left half-written.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::NamedTempFile;

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
    let mut draft = draft(path)?;
    draft
        .write_all(bytes)
        .map_err(|error| Error::file(path, "cannot write", error))?;
    put(draft, path)
}

/// A new file beside `path`, of a name that nothing there has; gone unless it is [`put`].
///
/// # Errors
///
/// The file system refuses.
pub fn draft(path: &Path) -> Result<NamedTempFile, Error> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    tempfile::Builder::new()
        .prefix(".proofmark-")
        .suffix(".new")
        // As any other file: what the process's mask leaves of it.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)
        .map_err(|error| Error::file(path, "cannot write", error))
}

/// Puts a draft in the place of `path`.
///
/// # Errors
///
/// The file system refuses; nothing is left then.
pub fn put(draft: NamedTempFile, path: &Path) -> Result<(), Error> {
    draft
        .persist(path)
        .map(|_| ())
        .map_err(|error| Error::file(path, "cannot write", error.error))
}
