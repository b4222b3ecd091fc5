//! `proofmark discover`.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{out, session};
use crate::dut::{Found, draft};
use crate::error::{Error, InputError};
use crate::exit::Exit;
use crate::front::Progress;
use crate::probe::Stopper;
use crate::probe::ports::EngineChoice;
use crate::runner::{self, Look};

/// Look at a device and write a first manifest; what was found is commented out until you say what it is for
#[derive(Debug, clap::Args)]
pub struct DiscoverArgs {
    /// Its address, as in `192.0.2.10`, `fd00::10` or `fe80::1%eth0`
    address: String,
    /// Where the manifest goes; nothing is ever overwritten [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Connection attempts a second, never passed [default: that of iot-minimum]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    max_rate: Option<u32>,
    /// What sweeps the ports
    #[arg(long, value_enum, default_value_t, value_name = "ENGINE")]
    engine: EngineChoice,
    /// Allow an address of the open Internet. Only with the permission of whoever runs the device
    #[arg(long)]
    allow_public: bool,
    /// No progress on stderr
    #[arg(long, short)]
    quiet: bool,
}

/// Runs the command. 0: there is a manifest; 2: nobody answered, or it was stopped before the end.
pub fn discover(args: &DiscoverArgs) -> Result<Exit, Error> {
    let address = session::address(&args.address, args.allow_public)?;
    if let Some(path) = args.out.as_deref().filter(|path| path.exists()) {
        // Before anything is sent, and once more when it is written.
        return Err(exists(path).into());
    }
    let pacing = session::named_profile("iot-minimum")?.pacing;
    let look = Look {
        address: &address,
        ports: 1..=u16::MAX,
        max_rate: args.max_rate.unwrap_or(pacing.max_rate),
        engine: args.engine,
        limit: Duration::from_secs(u64::from(pacing.deadline_minutes) * 60),
    };
    let mut progress = Progress::new("", args.quiet);
    let (stopper, stop) = Stopper::new();
    let found = session::runtime()?.block_on(async {
        let signals = tokio::spawn(session::stop_on_signals(stopper));
        let found = runner::discover(&look, &mut progress, &stop).await;
        signals.abort();
        found
    })?;
    if let Some(why) = stop.reason() {
        anstream::eprintln!("no manifest: {why}");
        return Ok(Exit::NotCertifiable);
    }
    let Some(found) = found else {
        anstream::eprintln!(
            "no manifest: nothing answered at {address}, neither with an acceptance nor with a refusal"
        );
        return Ok(Exit::NotCertifiable);
    };
    let text = draft(&Found {
        address: &address,
        ledger: &found.ledger,
        open: &found.open,
    });
    match &args.out {
        None => out::print(&text)?,
        Some(path) => {
            write(path, &text)?;
            out::print(&format!("{}\n", path.display()))?;
        }
    }
    Ok(Exit::Ok)
}

fn exists(path: &Path) -> InputError {
    InputError::new(
        path.display().to_string(),
        "the file is there already, and nothing is ever overwritten",
    )
    .legal("a file that does not exist")
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    let mut file = File::create_new(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => exists(path).into(),
        _ => Error::file(path, "cannot create", error),
    })?;
    file.write_all(text.as_bytes()).map_err(|error| {
        // It is ours, and half of it is of no use to anybody.
        let _ = std::fs::remove_file(path);
        Error::file(path, "cannot write", error)
    })
}
