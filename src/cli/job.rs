//! `proofmark job`, and `--job` of every command that observes.

use std::path::PathBuf;

use super::out;
use crate::dut::Device;
use crate::error::{Error, InputError};
use crate::exit::Exit;
use crate::input;
use crate::job::{JobFile, TEMPLATE};
use crate::output::write_whole;

/// Make a job sheet to fill in: laboratory, customer, permission, item, who answers for the report
#[derive(Debug, clap::Args)]
pub struct JobArgs {
    #[command(subcommand)]
    command: JobCommand,
}

#[derive(Debug, clap::Subcommand)]
enum JobCommand {
    New(NewArgs),
}

/// Write an empty job sheet. It is refused until every `<…>` in it is filled in or taken out
#[derive(Debug, clap::Args)]
struct NewArgs {
    /// Where it goes, as in `job.toml`
    file: PathBuf,
}

/// The job that a test is part of, for every command that observes.
#[derive(Clone, Debug, clap::Args)]
pub struct Sheet {
    /// Who and what of the test, for the report (`proofmark job new`): laboratory, customer, permission to test, item. It
    /// decides no verdict
    #[arg(long, value_name = "FILE")]
    job: Option<PathBuf>,
}

impl Sheet {
    /// Reads the file, if there is one.
    pub fn read(&self, device: &Device) -> Result<Option<JobFile>, Error> {
        let path = self.job.as_deref();
        path.map(|path| input::job(path, device)).transpose()
    }
}

/// Runs the command.
pub fn job(args: &JobArgs) -> Result<Exit, Error> {
    let JobCommand::New(NewArgs { file }) = &args.command;
    if file.exists() {
        let message = "it exists, and nothing is ever overwritten";
        let refused = InputError::new(file.display().to_string(), message);
        return Err(refused.legal("a name that is free").into());
    }
    write_whole(file, TEMPLATE.as_bytes())?;
    out::print(&format!(
        "{}: fill it in, and hand it in with --job\n",
        file.display()
    ))?;
    Ok(Exit::Ok)
}
