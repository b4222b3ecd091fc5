//! Results on stdout, and the reports of a certificate in a directory.

use std::collections::BTreeSet;
use std::fs;
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;

use crate::certificate::Certificate;
use crate::digest::is_sha256_hex;
use crate::error::{Error, InputError};
use crate::input::{JOB_FILE, WAIVERS_FILE};
use crate::job::JobFile;
use crate::output::write_whole;
use crate::profile::Waivers;
use crate::report::{self, Look};

/// Writes to stdout. A reader that has gone away is no error; a result that is lost otherwise is one.
pub fn print(text: &str) -> Result<(), Error> {
    let mut stdout = anstream::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Error::Harness(format!("cannot write to stdout: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes what is no text into a file, or to stdout unless a person sits there.
pub fn deliver(bytes: &[u8], file: Option<&Path>) -> Result<(), Error> {
    if let Some(path) = file {
        return write_whole(path, bytes);
    }
    let mut stdout = std::io::stdout().lock();
    if stdout.is_terminal() {
        let refused = InputError::new("stdout", "a PDF is nothing for a terminal");
        return Err(refused.legal("`--out FILE`, or a pipe").into());
    }
    stdout
        .write_all(bytes)
        .and_then(|()| stdout.flush())
        .map_err(|error| Error::Harness(format!("cannot write to stdout: {error}")))
}

/// The summary of a certificate for a person.
pub fn summary(certificate: &Certificate) -> String {
    // `print` takes the colour out again where nobody sees it.
    let look = Look {
        width: 96,
        colour: true,
    };
    report::terminal(certificate, look)
}

/// Writes `certificate.json`, `certificate.html` and `junit.xml` into a directory.
pub fn write_reports(certificate: &Certificate, dir: &Path) -> Result<(), Error> {
    for (name, text) in [
        ("certificate.json", report::json(certificate)?),
        ("certificate.html", report::html(certificate)?),
        ("junit.xml", report::junit(certificate)?),
    ] {
        write_whole(&dir.join(name), text.as_bytes())?;
    }
    Ok(())
}

/// Writes the waivers beside the certificate, so that whoever judges again finds them; none, no file.
pub fn write_waivers(waivers: &Waivers, dir: &Path) -> Result<(), Error> {
    if waivers.is_none() {
        return Ok(());
    }
    write_whole(&dir.join(WAIVERS_FILE), waivers.text.as_bytes())
}

/// Writes the job sheet beside the certificate, for the same reason.
pub fn write_job(job: Option<&JobFile>, dir: &Path) -> Result<(), Error> {
    match job {
        Some(job) => write_whole(&dir.join(JOB_FILE), job.text.as_bytes()),
        None => Ok(()),
    }
}

/// Copies the raw bytes that a certificate cites, so that its links work beside it too.
pub fn copy_blobs(certificate: &Certificate, run: &Path, dir: &Path) -> Result<(), Error> {
    let target = dir.join("blobs");
    fs::create_dir_all(&target).map_err(|error| Error::file(&target, "cannot create", error))?;
    let cited = certificate.requirements.iter().flat_map(|requirement| {
        let findings = requirement
            .findings
            .iter()
            .flat_map(|finding| &finding.evidence);
        let gaps = requirement.gaps.iter().flat_map(|gap| &gap.evidence);
        let proofs = requirement.proofs.iter().flat_map(|proof| &proof.evidence);
        findings.chain(gaps).chain(proofs)
    });
    let blobs: BTreeSet<&str> = cited
        .filter_map(|reference| reference.blob.as_deref())
        .filter(|blob| is_sha256_hex(blob))
        .collect();
    for blob in blobs {
        let source = run.join("blobs").join(blob);
        fs::copy(&source, target.join(blob))
            .map_err(|error| Error::file(&source, "cannot copy", error))?;
    }
    Ok(())
}
