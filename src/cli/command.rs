//! The commands, what they have in common, and how a command ends.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::session::{Declared, hide_secrets};
use super::{
    compare, demo, discover, evaluate, explain, inspect, job, key, list, observe, out, plan, ports,
    record, report, run, sign, test, tls, verify,
};
use crate::dut::Cidr;
use crate::error::Error;
use crate::evidence::refuse_secrets;
use crate::exit::Exit;
use crate::input;
use crate::probe::ports::EngineChoice;
use crate::profile::Waivers;
use crate::runner::FetchTerms;

/// Tests a connected device against a profile of minimum security requirements and proves every verdict.
///
/// Exit status: 0 conformant, 1 non-conformant, 2 not certifiable, 64 and above usage or harness trouble.
#[derive(Debug, Parser)]
#[command(name = "proofmark", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::RunArgs),
    Plan(plan::PlanArgs),
    Observe(observe::ObserveArgs),
    Record(record::RecordArgs),
    Evaluate(evaluate::EvaluateArgs),
    Report(report::ReportArgs),
    Compare(compare::CompareArgs),
    Sign(sign::SignArgs),
    Verify(verify::VerifyArgs),
    Key(key::KeyArgs),
    Job(job::JobArgs),
    Test(test::TestArgs),
    Discover(discover::DiscoverArgs),
    Ports(ports::PortsArgs),
    Tls(tls::TlsArgs),
    List(list::ListArgs),
    Explain(explain::ExplainArgs),
    Inspect(inspect::InspectArgs),
    Demo(demo::DemoArgs),
}

/// How to meet the device, the same for every command that sends packets.
#[derive(Clone, Debug, Args)]
pub struct Manners {
    /// Connection attempts a second, never passed [default: the profile's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_rate: Option<u32>,
    /// Allow addresses of the open Internet. Only with the permission of whoever runs the device
    #[arg(long)]
    pub allow_public: bool,
    /// What sweeps the ports
    #[arg(long, value_enum, default_value_t, value_name = "ENGINE")]
    pub engine: EngineChoice,
    /// Ask UDP ports from all addresses that this machine has in a subnet of the test network. Most devices limit
    /// how many closed ports they refuse in a second for each peer. May be given several times
    #[arg(long, value_name = "CIDR")]
    pub sources: Vec<Cidr>,
    /// Allow what may change or ruin a unit that the manifest calls disposable: update packages are offered,
    /// and the last genuine one stays installed
    #[arg(long)]
    pub disruptive: bool,
    /// Only this requirement; may be given several times. The others become INCONCLUSIVE
    #[arg(long = "requirement", value_name = "ID")]
    pub requirements: Vec<String>,
    /// No progress on stderr
    #[arg(long, short)]
    pub quiet: bool,
}

/// What others observed, for every command that observes.
#[derive(Clone, Debug, Args)]
pub struct Imports {
    /// An nmap scan of the device, `nmap -oX FILE`: a second witness beside our own sweep. May be given several
    /// times
    #[arg(long, value_name = "FILE")]
    pub nmap: Vec<PathBuf>,
    /// Send no sweep of TCP ports: a complete scan among the `--nmap` files stands in for it. Its open ports are asked
    /// again; where none is complete, what needs the ports is inconclusive
    #[arg(long, requires = "nmap")]
    pub ports_from_nmap: bool,
    /// The MUD file of the device (RFC 8520): which of its ports its manufacturer permits to be reached
    #[arg(long, value_name = "FILE")]
    pub mud: Option<PathBuf>,
    /// A blocklist of badkeys (`blocklist.dat`, unpacked): compromised keys beside those that are known here anyway. Its SHA-256
    /// goes into the certificate
    #[arg(long, value_name = "FILE")]
    pub blocklist: Option<PathBuf>,
    /// Fetch the supplier's documents that the manifest names by their URL, over HTTPS from the open Internet, never from
    /// the device. Without it they stay unread
    #[arg(long)]
    pub fetch_documents: bool,
    /// Fetch them from servers that these certificates vouch for (PEM), and no public authority; such a server may be in a
    /// private network. The certificate says so, and nothing counts as published to everybody
    #[arg(long, value_name = "FILE", requires = "fetch_documents")]
    pub documents_authority: Option<PathBuf>,
}

impl Imports {
    /// Reads the files.
    pub fn read(&self, declared: &mut Declared) -> Result<(), Error> {
        let Declared {
            device, settings, ..
        } = declared;
        let hidden = |error| hide_secrets(device, error);
        settings.imports = input::nmap(&self.nmap).map_err(hidden)?;
        settings.ports_from_nmap = self.ports_from_nmap;
        if self.ports_from_nmap {
            settings.remarks.push(STANDS_IN.to_owned());
        }
        let mud = self.mud.as_deref().map(input::mud).transpose();
        settings.mud = mud.map_err(hidden)?;
        let copies = settings.imports.iter().map(|it| ("--nmap", &it.name));
        for (option, name) in copies.chain(settings.mud.iter().map(|it| ("--mud", &it.name))) {
            refuse_secrets(device, option, name)?;
        }
        let blocklist = self.blocklist.as_deref().map(input::blocklist).transpose();
        settings.blocklist = blocklist.map_err(hidden)?;
        let authority = self.documents_authority.as_deref();
        let authority = authority.map(input::authority).transpose();
        let authority = authority.map_err(hidden)?;
        settings.fetch = self.fetch_documents.then_some(FetchTerms { authority });
        Ok(())
    }
}

/// On the certificate, among the circumstances.
const STANDS_IN: &str = "the TCP ports were not swept by us: an imported nmap scan stands in (`--ports-from-nmap`), and only \
    the ports that it saw open, and the declared ones, were asked again";

/// What is known and accepted, for every command that judges a device now.
#[derive(Clone, Debug, Args)]
pub struct Accepted {
    /// Known failures that somebody accepts for a while (`examples/waivers.toml`). They show as FAIL (waived), and whether they
    /// count is the profile's decision
    #[arg(long, value_name = "FILE")]
    pub waivers: Option<PathBuf>,
}

impl Accepted {
    /// Reads the file, if there is one.
    pub fn read(&self, declared: &Declared) -> Result<Waivers, Error> {
        match &self.waivers {
            Some(path) => input::waivers(path, &declared.profile, &declared.device),
            None => Ok(Waivers::default()),
        }
    }
}

/// Runs the command line and says how the process ends.
pub fn main() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // clap itself decides whether this is help on stdout or a complaint on stderr.
            let _ = error.print();
            return if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Ok
            };
        }
    };
    let result = match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Plan(args) => plan::plan(&args),
        Command::Observe(args) => observe::observe(&args),
        Command::Record(args) => record::record(&args),
        Command::Evaluate(args) => evaluate::evaluate(&args),
        Command::Report(args) => report::report(&args),
        Command::Compare(args) => compare::compare(&args),
        Command::Sign(args) => sign::sign(&args),
        Command::Verify(args) => verify::verify(&args),
        Command::Key(args) => key::key(&args),
        Command::Job(args) => job::job(&args),
        Command::Test(args) => test::test(args),
        Command::Discover(args) => discover::discover(&args),
        Command::Ports(args) => ports::ports(&args),
        Command::Tls(args) => tls::tls(&args),
        Command::List(args) => list::list(&args),
        Command::Explain(args) => explain::explain(&args),
        Command::Inspect(args) => inspect::inspect(&args),
        Command::Demo(args) => demo::demo(&args),
    };
    result.unwrap_or_else(|error| {
        out::complain(&error);
        Exit::from(&error)
    })
}
