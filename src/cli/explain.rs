//! `proofmark explain`.

use super::out;
use crate::case::{TEST_CASES, TestCase};
use crate::error::{Error, InputError};
use crate::exit::Exit;
use crate::profile;
use crate::text::shown;
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
        .map(|case| case.page.to_owned())
}

fn by_code(id: &str) -> Option<String> {
    TEST_CASES.iter().find_map(|case| {
        let code = case.codes.iter().find(|code| code.id == id)?;
        Some(format!(
            "{} (severity {}), found by {}\n\n{}\n\nTo fix it: {}\n\n{}",
            code.id,
            code.severity.as_str(),
            case.id,
            code.meaning,
            code.remediation,
            case.page
        ))
    })
}

fn by_reason(id: &str) -> Option<String> {
    let reason = Reason::ALL.iter().find(|reason| reason.as_str() == id)?;
    Some(format!(
        "{id}, a reason of an INCONCLUSIVE verdict\n\n{}\n",
        reason.meaning()
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
                    requirement.test_case.page
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
