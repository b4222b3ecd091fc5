//! Comparisons on a terminal.

use super::remarks::remarks;
use crate::certificate::Certificate;
use crate::compare::{Change, Changes, Compared};
use crate::report::terminal::{Look, Page, outcome_style, verdict_style};
use crate::report::words;
use crate::text::brief;
use crate::verdict::{Obligation, Verdict};

/// The width of a requirement's id, and of a verdict.
const ID: usize = 30;
const VERDICT: usize = 15;

/// Requirements down, runs across, as many beside each other as fit.
pub fn matrix_terminal(runs: &[Compared], look: Look) -> String {
    let mut page = Page::new(look);
    judged_by(&mut page, runs);
    for (index, run) in runs.iter().enumerate() {
        let number = format!("  [{}] ", index + 1);
        let mut text = about(&run.certificate);
        text.push_str(&format!("; {}", run.name));
        page.hanging(&number, number.len(), &text, 3);
    }
    let fit = (look.width.max(60) - ID - 4) / VERDICT;
    for (block, numbered) in runs.chunks(fit.max(1)).enumerate() {
        let numbers: String = (0..numbered.len())
            .map(|index| format!("{:<VERDICT$}", format!("[{}]", block * fit + index + 1)))
            .collect();
        page.title("Verdicts");
        page.line(format!("  {:<ID$}  {numbers}", "").trim_end());
        outcomes(&mut page, numbered);
        for (index, requirement) in numbered[0].certificate.requirements.iter().enumerate() {
            let id = match requirement.obligation {
                Obligation::Mandatory => brief(&requirement.id, ID - 1),
                _ => format!("{} *", brief(&requirement.id, ID - 3)),
            };
            let mut line = format!("  {id:<ID$}  ");
            for run in numbered {
                let one = &run.certificate.requirements[index];
                let style = page.style(verdict_style(one.verdict));
                let gap = " ".repeat(VERDICT.saturating_sub(words::verdict(one).len()));
                line.push_str(&format!("{style}{}{style:#}{gap}", words::verdict(one)));
            }
            page.line(line.trim_end());
        }
    }
    page.blank();
    page.text("", "* Does not decide the outcome.", 1);
    page.text(
        "",
        "The profile defines no score, so that there is none.",
        2,
    );
    page.into_text()
}

fn outcomes(page: &mut Page, runs: &[Compared]) {
    let mut line = format!("  {:<ID$}  ", "outcome");
    for run in runs {
        let outcome = run.certificate.outcome;
        // The certificate's own words are longer than a column.
        let word = match words::conforms(outcome) {
            Some(true) => "conformant",
            Some(false) => "not conformant",
            None => "not certified",
        };
        let style = page.style(outcome_style(outcome));
        line.push_str(&format!("{style}{word:<VERDICT$}{style:#}"));
    }
    page.line(line.trim_end());
}

/// What changed, the most important first.
pub fn changes_terminal(changes: &Changes<'_>, runs: &[Compared], look: Look) -> String {
    let mut page = Page::new(look);
    judged_by(&mut page, runs);
    page.hanging("  before  ", 10, &about(changes.before), 3);
    page.hanging("  after   ", 10, &about(changes.after), 3);
    for remark in remarks(changes) {
        page.text("  ", &remark, 3);
    }
    page.blank();
    let counts: Vec<String> = Change::ALL
        .iter()
        .map(|change| format!("{} {}", changes.count(*change), change.as_str()))
        .collect();
    page.text("", &counts.join(", "), 2);
    if changes.outcome_regressed() {
        page.text("", "The outcome regressed: the device conformed before.", 2);
    }
    for change in Change::ALL {
        let of = || changes.requirements.iter().filter(|it| it.change == change);
        if of().next().is_none() {
            continue;
        }
        page.title(&words::capitalised(change.as_str()));
        for it in of() {
            let style = page.style(verdict_style(colour(change)));
            let verdicts = if it.before.verdict == it.after.verdict {
                words::verdict(it.after)
            } else {
                format!(
                    "{} to {}",
                    words::verdict(it.before),
                    words::verdict(it.after)
                )
            };
            page.line(&format!(
                "  {style}{}{style:#}: {verdicts}",
                brief(&it.after.id, 40)
            ));
            if change != Change::Unchanged {
                page.hanging("    ", 4, &it.after.rationale, 2);
            }
            for (sign, found) in [("+", &it.came), ("-", &it.went)] {
                for one in found {
                    page.hanging(&format!("    {sign} "), 6, &one.to_string(), 2);
                }
            }
        }
    }
    page.into_text()
}

/// The verdict whose colour a change has.
fn colour(change: Change) -> Verdict {
    match change {
        Change::Regressed => Verdict::Fail,
        Change::Fixed => Verdict::Pass,
        Change::New | Change::Unclear => Verdict::Inconclusive,
        Change::Dropped | Change::Unchanged => Verdict::NotApplicable,
    }
}

fn judged_by(page: &mut Page, runs: &[Compared]) {
    let Some(first) = runs.first() else {
        return;
    };
    let profile = &first.certificate.profile;
    let again = runs.iter().filter(|run| run.judged_again).count();
    let mut text = format!(
        "{} runs, judged by {} {}, rules {}",
        runs.len(),
        profile.id,
        profile.version,
        first.certificate.tool.rules
    );
    if again > 0 {
        text.push_str(&format!(
            "; {again} of them again for this comparison, from their evidence"
        ));
    }
    page.text("", &text, 3);
    page.blank();
}

fn about(certificate: &Certificate) -> String {
    let device = &certificate.device;
    let mut text = words::device(certificate);
    if let Some(firmware) = &device.firmware {
        text.push_str(&format!(", firmware {}", firmware.value));
    }
    for serial in device.units.iter().filter_map(|unit| unit.serial.as_ref()) {
        text.push_str(&format!(", serial number {serial}"));
    }
    let tested = certificate.run.from.strftime("%-d %B %Y");
    format!("{text}, tested {tested}: {}", words::outcome(certificate))
}
