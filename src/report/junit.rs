//! `junit.xml` for CI: red exactly where the exit status is not 0, but for failures that are waived.
//!
//! Those are skipped with a message, as in `proofmark test`: a waiver says that a known failure shall not stop a build for
//! a while. It was not said by whoever wrote the profile, so that the outcome, and the exit status of `run`, keep their word.
//!
//! One test case a requirement. Only mandatory requirements can be red; a recommended one that does not
//! pass is skipped with a message. The identity check is a test case of its own, because it can deny a
//! certificate all alone.

use std::fmt::Write as _;
use std::io;
use std::sync::Arc;

use quick_xml::events::{BytesDecl, BytesText, Event};
use quick_xml::writer::Writer;

use super::words;
use crate::certificate::{
    AppliedWaiver, Certificate, ConformityOutcome, IdentityState, RequirementResult, WaiverState,
};
use crate::error::Error;
use crate::text::harmless;
use crate::verdict::Verdict;

type Xml = Writer<Vec<u8>>;

/// JUnit XML 1.0. The counts of its suite agree with its test cases.
///
/// # Errors
/// [`Error::Harness`] where writing to memory fails, which it does not.
pub fn junit(certificate: &Certificate) -> Result<String, Error> {
    let trouble = |error: &dyn std::fmt::Display| Error::Harness(format!("junit.xml: {error}"));
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    write_document(&mut xml, certificate).map_err(|error| trouble(&error))?;
    let mut text = String::from_utf8(xml.into_inner()).map_err(|error| trouble(&error))?;
    text.push('\n');
    Ok(text)
}

/// How a test case ended, with its message.
enum Ending {
    Passed,
    Failure(String),
    Error(String),
    Skipped(String),
}

/// A test case in JUnit's words.
struct Case {
    name: String,
    ending: Ending,
    /// The type of the failure or error: codes of findings, or machine-readable reasons.
    kind: String,
    /// `system-out`: findings, gaps, proofs.
    output: String,
}

fn cases(certificate: &Certificate) -> Vec<Case> {
    let mut cases: Vec<Case> = certificate.requirements.iter().map(requirement).collect();
    cases.push(identity(certificate));
    let red = |case: &Case| matches!(case.ending, Ending::Failure(_) | Ending::Error(_));
    let conformant = ConformityOutcome::Conformant;
    let excused = certificate.waived() > 0 && certificate.outcome_but_for_waivers() == conformant;
    let accounted = certificate.outcome == conformant || excused || cases.iter().any(red);
    if !accounted {
        cases.push(outcome(certificate));
    }
    cases.extend(spent_waivers(certificate));
    cases
}

fn requirement(requirement: &RequirementResult) -> Case {
    let rationale = requirement.rationale.clone();
    let ending = match requirement.verdict {
        Verdict::Pass => Ending::Passed,
        Verdict::NotApplicable => Ending::Skipped(match &requirement.declared_by {
            Some(by) => format!("N/A: {rationale} Stated by: {by}"),
            None => format!("N/A: {rationale}"),
        }),
        Verdict::Fail if let Some(waiver) = &requirement.waiver => waived(requirement, waiver),
        Verdict::Fail if words::decides(requirement) => Ending::Failure(rationale),
        Verdict::Inconclusive if words::decides(requirement) => Ending::Error(rationale),
        verdict @ (Verdict::Fail | Verdict::Inconclusive) => Ending::Skipped(format!(
            "{verdict}, but {} and so without effect on the outcome: {rationale}",
            requirement.obligation.as_str()
        )),
    };
    Case {
        name: requirement.id.clone(),
        ending,
        kind: kind(requirement),
        output: output(requirement),
    }
}

/// Something that is missing beside the failure is not waived.
fn waived(requirement: &RequirementResult, waiver: &AppliedWaiver) -> Ending {
    let text = format!(
        "{}. {}: {}",
        words::verdict(requirement),
        words::waived_by(waiver),
        requirement.rationale
    );
    match requirement.gaps.first() {
        Some(gap) if words::decides(requirement) => Ending::Error(format!(
            "{text} Besides, something is missing: {}",
            gap.message
        )),
        _ => Ending::Skipped(text),
    }
}

/// Waivers that cover nothing or expired. Nobody should have to look for them.
fn spent_waivers(certificate: &Certificate) -> Option<Case> {
    let list = certificate.waivers.iter().flat_map(|it| &it.list);
    let spent: Vec<String> = list
        .filter(|it| it.state != WaiverState::Active)
        .map(words::waiver)
        .collect();
    (!spent.is_empty()).then(|| Case {
        name: "waivers".to_owned(),
        ending: Ending::Skipped(format!("do not apply: {}", spent.join("; "))),
        kind: String::new(),
        output: spent.join("\n"),
    })
}

fn identity(certificate: &Certificate) -> Case {
    let check = &certificate.identity;
    let statement = check.statement.clone();
    let (ending, kind) = match check.state {
        IdentityState::Agrees => (Ending::Passed, ""),
        IdentityState::Differs => (Ending::Error(statement.clone()), "identity-differs"),
        IdentityState::Unobserved => (Ending::Skipped(statement.clone()), "identity-unobserved"),
    };
    Case {
        name: "identity".to_owned(),
        ending,
        kind: kind.to_owned(),
        output: format!("{statement} [{}]", check.evidence.join(", ")),
    }
}

/// Makes an outcome red that no requirement accounts for: nothing applicable, for example.
fn outcome(certificate: &Certificate) -> Case {
    let statement = certificate.statement.clone();
    Case {
        name: "outcome".to_owned(),
        ending: match certificate.outcome {
            ConformityOutcome::NonConformant => Ending::Failure(statement),
            _ => Ending::Error(statement),
        },
        kind: certificate.outcome.as_str().to_owned(),
        output: String::new(),
    }
}

