//! A summary in Markdown, for a pull request: outcome, verdicts, findings.
//!
//! A pull request is read by people who trust it and by a renderer that makes links, mentions and pictures of what
//! looks like one. [`prose`] therefore leaves a word as it is only where nothing in it means anything to any
//! of them; every other word is code, where nothing does. It is bounded, because a comment is.

use std::cmp::Reverse;
use std::fmt::Write as _;

use super::words;
use crate::certificate::{
    Certificate, FindingResult, IdentityState, RequirementResult, WaiverState,
};
use crate::text::brief;

/// Requirements and findings that are shown; the rest is counted. With the bound of a text a summary stays
/// far below the 65,536 characters that GitHub allows a comment.
const REQUIREMENTS: usize = 40;
const FINDINGS: usize = 20;
const WAIVERS: usize = 10;
const RECORDS: usize = 10;

/// Characters of a text.
const TEXT: usize = 400;

/// GitHub-flavoured Markdown.
pub fn markdown(certificate: &Certificate) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = head(&mut out, certificate)
        .and_then(|()| requirements(&mut out, certificate))
        .and_then(|()| waivers(&mut out, certificate))
        .and_then(|()| records(&mut out, certificate))
        .and_then(|()| findings(&mut out, certificate))
        .and_then(|()| foot(&mut out, certificate));
    out
}

fn head(out: &mut String, certificate: &Certificate) -> std::fmt::Result {
    let device = &certificate.device;
    let name = format!("{} {}", device.manufacturer.value, device.model.value);
    writeln!(
        out,
        "## {}: {}\n",
        words::outcome(certificate),
        prose(&name)
    )?;
    for caution in &certificate.cautions {
        writeln!(out, "**{}**\n", prose(caution))?;
    }
    writeln!(out, "{}\n", prose(&certificate.statement))?;
    if let Some(firmware) = &device.firmware {
        writeln!(out, "- Firmware: {}", prose(&firmware.value))?;
    }
    for unit in &device.units {
        writeln!(
            out,
            "- Unit: {}",
            prose(&format!("{} ({})", unit.id, unit.state))
        )?;
    }
    let profile = &certificate.profile;
    let named = format!("{} {}", profile.id, profile.version);
    writeln!(out, "- Profile: {}", prose(&named))?;
    let of_run = certificate.run.blocklist.as_ref();
    let later = certificate.blocklist.as_ref().map(|it| &it.list);
    for (list, whose) in [
        (of_run, "of the run"),
        (later, "that the run was judged with"),
    ] {
        if let Some(list) = list {
            let digest = code(&brief(&list.sha256, TEXT));
            writeln!(out, "- List of compromised keys {whose}: SHA-256 {digest}")?;
        }
    }
    for text in words::job(certificate).into_iter().flatten() {
        writeln!(out, "- {}", prose(&text))?;
    }
    if !profile.leaves_out.is_empty() {
        writeln!(
            out,
            "- Left out by it: {}",
            prose(&profile.leaves_out.join("; "))
        )?;
    }
    if let Some(documents) = &certificate.documents {
        let day = documents.support_until.as_ref();
        let day = day.map_or("not stated", |day| day.value.as_str());
        writeln!(
            out,
            "- Security updates until, as the supplier states: {}",
            prose(day)
        )?;
    }
    if let Some(why) = &certificate.run.aborted_because {
        writeln!(out, "- The run was aborted: {}", prose(why))?;
    }
    if certificate.identity.state != IdentityState::Agrees {
        writeln!(
            out,
            "- Identity: {}",
            prose(&certificate.identity.statement)
        )?;
    }
    writeln!(out)
}

fn requirements(out: &mut String, certificate: &Certificate) -> std::fmt::Result {
    let mut all: Vec<&RequirementResult> = certificate.requirements.iter().collect();
    // Stable: within a verdict in the profile's order.
    all.sort_by_key(|requirement| Reverse(requirement.verdict));
    writeln!(out, "| Verdict | Requirement | Obligation | Why |")?;
    writeln!(out, "|---|---|---|---|")?;
    for requirement in all.iter().take(REQUIREMENTS) {
        let by = requirement.declared_by.as_ref();
        let by = by.map_or(String::new(), |by| format!(" Stated by: {by}"));
        let waiver = requirement.waiver.as_ref();
        let waived = waiver.map_or(String::new(), |it| format!("{}. ", words::waived_by(it)));
        writeln!(
            out,
            "| **{}** | {} | {} | {} |",
            words::verdict(requirement),
            prose(&requirement.title),
            requirement.obligation.as_str(),
            prose(&format!("{waived}{}{by}", requirement.rationale)),
        )?;
    }
    more(out, all.len(), REQUIREMENTS, "requirement")
}

fn waivers(out: &mut String, certificate: &Certificate) -> std::fmt::Result {
    let list = certificate.waivers.iter().flat_map(|it| &it.list);
    let spent: Vec<_> = list.filter(|it| it.state != WaiverState::Active).collect();
    if spent.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n### Waivers that do not apply\n")?;
    for waiver in spent.iter().take(WAIVERS) {
        writeln!(out, "- Waiver: {}", prose(&words::waiver(waiver)))?;
    }
    more(out, spent.len(), WAIVERS, "waiver")
}

fn records(out: &mut String, certificate: &Certificate) -> std::fmt::Result {
    let list: Vec<_> = certificate.records.iter().flat_map(|it| &it.list).collect();
    if list.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n### Done and examined by people\n")?;
    for record in list.iter().take(RECORDS) {
        writeln!(out, "- {}", prose(&words::record(record)))?;
    }
    more(out, list.len(), RECORDS, "record")
}

