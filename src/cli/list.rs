//! `proofmark list`.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::out;
use crate::case::TEST_CASES;
use crate::error::Error;
use crate::exit::Exit;
use crate::input;
use crate::probe::PROBES;
use crate::profile;
use crate::runner::examination;
use crate::texts;
use crate::verdict::Reason;

/// List profiles, test cases with their codes, probes, and reasons
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Another profile beside the shipped ones: a file
    #[arg(long, value_name = "PROFILE")]
    profile: Option<PathBuf>,
}

/// Runs the command.
pub fn list(args: &ListArgs) -> Result<Exit, Error> {
    let texts = texts::english();
    let mut text = String::from("profiles\n");
    let mut profiles = Vec::new();
    for (id, source) in profile::shipped() {
        profiles.push(profile::parse(source, id)?);
    }
    profiles.extend(args.profile.as_deref().map(input::profile).transpose()?);
    for profile in profiles {
        let (id, version) = (&profile.id, &profile.version);
        let _ = writeln!(text, "  {id} {version}: {}", profile.title);
        for requirement in &profile.requirements {
            let _ = writeln!(
                text,
                "    {:<30} {:<14} {}",
                requirement.id,
                requirement.obligation.as_str(),
                requirement.test_case.id
            );
            text.push_str(&examination(requirement, "      ").unwrap_or_default());
        }
    }
    text.push_str("\ntest cases and what they can find\n");
    for case in TEST_CASES {
        let _ = writeln!(text, "  {}: {}", case.id, case.title);
        for code in case.codes {
            let _ = writeln!(
                text,
                "    {:<30} {:<14} {}",
                code.id,
                code.severity.as_str(),
                texts.finding(code.id).map_or("", |it| &it.means)
            );
        }
    }
    text.push_str("\nprobes, least intrusive first\n");
    for probe in PROBES {
        let _ = writeln!(text, "  {:<32} {}", probe.id, probe.asks);
    }
    text.push_str("\nreasons of an INCONCLUSIVE verdict\n");
    for reason in Reason::ALL {
        let _ = writeln!(text, "  {:<32} {}", reason.as_str(), texts.reason(*reason));
    }
    out::print(&text)?;
    Ok(Exit::Ok)
}
