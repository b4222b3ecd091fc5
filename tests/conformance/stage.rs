//! Runs scenarios, each once, and holds what came of them.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use libtest_mimic::{Completion, Failed, Trial};
use proofmark_lab::files::lay_beside_manifest;
use proofmark_lab::library::Entry;
use proofmark_lab::namespace::{Entered, Unavailable};
use proofmark_lab::pki::CA_FILE;
use proofmark_lab::scenario::{CA, FIXTURE_ADDRESS, Run};
use proofmark_lab::{NotLaunched, Scenario, check, launch};
use serde_json::Value;

use super::invariants;
use super::process::{Ended, proofmark};

/// Far more than any device needs: the lab's are on loopback.
const RATE: [&str; 2] = ["--max-rate", "20000"];

/// Every scenario and its result, once it has one.
#[derive(Debug)]
pub struct Stage {
    pub scenarios: Arc<Vec<Entry>>,
    namespace: Result<Entered, Unavailable>,
    results: Vec<OnceLock<Ran>>,
}

/// What came of a scenario.
#[derive(Debug)]
pub enum Ran {
    Done(Done),
    /// This machine lacks something.
    Ignored(String),
    /// It did not come as far as a certificate.
    Failed(String),
}

/// A certificate, and what is wrong with everything around it.
#[derive(Debug)]
pub struct Done {
    pub certificate: Value,
    pub exit: Option<i32>,
    wrong: Vec<String>,
    stderr: String,
}

impl Stage {
    pub fn new(scenarios: Arc<Vec<Entry>>, namespace: Result<Entered, Unavailable>) -> Self {
        let results = scenarios.iter().map(|_| OnceLock::new()).collect();
        Self {
            scenarios,
            namespace,
            results,
        }
    }

    /// Why there is no namespace, where there is none.
    pub fn unavailable(&self) -> Option<String> {
        self.namespace.as_ref().err().map(ToString::to_string)
    }

    /// A trial a scenario.
    pub fn trials(stage: &Arc<Self>) -> Vec<Trial> {
        let trial = |index: usize| {
            let name = format!("scenario::{}", stage.scenarios[index].name);
            let stage = Arc::clone(stage);
            Trial::ignorable_test(name, move || stage.trial(index))
        };
        (0..stage.scenarios.len()).map(trial).collect()
    }

    fn trial(&self, index: usize) -> Result<Completion, Failed> {
        let expected = &self.scenarios[index].scenario.expect;
        match self.result(index) {
            Ran::Ignored(reason) => ignored(reason),
            Ran::Failed(why) => Err(why.into()),
            Ran::Done(done) => {
                let mut wrong = check(expected, &done.certificate, done.exit);
                wrong.extend(done.wrong.iter().cloned());
                if wrong.is_empty() {
                    return Ok(Completion::Completed);
                }
                Err(format!("{}\n\n{}", wrong.join("\n"), done.stderr).into())
            }
        }
    }

    /// Runs the scenario, unless it has been run.
    pub fn result(&self, index: usize) -> &Ran {
        self.results[index].get_or_init(|| {
            let scenario = &self.scenarios[index].scenario;
            self.perform(scenario, scenario.address.unwrap_or(address(index)))
        })
    }

    /// Runs a scenario against a new device at an address that nothing else uses.
    pub fn perform(&self, scenario: &Scenario, address: IpAddr) -> Ran {
        match &self.namespace {
            Err(unavailable) => Ran::Ignored(unavailable.to_string()),
            Ok(_) => perform(scenario, address),
        }
    }
}

/// An ignored scenario proves nothing, so that CI must have everything that it needs.
pub fn ignored(reason: &str) -> Result<Completion, Failed> {
    if std::env::var_os("CI").is_some_and(|value| value == "true") {
        return Err(format!("ignored, which CI does not allow: {reason}").into());
    }
    Ok(Completion::ignored_with(reason))
}

