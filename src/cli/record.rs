//! `proofmark record`.

use std::path::PathBuf;

use jiff::Timestamp;

use super::{out, session};
use crate::case::manual::question;
use crate::decode::hint;
use crate::error::{Error, InputError};
use crate::evidence::{Run, refuse_secrets};
use crate::exit::Exit;
use crate::input::{self, Judged, recorded_profile};
use crate::profile::{Profile, Requirement};
use crate::record_book::{self, Entry};
use crate::records::{LARGEST_ATTACHMENT, Record, Records, What};
use crate::text::shown;
use crate::verdict::Verdict;

/// Record what a person did or saw: a step, or a manual check that the profile asks for
///
/// Records go into a directory of their own, which only grows; the run stays as it is. `evaluate RUN --records DIR` judges
/// the run with them.
#[derive(Debug, clap::Args)]
pub struct RecordArgs {
    #[command(subcommand)]
    command: RecordCommand,
}

#[derive(Debug, clap::Subcommand)]
enum RecordCommand {
    Step(StepArgs),
    Check(CheckArgs),
    Withdraw(WithdrawArgs),
    Show(ShowArgs),
}

/// Something that the operator did: "held the reset button for 10 s"
#[derive(Debug, clap::Args)]
struct StepArgs {
    #[command(flatten)]
    place: Place,
    /// What was done
    did: String,
    /// The unit, where the run has several
    #[arg(long, value_name = "ID")]
    unit: Option<String>,
    #[command(flatten)]
    word: Word,
}

/// A manual check of the profile, as a person decided it; `plan` prints the questions
#[derive(Debug, clap::Args)]
struct CheckArgs {
    #[command(flatten)]
    place: Place,
    /// The id of the check
    check: String,
    /// The examiner's verdict
    #[arg(long, value_enum)]
    verdict: Says,
    /// What was seen; only a pass needs none
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
    /// The unit, where the check is of several
    #[arg(long, value_name = "ID")]
    unit: Option<String>,
    /// The profile that asks for it: a shipped profile's id or a file [default: the profile that the run was judged by]
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    #[command(flatten)]
    word: Word,
}

/// Withdraw a record that was a mistake: it stays, and counts no more
#[derive(Debug, clap::Args)]
struct WithdrawArgs {
    #[command(flatten)]
    place: Place,
    /// The number of the record
    number: u32,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    word: Word,
}

/// Show what is recorded
#[derive(Debug, clap::Args)]
struct ShowArgs {
    #[command(flatten)]
    place: Place,
}

/// Where records go, and what they are about.
#[derive(Debug, clap::Args)]
struct Place {
    /// The run directory; it is only read
    run: PathBuf,
    /// The directory of the records. It is made where there is none, and begins with what the run was judged with
    #[arg(long, value_name = "DIR")]
    records: PathBuf,
}