fn findings(out: &mut String, certificate: &Certificate) -> std::fmt::Result {
    let results = certificate.requirements.iter();
    let mut all: Vec<&FindingResult> = results.flat_map(|result| &result.findings).collect();
    if all.is_empty() {
        return Ok(());
    }
    all.sort_by_key(|finding| Reverse(finding.severity));
    writeln!(out, "\n### Findings\n")?;
    for finding in all.iter().take(FINDINGS) {
        writeln!(
            out,
            "- **{}** {}, {}: {}\n  To do: {}",
            finding.severity.as_str(),
            code(&brief(&finding.code, TEXT)),
            prose(&finding.subject.to_string()),
            prose(&finding.message),
            prose(&finding.remediation),
        )?;
    }
    more(out, all.len(), FINDINGS, "finding")
}

fn more(out: &mut String, count: usize, shown: usize, noun: &str) -> std::fmt::Result {
    match count.saturating_sub(shown) {
        0 => Ok(()),
        more => writeln!(
            out,
            "\nAnd {}, see the certificate.",
            words::counted(more, &format!("more {noun}"))
        ),
    }
}

fn foot(out: &mut String, certificate: &Certificate) -> std::fmt::Result {
    let judged = certificate.judged_at.strftime("%-d %B %Y, %H:%M UTC");
    writeln!(
        out,
        "\nCertificate {} of {judged}, by Proofmark {}, rules {}.",
        code(&brief(&certificate.id, TEXT)),
        prose(&certificate.tool.version),
        prose(&certificate.tool.rules),
    )
}

/// A text of which no word means anything to a renderer. What our own sentences put between backticks is code;
/// wherever a device puts some, the rest is made plain all the same.
fn prose(text: &str) -> String {
    let text = brief(text, TEXT);
    let parts: Vec<&str> = text.split('`').collect();
    let last = parts.len() - 1;
    let mut out = String::new();
    for (index, part) in parts.into_iter().enumerate() {
        let quoted = index % 2 == 1;
        let piece = match quoted {
            // A backtick that none follows is a character like others.
            true if index == last => code(&format!("`{part}")),
            true => code(part),
            false => plainly(part),
        };
        // Two code spans that touch are none.
        if out.ends_with('`') && piece.starts_with('`') {
            out.push(' ');
        }
        out.push_str(&piece);
    }
    out
}

/// A text without backticks: plain words stay, the others are code. A space at an end stays.
fn plainly(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let groups = words.chunk_by(|one, other| plain(one) == plain(other));
    let groups: Vec<String> = groups
        .map(|group| match plain(group[0]) {
            true => group.join(" "),
            false => code(&group.join(" ")),
        })
        .collect();
    let space = |there: bool| if there { " " } else { "" };
    let before = space(text.starts_with(' ') && !groups.is_empty());
    let after = space(text.ends_with(' '));
    format!("{before}{}{after}", groups.join(" "))
}

/// A code span. The two characters that could end it, or the cell of a table around it, are visible escapes. Nothing is no
/// code, and a space alone is none either.
fn code(text: &str) -> String {
    if text.trim().is_empty() {
        return "“”".to_owned();
    }
    let text = text.replace('`', "\\u{60}").replace('|', "\\u{7c}");
    format!("`{text}`")
}

/// A word of letters and digits, with punctuation that nobody makes anything of: no mark-up, no address, no
/// mention, no reference to an issue or a commit, no emoji.
fn plain(word: &str) -> bool {
    let core = word.trim_start_matches(['(', '“', '‘']);
    let core = core.trim_end_matches([')', '”', '’', '.', ',', ';', ':', '?', '!', '…']);
    let characters: Vec<char> = core.chars().collect();
    let inside = characters.windows(3).all(|three| {
        let (before, c, after) = (three[0], three[1], three[2]);
        match c {
            // A version, never the name of a host.
            '.' | ',' => before.is_ascii_digit() && after.is_ascii_digit(),
            '-' | '\'' | '’' => before.is_alphanumeric() && after.is_alphanumeric(),
            c => c.is_alphanumeric(),
        }
    });
    let ends = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric());
    let issue = core
        .get(..3)
        .is_some_and(|start| start.eq_ignore_ascii_case("gh-"));
    let commit = core.len() >= 7 && core.chars().all(|c| c.is_ascii_hexdigit());
    let only_punctuation = core.is_empty();
    only_punctuation
        || inside && ends(characters.first()) && ends(characters.last()) && !issue && !commit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_stay_and_every_other_is_code() {
        for (text, expected) in [
            (
                "TCP port 23 is open, and 65,530 are not.",
                "TCP port 23 is open, and 65,530 are not.",
            ),
            (
                "the default admin/admin opens “/”.",
                "the default `admin/admin` opens `“/”.`",
            ),
            (
                "see [this](http://x.example) now",
                "see `[this](http://x.example)` now",
            ),
            (
                "firmware 1.4.2 of evil.example",
                "firmware 1.4.2 of `evil.example`",
            ),
            ("@team #12 gh-12 GH-12", "`@team #12 gh-12 GH-12`"),
            (":tada: deadbeef0 a*b* <b>", "`:tada: deadbeef0 a*b* <b>`"),
            ("a`b|c", "a`\\u{60}b\\u{7c}c`"),
            ("user `admin` at `x|y`.", "user `admin` at `x\\u{7c}y`."),
            ("one `` two `a``b`", "one “” two `a` `b`"),
            ("x`a`b@c`d", "x`a` `b@c` `\\u{60}d`"),
            ("It said “login: ”.", "It said “login: ”."),
            ("one\ntwo", "`one\\ntwo`"),
        ] {
            assert_eq!(prose(text), expected);
        }
    }
}
