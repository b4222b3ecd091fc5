//! A verdict that changes from run to run is worth nothing: the hub is run again and again, each time as
//! a device of its own, and every run must say the same.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use libtest_mimic::{Completion, Failed, Trial};
use proofmark_lab::check;
use serde_json::{Value, json};

use super::stage::{Ran, Stage, ignored};

const SCENARIO: &str = "hub";
const RUNS: u8 = 20;

/// The trial.
pub fn trial(stage: &Arc<Stage>) -> Trial {
    let stage = Arc::clone(stage);
    let name = format!("repeat::{SCENARIO}-{RUNS}-runs-alike");
    Trial::ignorable_test(name, move || runs(&stage))
}

fn runs(stage: &Stage) -> Result<Completion, Failed> {
    let entry = stage.scenarios.iter().find(|it| it.name == SCENARIO);
    let scenario = &entry.ok_or("the scenario is not there")?.scenario;
    let mut first = None;
    for run in 1..=RUNS {
        let address = IpAddr::from(Ipv4Addr::new(127, 78, run, 10));
        let done = match stage.perform(scenario, address) {
            Ran::Done(done) => done,
            Ran::Ignored(reason) => return ignored(&reason),
            Ran::Failed(why) => return Err(format!("run {run}: {why}").into()),
        };
        let wrong = check(&scenario.expect, &done.certificate, done.exit);
        if !wrong.is_empty() {
            return Err(format!("run {run}: {}", wrong.join("\n")).into());
        }
        let said = said(&done.certificate, address);
        let first = first.get_or_insert_with(|| said.clone());
        if *first != said {
            return Err(format!("run {run} says\n{said:#}\nand the first said\n{first:#}").into());
        }
    }
    Ok(Completion::Completed)
}

/// What a certificate says of the device, whatever its address and the times at which it was asked.
fn said(certificate: &Value, address: IpAddr) -> Value {
    let requirements = certificate["requirements"].as_array();
    let requirements = requirements.into_iter().flatten().map(|requirement| {
        let findings = requirement["findings"].as_array().into_iter().flatten();
        let findings = findings.map(|it| json!([it["code"], it["severity"], it["subject"]["port"]]));
        json!({
            "id": requirement["id"],
            "verdict": requirement["verdict"],
            "rationale": requirement["rationale"].to_string().replace(&address.to_string(), "the unit"),
            "reasons": requirement["reasons"],
            "findings": findings.collect::<Vec<_>>(),
        })
    });
    let ports = certificate["coverage"]["ports"].as_array();
    let ports = ports.into_iter().flatten().map(|ports| {
        let mut ports = ports.clone();
        // Pace is no statement about the device.
        for key in ["address", "evidence", "probes", "rate_peak", "seconds"] {
            ports[key] = Value::Null;
        }
        ports
    });
    json!({
        "outcome": certificate["outcome"],
        "identity": certificate["identity"]["state"],
        "requirements": requirements.collect::<Vec<_>>(),
        "ports": ports.collect::<Vec<_>>(),
    })
}
