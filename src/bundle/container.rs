//! A bundle in one file: a tape archive (POSIX.1-1988 ustar) of its files in order of name.
//!
//! There is one way to write it: plain headers, no times, no owners, mode 0644, zeros where nothing stands, two empty
//! blocks at the end. A reader demands exactly that, so that nothing can hide between files, and unpacks nothing
//! before the digest of every file is the signed one.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::files::{self, ENVELOPE, LARGEST_FILE};
use super::statement::{Statement, names_exactly};
use super::{Envelope, Flaw, future};
use crate::digest::hex;
use crate::error::{Error, InputError};
use crate::output::{draft, put};
use crate::text::shown;

/// No bundle is larger, bytes.
const LARGEST: u64 = 2 << 30;
const BLOCK: usize = 512;

/// Writes a bundle directory as one file.
///
/// # Errors
///
/// The directory is no bundle, or the file system refuses.
pub fn pack(dir: &Path, target: &Path) -> Result<(), Error> {
    let wrong = |flaw: Flaw| InputError::new(dir.display().to_string(), flaw.to_string());
    let mut names = files::list(dir).map_err(wrong)?;
    names.push(ENVELOPE.to_owned());
    names.sort_unstable();
    let draft = draft(target)?;
    write(dir, &names, BufWriter::new(&draft)).map_err(wrong)?;
    put(draft, target)
}

fn write(dir: &Path, names: &[String], mut target: impl Write) -> Result<(), Flaw> {
    let cannot = |error: std::io::Error| Flaw::at("", format!("cannot write it: {error}"));
    for name in names {
        let bytes = files::read(dir, name)?;
        target
            .write_all(header(name, bytes.len() as u64)?.as_bytes())
            .and_then(|()| target.write_all(&bytes))
            .and_then(|()| target.write_all(&[0; BLOCK][..padding(bytes.len() as u64)]))
            .map_err(cannot)?;
    }
    let end = target.write_all(&[0; 2 * BLOCK]);
    end.and_then(|()| target.flush()).map_err(cannot)
}

/// The one header of a file.
fn header(name: &str, size: u64) -> Result<tar::Header, Flaw> {
    let mut header = tar::Header::new_ustar();
    header
        .set_path(name)
        .map_err(|error| Flaw::at(name, format!("has no header: {error}")))?;
    header.set_size(size);
    header.set_mode(0o644);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header.set_entry_type(tar::EntryType::Regular);
    header.set_cksum();
    Ok(header)
}

/// How many zeros follow this many bytes.
fn padding(size: u64) -> usize {
    // The remainder is below 512.
    (BLOCK - (size % BLOCK as u64) as usize) % BLOCK
}

/// Checks a bundle in one file against its own signatures, and unpacks it into an empty directory.
///
/// # Errors
///
/// It is no archive, holds what no bundle holds, is larger than a bundle may be, is not written in the one way, or is
/// not what was signed.
pub(super) fn unpack(file: &Path, dir: &Path) -> Result<(), Flaw> {
    let mut source = File::open(file).map_err(broken)?;
    if source.metadata().map_err(broken)?.len() > LARGEST {
        return Err(Flaw::at("", format!("is larger than {LARGEST} bytes")));
    }
    begins(&mut source)?;
    check(BufReader::new(&source))?;
    source.seek(SeekFrom::Start(0)).map_err(broken)?;
    each(BufReader::new(&source), |name, content| {
        let path = dir.join(name);
        let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
        folder
            .and_then(|()| File::create_new(path))
            .and_then(|mut target| std::io::copy(content, &mut target))
            .map_err(broken)?;
        Ok(())
    })
}

fn broken(error: std::io::Error) -> Flaw {
    // What a library says of a header holds bytes of it.
    let error = shown(error.to_string(), 160);
    Flaw::at("", format!("is no bundle in one file: {error}"))
}

