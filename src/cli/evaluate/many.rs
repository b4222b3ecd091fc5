//! Many runs: a line for each, and a last one for all.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{EvaluateArgs, Profiles, judge};
use crate::certificate::{Certificate, ConformityOutcome};
use crate::cli::out;
use crate::error::{Error, InputError};
use crate::exit::Exit;
use crate::output::{apart, fresh_dir};
use crate::text::shown;
use crate::verdict::Verdict;

/// Judges them in order. One that cannot be judged is told on stderr, and the others are judged all the same.
///
/// It ends as the worst of them does: what cannot be judged, non-conformant, not certifiable, conformant.
pub fn evaluate(args: &EvaluateArgs, profiles: &mut Profiles) -> Result<Exit, Error> {
    let targets = targets(&args.runs, args.out.as_deref())?;
    if let Some(out) = &args.out {
        for run in args.runs.iter().filter(|run| run.exists()) {
            apart(run, "--out", out)?;
        }
        fresh_dir(out)?;
    }
    let mut tally = Tally::default();
    for (run, target) in args.runs.iter().zip(&targets) {
        match judge(args, run, target.as_deref(), profiles) {
            Ok(certificate) => {
                tally.count(certificate.outcome);
                out::print(&line(run, &certificate))?;
            }
            Err(error) => {
                out::complain(&error);
                tally.failed.get_or_insert(Exit::from(&error));
                tally.unjudged += 1;
            }
        }
    }
    out::print(&tally.line())?;
    Ok(tally.exit())
}

/// Where the reports of each run go.
fn targets(runs: &[PathBuf], out: Option<&Path>) -> Result<Vec<Option<PathBuf>>, Error> {
    let Some(out) = out else {
        return Ok(vec![None; runs.len()]);
    };
    let mut seen = BTreeSet::new();
    let target = |run: &PathBuf| {
        let whole = std::fs::canonicalize(run).unwrap_or_else(|_| run.clone());
        let name = match whole.extension() {
            // A bundle in one file has the name of its directory, and more.
            Some(extension) if extension == "proofmark" && whole.is_file() => whole.file_stem(),
            _ => whole.file_name(),
        };
        let name = name.unwrap_or_default().to_owned();
        if !seen.insert(name.clone()) {
            let name = shown(name.as_encoded_bytes(), 80);
            let message =
                format!("two runs are called `{name}`, and each has a directory of its name");
            return Err(InputError::new("--out", message)
                .legal("runs of different names, or one at a time")
                .into());
        }
        Ok(Some(out.join(name)))
    };
    runs.iter().map(target).collect()
}

/// `non-conformant    runs/camera  9 FAIL, 1 INCONCLUSIVE, 4 PASS`
fn line(run: &Path, certificate: &Certificate) -> String {
    let verdicts = [
        Verdict::Fail,
        Verdict::Inconclusive,
        Verdict::Pass,
        Verdict::NotApplicable,
    ];
    let counts = verdicts.map(|verdict| {
        let all = certificate.requirements.iter();
        (verdict, all.filter(|it| it.verdict == verdict).count())
    });
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(verdict, count)| format!("{count} {verdict}"))
        .collect();
    let run = shown(run.as_os_str().as_encoded_bytes(), 400);
    let outcome = certificate.outcome.as_str();
    format!("{outcome:<16}  {run}  {}\n", counts.join(", "))
}

/// What came of them.
#[derive(Debug, Default)]
struct Tally {
    conformant: usize,
    non_conformant: usize,
    not_certifiable: usize,
    unjudged: usize,
    /// How the first one that could not be judged ends the command.
    failed: Option<Exit>,
}

impl Tally {
    fn count(&mut self, outcome: ConformityOutcome) {
        let counter = match outcome {
            ConformityOutcome::Conformant => &mut self.conformant,
            ConformityOutcome::NonConformant => &mut self.non_conformant,
            ConformityOutcome::NotCertifiable => &mut self.not_certifiable,
        };
        *counter += 1;
    }

    fn line(&self) -> String {
        let judged = self.conformant + self.non_conformant + self.not_certifiable;
        let mut line = format!(
            "{judged} judged: {} conformant, {} non-conformant, {} not certifiable",
            self.conformant, self.non_conformant, self.not_certifiable
        );
        if self.unjudged > 0 {
            line.push_str(&format!("; {} could not be judged", self.unjudged));
        }
        line.push('\n');
        line
    }

    fn exit(&self) -> Exit {
        match self.failed {
            Some(exit) => exit,
            None if self.non_conformant > 0 => Exit::NonConformant,
            None if self.not_certifiable > 0 => Exit::NotCertifiable,
            None => Exit::Ok,
        }
    }
}
