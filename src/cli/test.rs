//! `proofmark test`.

use std::ffi::OsString;
use std::path::Path;

use clap::Parser as _;
use libtest_mimic::Arguments;

use super::observing::Observing;
use super::run::certify;
use super::session::Declared;
use super::{Accepted, out, session};
use crate::certificate::Certificate;
use crate::error::Error;
use crate::evidence::Run;
use crate::exit::Exit;
use crate::front::{Progress, Suite};
use crate::job::JobFile;
use crate::output::fresh_dir;
use crate::profile::Waivers;
use crate::runner::{Foreign, Plan};

/// Test a device as a libtest suite: one trial a requirement, exit status 0 or 101
#[derive(Debug, clap::Args)]
pub struct TestArgs {
    #[command(flatten)]
    observing: Observing,
    #[command(flatten)]
    accepted: Accepted,
    /// Arguments of libtest, after `--`: a filter, --exact, --skip, --list, --format; `-- --help` tells all
    #[arg(last = true, value_name = "LIBTEST")]
    libtest: Vec<OsString>,
}

/// Runs the command. What it prints is libtest's; where the certificate is goes to stderr.
pub fn test(args: TestArgs) -> Result<Exit, Error> {
    let command = OsString::from("proofmark test --");
    let arguments = match Arguments::try_parse_from(std::iter::once(command).chain(args.libtest)) {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return Ok(if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Ok
            });
        }
    };
    let observing = args.observing;
    let mut declared = observing.declared()?;
    let manners = &observing.manners;
    let suite = Suite::new(&declared.profile, &arguments, &manners.requirements);
    declared.settings.selected = suite.selected();
    let waivers = args.accepted.read(&declared)?;
    let job = observing.job(&declared)?;
    let dir = observing.dir(&declared);
    if suite.needs_device() {
        // Before the first trial, where it is a usage error and no failure.
        fresh_dir(&dir)?;
    }
    let quiet = manners.quiet;
    let conclusion = suite.run(&arguments, move || {
        observe(&declared, &waivers, job.as_ref(), &dir, quiet).map_err(|error| error.to_string())
    });
    Ok(if conclusion.has_failed() {
        Exit::TrialFailed
    } else {
        Exit::Ok
    })
}

fn observe(
    declared: &Declared,
    waivers: &Waivers,
    job: Option<&JobFile>,
    dir: &Path,
    quiet: bool,
) -> Result<Certificate, Error> {
    let plan = Plan::new(&declared.device, &declared.profile, &declared.settings);
    let mut progress = Progress::new("", quiet);
    session::runtime()?.block_on(session::observe_into(
        &plan,
        dir,
        &mut progress,
        Foreign::default(),
    ))?;
    out::write_waivers(waivers, dir)?;
    out::write_job(job, dir)?;
    let certificate = certify(&Run::read(dir)?, &declared.profile, waivers, job);
    out::write_reports(&certificate, dir)?;
    if !quiet {
        anstream::eprintln!("{}", dir.join("certificate.html").display());
    }
    Ok(certificate)
}
