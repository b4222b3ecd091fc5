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
use crate::output::write_whole;
use crate::report::{self, Signatures};
use crate::texts::english;

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

/// Only a page for people is translated: the certificate and what machines read stay English.
#[derive(Debug, clap::Args)]
struct Words {
    /// The language of an HTML page; what is quoted from the certificate stays English [default: en]
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
    Pdf,
}

/// Runs the command; the report goes to stdout or into a file.
pub fn report(args: &ReportArgs) -> Result<Exit, Error> {
    if !matches!(args.format, Format::Pdf) {
        args.layout.refuse()?;
    }
    if args.words.language.is_some() && args.format != Format::Html {
        return Err(InputError::new("--language", "is for HTML only")
            .legal("--format html")
            .into());
    }
    let certificate = read_certificate(&certificate_file::of(&args.certificate))?;
    let text = match args.format {
        Format::Text if args.out.is_some() => strip_str(&out::summary(&certificate)).to_string(),
        Format::Text => out::summary(&certificate),
        Format::Json => report::json(&certificate)?,
        Format::Html => args
            .words
            .html(&certificate, &signatures(&args.certificate))?,
        Format::Junit => report::junit(&certificate)?,
        Format::Csv => report::csv(&certificate),
        Format::Markdown => report::markdown(&certificate),
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

impl Words {
    fn html(&self, certificate: &Certificate, signatures: &Signatures) -> Result<String, Error> {
        match &self.language {
            Some(language) => {
                let texts = input::texts(language, self.texts.as_deref())?;
                report::html_in(&texts, certificate, signatures)
            }
            None => report::html_in(english(), certificate, signatures),
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
