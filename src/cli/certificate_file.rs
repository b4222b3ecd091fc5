//! Reading a `certificate.json`, which may come from anybody.

use std::path::{Path, PathBuf};

use crate::certificate::{CERTIFICATE_FORMAT, Certificate};
use crate::error::{Error, InputError};
use crate::input::{bounded, unreadable};

/// No certificate is larger, bytes.
const LARGEST: usize = 64 << 20;

/// The certificate in a directory, or the file itself.
pub fn of(path: &Path) -> PathBuf {
    if path.is_dir() {
        path.join("certificate.json")
    } else {
        path.to_owned()
    }
}

/// Reads and checks a certificate.
///
/// # Errors
///
/// It cannot be read, is too large, or is no certificate of the known format.
pub fn read_certificate(path: &Path) -> Result<Certificate, Error> {
    let bytes = bounded(path, LARGEST)
        .map_err(|error| unreadable(path, &error))?
        .ok_or_else(|| {
            InputError::new(path.display().to_string(), "the file is too large")
                .legal(format!("at most {LARGEST} bytes"))
        })?;
    let wrong = |line, column, message: String| {
        let mut input = InputError::new(path.display().to_string(), message);
        input.place = Some((line, column));
        Error::from(input)
    };
    let certificate: Certificate = serde_json::from_slice(&bytes).map_err(|error| {
        wrong(
            error.line().max(1),
            error.column().max(1),
            error.to_string(),
        )
    })?;
    if certificate.format != CERTIFICATE_FORMAT {
        return Err(wrong(
            1,
            1,
            format!("is not in format `{CERTIFICATE_FORMAT}`"),
        ));
    }
    Ok(certificate)
}