fn kind(requirement: &RequirementResult) -> String {
    let mut kinds: Vec<&str> = match requirement.verdict {
        Verdict::Fail => requirement
            .findings
            .iter()
            .filter(|finding| finding.severity.violates())
            .map(|finding| finding.code.as_str())
            .collect(),
        _ => requirement.reasons.iter().map(|r| r.as_str()).collect(),
    };
    kinds.sort_unstable();
    kinds.dedup();
    kinds.join(" ")
}

fn output(requirement: &RequirementResult) -> String {
    let mut out = String::new();
    let ids = |evidence: &[Arc<crate::certificate::EvidenceReference>]| {
        let ids: Vec<&str> = evidence
            .iter()
            .map(|reference| reference.id.as_str())
            .collect();
        ids.join(", ")
    };
    // Writing to a string cannot fail.
    for finding in &requirement.findings {
        let _ = writeln!(
            out,
            "{} {}: {}: {} To do: {} [{}]",
            finding.severity.as_str(),
            finding.code,
            finding.subject,
            finding.message,
            finding.remediation,
            ids(&finding.evidence)
        );
    }
    for gap in &requirement.gaps {
        let _ = writeln!(
            out,
            "missing {}: {}: {} [{}]",
            gap.reason.as_str(),
            gap.subject,
            gap.message,
            ids(&gap.evidence)
        );
    }
    for proof in &requirement.proofs {
        let _ = writeln!(
            out,
            "shown: unit {}: {} [{}]",
            proof.unit,
            proof.statement,
            ids(&proof.evidence)
        );
    }
    out
}

fn write_document(xml: &mut Xml, certificate: &Certificate) -> io::Result<()> {
    let cases = cases(certificate);
    let count = |wanted: fn(&Ending) -> bool| {
        cases
            .iter()
            .filter(|case| wanted(&case.ending))
            .count()
            .to_string()
    };
    let profile = &certificate.profile;
    let device = &certificate.device;
    let run = &certificate.run;
    let seconds = run
        .until
        .map_or(0, |until| until.duration_since(run.from).as_secs());
    let name = format!(
        "{} {}: {} {}",
        profile.id, profile.version, device.manufacturer.value, device.model.value
    );
    let counts = [
        ("tests", cases.len().to_string()),
        (
            "failures",
            count(|ending| matches!(ending, Ending::Failure(_))),
        ),
        ("errors", count(|ending| matches!(ending, Ending::Error(_)))),
        (
            "skipped",
            count(|ending| matches!(ending, Ending::Skipped(_))),
        ),
        ("time", seconds.to_string()),
    ];
    let counts = || counts.iter().map(|(key, value)| (*key, value.as_str()));
    let timestamp = run.from.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let class = harmless(&profile.id);

    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.create_element("testsuites")
        .with_attribute(("name", "proofmark"))
        // Jenkins's schema knows no `skipped` of the whole.
        .with_attributes(counts().filter(|(key, _)| *key != "skipped"))
        .write_inner_content(|xml| {
            xml.create_element("testsuite")
                .with_attribute(("name", &*harmless(&name)))
                .with_attributes(counts())
                .with_attribute(("timestamp", &*timestamp))
                .write_inner_content(|xml| {
                    write_properties(xml, certificate)?;
                    cases
                        .iter()
                        .try_for_each(|case| write_case(xml, &class, case))
                })?;
            Ok(())
        })?;
    Ok(())
}

fn write_properties(xml: &mut Xml, certificate: &Certificate) -> io::Result<()> {
    let properties = [
        ("certificate", certificate.id.as_str()),
        ("outcome", certificate.outcome.as_str()),
        ("statement", &certificate.statement),
        ("tool", &certificate.tool.version),
        ("rules", &certificate.tool.rules),
        ("profile-sha256", &certificate.profile.sha256),
        ("run-sha256", &certificate.run.sha256),
    ];
    xml.create_element("properties")
        .write_inner_content(|xml| {
            let cautions = certificate.cautions.iter();
            let cautions = cautions.map(|text| ("caution", text.as_str()));
            for (name, value) in cautions.chain(properties) {
                xml.create_element("property")
                    .with_attribute(("name", name))
                    .with_attribute(("value", &*harmless(value)))
                    .write_empty()?;
            }
            Ok(())
        })?;
    Ok(())
}

fn write_case(xml: &mut Xml, class: &str, case: &Case) -> io::Result<()> {
    xml.create_element("testcase")
        .with_attribute(("classname", class))
        .with_attribute(("name", &*harmless(&case.name)))
        // Judging takes no time worth telling; some readers insist on the attribute.
        .with_attribute(("time", "0"))
        .write_inner_content(|xml| {
            let (element, message) = match &case.ending {
                Ending::Passed => return write_output(xml, case),
                Ending::Failure(message) => ("failure", message),
                Ending::Error(message) => ("error", message),
                Ending::Skipped(message) => ("skipped", message),
            };
            let message = harmless(message);
            let element = xml
                .create_element(element)
                .with_attribute(("message", &*message));
            match &case.ending {
                Ending::Skipped(_) => element.write_empty()?,
                _ => element
                    .with_attribute(("type", &*harmless(&case.kind)))
                    .write_text_content(BytesText::new(&message))?,
            };
            write_output(xml, case)
        })?;
    Ok(())
}

fn write_output(xml: &mut Xml, case: &Case) -> io::Result<()> {
    if !case.output.is_empty() {
        xml.create_element("system-out")
            .write_text_content(BytesText::new(&harmless(&case.output)))?;
    }
    Ok(())
}
