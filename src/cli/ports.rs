//! `proofmark ports`.

mod show;
mod udp;

use std::ops::RangeInclusive;
use std::time::Duration;

use self::show::{Swept, json, text};
use self::udp::SweptUdp;
use super::{out, session};
use crate::dut::Cidr;
use crate::error::{Error, InputError};
use crate::exit::Exit;
use crate::front::Progress;
use crate::probe::Stopper;
use crate::probe::ports::EngineChoice;
use crate::runner::{self, Look, UdpLook, UdpSeen};

/// Sweep the TCP ports of an address, and UDP ports with --udp, and show the ledger; nothing is judged
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
    /// Ask UDP ports too: `iot` (where devices are known to listen; meant where nothing is said), `all`, or FIRST-LAST
    #[arg(long, value_name = "LIST", num_args = 0..=1, require_equals = true, default_missing_value = "iot")]
    udp: Option<String>,
    /// Leave TCP out
    #[arg(long, requires = "udp")]
    no_tcp: bool,
    /// Ask UDP ports from all addresses that this machine has in a subnet of the test network. Most devices limit how
    /// many closed ports they refuse in a second for each peer. May be given several times
    #[arg(long, value_name = "CIDR", requires = "udp")]
    sources: Vec<Cidr>,
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
    let ports = range("--ports", &args.ports)?;
    let questions = args.udp.as_deref().map(udp::questions).transpose()?;
    let sources = runner::sources(&args.sources, runner::socket(&address, 0)?)?;
    let look = Look {
        address: &address,
        ports,
        max_rate: args.max_rate.unwrap_or(pacing.max_rate),
        engine: args.engine,
        limit: Duration::from_secs(u64::from(pacing.deadline_minutes) * 60),
    };
    let mut progress = Progress::new("", args.quiet);
    let (stopper, stop) = Stopper::new();
    let (tcp, udp) = session::runtime()?.block_on(async {
        let signals = tokio::spawn(session::stop_on_signals(stopper));
        let mut tcp = None;
        if !args.no_tcp {
            let ledger = runner::ledger(&look, &mut progress, &stop).await?;
            let open = match args.identify {
                true => runner::who_speaks(&look, &ledger, &mut progress, &stop).await?,
                false => Vec::new(),
            };
            tcp = Some((ledger, open));
        }
        let mut seen: Option<UdpSeen> = None;
        if let Some(questions) = questions {
            let udp = UdpLook {
                look: &look,
                questions,
                sources,
            };
            seen = Some(runner::udp_ledger(udp, &mut progress, &stop).await?);
        }
        signals.abort();
        Ok::<_, Error>((tcp, seen))
    })?;
    let tcp = tcp.as_ref().map(|(ledger, open)| Swept {
        address: &address,
        ledger,
        open,
        all: args.all,
    });
    let udp = udp.as_ref().map(|seen| SweptUdp {
        address: &address,
        ledger: &seen.ledger,
        open: &seen.open,
        all: args.all,
    });
    out::print(&match args.json {
        true => format!("{:#}\n", udp::with(tcp.as_ref().map(json), udp.as_ref())),
        false => [tcp.as_ref().map(text), udp.as_ref().map(udp::text)]
            .into_iter()
            .flatten()
            .collect(),
    })?;
    if let Some(why) = stop.reason() {
        anstream::eprintln!("stopped before the end: {why}");
        return Ok(Exit::NotCertifiable);
    }
    let whole = tcp.is_none_or(|tcp| tcp.whole()) && udp.is_none_or(|udp| udp.whole());
    Ok(match whole {
        true => Exit::Ok,
        false => Exit::NotCertifiable,
    })
}

fn range(option: &str, text: &str) -> Result<RangeInclusive<u16>, InputError> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.parse(), last.parse()) {
        (Ok(first @ 1..), Ok(last)) if first <= last => Ok(first..=last),
        _ => {
            let message = format!("`{}` is no range of ports", crate::text::shown(text, 40));
            Err(InputError::new(option, message).legal("as in `1-65535`, `8000-8999` or `443`"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_a_first_and_a_last_port() {
        assert_eq!(range("--ports", "1-65535").unwrap(), 1..=65535);
        assert_eq!(range("--ports", "443").unwrap(), 443..=443);
        for wrong in ["", "0-9", "9-8", "1-65536", "-1", "1-", "a-b", "1-2-3", "0"] {
            assert!(range("--ports", wrong).is_err(), "{wrong}");
        }
    }
}