/// Each scenario has an address of its own, so that nothing of one meets another.
fn address(index: usize) -> IpAddr {
    // 127.78 is for commands.
    let second = [77, 79, 80][index / 250];
    let third = u8::try_from(index % 250 + 1).expect("250 and 1 is no more than a byte");
    IpAddr::from(Ipv4Addr::new(127, second, third, 10))
}

fn perform(scenario: &Scenario, address: IpAddr) -> Ran {
    let address = scenario.placed(address);
    let launched = match launch(scenario, address) {
        Ok(launched) => launched,
        Err(NotLaunched::Absent(reason)) => return Ran::Ignored(reason),
        Err(NotLaunched::Failed(why)) => return Ran::Failed(format!("the lab failed: {why}")),
    };
    match observe(scenario, address, || drop(launched)) {
        Ok(done) => Ran::Done(done),
        Err(why) => Ran::Failed(why),
    }
}

/// Runs the tool, ends the device, and judges the same run again without it.
fn observe(
    scenario: &Scenario,
    address: IpAddr,
    end_device: impl FnOnce(),
) -> Result<Done, String> {
    let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
    let place = |name: &str| directory.path().join(name).display().to_string();
    let (manifest, run, again) = (place("dut.device.toml"), place("run"), place("again"));
    std::fs::write(&manifest, scenario.manifest_for(address)).map_err(|it| it.to_string())?;
    lay_beside_manifest(directory.path()).map_err(|it| it.to_string())?;
    let profile = profile(scenario, directory.path())?;

    let mut arguments = vec!["run", &manifest, "--profile", &profile, "--out", &run];
    arguments.extend(RATE);
    let own: Vec<String> = scenario
        .run
        .args
        .iter()
        .map(|argument| fixture(argument, &scenario.run, address, directory.path()))
        .collect::<Result<_, _>>()?;
    arguments.extend(own.iter().map(String::as_str));
    let interrupt = scenario.run.interrupt.as_ref();
    let first = proofmark(&arguments, interrupt)?;
    end_device();
    let (run, first) = match scenario.record.is_empty() {
        true => (run, first),
        false => examined(scenario, &run, directory.path(), first)?,
    };
    let arguments = ["evaluate", &run, "--profile", &profile, "--out", &again];
    let second = proofmark(&arguments, None)?;

    let judged_again = certificate(Path::new(&again), &second)?;
    let mut wrong = Vec::new();
    if interrupt.is_some() && !first.interrupted {
        wrong.push("the event that should set off the signal never came".to_owned());
    }
    // Killed: there is nothing but what can be made of the leftover run.
    let killed = first.exit.is_none();
    let certificate = if killed {
        judged_again
    } else {
        let certificate = certificate(Path::new(&run), &first)?;
        wrong.extend(invariants::same_judgement(&certificate, &judged_again));
        if first.exit != second.exit {
            wrong.push(format!(
                "exit {:?}, judged again {:?}",
                first.exit, second.exit
            ));
        }
        wrong.extend(invariants::of_reports(Path::new(&run), &first.stdout));
        certificate
    };
    wrong.extend(invariants::of_reports(Path::new(&again), &second.stdout));
    wrong.extend(invariants::no_secret(&scenario.manifest, Path::new(&run)));
    wrong.extend(invariants::says_no_name(Path::new(&run)));
    Ok(Done {
        certificate,
        exit: if killed { second.exit } else { first.exit },
        wrong,
        stderr: first.stderr,
    })
}

/// Has people record what they say of a run, and the run judged with that: the directory, and how judging it ended.
fn examined(
    scenario: &Scenario,
    run: &str,
    directory: &Path,
    first: Ended,
) -> Result<(String, Ended), String> {
    let place = |name: &str| directory.join(name).display().to_string();
    let (records, examined) = (place("records"), place("examined"));
    for record in &scenario.record {
        let arguments = record.arguments(run, &records);
        let arguments: Vec<&str> = std::iter::once("record")
            .chain(arguments.iter().map(String::as_str))
            .collect();
        let ended = proofmark(&arguments, None)?;
        if ended.exit != Some(0) {
            return Err(format!("{arguments:?}: {}", ended.stderr));
        }
    }
    let arguments = ["evaluate", run, "--records", &records, "--out", &examined];
    let mut ended = proofmark(&arguments, None)?;
    ended.stderr.insert_str(0, &first.stderr);
    ended.interrupted = first.interrupted;
    Ok((examined, ended))
}

