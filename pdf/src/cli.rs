//! The command line. The PDF is the result; errors and warnings go to stderr.

use std::fs;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use crate::error::Error;
use crate::fonts::Fonts;
use crate::page;
use crate::render::{Promise, pdf};
use crate::template::{self, MAIN};
use crate::world::Desk;

/// Sets a page of `proofmark report` as PDF. `proofmark report RUN --format pdf` makes the page and calls this program.
///
/// Exit status: 0 where there is a PDF, 64 where the page or the template is wrong, 70 where this program failed.
#[derive(Debug, Parser)]
#[command(name = "proofmark-pdf", version, max_term_width = 100)]
struct Cli {
    /// What `proofmark report RUN --format page` wrote, or `-` for stdin
    #[arg(required_unless_present_any = ["print_template", "write_template"])]
    page: Option<PathBuf>,
    /// Where to write the PDF [default: stdout]
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// A template of your own; it can use the files of its folder and nothing else
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// A directory with more fonts, for scripts that those inside do not know
    #[arg(long, value_name = "DIR")]
    fonts: Option<PathBuf>,
    /// Write tagged PDF 1.7 and promise neither PDF/A-2a nor PDF/UA-1, which demand more of a template
    #[arg(long)]
    plain: bool,
    /// Print the built-in template, to begin your own with
    #[arg(long, exclusive = true)]
    print_template: bool,
    /// Write the built-in template with all its parts to a folder that is not there yet
    #[arg(long, exclusive = true, value_name = "DIR")]
    write_template: Option<PathBuf>,
}

/// Runs the command line and says how the process ends.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // clap itself decides whether this is help on stdout or a complaint on stderr.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 64 } else { 0 });
        }
    };
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say("error", &error);
            ExitCode::from(error.status())
        }
    }
}

fn run(cli: &Cli) -> Result<(), Error> {
    if let Some(folder) = &cli.write_template {
        return template::write(folder);
    }
    let Some(path) = &cli.page else {
        return print(MAIN.1.as_bytes());
    };
    if cli.out.is_none() && std::io::stdout().is_terminal() {
        let advice = "a PDF is nothing for a terminal; name a file with --out";
        return Err(Error::Input(advice.to_owned()));
    }
    let fonts = Fonts::load(cli.fonts.as_deref())?;
    let page = page::parse(&page::bytes(path)?, |c| fonts.has_glyph(c))?;
    if page.without_glyph > 0 {
        let count = page.without_glyph;
        let warning = format!(
            "characters that no font has are spelled out, as \\u{{6444}}: {count} different ones; --fonts names more fonts"
        );
        say("warning", &warning);
    }
    let desk = Desk::new(cli.template.as_deref(), page, fonts)?;
    let promise = if cli.plain {
        Promise::Plain
    } else {
        Promise::Archive
    };
    let rendered = pdf(&desk, promise)?;
    for warning in &rendered.warnings {
        say("warning", warning);
    }
    match &cli.out {
        Some(path) => write_whole(path, &rendered.bytes),
        None => print(&rendered.bytes),
    }
}

fn say(what: &str, message: &dyn std::fmt::Display) {
    // Where stderr is gone, nobody is there to be told.
    let _ = writeln!(std::io::stderr(), "{what}: {message}");
}

fn print(bytes: &[u8]) -> Result<(), Error> {
    let mut stdout = std::io::stdout().lock();
    stdout
        .write_all(bytes)
        .and_then(|()| stdout.flush())
        .map_err(|error| Error::Harness(format!("cannot write to stdout: {error}")))
}

/// Writes a file in one step: a reader sees the old one, or none, or all of the new one.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    fs::write(&draft, bytes)
        .and_then(|()| fs::rename(&draft, path))
        .map_err(|error| {
            // The error that counts is the first one.
            let _ = fs::remove_file(&draft);
            Error::Harness(format!("{}: cannot write: {error}", path.display()))
        })
}
