//! The engineer's part: of each requirement what was expected, what was seen, where, and what to do.

use std::cmp::Reverse;
use std::sync::Arc;

use serde::Serialize;

use super::bytes::{Cited, Shelf};
use crate::certificate::{Certificate, EvidenceReference, RequirementResult};
use crate::report::by_hand::by_hand;
use crate::report::words;
use crate::texts::{CaseTexts, ENGLISH, Texts};

/// Of one kind so many places stand open; of more the reader opens them.
const OPEN: usize = 5;

/// A requirement and all that is said of it.
#[derive(Serialize)]
pub(super) struct Detail<'a> {
    r: &'a RequirementResult,
    /// The verdict as shown.
    verdict: String,
    waived: Option<String>,
    /// None of a test case that this version does not have.
    texts: Option<Expected<'a>>,
    groups: [Group<'a>; 3],
    commands: Vec<String>,
    commands_left_out: usize,
}

/// What is said of the test case.
#[derive(Serialize)]
struct Expected<'a> {
    expected: &'a str,
    why: &'a str,
    plain: &'a str,
    by_hand: &'a str,
    fix: &'a str,
}

/// Findings, gaps or proofs.
#[derive(Serialize)]
struct Group<'a> {
    title: &'a str,
    count: usize,
    kinds: Vec<Kind<'a>>,
}

/// Findings of one code, or gaps for one reason: what is said of all of them stands once.
#[derive(Serialize)]
struct Kind<'a> {
    /// The severity of a finding.
    tag: Option<&'static str>,
    /// Code or reason.
    name: Option<&'a str>,
    means: Option<&'a str>,
    fix: Option<&'a str>,
    /// Whether the fix is in the words of the certificate.
    fix_is_quoted: bool,
    /// It breaks the requirement.
    bad: bool,
    open: bool,
    places: Vec<Place<'a>>,
}

#[derive(Serialize)]
struct Place<'a> {
    subject: String,
    message: &'a str,
    waived: Option<String>,
    evidence: Vec<Cited<'a>>,
}

/// Every requirement of a certificate.
pub(super) fn details<'a>(certificate: &'a Certificate, texts: &'a Texts) -> Vec<Detail<'a>> {
    let mut shelf = Shelf::default();
    let detail = |it| detail(certificate, it, texts, &mut shelf);
    certificate.requirements.iter().map(detail).collect()
}

fn detail<'a>(
    certificate: &'a Certificate,
    requirement: &'a RequirementResult,
    texts: &'a Texts,
    shelf: &mut Shelf<'a>,
) -> Detail<'a> {
    let (commands, commands_left_out) = by_hand(certificate, requirement);
    Detail {
        r: requirement,
        verdict: words::verdict(requirement),
        waived: requirement.waiver.as_ref().map(words::waived_by),
        texts: texts.case(&requirement.test_case).map(expected),
        groups: [
            findings(requirement, texts, shelf),
            gaps(requirement, texts, shelf),
            proofs(requirement, texts, shelf),
        ],
        commands,
        commands_left_out,
    }
}

fn expected(case: &CaseTexts) -> Expected<'_> {
    Expected {
        expected: &case.expected,
        why: &case.why,
        plain: &case.plain,
        by_hand: &case.by_hand,
        fix: &case.fix,
    }
}

fn findings<'a>(
    requirement: &'a RequirementResult,
    texts: &'a Texts,
    shelf: &mut Shelf<'a>,
) -> Group<'a> {
    let mut sorted: Vec<_> = requirement.findings.iter().collect();
    sorted.sort_by_key(|finding| Reverse(finding.severity));
    let all = sorted.into_iter().map(|finding| {
        let known = texts.finding(&finding.code);
        // In English the words that were signed.
        let translated = known.filter(|_| texts.language != ENGLISH);
        let kind = Kind {
            tag: Some(finding.severity.as_str()),
            name: Some(&finding.code),
            means: known.map(|it| it.means.as_str()),
            fix: Some(translated.map_or(finding.remediation.as_ref(), |it| it.fix.as_str())),
            fix_is_quoted: translated.is_none(),
            bad: finding.severity.violates(),
            open: true,
            places: vec![],
        };
        let place = Place {
            subject: finding.subject.to_string(),
            message: &finding.message,
            waived: finding.waiver.as_ref().map(words::waived_by),
            evidence: cited(&finding.evidence, shelf),
        };
        (kind, place)
    });
    group(texts.word("engineer", "findings"), all)
}

fn gaps<'a>(
    requirement: &'a RequirementResult,
    texts: &'a Texts,
    shelf: &mut Shelf<'a>,
) -> Group<'a> {
    let all = requirement.gaps.iter().map(|gap| {
        let kind = Kind {
            name: Some(gap.reason.as_str()),
            means: Some(texts.reason(gap.reason)),
            ..nameless()
        };
        let place = Place {
            subject: gap.subject.to_string(),
            message: &gap.message,
            waived: None,
            evidence: cited(&gap.evidence, shelf),
        };
        (kind, place)
    });
    group(texts.word("engineer", "gaps"), all)
}

fn proofs<'a>(
    requirement: &'a RequirementResult,
    texts: &'a Texts,
    shelf: &mut Shelf<'a>,
) -> Group<'a> {
    let all = requirement.proofs.iter().map(|proof| {
        let place = Place {
            subject: format!("unit {}", proof.unit),
            message: &proof.statement,
            waived: None,
            evidence: cited(&proof.evidence, shelf),
        };
        (nameless(), place)
    });
    group(texts.word("engineer", "proofs"), all)
}

fn nameless<'a>() -> Kind<'a> {
    Kind {
        tag: None,
        name: None,
        means: None,
        fix: None,
        fix_is_quoted: false,
        bad: false,
        open: true,
        places: vec![],
    }
}

fn cited<'a>(evidence: &'a [Arc<EvidenceReference>], shelf: &mut Shelf<'a>) -> Vec<Cited<'a>> {
    evidence.iter().map(|one| shelf.cite(one)).collect()
}

/// Puts places of one kind together, in the order of the first of each.
fn group<'a>(title: &'a str, all: impl Iterator<Item = (Kind<'a>, Place<'a>)>) -> Group<'a> {
    let mut kinds: Vec<Kind<'a>> = Vec::new();
    for (kind, place) in all {
        let alike =
            |it: &&mut Kind<'_>| (it.tag, it.name, it.fix) == (kind.tag, kind.name, kind.fix);
        match kinds.iter_mut().find(alike) {
            Some(known) => known.places.push(place),
            None => kinds.push(Kind {
                places: vec![place],
                ..kind
            }),
        }
    }
    for kind in &mut kinds {
        kind.open = kind.places.len() <= OPEN;
    }
    Group {
        title,
        count: kinds.iter().map(|kind| kind.places.len()).sum(),
        kinds,
    }
}
