//! Records on disk: `records.jsonl` and `attachments/<sha256>` in a directory.
//!
//! While people examine a device, that is a directory of theirs, which only ever grows; beside a certificate it is a copy.
//! What is attached is kept as bytes: nothing of it is opened, unpacked or shown.

use std::fs::{self, File, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};

use crate::digest::sha256_hex;
use crate::error::{Error, InputError};
use crate::evidence::Run;
use crate::input::{bounded, unreadable};
use crate::output::{apart, fresh_dir, write_whole};
use crate::records::{
    Attachment, LARGEST_ATTACHMENT, LONGEST_NAME, MOST_ATTACHMENTS, Records, What,
};

/// The records.
pub const RECORDS_FILE: &str = "records.jsonl";
/// The folder of what is attached to them, by digest.
pub const ATTACHMENTS: &str = "attachments";

/// No file of records is larger, bytes.
const LARGEST: usize = 16 << 20;
/// No more is attached to all records together, bytes.
const MOST_BYTES: u64 = 1 << 30;

/// Something to be recorded.
#[derive(Clone, Debug)]
pub struct Entry {
    pub by: String,
    /// When it was done or seen; none: now.
    pub at: Option<Timestamp>,
    pub what: What,
    pub attach: Vec<PathBuf>,
}

/// The records in a directory, and whether everything is there that they name; none where there is no such file.
///
/// # Errors
///
/// A file cannot be read, is a link, is not what it was when it was recorded, or is about another run.
pub fn read(dir: &Path, run: &Run) -> Result<Records, Error> {
    let path = dir.join(RECORDS_FILE);
    match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Records::default()),
        Ok(metadata) if metadata.is_symlink() => return Err(wrong(&path, LINK).into()),
        _ => {}
    }
    let bytes = bounded(&path, LARGEST)
        .map_err(|error| unreadable(&path, &error))?
        .ok_or_else(|| wrong(&path, format!("is larger than {LARGEST} bytes")))?;
    let records = parse(bytes, &path, run)?;
    let mut all = 0;
    for (sha256, length) in records.attachments() {
        all += attached(dir, sha256, length)?.len() as u64;
        if all > MOST_BYTES {
            let message = format!("more than {MOST_BYTES} bytes are attached");
            return Err(wrong(&path, message).into());
        }
    }
    Ok(records)
}

/// Copies records and what is attached to them beside a certificate; none, no file.
///
/// # Errors
///
/// An attachment is not what it was when it was recorded, or the file system refuses.
pub fn copy(records: &Records, dir: &Path, target: &Path) -> Result<(), Error> {
    if records.is_none() {
        return Ok(());
    }
    for (sha256, length) in records.attachments() {
        keep(target, sha256, &attached(dir, sha256, length)?)?;
    }
    write_whole(&target.join(RECORDS_FILE), records.text().as_bytes())
}

/// Adds a record to those in a directory, which is made where there is none, and returns all of them. A new directory begins
/// with the records beside the run.
///
/// # Errors
///
/// The directory is a run or holds something else, somebody else writes to it, or the record is not legal: then nothing
/// was added.
pub fn append(dir: &Path, run_dir: &Path, run: &Run, entry: Entry) -> Result<Records, Error> {
    if ["run.json", "certificate.json"].map(|name| dir.join(name).exists()) != [false; 2] {
        let message = "is a run, which nothing is added to";
        return Err(wrong(dir, message)
            .legal("a directory for the records alone, or one that does not exist")
            .into());
    }
    apart(run_dir, "--records", dir)?;
    let path = dir.join(RECORDS_FILE);
    let is_link = fs::symlink_metadata(&path).is_ok_and(|it| it.is_symlink());
    if is_link {
        return Err(wrong(&path, LINK).into());
    }
    if !path.exists() {
        fresh_dir(dir)?;
    }
    let mut file = File::options()
        .read(true)
        .append(true)
        .create(true)
        .open(&path)
        .map_err(|error| Error::file(&path, "cannot open", error))?;
    // Two who write at once would both follow the same record.
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => Error::from(wrong(&path, "somebody else is writing to it")),
        TryLockError::Error(error) => Error::file(&path, "cannot lock", error),
    })?;
    let mut bytes = Vec::new();
    Read::by_ref(&mut file)
        .take(LARGEST as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Error::file(&path, "cannot read", error))?;
    let mut records = parse(bytes, &path, run)?;
    let before = records.text().len();
    if before == 0 {
        records = read(run_dir, run)?;
        for (sha256, length) in records.attachments() {
            keep(dir, sha256, &attached(run_dir, sha256, length)?)?;
        }
    }
    let files = attachments(&entry.attach)?;
    let now = seconds(Timestamp::now());
    let at = entry.at.unwrap_or(now);
    if at > now {
        let message = format!("{at} has not come yet: it is {now}");
        return Err(InputError::new("--at", message)
            .legal("a time that is past")
            .into());
    }
    let named = files.iter().map(|(it, _)| it.clone()).collect();
    let record = records.next(run, (at, now), entry.by, entry.what, named);
    records
        .push(record, run)
        .map_err(|message| InputError::new("the record", message))?;
    let attached: u64 = records.attachments().values().sum();
    if records.text().len() > LARGEST || attached > MOST_BYTES {
        let message = format!("is full: at most {LARGEST} bytes, and {MOST_BYTES} attached");
        return Err(wrong(dir, message).into());
    }
    for (it, bytes) in &files {
        keep(dir, &it.sha256, bytes)?;
    }
    // One write, so that whoever is stopped leaves a whole record or none.
    file.write_all(&records.text().as_bytes()[before..])
        .and_then(|()| file.sync_all())
        .map_err(|error| Error::file(&path, "cannot write", error))?;
    Ok(records)
}

