//! `proofmark demo`: the main job on two built-in devices, with nothing else installed.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use proofmark_lab::expect::check;
use proofmark_lab::files::lay_beside_manifest;
use proofmark_lab::launch::{Launched, launch};
use proofmark_lab::scenario::{Dut, Scenario, ScenarioError};
use proofmark_lab::{demo as devices, namespace};

use super::run::certify;
use super::{out, session};
use crate::certificate::Certificate;
use crate::dut;
use crate::dut::Device;
use crate::error::Error;
use crate::evidence::Run;
use crate::exit::Exit;
use crate::front::Progress;
use crate::observation::{PortState, Transport};
use crate::output::fresh_dir;
use crate::probe::Stopper;
use crate::probe::ports::{EngineChoice, SweepPlan, sweep};
use crate::probe::udp::{UdpPlan, held};
use crate::profile::{Profile, UdpList, Waivers};
use crate::runner::{Foreign, Plan, Settings, questions, socket};

/// Probes a second in the demonstration: stand-ins on loopback take no harm.
const MAX_RATE: u32 = 20_000;

const HUB: Ipv4Addr = Ipv4Addr::new(127, 77, 0, 10);
const CAMERA: Ipv4Addr = Ipv4Addr::new(127, 77, 0, 20);

/// Test two built-in devices, a good hub and a bad camera, and show what comes of it
#[derive(Debug, clap::Args)]
pub struct DemoArgs {
    /// Where the two run directories go [default: proofmark-demo/TIME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Stay on this machine's own network, as where the kernel allows no namespace
    #[arg(long)]
    no_namespace: bool,
    /// No progress on stderr
    #[arg(long, short)]
    quiet: bool,
}

/// A stand-in on the bench.
struct Bench {
    name: &'static str,
    scenario: Scenario,
    device: Device,
    foreign: Foreign,
    settings: Settings,
    _launched: Launched,
}

/// What came of it.
struct Judged {
    dir: PathBuf,
    certificate: Certificate,
    /// How it differs from what was to be expected.
    differences: Vec<String>,
}

