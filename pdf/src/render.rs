//! From a template and a page to the bytes of a PDF.

use typst::World;
use typst::diag::{SourceDiagnostic, Warned};
use typst::foundations::Smart;
use typst::syntax::{DiagSpan, DiagSpanKind, FileId};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::error::Error;
use crate::text::brief;
use crate::world::Desk;

/// What a PDF promises to its readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// PDF/A-2a and PDF/UA-1: it can be archived, and read aloud.
    Archive,
    /// Tagged PDF 1.7, for templates that cannot promise more.
    Plain,
}

/// A PDF, and what typst warns of.
#[derive(Debug)]
pub struct Rendered {
    pub bytes: Vec<u8>,
    pub warnings: Vec<String>,
}

/// Sets the template. The same page, template and fonts give the same bytes.
///
/// # Errors
/// The template is wrong: with its file, line and column.
pub fn pdf(desk: &Desk, promise: Promise) -> Result<Rendered, Error> {
    let Warned { output, warnings } = typst::compile::<PagedDocument>(desk);
    let document = output.map_err(|errors| failed(desk, &errors))?;
    let options = PdfOptions {
        ident: Smart::Auto,
        creator: Smart::Custom(Some(
            concat!("proofmark-pdf ", env!("CARGO_PKG_VERSION")).to_owned(),
        )),
        timestamp: desk.judged_at().map(Timestamp::new_utc),
        page_ranges: None,
        standards: standards(promise)?,
        tagged: true,
        pretty: false,
    };
    let bytes = typst_pdf::pdf(&document, &options).map_err(|errors| {
        match (failed(desk, &errors), promise) {
            (Error::Input(said), Promise::Archive) if !desk.is_built_in() => Error::Input(format!(
                "{said}\n  hint: `proofmark-pdf --plain` promises less"
            )),
            (error, _) => error,
        }
    })?;
    let warnings = warnings.iter().map(|warning| told(desk, warning)).collect();
    Ok(Rendered { bytes, warnings })
}

fn standards(promise: Promise) -> Result<PdfStandards, Error> {
    let wanted: &[PdfStandard] = match promise {
        Promise::Archive => &[PdfStandard::A_2a, PdfStandard::Ua_1],
        Promise::Plain => &[PdfStandard::V_1_7],
    };
    PdfStandards::new(wanted).map_err(|error| Error::Harness(error.message().to_string()))
}

/// All that is wrong, one thing a line.
fn failed(desk: &Desk, errors: &[SourceDiagnostic]) -> Error {
    let lines: Vec<String> = errors.iter().map(|error| told(desk, error)).collect();
    let all = lines.join("\n");
    if desk.is_built_in() {
        let whose = "the page has not the shape that the built-in template expects; was it edited, or is it of another version?";
        return Error::Input(format!("{whose}\n{all}"));
    }
    Error::Input(all)
}

/// `letter.typ:12:5: unknown variable: foo`, then hints, then what called it. Messages may quote the certificate.
fn told(desk: &Desk, diagnostic: &SourceDiagnostic) -> String {
    let message = brief(&diagnostic.message, 500);
    let mut out = match place(desk, diagnostic.span) {
        Some(place) => format!("{place}: {message}"),
        None => message,
    };
    for hint in &diagnostic.hints {
        out.push_str(&format!("\n  hint: {}", brief(&hint.v, 500)));
    }
    for point in &diagnostic.trace {
        if let Some(place) = place(desk, point.span.into()) {
            out.push_str(&format!(
                "\n  {} at {place}",
                brief(&point.v.to_string(), 200)
            ));
        }
    }
    out
}

fn place(desk: &Desk, span: DiagSpan) -> Option<String> {
    let (id, range): (FileId, _) = match span.get() {
        DiagSpanKind::Detached => return None,
        DiagSpanKind::Number { id, num, sub_range } => {
            (id, desk.source(id).ok()?.range(num, sub_range)?)
        }
        DiagSpanKind::Range { id, range } => (id, range),
    };
    let bytes = desk.file(id).ok()?;
    let before = bytes.get(..range.start)?;
    let line_start = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |newline| newline + 1);
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let column = String::from_utf8_lossy(&before[line_start..])
        .chars()
        .count()
        + 1;
    let name = brief(id.vpath().get_without_slash(), 200);
    Some(format!("{name}:{line}:{column}"))
}
