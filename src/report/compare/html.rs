//! Comparisons as one file without scripts or outside resources, in the certificate's own style.

use std::collections::BTreeSet;

use serde::Serialize;

use super::remarks::remarks;
use crate::case::Basis;
use crate::certificate::{Certificate, ProfileReference, RequirementResult};
use crate::compare::{Change, Changed, Changes, Compared, Located};
use crate::error::Error;
use crate::report::html::render;
use crate::report::words;
use crate::report::words::{mark, moment};

macro_rules! template {
    ($body:literal) => {
        concat!(
            include_str!("../html/compare_head.html"),
            "<style>\n",
            include_str!("../html/style.css"),
            include_str!("../html/compare.css"),
            "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#outcome\">Skip to the comparison</a>\n",
            include_str!("../html/masthead.html"),
            include_str!("../html/compare_masthead.html"),
            include_str!($body),
            include_str!("../html/compare_foot.html"),
        )
    };
}

/// Requirements down, runs across.
///
/// # Errors
/// [`Error::Harness`] where the template fails, which no certificate causes.
pub fn matrix_html(runs: &[Compared]) -> Result<String, Error> {
    let Some(first) = runs.first() else {
        return Err(Error::Harness("nothing to compare".to_owned()));
    };
    let rows = first.certificate.requirements.iter().enumerate();
    let page = MatrixPage {
        whole: whole(
            format!("Comparison of {}", words::counted(runs.len(), "run")),
            first,
            runs,
        ),
        rows: rows
            .map(|(index, requirement)| Row {
                id: &requirement.id,
                title: &requirement.title,
                obligation: requirement.obligation.as_str(),
                basis: requirement.basis,
                plain_words: &requirement.plain_words,
                cells: runs
                    .iter()
                    .filter_map(|run| run.certificate.requirements.get(index))
                    .map(cell)
                    .collect(),
            })
            .collect(),
    };
    render("comparison.html", template!("../html/matrix.html"), page)
}

/// What changed, the most important first.
///
/// # Errors
/// As for [`matrix_html`].
pub fn changes_html(changes: &Changes<'_>, runs: &[Compared]) -> Result<String, Error> {
    let Some(first) = runs.first() else {
        return Err(Error::Harness("nothing to compare".to_owned()));
    };
    let title = format!("What changed: {}", words::device(changes.after));
    let (headline, headline_mark) = if changes.regressed() {
        ("Something regressed", "fail")
    } else if changes.open() {
        ("Nothing is shown to have regressed", "inconclusive")
    } else {
        ("Nothing regressed", "pass")
    };
    let mut remarks = remarks(changes);
    if changes.outcome_regressed() {
        remarks.insert(
            0,
            "The outcome regressed: the device conformed before.".to_owned(),
        );
    }
    let page = ChangesPage {
        whole: whole(title, first, runs),
        headline,
        headline_mark,
        remarks,
        counts: Change::ALL
            .into_iter()
            .map(|change| Count {
                count: changes.count(change),
                word: change.as_str(),
            })
            .collect(),
        groups: Change::ALL
            .into_iter()
            .filter(|change| changes.count(*change) > 0)
            .map(|change| group(changes, change))
            .collect(),
    };
    render("comparison.html", template!("../html/changes.html"), page)
}

/// What both pages see.
#[derive(Serialize)]
struct Whole<'a> {
    title: String,
    profile: &'a ProfileReference,
    rules: &'a str,
    /// How many certificates were judged for this comparison.
    again: usize,
    runs: Vec<RunFacts<'a>>,
}

#[derive(Serialize)]
struct RunFacts<'a> {
    name: &'a str,
    device: String,
    firmware: Option<&'a str>,
    serials: Vec<&'a str>,
    tested: String,
    judged: String,
    judged_again: bool,
    outcome: &'static str,
    outcome_mark: &'static str,
    id: &'a str,
    sha256: &'a str,
}

#[derive(Serialize)]
struct MatrixPage<'a> {
    #[serde(flatten)]
    whole: Whole<'a>,
    rows: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    title: &'a str,
    obligation: &'static str,
    basis: Basis,
    plain_words: &'a str,
    cells: Vec<Cell<'a>>,
}

