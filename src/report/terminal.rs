//! The summary on a terminal: what a person needs to know before opening `certificate.html`.

use std::cmp::Reverse;

use anstyle::{AnsiColor, Style};

use super::words;
use crate::certificate::{
    Certificate, ConformityOutcome, FindingResult, RequirementResult, WaiverState,
};
use crate::text::harmless;
use crate::verdict::Verdict;

/// Findings that are shown in full; the rest is counted.
const FINDINGS: usize = 3;

/// What was not tried, in lines; the rest is counted.
const NOT_TRIED: usize = 3;

/// How to lay out.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Columns; taken as at least 40.
    pub width: usize,
    /// Whether to use ANSI colour. Nothing is told by colour alone.
    pub colour: bool,
}

/// About 40 lines: outcome, verdicts with reasons, the worst findings, what was not looked at.
pub fn terminal(certificate: &Certificate, look: Look) -> String {
    let mut page = Page::new(look);
    head(&mut page, certificate);
    requirements(&mut page, certificate);
    waivers(&mut page, certificate);
    findings(&mut page, certificate);
    not_looked_at(&mut page, certificate);
    changed(&mut page, certificate);
    page.into_text()
}

fn head(page: &mut Page, certificate: &Certificate) {
    let device = &certificate.device;
    let profile = &certificate.profile;
    let mut what = format!("{} {}", device.manufacturer.value, device.model.value);
    if let Some(firmware) = &device.firmware {
        what.push_str(&format!(", firmware {}", firmware.value));
    }
    for unit in &device.units {
        what.push_str(&format!(", unit {} ({})", unit.id, unit.state));
    }
    page.text("", &what, 2);
    let judged = format!("{} {}, {}", profile.id, profile.version, certificate.id);
    page.text("", &judged, 2);
    for text in words::job(certificate).into_iter().flatten() {
        page.text("", &text, 2);
    }
    page.blank();
    let outcome = words::outcome(certificate).to_uppercase();
    let style = page.style(outcome_style(certificate.outcome));
    page.line(&format!("{style}{outcome}{style:#}"));
    for caution in &certificate.cautions {
        page.hanging("  ! ", 4, caution, 4);
    }
    page.text("  ", &certificate.statement, 4);
    if !profile.leaves_out.is_empty() {
        let left_out = format!("Left out by the profile: {}", profile.leaves_out.join("; "));
        page.text("  ", &left_out, 2);
    }
    if let Some(why) = &certificate.run.aborted_because {
        page.text("  ", &format!("The run was aborted: {why}"), 2);
    }
    if certificate.identity.state != crate::certificate::IdentityState::Agrees {
        page.text(
            "  ",
            &format!("Identity: {}", certificate.identity.statement),
            2,
        );
    }
}

fn requirements(page: &mut Page, certificate: &Certificate) {
    page.title("Requirements");
    for requirement in &certificate.requirements {
        let style = page.style(verdict_style(requirement.verdict));
        let verdict = requirement.verdict;
        let word = words::verdict(requirement);
        // What passed needs one line, what did not is worth two.
        let lines = match verdict {
            Verdict::Pass => 1,
            Verdict::NotApplicable | Verdict::Inconclusive | Verdict::Fail => 2,
        };
        let wide = word.len().max(12) + 1;
        let first = format!("  {style}{word:<wide$}{style:#}");
        page.hanging(&first, wide + 2, &reason(requirement), lines);
    }
}

/// The requirement, its verdict's weight where it has none, and why.
fn reason(requirement: &RequirementResult) -> String {
    let weight = if words::decides(requirement) {
        String::new()
    } else {
        format!(" ({})", requirement.obligation.as_str())
    };
    let by = match &requirement.declared_by {
        Some(by) => format!(" Stated by: {by}"),
        None => String::new(),
    };
    let waived = match &requirement.waiver {
        Some(waiver) => format!(" {}.", words::waived_by(waiver)),
        None => String::new(),
    };
    format!(
        "{}{weight}:{waived} {}{by}",
        requirement.id, requirement.rationale
    )
}

fn waivers(page: &mut Page, certificate: &Certificate) {
    let Some(waiving) = &certificate.waivers else {
        return;
    };
    let spent = waiving.list.iter();
    let spent: Vec<_> = spent.filter(|it| it.state != WaiverState::Active).collect();
    if spent.is_empty() {
        return;
    }
    page.title("Waivers that do not apply");
    for waiver in spent.iter().take(NOT_TRIED) {
        page.hanging("  - ", 4, &words::waiver(waiver), 2);
    }
    let more = spent.len().saturating_sub(NOT_TRIED);
    if more > 0 {
        let more = words::counted(more, "more waiver");
        page.text("  ", &format!("- and {more}, see certificate.html"), 1);
    }
}

fn findings(page: &mut Page, certificate: &Certificate) {
    let mut findings: Vec<&FindingResult> = certificate
        .requirements
        .iter()
        .flat_map(|requirement| &requirement.findings)
        .collect();
    if findings.is_empty() {
        return;
    }
    findings.sort_by_key(|finding| Reverse(finding.severity));
    page.title("Findings");
    for finding in findings.iter().take(FINDINGS) {
        let bold = page.style(Style::new().bold());
        let severity = finding.severity.as_str();
        let place = format!("{}: {}", finding.code, finding.subject);
        page.hanging(&format!("  {bold}{severity:<10}{bold:#}"), 12, &place, 2);
        page.text("            ", &finding.message, 2);
        page.hanging("            To do: ", 19, &finding.remediation, 2);
    }
    let more = findings.len().saturating_sub(FINDINGS);
    if more > 0 {
        let more = words::counted(more, "more finding");
        page.text("  ", &format!("and {more}, see certificate.html"), 1);
    }
}

