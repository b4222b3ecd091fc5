//! `proofmark report`.

use std::path::PathBuf;

use super::out;
use crate::certificate::{CERTIFICATE_FORMAT, Certificate};
use crate::error::{Error, InputError};
use crate::exit::Exit;
use crate::input::{bounded, unreadable};
use crate::report;

/// No certificate is larger, bytes.
const LARGEST: usize = 64 << 20;

/// Render a certificate again, in another format
#[derive(Debug, clap::Args)]
pub struct ReportArgs {
    /// A run directory or a `certificate.json`
    certificate: PathBuf,
    /// The format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// For a terminal
    Text,
    Json,
    Html,
    /// XML for CI
    Junit,
    /// A table of provisions, for a spreadsheet or a lab's own form
    Csv,
    /// A summary for a pull request
    Markdown,
}

/// Runs the command; the report goes to stdout.
pub fn report(args: &ReportArgs) -> Result<Exit, Error> {
    let path = if args.certificate.is_dir() {
        args.certificate.join("certificate.json")
    } else {
        args.certificate.clone()
    };
    let bytes = bounded(&path, LARGEST)
        .map_err(|error| unreadable(&path, &error))?
        .ok_or_else(|| {
            InputError::new(path.display().to_string(), "the file is too large")
                .legal(format!("at most {LARGEST} bytes"))
        })?;
    let wrong = |line, column, message: String| {
        let mut input = InputError::new(path.display().to_string(), message);
        input.place = Some((line, column));
        Error::from(input)
    };
    let certificate: Certificate = serde_json::from_slice(&bytes).map_err(|error| {
        wrong(
            error.line().max(1),
            error.column().max(1),
            error.to_string(),
        )
    })?;
    if certificate.format != CERTIFICATE_FORMAT {
        return Err(wrong(
            1,
            1,
            format!("is not in format `{CERTIFICATE_FORMAT}`"),
        ));
    }
    let text = match args.format {
        Format::Text => out::summary(&certificate),
        Format::Json => report::json(&certificate)?,
        Format::Html => report::html(&certificate)?,
        Format::Junit => report::junit(&certificate)?,
        Format::Csv => report::csv(&certificate),
        Format::Markdown => report::markdown(&certificate),
    };
    out::print(&text)?;
    Ok(Exit::Ok)
}
