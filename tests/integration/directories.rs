//! Run directories made by hand, and the tool run on them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use proofmark::digest::sha256_hex;
use proofmark::evidence::{Evidence, Outcome, RunState};
use proofmark::observation::{PortProof, PortState};
use proofmark::profile;

use crate::bench::*;

/// The shipped profile that the runs are observed with.
pub(crate) fn shipped() -> &'static str {
    profile::shipped()[0].1
}

/// The same under a name of its own, so that it may be changed.
pub(crate) fn own() -> String {
    shipped().replacen("id = \"iot-minimum\"", "id = \"our-minimum\"", 1)
}

/// What a device with an undeclared service shows: TCP port 23 is open.
pub(crate) fn port_23_open() -> Vec<Evidence> {
    let spans = vec![
        span(1, 22, PortState::Closed, PortProof::Refused),
        span(23, 23, PortState::Open, PortProof::Accepted),
        span(24, 79, PortState::Closed, PortProof::Refused),
        span(80, 80, PortState::Open, PortProof::Accepted),
        span(81, 65_535, PortState::Closed, PortProof::Refused),
    ];
    let mut all = conformant();
    if let Outcome::Observed { observations } = &mut all[2].outcome {
        *observations = vec![ledger(spans)];
    }
    all
}

/// A complete run in a directory of its own. Nobody judged it yet.
pub(crate) fn observed(
    base: &Path,
    name: &str,
    evidence: Vec<Evidence>,
    serial: Option<&str>,
    profile: &str,
) -> PathBuf {
    let dir = base.join(name);
    std::fs::create_dir(&dir).unwrap();
    let mut run = run(evidence);
    run.device.units[0].serial = serial.map(str::to_owned);
    let lines: Vec<String> = run
        .evidence
        .iter()
        .map(|item| serde_json::to_string(item).unwrap() + "\n")
        .collect();
    let device = serde_json::to_string(&run.device).unwrap();
    for (name, text) in [
        ("device.json", device.as_str()),
        ("profile.toml", profile),
        ("evidence.jsonl", &lines.concat()),
    ] {
        std::fs::write(dir.join(name), text).unwrap();
        run.info.digests.insert(name.to_owned(), sha256_hex(text));
    }
    run.info.state = RunState::Complete;
    let info = serde_json::to_string(&run.info).unwrap();
    std::fs::write(dir.join("run.json"), info).unwrap();
    dir
}

/// The tool in a directory, with these arguments.
pub(crate) fn proofmark(base: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_proofmark"))
        .args(arguments)
        .current_dir(base)
        .output()
        .unwrap()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