/// Whether the files of an archive are those that its envelope names.
fn check(source: impl Read) -> Result<(), Flaw> {
    let mut digests = BTreeMap::new();
    let mut envelope = None;
    each(source, |name, content| {
        if name == ENVELOPE {
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes).map_err(broken)?;
            envelope = Some(bytes);
        } else {
            let mut digest = Digester(Sha256::new());
            std::io::copy(content, &mut digest).map_err(broken)?;
            digests.insert(name.to_owned(), hex(&digest.0.finalize()));
        }
        Ok(())
    })?;
    let envelope = envelope.ok_or_else(|| Flaw::at(ENVELOPE, "is missing: nobody signed this"))?;
    let payload = Envelope::open(&envelope)?.1;
    if let Some(subject) = future::subject(&payload) {
        return names_exactly(&subject, &digests);
    }
    let statement = Statement::read(&payload)?;
    if let Some(name) = digests.keys().find(|name| !files::is_legal(name)) {
        return Err(Flaw::at(name, "is no file of a bundle"));
    }
    names_exactly(&statement.subject, &digests)
}

struct Digester(Sha256);

impl Write for Digester {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Reads as many bytes as fit, which an archive that is whole has.
fn fill(source: &mut impl Read, bytes: &mut [u8]) -> Result<(), Flaw> {
    source
        .read_exact(bytes)
        .map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => Flaw::at("", "is cut: it ends in the middle"),
            _ => broken(error),
        })
}

/// Whether a file begins as a bundle does, with the header of a tape archive.
fn begins(source: &mut File) -> Result<(), Flaw> {
    let mut head = Vec::new();
    source
        .take(BLOCK as u64)
        .read_to_end(&mut head)
        .map_err(broken)?;
    source.seek(SeekFrom::Start(0)).map_err(broken)?;
    let what = match head.get(257..262) {
        _ if head.is_empty() => "it is empty",
        Some(b"ustar") => return Ok(()),
        _ => "it is something else",
    };
    Err(Flaw(format!("this is no bundle of Proofmark: {what}")))
}

/// Goes through an archive. Every byte that is no content is compared with the one way to write it.
fn each(
    mut source: impl Read,
    mut take: impl FnMut(&str, &mut dyn Read) -> Result<(), Flaw>,
) -> Result<(), Flaw> {
    let strange = |what: &str| Flaw::at("", format!("{what} is not written in the canonical way"));
    let mut last = String::new();
    loop {
        let mut block = [0; BLOCK];
        fill(&mut source, &mut block)?;
        if block == [0; BLOCK] {
            break;
        }
        let found = tar::Header::from_byte_slice(&block);
        let name = String::from_utf8_lossy(&found.path_bytes()).into_owned();
        let size = found.entry_size().map_err(broken)?;
        if found.entry_type() != tar::EntryType::Regular || !files::is_plain(&name) {
            return Err(Flaw::at(&name, "is no file of a bundle"));
        }
        if size > LARGEST_FILE as u64 {
            return Err(Flaw::at(
                &name,
                format!("is larger than {LARGEST_FILE} bytes"),
            ));
        }
        // In order of name, so that none can stand twice.
        if name <= last {
            return Err(Flaw::at(&name, "is out of order, or stands twice"));
        }
        if header(&name, size)?.as_bytes() != &block {
            return Err(strange("a header"));
        }
        let mut content = (&mut source).take(size);
        take(&name, &mut content)?;
        if content.limit() != 0 {
            return Err(Flaw::at(&name, "is cut"));
        }
        let mut zeros = [0; BLOCK];
        let zeros = &mut zeros[..padding(size)];
        fill(&mut source, zeros)?;
        if zeros.iter().any(|byte| *byte != 0) {
            return Err(strange("what follows a file"));
        }
        last = name;
    }
    let mut end = Vec::new();
    source
        .take(BLOCK as u64 + 1)
        .read_to_end(&mut end)
        .map_err(broken)?;
    match end == [0; BLOCK] {
        true => Ok(()),
        false => Err(strange("the end")),
    }
}
