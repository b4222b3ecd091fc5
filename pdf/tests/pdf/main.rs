//! The program as a user meets it: what it writes is read by poppler, which knows nothing of us.
//!
//! `lab/test --pdf` has poppler. Where it is missing, the tests that need it are ignored with the reason; in CI
//! (`CI=true`) that is a failure.

#![expect(
    clippy::unwrap_used,
    reason = "a test without libtest, which clippy does not know for one"
)]

mod layout;
mod poppler;
mod program;
mod samples;
mod template;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

/// What is tried; panics where it fails.
type Test = (&'static str, fn());

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let alone = program::TESTS.iter().chain(template::TESTS);
    let alone = alone.map(|(name, test)| Trial::test(*name, || tried(*test)));
    let read = layout::TESTS.iter().map(|(name, test)| {
        Trial::ignorable_test(*name, || {
            if poppler::is_missing() {
                return poppler::missing();
            }
            tried(*test).map(|()| Completion::Completed)
        })
    });
    libtest_mimic::run(&arguments, alone.chain(read).collect()).exit_code()
}

/// libtest-mimic makes a failure of a panic.
fn tried(test: fn()) -> Result<(), Failed> {
    test();
    Ok(())
}
