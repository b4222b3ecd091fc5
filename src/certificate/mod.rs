//! The outcome of one evaluation, with everything needed to check it.

mod coverage;
mod identity;
mod issue;
mod model;
mod outcome;
mod port_rows;
mod recorded;
mod waive;

pub use issue::{Assess, Judging, assess, issue};
pub use model::*;
