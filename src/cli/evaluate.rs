//! `proofmark evaluate`.

mod many;

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{out, session};
use crate::bundle::Opened;
use crate::certificate::{Certificate, Judging, assess, issue};
use crate::error::{Error, InputError};
use crate::evidence::{Run, refuse_secrets};
use crate::exit::Exit;
use crate::input::{self, Judged};
use crate::output::{apart, fresh_dir};
use crate::profile::{self, Profile, Waivers};
use crate::record_book::{self, RECORDS_FILE};
use crate::records::Records;
use crate::text::shown;

/// Judge old runs again, without the devices; the runs are only read
///
/// A new directory is a run of its own, with everything that the old one rests on: it can be signed.
#[derive(Debug, clap::Args)]
pub struct EvaluateArgs {
    /// The run directory, or a bundle in one file; several are judged one after the other, with a line for each
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// A shipped profile's id or a file [default: the profile that the run was judged by]
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    /// Where the copy of the run and its certificate go; a directory that is empty or absent. Of several runs each
    /// has its own, DIR/RUN [default: nowhere, the outcome is only told]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The time of judging, RFC 3339, no earlier than the end of the run and no later than now [default: now]
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
    /// The manifest, `*.device.toml`: files handed in here that hold one of its secrets are refused. The run itself holds none
    #[arg(long, value_name = "FILE")]
    device: Option<PathBuf>,
    /// Who and what of the test, for the report [default: what the run was done with]
    #[arg(long, value_name = "FILE", conflicts_with = "no_job")]
    job: Option<PathBuf>,
    /// Without the job that the run was done with
    #[arg(long)]
    no_job: bool,
    /// A blocklist of badkeys (`blocklist.dat`, unpacked), beside the one that the run was done with: the keys of the run are looked
    /// up in it. What it says of them is kept, and its SHA-256 goes into the certificate [default: what the run was judged with]
    #[arg(long, value_name = "FILE", conflicts_with = "no_blocklist")]
    blocklist: Option<PathBuf>,
    /// Without the blocklist that the run was judged with; what a run was done with stays
    #[arg(long)]
    no_blocklist: bool,
}

/// Runs the command.
pub fn evaluate(args: &EvaluateArgs) -> Result<Exit, Error> {
    refuse_secrets_in(args)?;
    let mut profiles = Profiles::default();
    let [run] = args.runs.as_slice() else {
        return many::evaluate(args, &mut profiles);
    };
    let out = args.out.as_deref();
    let certificate = judge(args, run, out, &mut profiles)?;
    out::print(&out::summary(&certificate))?;
    if let Some(out) = out {
        let page = out.join("certificate.html");
        out::print(&format!("\n{}\n", page.display()))?;
    }
    Ok(certificate.outcome.into())
}

/// What is handed in is kept as it is, and goes to everybody who gets the new run.
fn refuse_secrets_in(args: &EvaluateArgs) -> Result<(), Error> {
    let profile = args.profile.as_ref().map(PathBuf::from);
    let records = args.records.as_ref().map(|dir| dir.join(RECORDS_FILE));
    let handed_in: Vec<PathBuf> = [args.waivers.clone(), args.job.clone(), profile, records]
        .into_iter()
        .flatten()
        .filter(|path| path.is_file())
        .collect();
    let Some(manifest) = &args.device else {
        if args.out.is_some() && !handed_in.is_empty() {
            out::note(
                "nobody looked for secrets of the manifest in what was handed in: `--device FILE` does",
            );
        }
        return Ok(());
    };
    let device = input::manifest(manifest, true)?.device;
    for path in handed_in {
        let origin = path.display().to_string();
        refuse_secrets(&device, &origin, &input::text(&path, &origin)?)?;
    }
    Ok(())
}

