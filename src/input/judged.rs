//! What the certificate beside a run says that it was judged with.

use std::io::ErrorKind;
use std::path::Path;

use serde::Deserialize;

use super::{STATEMENT_FILE, bounded, unreadable};
use crate::decode;
use crate::error::{Error, InputError};

/// The largest certificate that is looked into, bytes.
const LIMIT: usize = 64 << 20;

/// What a run was judged with, so that a file that went away since is missed.
#[derive(Debug)]
pub struct Judged {
    /// None: no certificate stands there.
    ///
    /// # Errors
    ///
    /// One that does not say it.
    with: Result<Option<JudgedWith>, InputError>,
}

/// Of a certificate.
#[derive(Debug, Deserialize)]
pub(super) struct JudgedWith {
    pub profile: Named,
    pub blocklist: Option<Named>,
    pub waivers: Option<Named>,
}

/// By its digest, hex.
#[derive(Debug, Deserialize)]
pub(super) struct Named {
    pub sha256: String,
}

impl Judged {
    /// Looks into `certificate.json`.
    pub fn read(dir: &Path) -> Self {
        Self {
            with: judged_with(dir),
        }
    }

    /// What it was; none where there is no certificate.
    ///
    /// # Errors
    ///
    /// There is one, and it does not say so: then nobody knows what is missing.
    pub(super) fn with(&self) -> Result<Option<&JudgedWith>, Error> {
        match &self.with {
            Ok(with) => Ok(with.as_ref()),
            Err(error) => Err(error.clone().into()),
        }
    }
}

fn judged_with(dir: &Path) -> Result<Option<JudgedWith>, InputError> {
    let path = dir.join("certificate.json");
    let origin = path.display().to_string();
    let text = match bounded(&path, LIMIT) {
        Err(error) if error.kind() == ErrorKind::NotFound => return none(dir, origin),
        read => read.map_err(|error| unreadable(&path, &error))?,
    };
    let text = text.ok_or_else(|| decode::too_large(&origin, LIMIT))?;
    serde_json::from_slice(&text).map_err(|error| {
        let message = format!("does not say what the run was judged with: {error}");
        InputError::new(origin, message).legal(
            "the certificate; none; or what to judge with: `--profile`, `--waivers` or `--no-waivers`, `--blocklist` or `--no-blocklist`",
        )
    })
}

/// That there is no certificate, which no signed directory is without.
fn none(dir: &Path, origin: String) -> Result<Option<JudgedWith>, InputError> {
    match std::fs::symlink_metadata(dir.join(STATEMENT_FILE)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        _ => {
            let message = "is gone: the statement beside it was signed with one";
            Err(InputError::new(origin, message).legal("the certificate, or no statement"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_cannot_be_read_is_not_none() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Judged::read(dir.path()).with().unwrap().is_none());
        let statement = dir.path().join(STATEMENT_FILE);
        std::fs::write(&statement, "{}").unwrap();
        assert!(Judged::read(dir.path()).with().is_err());
        std::fs::remove_file(&statement).unwrap();
        let path = dir.path().join("certificate.json");
        std::fs::write(&path, r#"{"profile":{"sha256":"ab"}}"#).unwrap();
        let judged = Judged::read(dir.path());
        let with = judged.with().unwrap().unwrap();
        assert_eq!(
            (with.profile.sha256.as_str(), with.blocklist.is_none()),
            ("ab", true)
        );
        for wrong in [
            "",
            "{",
            "{}",
            r#"{"profile":{}}"#,
            r#"{"profile":{"sha256":"ab"},"blocklist":{}}"#,
        ] {
            std::fs::write(&path, wrong).unwrap();
            let error = Judged::read(dir.path()).with().map(|_| ()).unwrap_err();
            assert!(error.to_string().contains("does not say"), "{error}");
        }
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(Judged::read(dir.path()).with().is_err());
    }
}
