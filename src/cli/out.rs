//! Results on stdout, and the reports of a certificate in a directory.

use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;

use crate::certificate::Certificate;
use crate::error::{Error, InputError};
use crate::evidence::Run;
use crate::input::{BLOCKLIST_FILE, JOB_FILE, JUDGED_BY_FILE, WAIVERS_FILE};
use crate::job::JobFile;
use crate::keys::Lookups;
use crate::output::{write_fresh, write_whole};
use crate::profile::{Profile, Waivers};
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

/// Tells on stderr what went wrong.
pub fn complain(error: &Error) {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    anstream::eprintln!("{style}error:{style:#} {error}");
}

/// Tells on stderr what somebody should know.
pub fn note(text: &str) {
    anstream::eprintln!("note: {text}");
}

/// Writes what is no text into a file, or to stdout unless a person sits there.
pub fn deliver(bytes: &[u8], file: Option<&Path>) -> Result<(), Error> {
    if let Some(path) = file {
        return write_fresh(path, bytes);
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

/// A text in lines for a terminal, indented; whole, however long a statement is.
pub fn paragraph(text: &str) -> String {
    let lines = report::wrapped(text, 94, LINES);
    let lines: Vec<String> = lines.iter().map(|line| format!("  {line}")).collect();
    lines.join("\n")
}

/// More lines than any statement has.
const LINES: usize = 100;

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

/// Writes what a list of compromised keys said beside the certificate, for the same reason.
pub fn write_lookups(lookups: Option<&Lookups>, dir: &Path) -> Result<(), Error> {
    match lookups {
        Some(lookups) => write_whole(&dir.join(BLOCKLIST_FILE), lookups.text.as_bytes()),
        None => Ok(()),
    }
}

/// Writes the profile that a run is judged by beside the certificate, where it is not the run's own.
pub fn write_profile(profile: &Profile, run: &Run, dir: &Path) -> Result<(), Error> {
    if profile.text == run.profile_text {
        return Ok(());
    }
    write_whole(&dir.join(JUDGED_BY_FILE), profile.text.as_bytes())
}
