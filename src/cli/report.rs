//! `proofmark report`.

use std::path::PathBuf;

use anstream::adapter::strip_str;

use super::{out, pdf};
use crate::certificate::{CERTIFICATE_FORMAT, Certificate};
use crate::error::{Error, InputError};
use crate::exit::Exit;
use crate::input::{bounded, unreadable};
use crate::output::write_whole;
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
    /// Where to write it [default: stdout]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    layout: pdf::Layout,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Text,
    Json,
    Html,
    Junit,
    Pdf,
}

/// Runs the command; the report goes to stdout or into a file.
pub fn report(args: &ReportArgs) -> Result<Exit, Error> {
    if !matches!(args.format, Format::Pdf) {
        args.layout.refuse()?;
    }
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
        Format::Text if args.out.is_some() => strip_str(&out::summary(&certificate)).to_string(),
        Format::Text => out::summary(&certificate),
        Format::Json => report::json(&certificate)?,
        Format::Html => report::html(&certificate)?,
        Format::Junit => report::junit(&certificate)?,
        Format::Pdf => {
            out::deliver(&pdf::pdf(&certificate, &args.layout)?, args.out.as_deref())?;
            return Ok(Exit::Ok);
        }
    };
    match &args.out {
        Some(path) => write_whole(path, text.as_bytes())?,
        None => out::print(&text)?,
    }
    Ok(Exit::Ok)
}
