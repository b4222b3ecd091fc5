//! `--format pdf`: found beside this program or on the search path, `proofmark-pdf` sets the page.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::error::{Error, InputError};

/// What sets pages.
const PROGRAM: &str = "proofmark-pdf";

/// Hundreds of findings take seconds.
const DEADLINE: Duration = Duration::from_secs(300);

/// No PDF is larger, bytes.
const LARGEST: u64 = 256 << 20;

/// What a laboratory chooses.
#[derive(Clone, Debug, clap::Args)]
pub struct Layout {
    /// With `--format pdf`: a template of your own; `proofmark-pdf --print-template` prints one to begin with
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// With `--format pdf`: a directory with more fonts, for scripts that those inside do not know
    #[arg(long, value_name = "DIR")]
    fonts: Option<PathBuf>,
}

impl Layout {
    /// Refuses a layout where none is used.
    pub fn refuse(&self) -> Result<(), InputError> {
        let named = [("--template", &self.template), ("--fonts", &self.fonts)];
        match named.into_iter().find(|(_, path)| path.is_some()) {
            Some((option, _)) => {
                Err(InputError::new(option, "is for PDF only").legal("with `--format pdf`"))
            }
            None => Ok(()),
        }
    }
}

/// A page, as JSON, as PDF.
///
/// # Errors
/// The program is nowhere, refuses the template, fails, or does not come to an end.
pub fn pdf(page: String, layout: &Layout) -> Result<Vec<u8>, Error> {
    let mut command = Command::new(find()?);
    command.arg("-");
    for (option, path) in [("--template", &layout.template), ("--fonts", &layout.fonts)] {
        if let Some(path) = path {
            command.arg(option).arg(path);
        }
    }
    run(command, page.into_bytes(), DEADLINE)
}

fn find() -> Result<PathBuf, Error> {
    let beside = std::env::current_exe().ok();
    let beside = beside.as_deref().and_then(Path::parent).map(Path::to_owned);
    let path = std::env::var_os("PATH").unwrap_or_default();
    beside
        .into_iter()
        .chain(std::env::split_paths(&path))
        // An empty or relative entry would mean whatever lies in the working directory.
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join(format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX)))
        .find(|program| program.is_file())
        .ok_or_else(|| {
            let problem = format!(
                "needs the program `{PROGRAM}`, which is neither beside this one nor on PATH"
            );
            InputError::new("--format pdf", problem)
                .legal(format!("`cargo build --release -p {PROGRAM}` builds it"))
                .into()
        })
}

/// Gives a program its input and takes what it answers; what it says on stderr goes to ours.
fn run(mut command: Command, input: Vec<u8>, deadline: Duration) -> Result<Vec<u8>, Error> {
    let trouble = |what: String| Error::Harness(format!("{PROGRAM}: {what}"));
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| trouble(format!("cannot start it: {error}")))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that does not want it all says so by its exit status.
        std::thread::spawn(move || stdin.write_all(&input));
    }
    let answer = answer(&mut child, deadline);
    if answer.is_err() {
        // It may have ended by itself.
        let _ = child.kill();
    }
    let status = child.wait();
    let bytes = answer.map_err(trouble)?;
    let status = status.map_err(|error| trouble(error.to_string()))?;
    match status.code() {
        Some(0) => Ok(bytes),
        Some(64) => Err(InputError::new(
            PROGRAM,
            "cannot set this page with this template, as said above",
        )
        .into()),
        _ => Err(trouble(status.to_string())),
    }
}

/// All that a program writes until it closes its stdout.
fn answer(child: &mut Child, deadline: Duration) -> Result<Vec<u8>, String> {
    let stdout = child.stdout.take().ok_or("it has no stdout")?;
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stdout.take(LARGEST + 1).read_to_end(&mut bytes);
        // Nobody waits any longer once the deadline is over.
        let _ = sender.send(read.map(|_| bytes));
    });
    match receiver.recv_timeout(deadline) {
        Ok(Ok(bytes)) if bytes.len() as u64 <= LARGEST => Ok(bytes),
        Ok(Ok(_)) => Err(format!("more than {LARGEST} bytes")),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no PDF after {} s", deadline.as_secs())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn what_goes_in_and_comes_out_is_larger_than_a_pipe() {
        let input = vec![b'x'; 1 << 20];
        let output = run(sh("cat"), input.clone(), DEADLINE).unwrap();
        assert!(output == input);
    }

    #[test]
    fn a_program_that_fails_or_never_ends_gives_no_pdf() {
        let input = || vec![b'x'; 1 << 20];
        let refused = run(sh("exit 64"), input(), DEADLINE).unwrap_err();
        assert!(matches!(refused, Error::Input(_)), "{refused}");
        let failed = run(sh("echo half; exit 70"), input(), DEADLINE).unwrap_err();
        assert!(failed.to_string().contains("70"), "{failed}");
        let endless = run(sh("exec sleep 60"), input(), Duration::from_millis(100)).unwrap_err();
        assert!(endless.to_string().contains("no PDF after"), "{endless}");
    }
}
