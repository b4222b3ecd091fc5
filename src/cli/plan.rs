//! `proofmark plan`.

use std::path::PathBuf;

use super::{Imports, Manners, out, session};
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
    #[command(flatten)]
    imports: Imports,
}

/// Runs the command.
pub fn plan(args: &PlanArgs) -> Result<Exit, Error> {
    let mut declared = session::declared(&args.device, &args.profile, &args.manners)?;
    args.imports.read(&mut declared)?;
    let plan = Plan::new(&declared.device, &declared.profile, &declared.settings);
    out::print(&plan.text())?;
    Ok(Exit::Ok)
}
