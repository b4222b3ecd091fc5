//! Where a passphrase comes from: a file, the environment, or whoever sits at the terminal.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};

use crate::error::{Error, InputError};
use crate::input::{bounded, unreadable};

/// The variable that may hold the passphrase.
const VARIABLE: &str = "PROOFMARK_PASSPHRASE";

/// How a passphrase was given on the command line.
#[derive(Debug, clap::Args)]
pub struct Passphrase {
    /// A file whose first line is the passphrase of the key [default: PROOFMARK_PASSPHRASE, or asked for]
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl Passphrase {
    /// The passphrase of a key that has one.
    pub fn of_key(&self, key: &Path) -> Result<Option<String>, Error> {
        match self.given()? {
            Some(given) => Ok(Some(given)),
            None => ask(&format!("passphrase of {}: ", key.display())).map(Some),
        }
    }

    /// The passphrase of a key that is being made; none where nobody wants one.
    pub fn for_new_key(&self, wanted: bool) -> Result<Option<String>, Error> {
        let given = match self.given()? {
            None if wanted => {
                let first = ask("passphrase of the new key: ")?;
                if ask("once more: ")? != first {
                    return Err(wrong("the two are not the same").into());
                }
                Some(first)
            }
            given => given,
        };
        match given {
            Some(empty) if empty.is_empty() => Err(wrong("is empty").into()),
            given => Ok(given),
        }
    }

    fn given(&self) -> Result<Option<String>, Error> {
        let Some(path) = &self.passphrase_file else {
            return Ok(std::env::var(VARIABLE).ok());
        };
        let bytes = bounded(path, 4096)
            .map_err(|error| unreadable(path, &error))?
            .ok_or_else(|| wrong("its file is larger than 4096 bytes"))?;
        let text = crate::decode::utf8(&path.display().to_string(), bytes)?;
        Ok(Some(text.lines().next().unwrap_or_default().to_owned()))
    }
}

fn wrong(message: &str) -> InputError {
    InputError::new("passphrase", message).legal(format!(
        "--passphrase-file, {VARIABLE}, or a terminal to ask at"
    ))
}

/// Asks at the terminal, whatever stdin and stdout are, and shows nothing of what is typed.
fn ask(prompt: &str) -> Result<String, Error> {
    let nobody = |_| wrong("is needed, and there is no terminal to ask at");
    let mut terminal = File::options()
        .read(true)
        .write(true)
        .open("/dev/tty")
        .map_err(nobody)?;
    let before = tcgetattr(&terminal).map_err(|error| nobody(error.into()))?;
    let mut silent = before.clone();
    silent.local_flags.remove(LocalFlags::ECHO);
    silent.local_flags.insert(LocalFlags::ECHONL);
    tcsetattr(&terminal, SetArg::TCSAFLUSH, &silent).map_err(|error| nobody(error.into()))?;
    let mut line = String::new();
    let answered = terminal
        .write_all(prompt.as_bytes())
        .and_then(|()| BufReader::new(&terminal).read_line(&mut line));
    // Whatever happened, the terminal is as it was.
    let _ = tcsetattr(&terminal, SetArg::TCSAFLUSH, &before);
    answered.map_err(nobody)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
