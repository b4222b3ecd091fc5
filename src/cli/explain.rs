//! `proofmark explain`.

use super::out;
use crate::case::{TEST_CASES, TestCase};
use crate::error::{Error, InputError};
use crate::exit::Exit;
use crate::profile;
use crate::text::shown;
use crate::texts::{self, commands};
use crate::verdict::Reason;

/// Explain a requirement, test case, finding code or reason
#[derive(Debug, clap::Args)]
pub struct ExplainArgs {
    /// An id that `list` shows, or that stands in a certificate
    id: String,
}

/// Runs the command.
pub fn explain(args: &ExplainArgs) -> Result<Exit, Error> {
    let text = by_case(&args.id)
        .or_else(|| by_code(&args.id))
        .or_else(|| by_reason(&args.id))
        .map_or_else(|| by_requirement(&args.id), Ok)?;
    out::print(&text)?;
    Ok(Exit::Ok)
}

fn by_case(id: &str) -> Option<String> {
    let name = |case: &TestCase| case.id.rsplit('/').next().unwrap_or_default();
    TEST_CASES
        .iter()
        .find(|case| case.id == id || name(case) == id)
        .map(|case| page(case))
}

/// The page beside the test case, and what reports say of it.
fn page(case: &TestCase) -> String {
    let mut page = case.page.to_owned();
    let Some(texts) = texts::english().case(case.id) else {
        return page;
    };
    let commands = commands(case.id)
        .iter()
        .map(|it| format!("\n    {}", it.run));
    let by_hand = format!("{}\n{}", texts.by_hand, commands.collect::<String>());
    for (heading, text) in [
        ("By hand", by_hand.trim_end()),
        ("Remediation", &texts.fix),
        ("In plain words", &texts.plain),
    ] {
        page.push_str(&format!("\n## {heading}\n\n{text}\n"));
    }
    page
}

fn by_code(id: &str) -> Option<String> {
    TEST_CASES.iter().find_map(|case| {
        let code = case.codes.iter().find(|code| code.id == id)?;
        let texts = texts::english().finding(id);
        Some(format!(
            "{} (severity {}), found by {}\n\n{}\n\nTo fix it: {}\n\n{}",
            code.id,
            code.severity.as_str(),
            case.id,
            texts.map_or("", |it| &it.means),
            texts.map_or("", |it| &it.fix),
            page(case)
        ))
    })
}

fn by_reason(id: &str) -> Option<String> {
    let reason = Reason::ALL.iter().find(|reason| reason.as_str() == id)?;
    Some(format!(
        "{id}, a reason of an INCONCLUSIVE verdict\n\n{}\n",
        texts::english().reason(*reason)
    ))
}

fn by_requirement(id: &str) -> Result<String, Error> {
    let mut known = Vec::new();
    for (name, source) in profile::shipped() {
        let profile = profile::parse(source, name)?;
        for requirement in &profile.requirements {
            if requirement.id == id {
                let states: Vec<_> = requirement
                    .states
                    .iter()
                    .map(|state| state.as_str())
                    .collect();
                return Ok(format!(
                    "{id}: {}\n{} in {} {}, for units in state {}\n\n{}",
                    requirement.title,
                    requirement.obligation.as_str(),
                    profile.id,
                    profile.version,
                    states.join(", "),
                    page(requirement.test_case)
                ));
            }
            known.push(requirement.id.clone());
        }
    }
    known.extend(TEST_CASES.iter().map(|case| case.id.to_owned()));
    let message = format!(
        "`{}` is no requirement, test case, code or reason",
        shown(id, 60)
    );
    Err(InputError::new("explain", message)
        .legal(format!("{}; `proofmark list` shows all", known.join(", ")))
        .into())
}
