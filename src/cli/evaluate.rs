//! `proofmark evaluate`.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{out, session};
use crate::certificate::{Judging, assess, issue};
use crate::error::{Error, InputError};
use crate::evidence::Run;
use crate::exit::Exit;
use crate::input;
use crate::output::{apart, fresh_dir};
use crate::profile::Waivers;
use crate::record_book;
use crate::records::Records;

/// Judge an old run again, without the device; the run is only read
///
/// The new directory is a run of its own, with everything that the old one rests on: it can be signed.
#[derive(Debug, clap::Args)]
pub struct EvaluateArgs {
    /// The run directory
    run: PathBuf,
    /// A shipped profile's id or a file [default: the profile that the run was judged by]
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    /// Where the copy of the run and its certificate go; a directory that is empty or absent
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The time of judging, RFC 3339 [default: now]
    #[arg(long, value_name = "TIME")]
    judged_at: Option<Timestamp>,
    /// Known failures that somebody accepts for a while [default: those that the run was judged with]
    #[arg(long, value_name = "FILE", conflicts_with = "no_waivers")]
    waivers: Option<PathBuf>,
    /// Without the waivers that the run was judged with
    #[arg(long)]
    no_waivers: bool,
    /// What people did and saw, a directory that `record` wrote [default: what the run was judged with]
    #[arg(long, value_name = "DIR")]
    records: Option<PathBuf>,
    /// Who and what of the test, for the report [default: what the run was done with]
    #[arg(long, value_name = "FILE", conflicts_with = "no_job")]
    job: Option<PathBuf>,
    /// Without the job that the run was done with
    #[arg(long)]
    no_job: bool,
}

/// Runs the command.
pub fn evaluate(args: &EvaluateArgs) -> Result<Exit, Error> {
    let run = Run::read(&args.run)?;
    let profile = match &args.profile {
        Some(profile) => session::named_profile(profile)?,
        None => input::recorded_profile(&args.run, &run)?,
    };
    let waivers = match &args.waivers {
        Some(path) => input::waivers(path, &profile, &run.device)?,
        None if args.no_waivers => Waivers::default(),
        None => input::recorded_waivers(&args.run)?,
    };
    let job = match &args.job {
        Some(path) => Some(input::job(path, &run.device)?),
        None if args.no_job => None,
        None => input::recorded_job(&args.run)?,
    };
    let judged_at = args.judged_at.unwrap_or_else(Timestamp::now);
    let book = args.records.as_deref().unwrap_or(&args.run);
    let records = recorded(book, &run, args.records.is_some(), judged_at)?;
    apart(&args.run, "--out", &args.out)?;
    fresh_dir(&args.out)?;
    let certificate = issue(&Judging {
        run: &run,
        profile: &profile,
        judged_at,
        waivers: &waivers,
        records: &records,
        job: job.as_ref(),
        assess,
    });
    run.copy(&args.run, &args.out)?;
    out::write_profile(&profile, &run, &args.out)?;
    out::write_waivers(&waivers, &args.out)?;
    record_book::copy(&records, book, &args.out)?;
    out::write_job(job.as_ref(), &args.out)?;
    out::write_reports(&certificate, &args.out)?;
    out::print(&out::summary(&certificate))?;
    out::print(&format!(
        "\n{}\n",
        args.out.join("certificate.html").display()
    ))?;
    Ok(certificate.outcome.into())
}

/// What people did and saw, until the time of judging.
fn recorded(dir: &Path, run: &Run, named: bool, judged_at: Timestamp) -> Result<Records, Error> {
    let records = record_book::read(dir, run)?;
    if named && records.is_none() {
        let origin = dir.display().to_string();
        return Err(InputError::new(origin, "there are no records in it")
            .legal("a directory that `proofmark record` wrote")
            .into());
    }
    match records.later_than(judged_at) {
        None => Ok(records),
        Some(record) => {
            let (id, at) = (record.id(), record.recorded_at);
            let message = format!("{id} was written down at {at}, after the time of judging");
            Err(InputError::new(dir.display().to_string(), message)
                .legal("`--judged-at` no earlier than the last record")
                .into())
        }
    }
}
