//! `proofmark plan`.

use std::path::PathBuf;

use super::{Manners, out, session};
use crate::error::Error;
use crate::exit::Exit;
use crate::runner::Plan;

/// Say what a run would do, how fast and for how long; sends nothing
#[derive(Debug, clap::Args)]
pub struct PlanArgs {
    /// The manifest, `*.device.toml`
    device: PathBuf,
    /// A shipped profile's id or a file
    #[arg(long, value_name = "PROFILE", default_value = "iot-minimum")]
    profile: String,
    #[command(flatten)]
    manners: Manners,
}

/// Runs the command.
pub fn plan(args: &PlanArgs) -> Result<Exit, Error> {
    let declared = session::declared(&args.device, &args.profile, &args.manners)?;
    let plan = Plan::new(&declared.device, &declared.profile, &declared.settings);
    out::print(&plan.text())?;
    Ok(Exit::Ok)
}
