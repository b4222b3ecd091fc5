//! From a text to a job sheet in which everything fits together.

use super::JOB_FORMAT;
use super::sheet::{Item, ItemFact, JobSheet, Report, Test};
use crate::decode::{self, Document, steps};
use crate::digest::sha256_hex;
use crate::error::InputError;
use crate::text::shown;

/// Items, and entries of any list in `[test]`, that a job may have.
const MOST: usize = 32;

/// A job sheet and the file that it was read from.
#[derive(Clone, Debug)]
pub struct JobFile {
    pub sheet: JobSheet,
    /// The file as read; `job.toml` of a run.
    pub text: String,
    /// SHA-256 of the text, hex.
    pub sha256: String,
}

/// Reads a job sheet from its text, as it was recorded: the units that it names need not exist. `origin` is what errors
/// call the text.
///
/// # Errors
///
/// The first thing that is wrong, with its place and what is legal.
pub fn recorded_job(text: &str, origin: &str) -> Result<JobFile, InputError> {
    read(text, origin, None)
}

/// Reads a job sheet that somebody hands in for a device with these units.
///
/// # Errors
///
/// As for [`recorded_job`], and a unit that the device does not have.
pub fn job(text: &str, origin: &str, units: &[&str]) -> Result<JobFile, InputError> {
    read(text, origin, Some(units))
}

fn read(text: &str, origin: &str, units: Option<&[&str]>) -> Result<JobFile, InputError> {
    let document = Document::parse(origin, text, JOB_FORMAT, false)?;
    let sheet: JobSheet = document.decode()?;
    if let Some(report) = &sheet.report {
        check_report(&document, report)?;
    }
    if let Some(test) = &sheet.test {
        check_test(&document, test)?;
    }
    for (key, length) in [("item", sheet.item.len()), ("opinion", sheet.opinion.len())] {
        check_length(&document, steps![key, MOST], length)?;
    }
    for (index, item) in sheet.item.iter().enumerate() {
        check_item(&document, index, item, units)?;
        if sheet.item[..index].iter().any(|it| it.unit == item.unit) {
            let at = steps!["item", index, "unit"];
            let message = "an item of the same unit stands here already";
            return Err(document.error(at, message, "each unit once, and once none for all"));
        }
    }
    Ok(JobFile {
        sheet,
        text: text.to_owned(),
        sha256: sha256_hex(text),
    })
}

/// An amended report is told from the one that it replaces, and names it (7.8.8).
fn check_report(document: &Document<'_>, report: &Report) -> Result<(), InputError> {
    let issues = [
        (steps!["report", "issue"], report.issue),
        (
            steps!["report", "replaces", "issue"],
            report.replaces.as_ref().and_then(|it| it.issue),
        ),
    ];
    for (at, issue) in issues {
        if issue == Some(0) {
            return Err(document.error(at, "there is no issue 0", "a whole number from 1"));
        }
    }
    match &report.replaces {
        None if report.issue.is_some_and(|issue| issue > 1) => Err(document.error(
            steps!["report", "issue"],
            "an issue after the first replaces an earlier one",
            "`replaces = { number = …, issue = …, because = … }` beside it",
        )),
        Some(old) if (&old.number, old.issue) == (&report.number, report.issue) => {
            let at = steps!["report", "replaces"];
            let message = "a report does not replace itself";
            Err(document.error(at, message, "another number, or another issue"))
        }
        _ => Ok(()),
    }
}

fn check_test(document: &Document<'_>, test: &Test) -> Result<(), InputError> {
    for (key, list) in [
        ("deviations", &test.deviations),
        ("additions", &test.additions),
        ("exclusions", &test.exclusions),
        ("external", &test.external),
    ] {
        check_length(document, steps!["test", key, MOST], list.len())?;
    }
    Ok(())
}

/// `at` is the place of the first entry that is too many.
fn check_length(
    document: &Document<'_>,
    at: &[decode::Step<'_>],
    length: usize,
) -> Result<(), InputError> {
    if length <= MOST {
        return Ok(());
    }
    let legal = format!("at most {MOST}");
    Err(document.error(at, format!("there are {length} of these"), legal))
}

fn check_item(
    document: &Document<'_>,
    index: usize,
    item: &Item,
    units: Option<&[&str]>,
) -> Result<(), InputError> {
    if let (Some(unit), Some(units)) = (&item.unit, units)
        && !units.contains(&unit.as_str())
    {
        let message = format!(
            "`{}` is no unit of the manifest{}",
            shown(unit.as_str(), 60),
            decode::hint(unit.as_str(), units)
        );
        let at = steps!["item", index, "unit"];
        return Err(document.error(at, message, decode::words(units)));
    }
    let all = [
        ItemFact::Description,
        ItemFact::Identification,
        ItemFact::Condition,
        ItemFact::Received,
        ItemFact::Sampling,
    ];
    let said = all.into_iter().filter(|fact| item.says(*fact));
    let said: Vec<&str> = said.map(ItemFact::as_str).collect();
    if said.is_empty() {
        let at = steps!["item", index];
        let legal = decode::words(&all.map(ItemFact::as_str));
        return Err(document.error(
            at,
            "nothing is said of it",
            format!("at least one of {legal}"),
        ));
    }
    for (place, fact) in item.from_customer.iter().enumerate() {
        let at = steps!["item", index, "from_customer", place];
        if !item.says(*fact) {
            let message = format!("`{}` is not said here", fact.as_str());
            return Err(document.error(at, message, decode::words(&said)));
        }
        if item.from_customer[..place].contains(fact) {
            return Err(document.error(at, "this stands here twice", "each once"));
        }
    }
    Ok(())
}
