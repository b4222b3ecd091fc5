//! `proofmark report`.

use std::path::{Path, PathBuf};

use anstream::adapter::strip_str;

use super::certificate_file::Place;
use super::{out, pdf};
use crate::bundle::Rejudged;
use crate::certificate::Certificate;
use crate::error::{Error, InputError};
use crate::exit::Exit;
use crate::input;
use crate::output::write_fresh;
use crate::report::{self, Signatures};
use crate::text::shown;
use crate::texts::{Texts, english};

/// Render a certificate again, in another format
///
/// Where its evidence is beside it, that is judged again first, and a certificate that does not follow from it is refused.
/// What could not be confirmed stands in the report.
#[derive(Debug, clap::Args)]
pub struct ReportArgs {
    /// A run directory, a bundle in one file, or a `certificate.json`
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
    let (certificate, signatures) = checked(&args.certificate)?;
    let page = |write: fn(&Texts, &Certificate, &Signatures) -> Result<String, Error>| {
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

/// The certificate, with what a reader must know of it beside what it says itself, and who signed it. Only what
/// verifies is shown as signed.
fn checked(path: &Path) -> Result<(Certificate, Signatures), Error> {
    let place = Place::open(path)?;
    let Some(checked) = place.check()? else {
        return Ok((place.alone()?, Signatures::Unknown));
    };
    let caution = match &checked.rejudged {
        _ if checked.rejudged.is_confirmed() => None,
        Rejudged::Same | Rejudged::Reworded { .. } => Some(REWORDED.to_owned()),
        Rejudged::OlderRules { rules, .. } => Some(other_rules("older", rules)),
        Rejudged::NewerRules { rules } => Some(other_rules("newer", rules)),
        Rejudged::NewerVersion { why } => return Err(place.newer(why)),
    };
    let Some(mut certificate) = checked.certificate else {
        return Err(place.newer("its certificate has a later format"));
    };
    let keys = checked.signers.iter().map(|it| it.key.to_string());
    let signatures = match &caution {
        _ if checked.signers.is_empty() => Signatures::Unknown,
        None => Signatures::Intact(keys.collect()),
        Some(why) => Signatures::Unconfirmed(why.clone()),
    };
    certificate.cautions.splice(0..0, caution);
    Ok((certificate, signatures))
}

const REWORDED: &str = "This version of Proofmark comes to the same verdicts, but would not write the same words: \
    `proofmark verify` tells which.";

fn other_rules(age: &str, rules: &str) -> String {
    let rules = shown(rules, 20);
    format!(
        "It was judged by {age} rules ({rules}) than those of this version of Proofmark, which cannot confirm its words: `proofmark verify` tells more."
    )
}
