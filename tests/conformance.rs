//! The lab proves the harness: every scenario is run against its device, and its certificate must say
//! exactly what the scenario expects.
//!
//! All of it happens in one network namespace that this process enters before it does anything else.
//! Where there is none, or where a scenario's server is missing, scenarios are ignored with the reason;
//! in CI (`CI=true`) that is a failure, because an ignored scenario proves nothing.

#![expect(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test without libtest, which clippy does not know for one"
)]

mod conformance {
    pub mod commands;
    pub mod demo;
    pub mod forced;
    pub mod invariants;
    pub mod process;
    pub mod repeat;
    pub mod rules;
    pub mod secrets;
    pub mod stage;
}

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use conformance::stage::Stage;
use conformance::{commands, demo, forced, repeat, rules, secrets};
use libtest_mimic::Arguments;
use proofmark_lab::{library, namespace};

/// Scenarios at a time: each keeps a processor busy for less than half of its time, and waits for the rest.
const MAX_PARALLEL: usize = 4;

fn main() -> ExitCode {
    // First, while there is one thread.
    let namespace = namespace::enter();
    let mut arguments = Arguments::from_args();
    let threads = arguments.test_threads.unwrap_or(MAX_PARALLEL);
    arguments.test_threads = Some(threads.min(MAX_PARALLEL));
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("lab/scenarios");
    let scenarios = match library::load(&directory) {
        Ok(scenarios) => Arc::new(scenarios),
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let alone = namespace.is_ok();
    let stage = Arc::new(Stage::new(Arc::clone(&scenarios), namespace));
    // The longest first, so that nothing waits for it at the end.
    let mut trials = vec![repeat::trial(&stage)];
    trials.extend(rules::trials(&scenarios));
    trials.extend(Stage::trials(&stage));
    trials.extend(forced::trials(&stage));
    trials.extend(commands::trials(&stage));
    trials.push(secrets::trial(&stage));
    trials.extend(demo::trials(alone));
    libtest_mimic::run(&arguments, trials).exit_code()
}
