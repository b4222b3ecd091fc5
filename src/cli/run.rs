//! `proofmark run`.

use std::path::PathBuf;

use jiff::Timestamp;

use super::job::Sheet;
use super::{Accepted, Imports, Manners, out, session};
use crate::certificate::{Certificate, Judging, assess, issue};
use crate::error::Error;
use crate::evidence::Run;
use crate::exit::Exit;
use crate::front::Progress;
use crate::job::JobFile;
use crate::profile::{Profile, Waivers};
use crate::records::Records;
use crate::runner::{Foreign, Plan};

/// Test a device: observe, judge, and write the certificate
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    /// The manifest, `*.device.toml`
    device: PathBuf,
    /// A shipped profile's id or a file
    #[arg(long, value_name = "PROFILE", default_value = "iot-minimum")]
    profile: String,
    /// The run directory, which must be empty or absent [default: proofmark-runs/MODEL-TIME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    manners: Manners,
    #[command(flatten)]
    imports: Imports,
    #[command(flatten)]
    accepted: Accepted,
    #[command(flatten)]
    sheet: Sheet,
}

/// Runs the command.
pub fn run(args: &RunArgs) -> Result<Exit, Error> {
    let mut declared = session::declared(&args.device, &args.profile, &args.manners)?;
    args.imports.read(&mut declared)?;
    let waivers = args.accepted.read(&declared)?;
    let job = args.sheet.read(&declared.device)?;
    let dir = args
        .out
        .clone()
        .unwrap_or_else(|| session::default_dir(&declared.device));
    let plan = Plan::new(&declared.device, &declared.profile, &declared.settings);
    let mut progress = Progress::new("", args.manners.quiet);
    session::runtime()?.block_on(session::observe_into(
        &plan,
        &dir,
        &mut progress,
        Foreign::default(),
    ))?;
    out::write_waivers(&waivers, &dir)?;
    out::write_job(job.as_ref(), &dir)?;
    let certificate = certify(&Run::read(&dir)?, &declared.profile, &waivers, job.as_ref());
    out::write_reports(&certificate, &dir)?;
    out::print(&out::summary(&certificate))?;
    out::print(&format!("\n{}\n", dir.join("certificate.html").display()))?;
    Ok(certificate.outcome.into())
}

/// Judges a run now.
pub fn certify(
    run: &Run,
    profile: &Profile,
    waivers: &Waivers,
    job: Option<&JobFile>,
) -> Certificate {
    issue(&Judging {
        run,
        profile,
        judged_at: Timestamp::now(),
        waivers,
        records: &Records::default(),
        job,
        lookups: None,
        assess,
    })
}
