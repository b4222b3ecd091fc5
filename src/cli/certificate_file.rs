//! Finding and reading a certificate, which may come from anybody: alone, in a run directory, or in a bundle.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::bundle::{Checked, Opened, verify};
use crate::certificate::{CERTIFICATE_FORMAT, Certificate};
use crate::error::{Error, InputError};
use crate::input::{bounded, unreadable};

/// No certificate is larger, bytes.
const LARGEST: usize = 64 << 20;

const ALONE: &str =
    "This was made from a certificate alone: whether evidence leads to it was not checked.";

/// What somebody named: a certificate alone, or a directory that has more.
#[derive(Debug)]
pub struct Place {
    /// As it was named.
    path: PathBuf,
    /// None: a `certificate.json`.
    opened: Option<Opened>,
}

impl Place {
    /// Finds out what somebody named, and unpacks a bundle.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is a file and neither a certificate nor a bundle.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let place = |opened| Self {
            path: path.to_owned(),
            opened,
        };
        if path.is_file() && begins_as_json(path) {
            return Ok(place(None));
        }
        match Opened::open(path)? {
            Ok(opened) => Ok(place(Some(opened))),
            Err(flaw) => Err(
                InputError::new(path.display().to_string(), flaw.to_string())
                    .legal("a run directory, a bundle in one file, or a `certificate.json`")
                    .into(),
            ),
        }
    }

    /// The run directory, if there is one.
    pub fn run(&self) -> Option<&Path> {
        let dir = self.opened.as_ref()?.dir();
        dir.join("run.json").exists().then_some(dir)
    }

    /// Where `certificate.json` is to be.
    pub fn certificate(&self) -> PathBuf {
        match &self.opened {
            Some(opened) => opened.dir().join("certificate.json"),
            None => self.path.clone(),
        }
    }

    /// A certificate without its evidence, which says so.
    ///
    /// # Errors
    ///
    /// It cannot be read, is too large, or is no certificate of the known format.
    pub fn alone(&self) -> Result<Certificate, Error> {
        let mut certificate = read_certificate(&self.certificate())?;
        certificate.cautions.insert(0, ALONE.to_owned());
        Ok(certificate)
    }

    /// Checks a run that was judged: its signatures where there are some, and whether its evidence leads to its
    /// certificate. None: there is only a certificate.
    ///
    /// # Errors
    ///
    /// The certificate does not follow, or signatures do not hold.
    pub fn check(&self) -> Result<Option<Checked>, Error> {
        let Some(dir) = self.run() else {
            return Ok(None);
        };
        if !self.certificate().exists() {
            return Err(self.error("holds no certificate, because nobody judged it"));
        }
        verify(dir, &[])
            .map(Some)
            .map_err(|flaw| self.error(format!("its certificate is not to be believed: {flaw}")))
    }

    /// That a newer version made what somebody named, and why that cannot be read.
    pub fn newer(&self, why: &str) -> Error {
        let message = format!("was made by a newer version of Proofmark than this one: {why}");
        InputError::new(self.path.display().to_string(), message)
            .legal("that version, which can read it")
            .into()
    }

    /// That nothing can be made of what somebody named.
    pub fn error(&self, message: impl Into<String>) -> Error {
        InputError::new(self.path.display().to_string(), message)
            .legal("a run as it was judged and signed; `proofmark evaluate RUN --out DIR` judges its evidence anew")
            .into()
    }
}

/// Whether a file is meant to be a certificate; no bundle begins so.
fn begins_as_json(path: &Path) -> bool {
    let mut head = [0; 64];
    let read = File::open(path).and_then(|mut file| file.read(&mut head));
    let head = &head[..read.unwrap_or(0)];
    head.trim_ascii_start().first() == Some(&b'{')
}

/// Reads and checks a certificate.
///
/// # Errors
///
/// It cannot be read, is too large, or is no certificate of the known format.
fn read_certificate(path: &Path) -> Result<Certificate, Error> {
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
