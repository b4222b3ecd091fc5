//! What a person, or the test runner of a build, sees of a run.

mod libtest;
mod progress;

pub use libtest::{Observed, Suite};
pub use progress::Progress;