/// Runs the command. 0: both devices were judged as expected.
pub fn demo(args: &DemoArgs) -> Result<Exit, Error> {
    // Before any thread starts: only a process with one thread may enter a namespace.
    let alone = if args.no_namespace {
        Err("switched off by --no-namespace".to_owned())
    } else {
        namespace::enter()
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    let profile = session::named_profile("iot-minimum")?;
    let out = args.out.clone().unwrap_or_else(|| {
        PathBuf::from("proofmark-demo").join(Timestamp::now().strftime("%Y%m%d-%H%M%S").to_string())
    });
    fresh_dir(&out)?;
    let runtime = session::runtime()?;
    // The devices' authority and update packages stay there, so that everything can be checked by hand.
    lay_beside_manifest(&out).map_err(|source| Error::file(&out, "cannot write into", source))?;
    let judged = runtime.block_on(async {
        let (hub, camera) = tokio::try_join!(
            bench("hub", devices::hub(), HUB, &alone, &out),
            bench("camera", devices::camera(), CAMERA, &alone, &out)
        )?;
        let (hub, camera) = tokio::join!(
            test(hub, &profile, &out, args.quiet),
            test(camera, &profile, &out, args.quiet)
        );
        Ok::<_, Error>([hub?, camera?])
    })?;
    for one in &judged {
        out::print(&out::summary(&one.certificate))?;
        out::print("\n")?;
    }
    if let Err(why) = &alone {
        out::print(&format!(
            "Tested on this machine's own loopback, not in a network namespace ({why}).\n\
             Ports that other programs held before the devices were started are excluded.\n"
        ))?;
    }
    for one in &judged {
        out::print(&format!("{}\n", one.dir.join("certificate.html").display()))?;
        for difference in &one.differences {
            anstream::eprintln!("not as expected: {difference}");
        }
    }
    let expected = judged.iter().all(|one| one.differences.is_empty());
    Ok(if expected {
        Exit::Ok
    } else {
        Exit::NonConformant
    })
}

/// Starts a stand-in. Outside a namespace its address is swept first, and its ports move out of the way.
async fn bench(
    name: &'static str,
    scenario: Result<Scenario, ScenarioError>,
    ip: Ipv4Addr,
    alone: &Result<(), String>,
    out: &Path,
) -> Result<Bench, Error> {
    let trouble = |error: String| Error::Harness(format!("the built-in {name}: {error}"));
    let mut scenario = scenario.map_err(|error| trouble(error.to_string()))?;
    let ip = IpAddr::V4(ip);
    let manifest = scenario.manifest_for(ip);
    let mut device = dut::parse(&manifest, name, out, &|_| None, false)?;
    let mut foreign = Foreign::default();
    let remark = match alone {
        Ok(()) => "tested in a network namespace that holds nothing but the devices".to_owned(),
        Err(why) => {
            let tcp = held_ports(&device).await?;
            move_away(&mut scenario, &mut device, &tcp);
            let udp = held_udp_ports(&device).await?;
            let excluded = excluded(&tcp, &udp);
            foreign = foreign
                .with(ip, Transport::Tcp, tcp)
                .with(ip, Transport::Udp, udp);
            format!("tested on the tester's own loopback ({why}); {excluded}")
        }
    };
    let launched = launch(&scenario, ip).map_err(|error| trouble(error.to_string()))?;
    Ok(Bench {
        name,
        scenario,
        device,
        foreign,
        settings: Settings {
            max_rate: Some(MAX_RATE),
            // The demonstration's devices are there to be ruined.
            disruptive: true,
            remarks: vec![remark],
            ..Settings::default()
        },
        _launched: launched,
    })
}

fn excluded(tcp: &[u16], udp: &[u16]) -> String {
    let listed = |transport: &str, ports: &[u16]| {
        let ports: Vec<_> = ports.iter().map(u16::to_string).collect();
        (!ports.is_empty()).then(|| format!("{transport} ports {}", ports.join(", ")))
    };
    let held: Vec<_> = [listed("TCP", tcp), listed("UDP", udp)]
        .into_iter()
        .flatten()
        .collect();
    if held.is_empty() {
        return "no other program held a port there".to_owned();
    }
    format!(
        "excluded, because other programs held them before the device was started: {}",
        held.join("; ")
    )
}

async fn test(bench: Bench, profile: &Profile, out: &Path, quiet: bool) -> Result<Judged, Error> {
    let dir = out.join(bench.name);
    let plan = Plan::new(&bench.device, profile, &bench.settings);
    let mut progress = Progress::new(bench.name, quiet);
    session::observe_into(&plan, &dir, &mut progress, bench.foreign.clone()).await?;
    let certificate = certify(&Run::read(&dir)?, profile, &Waivers::default(), None);
    out::write_reports(&certificate, &dir)?;
    let json = serde_json::to_value(&certificate)
        .map_err(|error| Error::Harness(format!("cannot write the certificate: {error}")))?;
    let exit = i32::from(Exit::from(certificate.outcome).status());
    let differences = check(&bench.scenario.expect, &json, Some(exit))
        .into_iter()
        .map(|difference| format!("{}: {difference}", bench.name))
        .collect();
    Ok(Judged {
        dir,
        certificate,
        differences,
    })
}

/// Ports that are open at the device's address before the device exists: other programs' ports.
async fn held_ports(device: &Device) -> Result<Vec<u16>, Error> {
    let Some(address) = device.units.first().and_then(|unit| unit.addresses.first()) else {
        return Ok(Vec::new());
    };
    let plan = SweepPlan {
        address: socket(address, 0)?,
        first: 1,
        last: u16::MAX,
        max_rate: MAX_RATE,
        seed: 0,
        likely: Vec::new(),
        foreign: Vec::new(),
        engine: EngineChoice::Auto,
        deadline: std::time::Instant::now() + std::time::Duration::from_secs(60),
    };
    let (_stopper, stop) = Stopper::new();
    let ledger = sweep(&plan, &stop, &mut |_| {})
        .await
        .map_err(|error| Error::Harness(error.to_string()))?;
    Ok(ledger.ports(PortState::Open).collect())
}

/// The same of the UDP ports that a run asks.
async fn held_udp_ports(device: &Device) -> Result<Vec<u16>, Error> {
    let Some(address) = device.units.first().and_then(|unit| unit.addresses.first()) else {
        return Ok(Vec::new());
    };
    let plan = UdpPlan {
        address: socket(address, 0)?,
        questions: questions(device, UdpList::Iot),
        sources: Vec::new(),
        sources_because: String::new(),
        max_rate: MAX_RATE,
        foreign: Vec::new(),
        deadline: std::time::Instant::now(),
    };
    let (_stopper, stop) = Stopper::new();
    held(plan, &stop).await
}

/// Moves every port of the device by the same distance, to where an ordinary user may listen and
/// nobody does.
fn move_away(scenario: &mut Scenario, device: &mut Device, foreign: &[u16]) {
    let distance = (20_000..=60_000)
        .step_by(1_000)
        .find(|distance| {
            let ports = device.services.iter().map(|service| service.port);
            let own = scenario.dut.iter().flat_map(Dut::ports);
            ports.chain(own).all(|port| {
                port.checked_add(*distance)
                    .is_some_and(|moved| !foreign.contains(&moved))
            })
        })
        .unwrap_or(20_000);
    scenario.move_ports(distance);
    for service in &mut device.services {
        service.port = service.port.saturating_add(distance);
    }
}