/// The argument, or where it is a fixture, the path of a copy that is about this address, and as old as is wanted.
fn fixture(argument: &str, run: &Run, address: IpAddr, directory: &Path) -> Result<String, String> {
    if argument == CA {
        return Ok(directory.join(CA_FILE).display().to_string());
    }
    let Some(name) = argument.strip_prefix("lab/fixtures/") else {
        return Ok(argument.to_owned());
    };
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(argument);
    let copy = directory.join(name.replace('/', "-"));
    let bytes = std::fs::read(source).map_err(|it| format!("{argument}: {it}"))?;
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        // Nothing that names an address.
        Err(binary) => {
            std::fs::write(&copy, binary.as_bytes()).map_err(|error| error.to_string())?;
            return Ok(copy.display().to_string());
        }
    };
    let mut text = text.replace(FIXTURE_ADDRESS, &address.to_string());
    if let Some(hours) = run.scanned_hours_ago {
        text = scanned(&text, hours).ok_or_else(|| format!("{argument} has no time"))?;
    }
    std::fs::write(&copy, text).map_err(|error| error.to_string())?;
    Ok(copy.display().to_string())
}

/// An nmap file with another time: `start="…"` of its first element.
fn scanned(text: &str, hours_ago: u32) -> Option<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    let (before, rest) = text.split_once(" start=\"")?;
    let (_, after) = rest.split_once('"')?;
    let then = now.checked_sub(3600 * u64::from(hours_ago))?;
    Some(format!("{before} start=\"{then}\"{after}"))
}

/// The profile's id, or a file with the scenario's changes to it.
fn profile(scenario: &Scenario, directory: &Path) -> Result<String, String> {
    if scenario.profile_changes.is_empty() && scenario.profile_adds.is_none() {
        return Ok(scenario.profile.clone());
    }
    let path = directory.join("changed.toml");
    std::fs::write(&path, profile_text(scenario)?).map_err(|error| error.to_string())?;
    Ok(path.display().to_string())
}

/// The profile with the scenario's changes to it, and an id of its own, without which nobody may change it.
pub fn profile_text(scenario: &Scenario) -> Result<String, String> {
    let shipped = proofmark::profile::shipped().iter();
    let found = shipped.filter(|(id, _)| id.trim_end_matches(".toml") == scenario.profile);
    let [(id, text)] = found.collect::<Vec<_>>()[..] else {
        return Err(format!("no profile `{}` is shipped", scenario.profile));
    };
    let mut text = (*text).to_owned();
    if !scenario.profile_changes.is_empty() || scenario.profile_adds.is_some() {
        text = text.replacen(
            &format!("id = \"{id}\""),
            &format!("id = \"{id}-changed\""),
            1,
        );
    }
    for (before, after) in &scenario.profile_changes {
        if !text.contains(before) {
            return Err(format!("the profile has no `{before}` to be changed"));
        }
        text = text.replace(before, after);
    }
    if let Some(name) = &scenario.profile_adds {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let more = std::fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
        text = format!("{text}\n{more}");
    }
    Ok(text)
}

fn certificate(directory: &Path, ended: &Ended) -> Result<Value, String> {
    let path = directory.join("certificate.json");
    let text = std::fs::read_to_string(&path).map_err(|error| {
        let exit = ended.exit;
        let stderr = &ended.stderr;
        format!("no certificate.json: {error}; exit {exit:?}\n{stderr}")
    })?;
    serde_json::from_str(&text).map_err(|error| format!("certificate.json: {error}"))
}
