//! `certificate.html`: one file without scripts or outside resources, for three readers.
//!
//! The pages of `html/` are one template. Each value of the certificate goes through
//! [`crate::text::harmless`] and HTML escaping on its way out; there is no way around it in a template,
//! because [`write_value`] escapes text that is marked as safe as well.

mod examined;

use std::cmp::Reverse;

use jiff::Timestamp;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{
    AutoEscape, Environment, Output, State, UndefinedBehavior, Value, escape_formatter,
};
use serde::Serialize;

use self::examined::{Examined, examined, is_record};
use super::words;
use crate::certificate::{Certificate, EvidenceReference, NotAssessed, RequirementResult};
use crate::digest::is_sha256_hex;
use crate::error::Error;
use crate::text::harmless;

const TEMPLATE: &str = concat!(
    include_str!("html/head.html"),
    "<style>\n",
    include_str!("html/style.css"),
    include_str!("html/examined.css"),
    "</style>\n",
    include_str!("html/opening.html"),
    include_str!("html/masthead.html"),
    include_str!("html/summary.html"),
    include_str!("html/requirements.html"),
    include_str!("html/examined.html"),
    include_str!("html/record.html"),
);

/// The whole page.
///
/// # Errors
/// [`Error::Harness`] where the template fails, which no certificate causes.
pub fn html(certificate: &Certificate) -> Result<String, Error> {
    render("certificate.html", TEMPLATE, page(certificate))
}

/// Renders a template with what it sees. Whatever is no text of the template itself is escaped.
///
/// # Errors
/// [`Error::Harness`] where the template fails.
pub(super) fn render(name: &str, template: &str, page: impl Serialize) -> Result<String, Error> {
    try_render(name, template, page).map_err(|error| Error::Harness(format!("{name}: {error:#}")))
}

fn try_render(
    name: &str,
    template: &str,
    page: impl Serialize,
) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_formatter(write_value);
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()?,
    );
    environment.add_filter("mark", mark);
    environment.add_filter("grouped", grouped);
    environment.add_filter("counted", words::counted);
    environment.add_filter("shown_by", shown_by);
    environment.add_test("digest", is_digest);
    environment.add_test("record", is_record);
    environment.render_named_str(name, template, Serde(page))
}

fn write_value(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    match value.as_str() {
        Some(text) => escape_formatter(out, state, &Value::from(harmless(text))),
        None => escape_formatter(out, state, value),
    }
}

/// What the template sees.
#[derive(Serialize)]
struct Page<'a> {
    c: &'a Certificate,
    /// The id where it is safe inside a style sheet, for the foot of each printed page.
    running_id: Option<&'a str>,
    outcome: &'static str,
    meaning: &'static str,
    judged: String,
    from: String,
    until: Option<String>,
    tally: Vec<Tally>,
    requirements: Vec<Detail<'a>>,
    examined: Vec<Examined<'a>>,
    not_assessed: Vec<Group<'a>>,
}

/// How many requirements have a verdict.
#[derive(Serialize)]
struct Tally {
    verdict: String,
    mandatory: usize,
    other: usize,
}

/// A requirement and all that is said of it, in groups.
#[derive(Serialize)]
struct Detail<'a> {
    r: &'a RequirementResult,
    /// The verdict as shown.
    verdict: String,
    waived: Option<String>,
    groups: [Remarks<'a>; 3],
}

/// Findings, gaps or proofs.
#[derive(Serialize)]
struct Remarks<'a> {
    title: &'static str,
    items: Vec<Remark<'a>>,
}

/// A finding, gap or proof.
#[derive(Serialize)]
struct Remark<'a> {
    /// Severity or reason.
    tag: &'static str,
    code: Option<&'a str>,
    place: String,
    message: &'a str,
    remediation: Option<&'a str>,
    waived: Option<String>,
    evidence: &'a [EvidenceReference],
}

/// Provisions of one standard.
#[derive(Serialize)]
struct Group<'a> {
    standard: &'a str,
    version: &'a str,
    provisions: Vec<&'a NotAssessed>,
}

fn page(certificate: &Certificate) -> Page<'_> {
    let run = &certificate.run;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    Page {
        c: certificate,
        running_id: Some(certificate.id.as_str())
            .filter(|id| id.len() < 40 && id.chars().all(plain)),
        outcome: words::outcome(certificate),
        meaning: words::meaning(certificate),
        judged: moment(certificate.judged_at),
        from: moment(run.from),
        until: run.until.map(moment),
        tally: tally(certificate),
        requirements: certificate.requirements.iter().map(detail).collect(),
        examined: examined(certificate),
        not_assessed: grouped_by_standard(&certificate.not_assessed),
    }
}

