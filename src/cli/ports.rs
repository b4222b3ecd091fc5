//! `proofmark ports`.

mod show;

use std::ops::RangeInclusive;
use std::time::Duration;

use self::show::{Swept, json, text};
use super::{out, session};
use crate::error::{Error, InputError};
use crate::exit::Exit;
use crate::front::Progress;
use crate::probe::Stopper;
use crate::probe::ports::EngineChoice;
use crate::runner::{self, Look};

/// Sweep the TCP ports of an address and show the ledger; nothing is judged
///
/// Shown are the open ports, how many others are closed or silent, and which stay unresolved. Nothing that was
/// not shown counts as closed. Exit status: 0 every port is accounted for, 2 some are not.
#[derive(Debug, clap::Args)]
pub struct PortsArgs {
    /// Its address, as in `192.0.2.10`, `fd00::10` or `fe80::1%eth0`
    address: String,
    /// Only these ports
    #[arg(long, value_name = "FIRST-LAST", default_value = "1-65535")]
    ports: String,
    /// A JSON object instead of text
    #[arg(long)]
    json: bool,
    /// List every port that was to be asked, not only the open ones
    #[arg(long)]
    all: bool,
    /// Ask every open port what speaks there
    #[arg(long)]
    identify: bool,
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

/// Runs the command. 0: every port is open, closed or silent, and the open ones still were at the end; 2: not so.
pub fn ports(args: &PortsArgs) -> Result<Exit, Error> {
    let address = session::address(&args.address, args.allow_public)?;
    let pacing = session::named_profile("iot-minimum")?.pacing;
    let look = Look {
        address: &address,
        ports: range(&args.ports)?,
        max_rate: args.max_rate.unwrap_or(pacing.max_rate),
        engine: args.engine,
        limit: Duration::from_secs(u64::from(pacing.deadline_minutes) * 60),
    };
    let mut progress = Progress::new("", args.quiet);
    let (stopper, stop) = Stopper::new();
    let (ledger, open) = session::runtime()?.block_on(async {
        let signals = tokio::spawn(session::stop_on_signals(stopper));
        let ledger = runner::ledger(&look, &mut progress, &stop).await?;
        let open = match args.identify {
            true => runner::who_speaks(&look, &ledger, &mut progress, &stop).await?,
            false => Vec::new(),
        };
        signals.abort();
        Ok::<_, Error>((ledger, open))
    })?;
    let swept = Swept {
        address: &address,
        ledger: &ledger,
        open: &open,
        all: args.all,
    };
    out::print(&if args.json {
        json(&swept)
    } else {
        text(&swept)
    })?;
    if let Some(why) = stop.reason() {
        anstream::eprintln!("stopped before the end: {why}");
        return Ok(Exit::NotCertifiable);
    }
    Ok(match swept.whole() {
        true => Exit::Ok,
        false => Exit::NotCertifiable,
    })
}

fn range(text: &str) -> Result<RangeInclusive<u16>, InputError> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.parse(), last.parse()) {
        (Ok(first @ 1..), Ok(last)) if first <= last => Ok(first..=last),
        _ => {
            let message = format!("`{}` is no range of ports", crate::text::shown(text, 40));
            Err(InputError::new("--ports", message).legal("as in `1-65535`, `8000-8999` or `443`"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_a_first_and_a_last_port() {
        assert_eq!(range("1-65535").unwrap(), 1..=65535);
        assert_eq!(range("443").unwrap(), 443..=443);
        for wrong in ["", "0-9", "9-8", "1-65536", "-1", "1-", "a-b", "1-2-3", "0"] {
            assert!(range(wrong).is_err(), "{wrong}");
        }
    }
}
