//! What `run`, `test` and `observe` have in common: which device is observed, by which profile, and where it is written.

use std::path::PathBuf;

use super::job::Sheet;
use super::session::{self, Declared};
use super::{Imports, Manners};
use crate::error::Error;
use crate::job::JobFile;

/// The arguments of every command that makes a run.
#[derive(Debug, clap::Args)]
pub struct Observing {
    /// The manifest, `*.device.toml`
    device: PathBuf,
    /// The profile, which says what to observe: a shipped profile's id or a file
    #[arg(long, value_name = "PROFILE", default_value = "iot-minimum")]
    profile: String,
    /// The run directory, which must be empty or absent [default: proofmark-runs/MODEL-TIME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    pub manners: Manners,
    #[command(flatten)]
    imports: Imports,
    #[command(flatten)]
    sheet: Sheet,
}

impl Observing {
    /// Reads what was handed in: manifest, profile, what others observed. Sends nothing.
    pub fn declared(&self) -> Result<Declared, Error> {
        let mut declared = session::declared(&self.device, &self.profile, &self.manners)?;
        self.imports.read(&mut declared)?;
        Ok(declared)
    }

    /// The job sheet for this device, if there is one.
    pub fn job(&self, declared: &Declared) -> Result<Option<JobFile>, Error> {
        self.sheet.read(&declared.device)
    }

    /// Where the run goes.
    pub fn dir(&self, declared: &Declared) -> PathBuf {
        let named = self.out.clone();
        named.unwrap_or_else(|| session::default_dir(&declared.device))
    }
}
