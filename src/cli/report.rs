//! `proofmark report`.

use std::path::{Path, PathBuf};

use anstream::adapter::strip_str;

use super::certificate_file::{self, read_certificate};
use super::{out, pdf};
use crate::bundle::{ENVELOPE, Rejudged, verify};
use crate::certificate::Certificate;
use crate::error::{Error, InputError};
use crate::exit::Exit;
use crate::input;
use crate::output::write_fresh;
use crate::report::{self, Signatures};
use crate::texts::{Texts, english};

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
    #[command(flatten)]
    words: Words,
}

/// Only pages for people are translated: the certificate and what machines read stay English.
#[derive(Debug, clap::Args)]
struct Words {
    /// The language of an HTML or PDF page; what is quoted from the certificate stays English [default: en]
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,
    /// Where that language's folder of texts is [default: the texts in the program]
    #[arg(long, value_name = "DIR", requires = "language")]
    texts: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
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
    /// Set by `proofmark-pdf`, a program of its own
    Pdf,
    /// Everything that a template of a PDF gets, as JSON
    Page,
}

impl Format {
    /// Whether it is a page for people, in any language.
    fn is_page(self) -> bool {
        matches!(self, Self::Html | Self::Pdf | Self::Page)
    }
}

/// Runs the command; the report goes to stdout or into a file.
pub fn report(args: &ReportArgs) -> Result<Exit, Error> {
    if !matches!(args.format, Format::Pdf) {
        args.layout.refuse()?;
    }
    if args.words.language.is_some() && !args.format.is_page() {
        return Err(InputError::new("--language", "is for HTML and PDF only")
            .legal("--format html, --format pdf")
            .into());
    }
    let certificate = read_certificate(&certificate_file::of(&args.certificate))?;
    let page = |write: fn(&Texts, &Certificate, &Signatures) -> Result<String, Error>| {
        let signatures = signatures(&args.certificate);
        args.words
            .with(|texts| write(texts, &certificate, &signatures))
    };
    let text = match args.format {
        Format::Text if args.out.is_some() => strip_str(&out::summary(&certificate)).to_string(),
        Format::Text => out::summary(&certificate),
        Format::Json => report::json(&certificate)?,
        Format::Html => page(report::html_in)?,
        Format::Page => page(report::page_json)?,
        Format::Junit => report::junit(&certificate)?,
        Format::Csv => report::csv(&certificate),
        Format::Markdown => report::markdown(&certificate),
        Format::Pdf => {
            let set = pdf::pdf(page(report::page_json)?, &args.layout)?;
            out::deliver(&set, args.out.as_deref())?;
            return Ok(Exit::Ok);
        }
    };
    match &args.out {
        Some(path) => write_fresh(path, text.as_bytes())?,
        None => out::print(&text)?,
    }
    Ok(Exit::Ok)
}

impl Words {
    /// What somebody writes in these words.
    fn with(&self, write: impl Fn(&Texts) -> Result<String, Error>) -> Result<String, Error> {
        match &self.language {
            Some(language) => write(&input::texts(language, self.texts.as_deref())?),
            None => write(english()),
        }
    }
}

/// Who signed the run beside the certificate. Only what verifies is shown as signed.
fn signatures(run: &Path) -> Signatures {
    if !run.join(ENVELOPE).exists() {
        return Signatures::Unknown;
    }
    let checked = match verify(run, &[]) {
        Ok(checked) => checked,
        Err(flaw) => return Signatures::Unconfirmed(flaw.to_string()),
    };
    match checked.rejudged {
        Rejudged::Same => {
            let keys = checked.signers.iter().map(|it| it.key.to_string());
            Signatures::Intact(keys.collect())
        }
        Rejudged::Reworded { .. } | Rejudged::OlderRules { .. } | Rejudged::NewerRules { .. } => {
            let why =
                "This version would not write the same certificate; `proofmark verify` tells more.";
            Signatures::Unconfirmed(why.to_owned())
        }
    }
}
