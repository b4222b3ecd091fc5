//! `proofmark observe`.

use super::observing::Observing;
use super::{out, session};
use crate::error::Error;
use crate::evidence::RunState;
use crate::exit::Exit;
use crate::front::Progress;
use crate::runner::{Foreign, Plan};

/// Observe a device and stop there; `evaluate` judges the run later
#[derive(Debug, clap::Args)]
pub struct ObserveArgs {
    #[command(flatten)]
    observing: Observing,
}

/// Runs the command. 0: observed to the end; 2: stopped before the end.
pub fn observe(args: &ObserveArgs) -> Result<Exit, Error> {
    let declared = args.observing.declared()?;
    let job = args.observing.job(&declared)?;
    let dir = args.observing.dir(&declared);
    let plan = Plan::new(&declared.device, &declared.profile, &declared.settings);
    let mut progress = Progress::new("", args.observing.manners.quiet);
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
