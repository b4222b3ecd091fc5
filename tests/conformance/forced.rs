//! Would the lab notice a test case that always passes? Each is forced to PASS in the certificates that
//! the scenarios made, and at least one scenario must go red.

use std::sync::Arc;

use libtest_mimic::{Completion, Failed, Trial};
use proofmark::case::TEST_CASES;
use proofmark_lab::check;
use serde_json::{Value, json};

use super::stage::{Ran, Stage, ignored};

/// A trial a test case.
pub fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    TEST_CASES
        .iter()
        .map(|case| {
            let stage = Arc::clone(stage);
            let name = format!("forced-pass::{}", case.id);
            Trial::ignorable_test(name, move || trial(&stage, case.id))
        })
        .collect()
}

fn trial(stage: &Stage, case: &str) -> Result<Completion, Failed> {
    let mut reason = None;
    for (index, entry) in stage.scenarios.iter().enumerate() {
        let done = match stage.result(index) {
            Ran::Done(done) => done,
            Ran::Ignored(why) => {
                reason = Some(why);
                continue;
            }
            Ran::Failed(_) => continue,
        };
        let red =
            |certificate: &Value| !check(&entry.scenario.expect, certificate, done.exit).is_empty();
        if !red(&done.certificate) && red(&force(&done.certificate, case)) {
            return Ok(Completion::Completed);
        }
    }
    match reason {
        Some(reason) => ignored(reason),
        None => Err(format!("{case} always passing would be noticed by no scenario").into()),
    }
}

/// The certificate as it would be if the test case found nothing and missed nothing.
fn force(certificate: &Value, case: &str) -> Value {
    let mut forced = certificate.clone();
    let requirements = forced["requirements"].as_array_mut();
    for requirement in requirements.into_iter().flatten() {
        if requirement["test_case"] == case {
            requirement["verdict"] = json!("PASS");
            requirement["findings"] = json!([]);
            requirement["reasons"] = json!([]);
        }
    }
    forced
}