/// Whose word it is, of when, and what shows it.
#[derive(Debug, clap::Args)]
struct Word {
    /// Who did or saw it
    #[arg(long, value_name = "NAME")]
    by: String,
    /// When, RFC 3339, no earlier than the run began [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// A file that shows it, kept by its SHA-256. May be given several times
    #[arg(long, value_name = "FILE")]
    attach: Vec<PathBuf>,
    /// The manifest, `*.device.toml`: what holds one of its secrets is refused, because records go to everybody who gets
    /// the run, which holds none
    #[arg(long, value_name = "FILE")]
    device: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Says {
    Pass,
    Fail,
    Inconclusive,
    NotApplicable,
}

impl From<Says> for Verdict {
    fn from(says: Says) -> Self {
        match says {
            Says::Pass => Self::Pass,
            Says::Fail => Self::Fail,
            Says::Inconclusive => Self::Inconclusive,
            Says::NotApplicable => Self::NotApplicable,
        }
    }
}

/// Runs the command.
pub fn record(args: &RecordArgs) -> Result<Exit, Error> {
    match &args.command {
        RecordCommand::Step(args) => step(args),
        RecordCommand::Check(args) => check(args),
        RecordCommand::Withdraw(args) => withdraw(args),
        RecordCommand::Show(args) => show(args),
    }
}

fn step(args: &StepArgs) -> Result<Exit, Error> {
    let run = Run::read(&args.place.run)?;
    let all = run.device.units.iter().map(|unit| unit.id.as_str());
    let what = What::Step {
        unit: unit(args.unit.as_deref(), &all.collect::<Vec<_>>())?,
        did: args.did.clone(),
    };
    add(&args.place, &run, &args.word, what, None)?;
    Ok(Exit::Ok)
}

fn check(args: &CheckArgs) -> Result<Exit, Error> {
    let run = Run::read(&args.place.run)?;
    let profile = match &args.profile {
        Some(name) => session::named_profile(name)?,
        None => recorded_profile(&args.place.run, &run, &Judged::read(&args.place.run))?,
    };
    let units = examined_units(&run, &asking(&profile, &args.check)?);
    let what = What::Check {
        unit: unit(args.unit.as_deref(), &units)?,
        check: args.check.clone(),
        verdict: args.verdict.into(),
        note: args.note.clone(),
    };
    let records = add(&args.place, &run, &args.word, what, args.profile.as_deref())?;
    let open = open(&profile, &run, &records);
    if !open.is_empty() {
        out::print(&format!("still to be examined: {}\n", open.join(", ")))?;
    }
    Ok(Exit::Ok)
}

fn withdraw(args: &WithdrawArgs) -> Result<Exit, Error> {
    let run = Run::read(&args.place.run)?;
    let what = What::Withdrawal {
        record: args.number,
        reason: args.reason.clone(),
    };
    add(&args.place, &run, &args.word, what, None)?;
    Ok(Exit::Ok)
}

fn show(args: &ShowArgs) -> Result<Exit, Error> {
    let run = Run::read(&args.place.run)?;
    let records = record_book::read(&args.place.records, &run)?;
    if records.is_none() {
        out::print("nothing is recorded there\n")?;
    }
    for record in records.all() {
        let withdrawn = match records.withdrawal(record.number) {
            Some(by) => format!(" (withdrawn by {})", by.id()),
            None => String::new(),
        };
        out::print(&format!("{}{withdrawn}\n", line(record)))?;
    }
    Ok(Exit::Ok)
}

/// Refuses what holds a secret of the manifest, where somebody hands that in.
fn refuse(word: &Word, text: &str) -> Result<(), Error> {
    let Some(path) = &word.device else {
        out::note(
            "nobody looked for secrets of the manifest in what is recorded: `--device FILE` does",
        );
        return Ok(());
    };
    let device = input::manifest(path, true)?.device;
    refuse_secrets(&device, "--by", &word.by)?;
    refuse_secrets(&device, "the record", text)?;
    for path in &word.attach {
        let origin = path.display().to_string();
        refuse_secrets(&device, "--attach", &origin)?;
        let read = input::bounded(path, LARGEST_ATTACHMENT);
        let bytes = read.map_err(|error| input::unreadable(path, &error))?;
        // In a picture or an archive only what stands there in plain bytes is found.
        let bytes = bytes.unwrap_or_default();
        refuse_secrets(&device, &origin, &String::from_utf8_lossy(&bytes))?;
    }
    Ok(())
}

fn add(
    place: &Place,
    run: &Run,
    word: &Word,
    what: What,
    profile: Option<&str>,
) -> Result<Records, Error> {
    refuse(word, what.text())?;
    let entry = Entry {
        by: word.by.clone(),
        at: word.at,
        what,
        attach: word.attach.clone(),
    };
    let records = record_book::append(&place.records, &place.run, run, entry)?;
    if let Some(record) = records.all().last() {
        let profile = profile.map(|it| format!("--profile {it} "));
        let judge = format!(
            "proofmark evaluate {} {}--records {} --out DIR",
            place.run.display(),
            profile.unwrap_or_default(),
            place.records.display()
        );
        out::print(&format!("{}\njudge with it: {judge}\n", line(record)))?;
    }
    Ok(records)
}

/// A record, what it says, and what is attached.
fn line(record: &Record) -> String {
    let text = match record.what.text().trim() {
        "" => String::new(),
        text => format!(": {}", shown(text, 400)),
    };
    let attached: String = record
        .attachments
        .iter()
        .map(|it| {
            format!(
                "\n  {} {} ({} bytes)",
                it.sha256,
                shown(&it.name, 120),
                it.length
            )
        })
        .collect();
    format!("{}: {}{text}{attached}", record.id(), record.cited())
}

/// The requirements of the profile that ask for a check.
fn asking<'p>(profile: &'p Profile, check: &str) -> Result<Vec<&'p Requirement>, Error> {
    let of = |requirement: &Requirement| question(requirement).map(|it| it.check);
    let all = profile.requirements.iter();
    let asking: Vec<_> = all.filter(|it| of(it).as_deref() == Some(check)).collect();
    if !asking.is_empty() {
        return Ok(asking);
    }
    let checks: Vec<String> = profile.requirements.iter().filter_map(of).collect();
    let checks: Vec<&str> = checks.iter().map(String::as_str).collect();
    let message = format!(
        "profile {} asks for no check `{}`{}",
        profile.id,
        shown(check, 60),
        hint(check, &checks)
    );
    Err(InputError::new("CHECK", message)
        .legal(match checks.as_slice() {
            [] => "none: `proofmark explain manual/examination` says how a profile asks for one"
                .to_owned(),
            checks => checks.join(", "),
        })
        .into())
}

/// The units of a run in a state that one of the requirements binds.
fn examined_units<'r>(run: &'r Run, requirements: &[&Requirement]) -> Vec<&'r str> {
    let bound = |state| requirements.iter().any(|it| it.states.contains(state));
    let units = run.device.units.iter();
    units
        .filter(|unit| bound(&unit.state))
        .map(|unit| unit.id.as_str())
        .collect()
}

/// The unit that is meant: the only one, unless somebody says which.
fn unit(named: Option<&str>, units: &[&str]) -> Result<String, InputError> {
    let wrong = |message: String| {
        InputError::new("--unit", message).legal(match units {
            [] => "none: no unit of the run is in a state that the check is about".to_owned(),
            units => units.join(", "),
        })
    };
    match (named, units) {
        (Some(name), units) if units.contains(&name) => Ok(name.to_owned()),
        (Some(name), _) => Err(wrong(format!("`{}` is no such unit", shown(name, 60)))),
        (None, [only]) => Ok((*only).to_owned()),
        (None, _) => Err(wrong("says which unit it was".to_owned())),
    }
}

/// The checks of the profile that nobody recorded yet, or that were withdrawn.
fn open(profile: &Profile, run: &Run, records: &Records) -> Vec<String> {
    let recorded = |wanted: &str, of: &str| {
        records.all().iter().any(|record| {
            let is = matches!(&record.what, What::Check { unit, check, .. } if unit == of && check == wanted);
            is && records.withdrawal(record.number).is_none()
        })
    };
    let mut open = Vec::new();
    for requirement in &profile.requirements {
        let Some(question) = question(requirement) else {
            continue;
        };
        for unit in examined_units(run, &[requirement]) {
            if !recorded(&question.check, unit) {
                open.push(format!("{} of unit {unit}", question.check));
            }
        }
    }
    open
}
