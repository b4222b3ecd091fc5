//! The clause table, for pasting into a lab's own form: what was found of each provision, and which provisions
//! nobody looked at.
//!
//! One row a provision and requirement, then one a provision that was not assessed. Nothing is added up: a
//! provision that two requirements serve has two rows, because neither may hide the other.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::cells::row;
use super::words;
use crate::certificate::{Certificate, RequirementResult, ServedProvision};
use crate::profile::Checked;

const COLUMNS: [&str; 20] = [
    "standard",
    "version",
    "provision",
    "about (our paraphrase)",
    "paraphrase checked against",
    "coverage",
    "requirement",
    "title",
    "obligation",
    "verdict",
    "rationale",
    "findings",
    "reasons",
    "not applicable by",
    "waived by",
    "units",
    "evidence",
    "device",
    "firmware",
    "certificate",
];

/// CSV after RFC 4180, UTF-8, with a header.
pub fn csv(certificate: &Certificate) -> String {
    let served = certificate.requirements.iter().flat_map(|requirement| {
        let provisions = requirement.provisions.iter().map(Some);
        // A requirement that serves no provision is a result all the same.
        let none = requirement.provisions.is_empty().then_some(None);
        provisions
            .chain(none)
            .map(move |provision| assessed(provision, requirement))
    });
    let others = certificate.not_assessed.iter().map(|provision| {
        [
            provision.standard.as_ref().into(),
            provision.version.as_ref().into(),
            provision.id.as_ref().into(),
            provision.about.as_ref().into(),
            checked(provision.checked).into(),
            "none".into(),
            "".into(),
            "".into(),
            "".into(),
            "not assessed".into(),
            provision.why.as_ref().into(),
            "".into(),
            "".into(),
            "".into(),
            "".into(),
            "".into(),
            "".into(),
        ]
    });
    let device = &certificate.device;
    let name = format!("{} {}", device.manufacturer.value, device.model.value);
    let firmware = device.firmware.as_ref().map(|it| it.value.as_str());
    let whole: [Cow<'_, str>; 3] = [
        name.into(),
        firmware.unwrap_or_default().into(),
        // In each row, because rows are what is copied.
        [&certificate.id]
            .into_iter()
            .chain(&certificate.cautions)
            .cloned()
            .collect::<Vec<_>>()
            .join(". ")
            .into(),
    ];
    let rows = served
        .chain(others)
        .map(|cells| row(cells.into_iter().chain(whole.clone())));
    std::iter::once(row(COLUMNS.map(Cow::Borrowed)))
        .chain(rows)
        .collect()
}

fn assessed<'a>(
    provision: Option<&'a ServedProvision>,
    requirement: &'a RequirementResult,
) -> [Cow<'a, str>; 17] {
    let of = |part: fn(&'a ServedProvision) -> &'a str| Cow::from(provision.map_or("", part));
    let waived = requirement.waiver.as_ref();
    let units = requirement.units.iter();
    let units: Vec<String> = units
        .map(|unit| format!("{}: {}", unit.id, unit.verdict))
        .collect();
    [
        of(|it| &it.standard),
        of(|it| &it.version),
        of(|it| &it.id),
        of(|it| &it.about),
        of(|it| checked(it.checked)),
        of(|it| it.coverage.as_str()),
        requirement.id.as_str().into(),
        requirement.title.as_str().into(),
        requirement.obligation.as_str().into(),
        words::verdict(requirement).into(),
        requirement.rationale.as_str().into(),
        each(requirement.findings.iter().map(|it| it.code.as_str())).into(),
        each(requirement.reasons.iter().map(|it| it.as_str())).into(),
        requirement
            .declared_by
            .as_deref()
            .unwrap_or_default()
            .into(),
        waived.map_or(String::new(), words::waived_by).into(),
        units.join("; ").into(),
        each(evidence(requirement)).into(),
    ]
}

fn evidence(requirement: &RequirementResult) -> impl Iterator<Item = &str> {
    let findings = requirement.findings.iter().flat_map(|it| &it.evidence);
    let gaps = requirement.gaps.iter().flat_map(|it| &it.evidence);
    let proofs = requirement.proofs.iter().flat_map(|it| &it.evidence);
    let all = findings.chain(gaps).chain(proofs);
    all.map(|reference| reference.id.as_str())
}

/// Each word once, in order.
fn each<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words: BTreeSet<&str> = words.collect();
    words.into_iter().collect::<Vec<_>>().join(" ")
}

fn checked(checked: Checked) -> &'static str {
    match checked {
        Checked::Primary => "the text itself",
        Checked::Secondary => "another party's summary",
        Checked::Recalled => "nothing, from memory",
    }
}
