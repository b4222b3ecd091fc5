//! `proofmark report`.

use std::path::PathBuf;

use super::certificate_file::{self, read_certificate};
use super::out;
use crate::error::Error;
use crate::exit::Exit;
use crate::report;

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
    let certificate = read_certificate(&certificate_file::of(&args.certificate))?;
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