/// Judges a run and writes what came of it into a directory, if there is to be one.
fn judge(
    args: &EvaluateArgs,
    named: &Path,
    out: Option<&Path>,
    profiles: &mut Profiles,
) -> Result<Certificate, Error> {
    let opened = Opened::open(named)?;
    let opened = opened.map_err(|flaw| {
        InputError::new(named.display().to_string(), flaw.to_string())
            .legal("a run directory, or a bundle in one file")
    })?;
    let dir = opened.dir();
    let run = Run::read(dir)?;
    let judged = Judged::read(dir);
    let profile = match &args.profile {
        Some(profile) => profiles.named(profile)?,
        None => profiles.recorded(dir, &run, &judged)?,
    };
    let waivers = match &args.waivers {
        Some(path) => input::waivers(path, profile, &run.device)?,
        None if args.no_waivers => Waivers::default(),
        None => input::recorded_waivers(dir, &judged)?,
    };
    let job = match &args.job {
        Some(path) => Some(input::job(path, &run.device)?),
        None if args.no_job => None,
        None => input::recorded_job(dir)?,
    };
    let lookups = match &args.blocklist {
        Some(path) => Some(input::lookups(path, &run)?),
        None if args.no_blocklist => None,
        None => input::recorded_lookups(dir, &judged)?,
    };
    let judged_at = time_of_judging(args.judged_at, &run, Timestamp::now())?;
    let book = args.records.as_deref().unwrap_or(dir);
    let records = recorded(dir, args.records.as_deref(), &run, judged_at)?;
    if let Some(out) = out {
        apart(named, "--out", out)?;
        fresh_dir(out)?;
    }
    revived(&waivers, judged_at);
    let certificate = issue(&Judging {
        run: &run,
        profile,
        judged_at,
        waivers: &waivers,
        records: &records,
        job: job.as_ref(),
        lookups: lookups.as_ref(),
        assess,
    });
    if let Some(out) = out {
        run.copy(dir, out)?;
        out::write_profile(profile, &run, out)?;
        out::write_waivers(&waivers, out)?;
        record_book::copy(&records, book, out)?;
        out::write_job(job.as_ref(), out)?;
        out::write_lookups(lookups.as_ref(), out)?;
        out::write_reports(&certificate, out)?;
    }
    Ok(certificate)
}

/// Nobody can judge before there is anything to judge, or later than now.
fn time_of_judging(
    named: Option<Timestamp>,
    run: &Run,
    now: Timestamp,
) -> Result<Timestamp, Error> {
    let end = run.info.ended_at.unwrap_or(run.info.started_at);
    let judged_at = named.unwrap_or(now);
    let message = match named {
        _ if judged_at < end => format!("{judged_at} is before the run ended, at {end}"),
        Some(_) if judged_at > now => {
            format!("{judged_at} has not come yet: it is {now} by the clock of this machine")
        }
        _ => return Ok(judged_at),
    };
    Err(InputError::new("--judged-at", message)
        .legal(format!("a time from the end of the run, {end}, until now"))
        .into())
}

/// Tells which waivers hold at the time of judging, and no more today.
fn revived(waivers: &Waivers, judged_at: Timestamp) {
    let now = Timestamp::now();
    let spent = waivers.list.iter();
    for waiver in spent.filter(|it| it.expired(now) && !it.expired(judged_at)) {
        anstream::eprintln!(
            "note: the waiver of {} in {} ended on {}, and counts because of `--judged-at`",
            shown(&waiver.code, 60),
            shown(&waiver.requirement, 60),
            waiver.until
        );
    }
}

/// The last profile that was read: of many runs most have the same.
#[derive(Debug, Default)]
struct Profiles {
    last: Option<Profile>,
}

impl Profiles {
    /// The profile of this name, which is the same for every run.
    fn named(&mut self, name: &str) -> Result<&Profile, Error> {
        let profile = match self.last.take() {
            Some(last) => last,
            None => session::named_profile(name)?,
        };
        Ok(self.last.insert(profile))
    }

    /// The profile that a run was judged by.
    fn recorded(&mut self, dir: &Path, run: &Run, judged: &Judged) -> Result<&Profile, Error> {
        let (text, origin) = input::recorded_profile_text(dir, run, judged)?;
        let profile = match self.last.take() {
            Some(last) if last.text == text => last,
            _ => profile::parse(&text, &origin)?,
        };
        Ok(self.last.insert(profile))
    }
}

/// What people did and saw, until the time of judging.
fn recorded(
    run_dir: &Path,
    named: Option<&Path>,
    run: &Run,
    judged_at: Timestamp,
) -> Result<Records, Error> {
    let dir = named.unwrap_or(run_dir);
    let records = record_book::read(dir, run)?;
    if named.is_some() && records.is_none() {
        let origin = dir.display().to_string();
        return Err(InputError::new(origin, "there are no records in it")
            .legal("a directory that `proofmark record` wrote")
            .into());
    }
    let own = record_book::read(run_dir, run)?;
    if !records.follow(&own) {
        let origin = dir.display().to_string();
        let message = format!(
            "the run was judged with {} records, and these do not begin with them",
            own.all().len()
        );
        return Err(InputError::new(origin, message)
            .legal("records that `proofmark record` began with those of the run")
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