fn not_looked_at(page: &mut Page, certificate: &Certificate) {
    page.title("Not looked at");
    let not_tried = &certificate.coverage.not_tried;
    for thing in not_tried.iter().take(NOT_TRIED) {
        page.hanging("  - ", 4, thing, 1);
    }
    let more = not_tried.len().saturating_sub(NOT_TRIED);
    if more > 0 {
        let more = words::counted(more, "more thing");
        page.text("  ", &format!("- and {more}, see certificate.html"), 1);
    }
    let serves = |it: &RequirementResult| !it.provisions.is_empty();
    let provisions = match certificate.requirements.iter().any(serves) {
        true => {
            let count = words::counted(certificate.not_assessed.len(), "provision");
            format!("{count} that this profile does not assess")
        }
        false => "any standard: this profile refers to no provision of one".to_owned(),
    };
    page.hanging("  - ", 4, &provisions, 1);
}

fn changed(page: &mut Page, certificate: &Certificate) {
    let changed = &certificate.coverage.changed;
    if changed.is_empty() {
        return;
    }
    page.title("Left changed on the device");
    for thing in changed.iter().take(NOT_TRIED) {
        page.hanging("  - ", 4, thing, 2);
    }
}

pub(super) fn outcome_style(outcome: ConformityOutcome) -> Style {
    verdict_style(match outcome {
        ConformityOutcome::Conformant => Verdict::Pass,
        ConformityOutcome::NonConformant => Verdict::Fail,
        ConformityOutcome::NotCertifiable => Verdict::Inconclusive,
    })
}

pub(super) fn verdict_style(verdict: Verdict) -> Style {
    let style = Style::new().bold();
    match verdict {
        Verdict::Pass => style.fg_color(Some(AnsiColor::Green.into())),
        Verdict::Fail => style.fg_color(Some(AnsiColor::Red.into())),
        Verdict::Inconclusive => style.fg_color(Some(AnsiColor::Yellow.into())),
        Verdict::NotApplicable => style,
    }
}

/// Lines of a fixed width.
pub(super) struct Page {
    out: String,
    width: usize,
    colour: bool,
}

impl Page {
    pub(super) fn new(look: Look) -> Self {
        Self {
            out: String::new(),
            width: look.width.max(40),
            colour: look.colour,
        }
    }

    pub(super) fn into_text(self) -> String {
        self.out
    }

    pub(super) fn style(&self, style: Style) -> Style {
        if self.colour { style } else { Style::new() }
    }

    pub(super) fn blank(&mut self) {
        self.out.push('\n');
    }

    /// A line of our own words.
    pub(super) fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    pub(super) fn title(&mut self, title: &str) {
        let style = self.style(Style::new().bold().underline());
        self.blank();
        self.line(&format!("{style}{title}{style:#}"));
    }

    /// Indented text of at most `lines` lines.
    pub(super) fn text(&mut self, indent: &str, text: &str, lines: usize) {
        self.hanging(indent, indent.len(), text, lines);
    }

    /// Text after `first`, which is ours, may hold styles and fills `hang` columns. Further lines
    /// begin below the text.
    pub(super) fn hanging(&mut self, first: &str, hang: usize, text: &str, lines: usize) {
        let mut margin = first.to_owned();
        for line in wrapped(text, self.width - hang, lines) {
            self.line(&format!("{margin}{line}"));
            margin = " ".repeat(hang);
        }
    }
}

/// Breaks text at spaces, and words where they are too long for a line. A cut is marked with `…`.
pub fn wrapped(text: &str, width: usize, limit: usize) -> Vec<String> {
    let text = harmless(text);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_whitespace().flat_map(|word| pieces(word, width)) {
        let wide = word.chars().count();
        let gap = usize::from(used > 0);
        if used + gap + wide > width {
            if lines.len() == limit {
                let last = lines.pop().unwrap_or_default();
                let kept: String = last.chars().take(width - 1).collect();
                lines.push(format!("{kept}…"));
                return lines;
            }
            lines.push(word);
            used = wide;
        } else if let Some(line) = lines.last_mut() {
            line.push_str(&" ".repeat(gap));
            line.push_str(&word);
            used += gap + wide;
        }
    }
    lines
}

fn pieces(word: &str, width: usize) -> Vec<String> {
    let characters: Vec<char> = word.chars().collect();
    characters
        .chunks(width)
        .map(|chunk| chunk.iter().collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_wraps_at_spaces_and_long_words_break() {
        assert_eq!(wrapped("one two three", 7, 9), ["one two", "three"]);
        assert_eq!(wrapped("abcdefghij k", 4, 9), ["abcd", "efgh", "ij k"]);
        assert_eq!(wrapped("", 4, 9), [""]);
    }

    #[test]
    fn a_cut_is_marked_within_the_width() {
        assert_eq!(wrapped("one two three four", 7, 1), ["one tw…"]);
        assert_eq!(wrapped("one two", 7, 1), ["one two"]);
    }
}
