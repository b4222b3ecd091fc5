//! `proofmark run`.

use jiff::Timestamp;

use super::observing::Observing;
use super::{Accepted, out, session};
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
    #[command(flatten)]
    observing: Observing,
    #[command(flatten)]
    accepted: Accepted,
}

/// Runs the command.
pub fn run(args: &RunArgs) -> Result<Exit, Error> {
    let declared = args.observing.declared()?;
    let waivers = args.accepted.read(&declared)?;
    let job = args.observing.job(&declared)?;
    let dir = args.observing.dir(&declared);
    let plan = Plan::new(&declared.device, &declared.profile, &declared.settings);
    let mut progress = Progress::new("", args.observing.manners.quiet);
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
