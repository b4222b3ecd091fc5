//! Writes a run directory, line by line, so that whatever was observed before a crash stays readable.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;

use super::{Blob, BlobRole, Evidence, Exchange, Redactor, RunInfo, RunState, Target};
use crate::digest::sha256_hex;
use crate::dut::Device;
use crate::error::Error;
use crate::observation::Asked;
use crate::output::{fresh_dir, write_whole};

/// A run directory that is being written.
#[derive(Debug)]
pub struct RunWriter {
    dir: PathBuf,
    info: RunInfo,
    evidence: File,
    count: u32,
    digests: BTreeMap<String, String>,
    redactor: Redactor,
}

impl RunWriter {
    /// Starts a run in a directory that is empty or absent.
    pub fn create(
        dir: &Path,
        mut info: RunInfo,
        device: &Device,
        profile_text: &str,
        redactor: Redactor,
    ) -> Result<Self, Error> {
        fresh_dir(dir)?;
        let blobs = dir.join("blobs");
        fs::create_dir(&blobs).map_err(|error| Error::file(&blobs, "cannot create", error))?;
        info.secrets = redactor.digests().clone();
        let mut writer = Self {
            dir: dir.to_owned(),
            info,
            evidence: create(&dir.join("evidence.jsonl"))?,
            count: 0,
            digests: BTreeMap::new(),
            redactor,
        };
        writer.write_info()?;
        writer.write("device.json", pretty(device)?.as_bytes())?;
        writer.write("profile.toml", profile_text.as_bytes())?;
        Ok(writer)
    }

    /// The run directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Writes down one attempt and returns it as written, redacted.
    pub fn record(
        &mut self,
        probe: &str,
        unit: &str,
        target: Target,
        asked: Asked,
        exchange: Exchange,
    ) -> Result<Evidence, Error> {
        self.count += 1;
        let mut blobs = Vec::new();
        for (role, bytes, truncated) in [
            (
                BlobRole::Sent,
                (self.redactor.bytes(&exchange.sent), false),
                false,
            ),
            (
                BlobRole::Received,
                self.redactor.received(&exchange.received),
                exchange.truncated,
            ),
        ] {
            let (bytes, cut) = bytes;
            if !bytes.is_empty() {
                blobs.push(self.blob(role, &bytes, truncated || cut)?);
            }
        }
        let mut evidence = Evidence {
            id: format!("e{:04}", self.count),
            probe: probe.to_owned(),
            unit: unit.to_owned(),
            target,
            asked,
            started_at: exchange.started_at,
            observed_at: exchange.observed_at,
            outcome: exchange.outcome,
            blobs,
        };
        self.redactor.evidence(&mut evidence);
        // One write a line: a killed writer leaves whole lines and at most one broken one at the end.
        let mut line = serde_json::to_string(&evidence).map_err(unserialisable)?;
        line.push('\n');
        self.evidence.write_all(line.as_bytes()).map_err(|error| {
            Error::file(&self.dir.join("evidence.jsonl"), "cannot write", error)
        })?;
        Ok(evidence)
    }

    /// Keeps a file that the user handed in, or a document, `inputs/…`, without the manifest's secrets. Returns the
    /// SHA-256 of what is kept, hex.
    pub fn input(&mut self, name: &str, bytes: &[u8]) -> Result<String, Error> {
        let inputs = self.dir.join("inputs");
        fs::create_dir_all(&inputs)
            .map_err(|error| Error::file(&inputs, "cannot create", error))?;
        let bytes = self.redactor.bytes(bytes);
        self.write(name, &bytes)?;
        Ok(sha256_hex(&bytes))
    }

    /// Closes the run: its state, its end, the digest of every file.
    pub fn close(
        mut self,
        state: RunState,
        because: Option<String>,
        ended_at: Timestamp,
    ) -> Result<(), Error> {
        let path = self.dir.join("evidence.jsonl");
        self.evidence
            .sync_all()
            .map_err(|error| Error::file(&path, "cannot write", error))?;
        let bytes = fs::read(&path).map_err(|error| Error::file(&path, "cannot read", error))?;
        self.digests
            .insert("evidence.jsonl".to_owned(), sha256_hex(&bytes));
        self.info.state = state;
        self.info.aborted_because = because;
        self.info.ended_at = Some(ended_at);
        self.info.digests = std::mem::take(&mut self.digests);
        self.write_info()
    }

    /// Keeps bytes that hold no secret any more.
    fn blob(&mut self, role: BlobRole, bytes: &[u8], truncated: bool) -> Result<Blob, Error> {
        let sha256 = sha256_hex(bytes);
        let name = format!("blobs/{sha256}");
        if !self.digests.contains_key(&name) {
            self.write(&name, bytes)?;
        }
        Ok(Blob {
            role,
            sha256,
            length: bytes.len() as u64,
            truncated,
        })
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.dir.join(name);
        fs::write(&path, bytes).map_err(|error| Error::file(&path, "cannot write", error))?;
        self.digests.insert(name.to_owned(), sha256_hex(bytes));
        Ok(())
    }

    fn write_info(&self) -> Result<(), Error> {
        write_whole(&self.dir.join("run.json"), pretty(&self.info)?.as_bytes())
    }
}

fn create(path: &Path) -> Result<File, Error> {
    File::create_new(path).map_err(|error| Error::file(path, "cannot create", error))
}

fn pretty(value: &impl Serialize) -> Result<String, Error> {
    let mut text = serde_json::to_string_pretty(value).map_err(unserialisable)?;
    text.push('\n');
    Ok(text)
}

fn unserialisable(error: serde_json::Error) -> Error {
    Error::Harness(format!("cannot write evidence as JSON: {error}"))
}
