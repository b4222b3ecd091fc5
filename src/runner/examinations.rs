//! What a person has to examine, for whoever reads a plan or a profile.

use crate::case::manual::{Question, question};
use crate::profile::Requirement;
use crate::text::shown;

/// The question of a requirement that asks a person, and how to answer it; each line after `indent`. None: it asks nobody.
pub fn examination(requirement: &Requirement, indent: &str) -> Option<String> {
    let Question {
        check,
        question,
        instructions,
    } = question(requirement)?;
    let lines = instructions.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty());
    let lines: String = lines
        .map(|line| format!("{indent}  {}\n", shown(line, 400)))
        .collect();
    let question = shown(
        question.split_whitespace().collect::<Vec<_>>().join(" "),
        600,
    );
    Some(format!("{indent}{check}: {question}\n{lines}"))
}
