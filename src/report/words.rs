//! Words that several renderers use, so that they never tell a reader different things.

use jiff::Timestamp;

use super::laboratory;
use crate::certificate::{
    AppliedWaiver, Certificate, ConformityOutcome, IdentityState, RecordResult, RequirementResult,
    WaiverResult,
};
use crate::text::brief;
use crate::texts::{Texts, english};
use crate::verdict::{Obligation, Verdict};

/// The outcome in a word or two for a person.
pub fn outcome(certificate: &Certificate) -> &'static str {
    outcome_in(english(), certificate)
}

/// The same in any language.
pub(super) fn outcome_in<'t>(texts: &'t Texts, certificate: &Certificate) -> &'t str {
    texts.word("outcome", outcome_name(certificate))
}

/// What the outcome means, for a lay reader.
pub(super) fn meaning_in<'t>(texts: &'t Texts, certificate: &Certificate) -> &'t str {
    let undecided = certificate.outcome == ConformityOutcome::NotCertifiable;
    let differs = certificate.identity.state == IdentityState::Differs;
    let name = match outcome_name(certificate) {
        _ if undecided && differs => "differs",
        name => name,
    };
    texts.word("meaning", name)
}

fn outcome_name(certificate: &Certificate) -> &'static str {
    match certificate.outcome {
        ConformityOutcome::Conformant if certificate.waived() > 0 => "conformant_with_waivers",
        ConformityOutcome::Conformant => "conformant",
        ConformityOutcome::NonConformant => "non_conformant",
        ConformityOutcome::NotCertifiable => "not_certifiable",
    }
}

/// Whether a verdict on this requirement decides the outcome.
pub(super) fn decides(requirement: &RequirementResult) -> bool {
    requirement.obligation == Obligation::Mandatory
}

/// Verdicts in the order in which a reader wants them, worst first.
pub(super) const WORST_FIRST: [Verdict; 4] = [
    Verdict::Fail,
    Verdict::Inconclusive,
    Verdict::Pass,
    Verdict::NotApplicable,
];

/// `1 provision`, `2 provisions`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// The verdict on a requirement as every report shows it.
pub(super) fn verdict(requirement: &RequirementResult) -> String {
    match requirement.waiver {
        Some(_) => format!("{} (waived)", requirement.verdict),
        None => requirement.verdict.to_string(),
    }
}

/// Who accepts a failure, until when, and why.
pub(super) fn waived_by(waiver: &AppliedWaiver) -> String {
    format!(
        "Waived by {} until {}: {}",
        waiver.by, waiver.until, waiver.reason
    )
}

/// For whom and by whom, and with whose permission: that nobody gave it is never left out. None: no job.
pub(super) fn job(certificate: &Certificate) -> Option<[String; 2]> {
    let job = certificate.job.as_ref()?;
    let name = |text: &str| brief(text, 80);
    let report = laboratory::report_name(certificate);
    let report = report.map_or("Report without a number".to_owned(), |it| {
        format!("Report {}", name(&it))
    });
    let by = job.laboratory.as_ref();
    let by = by.map_or(String::new(), |it| format!(" by {}", name(&it.name.value)));
    let customer = job.customer.as_ref();
    let customer = customer.map_or(String::new(), |it| format!(" for {}", name(&it.name.value)));
    let mut permission = match &job.authorisation {
        Some(it) => format!(
            "Test permitted by {}, {}.",
            name(&it.given_by.value),
            name(&it.reference.value)
        ),
        None => laboratory::NO_AUTHORISATION.to_owned(),
    };
    if !job.remarks.is_empty() {
        permission += &format!(" It does not fit the run: {}.", job.remarks.join("; "));
    }
    Some([format!("{report}{by}{customer}."), permission])
}

/// A waiver and what became of it, in a line. Whoever accepts something that is not there any more should know.
pub(super) fn waiver(waiver: &WaiverResult) -> String {
    format!(
        "{} {} ({}), by {} until {}: {}",
        waiver.requirement, waiver.code, waiver.subject, waiver.by, waiver.until, waiver.remark
    )
}

/// What somebody did or saw, in a line.
pub(super) fn record(record: &RecordResult) -> String {
    let when = record.at.strftime("%-d %B %Y, %H:%M UTC");
    let what = match (&record.check, &record.withdraws) {
        (Some(check), _) => format!("{} {}", check.id, check.verdict),
        (None, Some(other)) => format!("{other} withdrawn"),
        (None, None) => "step".to_owned(),
    };
    let text = match record.text.as_str() {
        "" => String::new(),
        text => format!(": {text}"),
    };
    let attached = match record.attachments.len() {
        0 => String::new(),
        count => format!(" ({})", counted(count, "attachment")),
    };
    let withdrawn = match &record.withdrawn_by {
        Some(by) => format!("; withdrawn by {by}"),
        None => String::new(),
    };
    format!(
        "{}, {what}, by {} on {when}{text}{attached}{withdrawn}",
        record.id, record.by
    )
}

/// What a device is called.
pub(super) fn device(certificate: &Certificate) -> String {
    let device = &certificate.device;
    format!("{} {}", device.manufacturer.value, device.model.value)
}

/// Whether it conforms; none: that is not known.
pub(super) fn conforms(outcome: ConformityOutcome) -> Option<bool> {
    match outcome {
        ConformityOutcome::Conformant => Some(true),
        ConformityOutcome::NonConformant => Some(false),
        ConformityOutcome::NotCertifiable => None,
    }
}

/// A word at the beginning of a title.
pub(super) fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
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

/// `65,535`.
pub(super) fn grouped(number: u64) -> String {
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

/// A time in English; other languages get numbers.
pub(super) const MOMENT: &str = "%-d %B %Y, %H:%M:%S UTC";

/// A time in English.
pub(super) fn moment(time: Timestamp) -> String {
    time.strftime(MOMENT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let shown = [0, 999, 1000, 65_535, 1_234_567].map(grouped);
        assert_eq!(shown, ["0", "999", "1,000", "65,535", "1,234,567"]);
    }
}
