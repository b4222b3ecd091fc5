//! One run of the tool as a child process, with a deadline.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use proofmark_lab::scenario::{self, Interrupt};

/// No run takes longer, on however slow a machine.
const DEADLINE: Duration = Duration::from_secs(240);

/// How a child ended.
#[derive(Debug)]
pub struct Ended {
    /// None: by a signal.
    pub exit: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    /// Whether the signal of the scenario was sent.
    pub interrupted: bool,
}

/// Runs the tool until it ends; a line of its progress may set off a signal.
pub fn proofmark(arguments: &[&str], interrupt: Option<&Interrupt>) -> Result<Ended, String> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_proofmark"))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("proofmark does not start: {error}"))?;
    let (out, errors) = (lines(child.stdout.take()), lines(child.stderr.take()));
    let deadline = Instant::now() + DEADLINE;
    let mut stderr = String::new();
    let mut interrupted = false;
    // Standard error ends when the child does: no need to poll.
    while let Some(line) = next(&errors, deadline, &mut child, &stderr)? {
        stderr.push_str(&line);
        if let Some(interrupt) = interrupt.filter(|it| !interrupted && line.contains(&it.after)) {
            interrupted = true;
            signal(&child, interrupt.signal)?;
        }
    }
    let mut stdout = String::new();
    while let Some(line) = next(&out, deadline, &mut child, &stderr)? {
        stdout.push_str(&line);
    }
    let status = child
        .wait()
        .map_err(|error| format!("proofmark: {error}"))?;
    Ok(Ended {
        exit: status.code(),
        stdout,
        stderr,
        interrupted,
    })
}

/// The next line; none at the end. Ends the child where it does not come in time.
fn next(
    lines: &Receiver<String>,
    deadline: Instant,
    child: &mut Child,
    stderr: &str,
) -> Result<Option<String>, String> {
    match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        Ok(line) => Ok(Some(line)),
        Err(RecvTimeoutError::Disconnected) => Ok(None),
        Err(RecvTimeoutError::Timeout) => {
            let _ = child.kill();
            let _ = child.wait();
            let seconds = DEADLINE.as_secs();
            Err(format!("proofmark did not end in {seconds} s:\n{stderr}"))
        }
    }
}

fn lines(pipe: Option<impl std::io::Read + Send + 'static>) -> Receiver<String> {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let Some(pipe) = pipe else { return };
        let mut reader = BufReader::new(pipe);
        let mut line = Vec::new();
        while matches!(reader.read_until(b'\n', &mut line), Ok(1..)) {
            let text = String::from_utf8_lossy(&line).into_owned();
            if tell.send(text).is_err() {
                return;
            }
            line.clear();
        }
    });
    told
}

fn signal(child: &Child, wanted: scenario::Signal) -> Result<(), String> {
    let signal = match wanted {
        scenario::Signal::Int => Signal::SIGINT,
        scenario::Signal::Kill => Signal::SIGKILL,
        scenario::Signal::Term => Signal::SIGTERM,
    };
    // The child has not been waited for, so that its id is still its own.
    let id = i32::try_from(child.id()).map_err(|error| error.to_string())?;
    kill(Pid::from_raw(id), signal).map_err(|error| format!("kill: {error}"))
}
