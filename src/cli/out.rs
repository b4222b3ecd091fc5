//! Results on stdout, and the reports of a certificate in a directory.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::certificate::Certificate;
use crate::error::{Error, InputError};
use crate::report;

/// Writes to stdout. A reader that has gone away is no error.
pub fn print(text: &str) {
    let mut stdout = anstream::stdout().lock();
    let _ = stdout.write_all(text.as_bytes());
    let _ = stdout.flush();
}

/// Writes `certificate.json`, `certificate.html` and `junit.xml` into a directory.
pub fn write_reports(certificate: &Certificate, dir: &Path, blobs: &str) -> Result<(), Error> {
    for (name, text) in [
        ("certificate.json", report::json(certificate)),
        ("certificate.html", report::html(certificate, blobs)),
        ("junit.xml", report::junit(certificate)),
    ] {
        let path = dir.join(name);
        let text = text.map_err(|error| Error::Harness(format!("cannot render {name}: {error}")))?;
        fs::write(&path, text).map_err(|error| Error::file(&path, "cannot write", error))?;
    }
    Ok(())
}

/// Makes an output directory that is empty or absent.
pub fn fresh_dir(dir: &Path) -> Result<(), Error> {
    fs::create_dir_all(dir).map_err(|error| Error::file(dir, "cannot create", error))?;
    let mut entries =
        fs::read_dir(dir).map_err(|error| Error::file(dir, "cannot read", error))?;
    if entries.next().is_some() {
        let message = "the output directory is not empty, and nothing is ever overwritten";
        return Err(InputError::new(dir.display().to_string(), message)
            .legal("a directory that is empty or does not exist")
            .into());
    }
    Ok(())
}