const LINK: &str = "is a link, and there are none among records";

fn wrong(path: &Path, message: impl Into<String>) -> InputError {
    InputError::new(path.display().to_string(), message)
}

fn parse(bytes: Vec<u8>, path: &Path, run: &Run) -> Result<Records, Error> {
    let text = String::from_utf8(bytes).map_err(|_| wrong(path, "is no UTF-8 text"))?;
    Ok(Records::read(text, &path.display().to_string(), run)?)
}

/// What somebody hands in. A link could lead to anything, a device or a pipe never ends.
fn attachments(paths: &[PathBuf]) -> Result<Vec<(Attachment, Vec<u8>)>, Error> {
    if paths.len() > MOST_ATTACHMENTS {
        let message = format!("there are {} of them", paths.len());
        return Err(InputError::new("--attach", message)
            .legal(format!("at most {MOST_ATTACHMENTS}"))
            .into());
    }
    let attachment = |path: &PathBuf| {
        if fs::symlink_metadata(path).is_ok_and(|it| it.is_symlink()) {
            return Err(wrong(path, "is a link").legal("the file itself").into());
        }
        let bytes = bounded(path, LARGEST_ATTACHMENT)
            .map_err(|error| unreadable(path, &error))?
            .ok_or_else(|| wrong(path, format!("is larger than {LARGEST_ATTACHMENT} bytes")))?;
        if bytes.is_empty() {
            return Err(wrong(path, "is empty, and shows nothing").into());
        }
        let name = path.file_name().unwrap_or_default();
        let attachment = Attachment {
            name: name.to_string_lossy().chars().take(LONGEST_NAME).collect(),
            sha256: sha256_hex(&bytes),
            length: bytes.len() as u64,
        };
        Ok((attachment, bytes))
    };
    paths.iter().map(attachment).collect()
}

/// The bytes of an attachment, if they are still those that were attached.
fn attached(dir: &Path, sha256: &str, length: u64) -> Result<Vec<u8>, Error> {
    let folder = dir.join(ATTACHMENTS);
    let path = folder.join(sha256);
    let link = |path: &Path| fs::symlink_metadata(path).is_ok_and(|it| it.is_symlink());
    if link(&folder) || link(&path) {
        return Err(wrong(&path, LINK).into());
    }
    let bytes = bounded(&path, LARGEST_ATTACHMENT).map_err(|error| unreadable(&path, &error))?;
    bytes
        .filter(|bytes| bytes.len() as u64 == length && sha256_hex(bytes) == sha256)
        .ok_or_else(|| wrong(&path, "is not the file that was attached").into())
}

/// Keeps an attachment, unless it is there.
fn keep(dir: &Path, sha256: &str, bytes: &[u8]) -> Result<(), Error> {
    let folder = dir.join(ATTACHMENTS);
    fs::create_dir_all(&folder).map_err(|error| Error::file(&folder, "cannot create", error))?;
    let path = folder.join(sha256);
    match fs::symlink_metadata(&path) {
        Ok(_) => attached(dir, sha256, bytes.len() as u64).map(|_| ()),
        Err(_) => write_whole(&path, bytes),
    }
}

/// Without the parts of a second, which nobody means who writes down what he did.
fn seconds(time: Timestamp) -> Timestamp {
    let down = TimestampRound::new()
        .smallest(Unit::Second)
        .mode(RoundMode::Trunc);
    // Rounding to a second leaves the range of times only at its very ends.
    time.round(down).unwrap_or(time)
}
