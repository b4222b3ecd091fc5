//! `proofmark observe`.

use std::path::PathBuf;

use super::job::Sheet;
use super::{Imports, Manners, out, session};
use crate::error::Error;
use crate::evidence::RunState;
use crate::exit::Exit;
use crate::front::Progress;
use crate::runner::{Foreign, Plan};

/// Observe a device and stop there; `evaluate` judges the run later
#[derive(Debug, clap::Args)]
pub struct ObserveArgs {
    /// The manifest, `*.device.toml`
    device: PathBuf,
    /// The profile that says what to observe: a shipped profile's id or a file
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
    sheet: Sheet,
}

/// Runs the command. 0: observed to the end; 2: stopped before the end.
pub fn observe(args: &ObserveArgs) -> Result<Exit, Error> {
    let mut declared = session::declared(&args.device, &args.profile, &args.manners)?;
    args.imports.read(&mut declared)?;
    let job = args.sheet.read(&declared.device)?;
    let dir = args
        .out
        .clone()
        .unwrap_or_else(|| session::default_dir(&declared.device));
    let plan = Plan::new(&declared.device, &declared.profile, &declared.settings);
    let mut progress = Progress::new("", args.manners.quiet);
    let state = session::runtime()?.block_on(session::observe_into(
        &plan,
        &dir,
        &mut progress,
        Foreign::default(),
    ))?;
    out::write_job(job.as_ref(), &dir)?;
    out::print(&format!("{}\n", dir.display()))?;
    Ok(match state {
        RunState::Complete => Exit::Ok,
        RunState::Running | RunState::Aborted => Exit::NotCertifiable,
    })
}
