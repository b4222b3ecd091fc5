//! Comparisons for a spreadsheet: a row a device, or a row a requirement.

use std::borrow::Cow;

use crate::compare::{Changes, Compared, Located};
use crate::report::cells::row;
use crate::report::words;

/// A row a run: what was tested, the outcome, then a column a requirement with its verdict.
pub fn matrix_csv(runs: &[Compared]) -> String {
    let requirements = runs.first().map(|run| &run.certificate.requirements);
    let ids = requirements.into_iter().flatten().map(|it| it.id.as_str());
    let facts = [
        "manufacturer",
        "model",
        "firmware",
        "serial",
        "tested",
        "outcome",
        "profile",
        "rules",
        "certificate",
        "run",
    ];
    let header = facts.into_iter().chain(ids).map(Cow::from);
    let rows = runs.iter().map(|run| {
        let certificate = &run.certificate;
        let device = &certificate.device;
        let firmware = device.firmware.as_ref().map(|it| it.value.as_str());
        let serials = device
            .units
            .iter()
            .filter_map(|unit| unit.serial.as_deref());
        let profile = &certificate.profile;
        let facts: [Cow<'_, str>; 10] = [
            device.manufacturer.value.as_str().into(),
            device.model.value.as_str().into(),
            firmware.unwrap_or_default().into(),
            serials.collect::<Vec<_>>().join(" ").into(),
            certificate.run.from.strftime("%Y-%m-%d").to_string().into(),
            certificate.outcome.as_str().into(),
            format!("{} {}", profile.id, profile.version).into(),
            certificate.tool.rules.as_str().into(),
            certificate.id.as_str().into(),
            run.name.as_str().into(),
        ];
        let verdicts = certificate.requirements.iter();
        row(facts
            .into_iter()
            .chain(verdicts.map(|it| words::verdict(it).into())))
    });
    std::iter::once(row(header)).chain(rows).collect()
}

/// A row a requirement.
pub fn changes_csv(changes: &Changes<'_>) -> String {
    let columns = [
        "requirement",
        "title",
        "obligation",
        "change",
        "before",
        "after",
        "findings that came",
        "findings that went",
        "rationale before",
        "rationale after",
    ];
    let list = |found: &[Located<'_>]| {
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        found.join("; ")
    };
    let rows = changes.requirements.iter().map(|it| {
        let cells: [Cow<'_, str>; 10] = [
            it.after.id.as_str().into(),
            it.after.title.as_str().into(),
            it.after.obligation.as_str().into(),
            it.change.as_str().into(),
            words::verdict(it.before).into(),
            words::verdict(it.after).into(),
            list(&it.came).into(),
            list(&it.went).into(),
            it.before.rationale.as_str().into(),
            it.after.rationale.as_str().into(),
        ];
        row(cells)
    });
    std::iter::once(row(columns.map(Cow::Borrowed)))
        .chain(rows)
        .collect()
}
