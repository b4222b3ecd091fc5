//! `proofmark test`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Parser as _;
use libtest_mimic::Arguments;

use super::job::Sheet;
use super::run::certify;
use super::session::Declared;
use super::{Accepted, Imports, Manners, out, session};
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
    let mut declared = session::declared(&args.device, &args.profile, &args.manners)?;
    let suite = Suite::new(&declared.profile, &arguments, &args.manners.requirements);
    declared.settings.selected = suite.selected();
    args.imports.read(&mut declared)?;
    let waivers = args.accepted.read(&declared)?;
    let job = args.sheet.read(&declared.device)?;
    let dir = args
        .out
        .unwrap_or_else(|| session::default_dir(&declared.device));
    if suite.needs_device() {
        // Before the first trial, where it is a usage error and no failure.
        fresh_dir(&dir)?;
    }
    let quiet = args.manners.quiet;
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