#[derive(Serialize)]
struct ChangesPage<'a> {
    #[serde(flatten)]
    whole: Whole<'a>,
    headline: &'static str,
    headline_mark: &'static str,
    remarks: Vec<String>,
    counts: Vec<Count>,
    groups: Vec<Group<'a>>,
}

#[derive(Serialize)]
struct Count {
    count: usize,
    word: &'static str,
}

/// Requirements that changed in one way.
#[derive(Serialize)]
struct Group<'a> {
    word: &'static str,
    title: String,
    meaning: &'static str,
    mark: &'static str,
    changed: Vec<Pair<'a>>,
}

#[derive(Serialize)]
struct Pair<'a> {
    before: Cell<'a>,
    after: Cell<'a>,
    came: Vec<Found<'a>>,
    went: Vec<Found<'a>>,
}

/// A requirement of one certificate.
#[derive(Serialize)]
struct Cell<'a> {
    title: &'a str,
    obligation: &'static str,
    verdict: String,
    mark: &'static str,
    rationale: &'a str,
    by: Option<&'a str>,
    waived: Option<String>,
    /// Codes of what breaks it.
    codes: BTreeSet<&'a str>,
}

#[derive(Serialize)]
struct Found<'a> {
    code: &'a str,
    place: String,
    message: &'a str,
}

fn whole<'a>(title: String, first: &'a Compared, runs: &'a [Compared]) -> Whole<'a> {
    Whole {
        title,
        profile: &first.certificate.profile,
        rules: &first.certificate.tool.rules,
        again: runs.iter().filter(|run| run.judged_again).count(),
        runs: runs.iter().map(facts).collect(),
    }
}

fn facts(run: &Compared) -> RunFacts<'_> {
    let certificate: &Certificate = &run.certificate;
    let device = &certificate.device;
    RunFacts {
        name: &run.name,
        device: words::device(certificate),
        firmware: device.firmware.as_ref().map(|it| it.value.as_str()),
        serials: device
            .units
            .iter()
            .filter_map(|unit| unit.serial.as_deref())
            .collect(),
        tested: certificate.run.from.strftime("%-d %B %Y").to_string(),
        judged: moment(certificate.judged_at),
        judged_again: run.judged_again,
        outcome: words::outcome(certificate),
        outcome_mark: mark(certificate.outcome.as_str()),
        id: &certificate.id,
        sha256: &certificate.run.sha256,
    }
}

fn cell(requirement: &RequirementResult) -> Cell<'_> {
    let findings = requirement.findings.iter();
    let violations = findings.filter(|finding| finding.severity.violates());
    Cell {
        title: &requirement.title,
        obligation: requirement.obligation.as_str(),
        verdict: words::verdict(requirement),
        mark: mark(&requirement.verdict.to_string()),
        rationale: &requirement.rationale,
        by: requirement.declared_by.as_deref(),
        waived: requirement.waiver.as_ref().map(words::waived_by),
        codes: violations.map(|finding| finding.code.as_str()).collect(),
    }
}

fn group<'a>(changes: &'a Changes<'a>, change: Change) -> Group<'a> {
    let of = changes.requirements.iter().filter(|it| it.change == change);
    Group {
        word: change.as_str(),
        title: format!(
            "{}: {}",
            words::capitalised(change.as_str()),
            words::counted(changes.count(change), "requirement")
        ),
        meaning: change.meaning(),
        mark: match change {
            Change::Regressed => "fail",
            Change::Fixed => "pass",
            Change::New | Change::Unclear => "inconclusive",
            Change::Dropped | Change::Unchanged => "na",
        },
        changed: of.map(pair).collect(),
    }
}

fn pair<'a>(changed: &'a Changed<'a>) -> Pair<'a> {
    let found = |all: &'a [Located<'a>]| {
        all.iter()
            .map(|one| Found {
                code: &one.0.code,
                place: one.0.subject.to_string(),
                message: &one.0.message,
            })
            .collect()
    };
    Pair {
        before: cell(changed.before),
        after: cell(changed.after),
        came: found(&changed.came),
        went: found(&changed.went),
    }
}
