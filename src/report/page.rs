//! What a report for people shows, as data: the template of the HTML page gets it, and `proofmark-pdf` gets it as JSON, so that
//! both say the same. `pdf/README.md` tells template authors what each field is.

mod bytes;
mod detail;
mod examined;
mod lay;

use jiff::Timestamp;
use serde::Serialize;

use self::detail::{Detail, details};
pub(super) use self::examined::is_record;
use self::examined::{Examined, examined};
use self::lay::{Lay, lay};
use super::laboratory::{Laboratory, Signatures, laboratory};
use super::picture::{DRAWING, Figures, PATTERNS, figures};
use super::words::{self, MOMENT};
use crate::certificate::{Certificate, NotAssessed};
use crate::error::Error;
use crate::texts::{ENGLISH, Texts};

/// The format of a page as JSON.
const FORMAT: &str = "proofmark-page/1";

/// A page as JSON, for a program that sets it.
///
/// # Errors
/// [`Error::Harness`] where it cannot be written, which no certificate causes.
pub fn page_json(
    texts: &Texts,
    certificate: &Certificate,
    signatures: &Signatures,
) -> Result<String, Error> {
    let document = Document {
        format: FORMAT,
        page: page(certificate, texts, signatures),
        drawing: Drawing {
            css: DRAWING,
            patterns: PATTERNS,
        },
    };
    serde_json::to_string(&document).map_err(|error| Error::Harness(format!("page: {error}")))
}

/// A page that leaves this program.
#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    #[serde(flatten)]
    page: Page<'a>,
    drawing: Drawing,
}

/// What pictures look like; a page of HTML has it in its own style.
#[derive(Serialize)]
struct Drawing {
    css: &'static str,
    patterns: &'static str,
}

/// What the template sees.
#[derive(Serialize)]
pub(super) struct Page<'a> {
    c: &'a Certificate,
    lab: Laboratory<'a>,
    lang: &'a str,
    translated: bool,
    /// The words of the page, by section and name.
    t: &'a toml::Table,
    outcome: &'a str,
    meaning: &'a str,
    judged: String,
    from: String,
    until: Option<String>,
    first_day: String,
    last_day: Option<String>,
    lay: Lay<'a>,
    requirements: Vec<Detail<'a>>,
    examined: Vec<Examined<'a>>,
    not_assessed: Vec<Group<'a>>,
    figures: Figures,
}

/// Provisions of one standard.
#[derive(Serialize)]
struct Group<'a> {
    standard: &'a str,
    version: &'a str,
    provisions: Vec<&'a NotAssessed>,
}

pub(super) fn page<'a>(
    certificate: &'a Certificate,
    texts: &'a Texts,
    signatures: &'a Signatures,
) -> Page<'a> {
    let run = &certificate.run;
    let translated = texts.language != ENGLISH;
    let written = |time: Timestamp, english: &str, numbers: &str| {
        let pattern = if translated { numbers } else { english };
        time.strftime(pattern).to_string()
    };
    let moment = |time| written(time, MOMENT, "%Y-%m-%d %H:%M:%S UTC");
    let day = |time| written(time, "%-d %B %Y", "%Y-%m-%d");
    Page {
        c: certificate,
        lab: laboratory(certificate, signatures),
        lang: &texts.language,
        translated,
        t: &texts.page,
        outcome: words::outcome_in(texts, certificate),
        meaning: words::meaning_in(texts, certificate),
        judged: moment(certificate.judged_at),
        from: moment(run.from),
        until: run.until.map(moment),
        first_day: day(run.from),
        last_day: run.until.map(day),
        lay: lay(certificate, texts),
        requirements: details(certificate, texts),
        examined: examined(certificate),
        not_assessed: grouped_by_standard(&certificate.not_assessed),
        figures: figures(certificate),
    }
}

/// Groups in the order of their first provision.
fn grouped_by_standard(provisions: &[NotAssessed]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for provision in provisions {
        let (standard, version) = (provision.standard.as_ref(), provision.version.as_ref());
        let known = groups
            .iter_mut()
            .find(|group| (group.standard, group.version) == (standard, version));
        match known {
            Some(group) => group.provisions.push(provision),
            None => groups.push(Group {
                standard,
                version,
                provisions: vec![provision],
            }),
        }
    }
    groups
}