fn tally(certificate: &Certificate) -> Vec<Tally> {
    words::WORST_FIRST
        .into_iter()
        .map(|verdict| {
            let all = certificate.count(verdict, None);
            let mandatory = certificate.count(verdict, Some(crate::verdict::Obligation::Mandatory));
            Tally {
                verdict: verdict.to_string(),
                mandatory,
                other: all - mandatory,
            }
        })
        .collect()
}

fn detail(requirement: &RequirementResult) -> Detail<'_> {
    let mut findings: Vec<_> = requirement.findings.iter().collect();
    findings.sort_by_key(|finding| Reverse(finding.severity));
    let findings = findings.into_iter().map(|finding| Remark {
        tag: finding.severity.as_str(),
        code: Some(&finding.code),
        place: finding.subject.to_string(),
        message: &finding.message,
        remediation: Some(&finding.remediation),
        waived: finding.waiver.as_ref().map(words::waived_by),
        evidence: &finding.evidence,
    });
    let gaps = requirement.gaps.iter().map(|gap| Remark {
        tag: gap.reason.as_str(),
        code: None,
        place: gap.subject.to_string(),
        message: &gap.message,
        remediation: None,
        waived: None,
        evidence: &gap.evidence,
    });
    let proofs = requirement.proofs.iter().map(|proof| Remark {
        tag: "shown",
        code: None,
        place: format!("unit {}", proof.unit),
        message: &proof.statement,
        remediation: None,
        waived: None,
        evidence: &proof.evidence,
    });
    Detail {
        r: requirement,
        verdict: words::verdict(requirement),
        waived: requirement.waiver.as_ref().map(words::waived_by),
        groups: [
            Remarks {
                title: "Findings",
                items: findings.collect(),
            },
            Remarks {
                title: "What is missing for a PASS",
                items: gaps.collect(),
            },
            Remarks {
                title: "What was shown",
                items: proofs.collect(),
            },
        ],
    }
}

/// Groups in the order of their first provision.
fn grouped_by_standard(provisions: &[NotAssessed]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for provision in provisions {
        let (standard, version) = (provision.standard.as_str(), provision.version.as_str());
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

pub(super) fn moment(time: Timestamp) -> String {
    time.strftime("%-d %B %Y, %H:%M:%S UTC").to_string()
}

/// The name of a verdict's or an outcome's colour and shape.
pub(super) fn mark(word: &str) -> &'static str {
    match word {
        "PASS" | "conformant" => "pass",
        "FAIL" | "non-conformant" => "fail",
        "N/A" => "na",
        _ => "inconclusive",
    }
}

/// What shows the state of a port, by the word of the certificate.
fn shown_by(proof: &str) -> &'static str {
    match proof {
        "accepted" => "the connection was accepted",
        "answered" => "a datagram came back",
        "refused" => "the device refused",
        "rejected" => "the device said by ICMP that nobody gets there",
        "no-answer" => "no answer came",
        "unreachable" => "somebody said that it is unreachable, which shows nothing",
        "local-fault" => "nothing: the tester's machine failed",
        "imported" => "another tool says so, in a file that was handed in",
        "foreign" => "held by another program of the tester's machine",
        _ => "nothing: it was not asked to the end",
    }
}

/// `65,535`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Whether a value is a SHA-256 in lower-case hex, and so a file name in `blobs/` and nothing worse.
fn is_digest(value: &Value) -> bool {
    value.as_str().is_some_and(is_sha256_hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let shown = [0, 999, 1000, 65_535, 1_234_567].map(grouped);
        assert_eq!(shown, ["0", "999", "1,000", "65,535", "1,234,567"]);
    }

    #[test]
    fn only_a_digest_names_a_blob() {
        assert!(is_digest(&Value::from("0a".repeat(32))));
        assert!(!is_digest(&Value::from("0A".repeat(32))));
        assert!(!is_digest(&Value::from("0a".repeat(31))));
        assert!(!is_digest(&Value::from("..".repeat(32))));
        assert!(
            !is_digest(&Value::UNDEFINED),
            "an attempt without an answer has no bytes"
        );
    }
}
