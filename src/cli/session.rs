//! What `run`, `observe` and `demo` share: from a plan to a closed run directory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::Manners;
use crate::dut::{Address, Device};
use crate::error::{Error, InputError};
use crate::evidence::{
    RUN_FORMAT, Redactor, RunInfo, RunState, RunWriter, ToolInfo, refuse_secrets,
};
use crate::input;
use crate::probe::Stopper;
use crate::profile::{self, Profile, is_published};
use crate::runner::{Foreign, Listener, Observing, Plan, Settings, observe, socket, sources};

/// The declared floor of a command: a device, a profile, and the settings, all checked.
#[derive(Debug)]
pub struct Declared {
    pub device: Device,
    pub profile: Profile,
    pub settings: Settings,
}

/// Reads manifest and profile and checks the selection. Sends nothing.
pub fn declared(manifest: &Path, profile: &str, manners: &Manners) -> Result<Declared, Error> {
    let origin = manifest.display().to_string();
    let device = input::manifest(manifest, manners.allow_public)?.device;
    for (what, text) in device.notes() {
        refuse_secrets(&device, &format!("{origin}: {what}"), text)?;
    }
    let profile = fitting_profile(profile, &device)?;
    for wanted in &manners.requirements {
        if profile
            .requirements
            .iter()
            .all(|requirement| requirement.id != *wanted)
        {
            let ids: Vec<_> = profile
                .requirements
                .iter()
                .map(|requirement| requirement.id.as_str())
                .collect();
            let message = format!(
                "profile {} has no requirement `{}`",
                profile.id,
                crate::text::shown(wanted, 60)
            );
            return Err(InputError::new("--requirement", message)
                .legal(ids.join(", "))
                .into());
        }
    }
    for address in device.units.iter().flat_map(|unit| &unit.addresses) {
        let host = socket(address, 0).map_err(|error| {
            InputError::new(&origin, format!("{address}: {error}"))
                .legal("an interface of this machine after the `%`")
        })?;
        sources(&manners.sources, host)?;
    }
    Ok(Declared {
        device,
        profile,
        settings: Settings {
            max_rate: manners.max_rate,
            allow_public: manners.allow_public,
            engine: manners.engine,
            disruptive: manners.disruptive,
            sources: manners.sources.clone(),
            selected: manners.requirements.clone(),
            remarks: Vec::new(),
            imports: Vec::new(),
            ports_from_nmap: false,
            mud: None,
            blocklist: None,
            fetch: None,
        },
    })
}

/// The profile for a device, of whose secrets none may stand there: a run keeps it as it is. What is shipped is known to
/// everybody, and no secret.
fn fitting_profile(name: &str, device: &Device) -> Result<Profile, Error> {
    let profile = named_profile(name).map_err(|error| hide_secrets(device, error))?;
    let shipped = |(_, text): &(&str, &str)| *text == profile.text;
    if !profile::shipped().iter().any(shipped) {
        refuse_secrets(device, name, &profile.text)?;
    }
    Ok(profile)
}

/// An error without the secrets of a manifest.
pub fn hide_secrets(device: &Device, error: Error) -> Error {
    match error {
        Error::Input(error) => Redactor::for_display(device).input_error(error).into(),
        other => other,
    }
}

/// The address of a command that needs no manifest, under the same rules as one in a manifest.
pub fn address(text: &str, allow_public: bool) -> Result<Address, InputError> {
    let address: Address = text.parse().map_err(|message: String| {
        InputError::new("ADDRESS", message)
            .legal("an IP address, as in `192.0.2.10`, `fd00::10` or `fe80::1%eth0`")
    })?;
    if address.is_public() && !allow_public {
        let message = format!("`{address}` is a public address");
        return Err(InputError::new("ADDRESS", message)
            .legal("an address of a test network; `--allow-public` permits others"));
    }
    socket(&address, 0).map_err(|error| {
        InputError::new("ADDRESS", error.to_string())
            .legal("an interface of this machine after the `%`")
    })?;
    Ok(address)
}

/// A shipped profile by its id, or else the file of that name.
pub fn named_profile(name: &str) -> Result<Profile, Error> {
    if let Some((id, text)) = profile::shipped().iter().find(|(id, _)| *id == name) {
        return Ok(profile::parse(text, id)?);
    }
    let path = Path::new(name);
    if !path.exists() {
        let ids: Vec<_> = profile::shipped().iter().map(|(id, _)| *id).collect();
        let message = format!(
            "there is no shipped profile and no file `{}`",
            crate::text::shown(name, 120)
        );
        return Err(InputError::new("--profile", message)
            .legal(format!("{}, or the path of a profile", ids.join(", ")))
            .into());
    }
    input::profile(path)
}

/// A runtime for everything that sends packets. One thread: what a sweep does is mostly the kernel's work, and to hand
/// every event from thread to thread would cost more than it saves.
pub fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::Harness(format!("cannot start the runtime: {error}")))
}

/// Observes into a directory that is empty or absent. Ctrl-C and SIGTERM stop the run in good order.
pub async fn observe_into(
    plan: &Plan<'_>,
    dir: &Path,
    listener: &mut dyn Listener,
    foreign: Foreign,
) -> Result<RunState, Error> {
    let mut key = [0; 64];
    getrandom::fill(&mut key)
        .map_err(|error| Error::Harness(format!("no random numbers: {error}")))?;
    let redactor = Redactor::new(plan.device, is_published, &key);
    let info = RunInfo {
        format: RUN_FORMAT.to_owned(),
        state: RunState::Running,
        aborted_because: None,
        tool: ToolInfo {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        started_at: Timestamp::now(),
        ended_at: None,
        settings: plan.settings.clone(),
        secrets: BTreeMap::new(),
        digests: BTreeMap::new(),
    };
    let writer = RunWriter::create(dir, info, plan.device, &plan.profile.text, redactor)?;
    let (stopper, stop) = Stopper::new();
    let signals = tokio::spawn(stop_on_signals(stopper.clone()));
    let state = observe(Observing {
        plan,
        writer,
        listener,
        stopper,
        stop,
        foreign,
    })
    .await;
    signals.abort();
    state
}

/// Stops what goes on when Ctrl-C or SIGTERM comes.
pub async fn stop_on_signals(stopper: Stopper) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
        signal(SignalKind::hangup()),
    ) else {
        return;
    };
    let reason = tokio::select! {
        _ = interrupt.recv() => "the operator interrupted it",
        _ = terminate.recv() => "it was asked to terminate",
        _ = hangup.recv() => "its terminal went away",
    };
    stopper.stop(reason);
}

/// Where a run goes when nobody says where: `proofmark-runs/MODEL-TIME`.
pub fn default_dir(device: &Device) -> PathBuf {
    let name: String = device
        .model
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .take(40)
        .collect();
    let time = Timestamp::now().strftime("%Y%m%d-%H%M%S");
    PathBuf::from("proofmark-runs").join(format!("{name}-{time}"))
}
