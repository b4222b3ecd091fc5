//! The template that is inside, and its parts.

use std::fs;
use std::path::Path;

use crate::error::Error;

/// What a laboratory begins its own with: the name of the file, and what is in it.
pub const MAIN: (&str, &str) = (
    "certificate.typ",
    include_str!("../template/certificate.typ"),
);

macro_rules! parts {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../template/", $name)))),*]
    };
}

/// What it imports.
const PARTS: [(&str, &str); 10] = parts![
    "proofmark/data.typ",
    "proofmark/documents.typ",
    "proofmark/examined.typ",
    "proofmark/first.typ",
    "proofmark/look.typ",
    "proofmark/more.typ",
    "proofmark/pictures.typ",
    "proofmark/record.typ",
    "proofmark/requirements.typ",
    "proofmark/sheet.typ",
];

/// A part by its path.
pub fn part(path: &str) -> Option<&'static str> {
    let found = PARTS.iter().find(|(name, _)| *name == path);
    found.map(|(_, text)| *text)
}

/// Writes the template and all its parts.
///
/// # Errors
/// The folder is there already, or cannot be written.
pub fn write(folder: &Path) -> Result<(), Error> {
    let failed = |error| Error::file(folder, format!("cannot write it: {error}"));
    fs::create_dir(folder).map_err(failed)?;
    for (name, text) in [&MAIN].into_iter().chain(&PARTS) {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        fs::write(path, text).map_err(failed)?;
    }
    Ok(())
}
