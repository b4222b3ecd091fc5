//! The outcome of one evaluation, with everything needed to check it.

mod cautions;
mod citations;
mod coverage;
mod documents;
mod excerpt;
mod id;
mod identity;
mod issue;
mod job;
mod model;
mod outcome;
mod port_rows;
mod protection;
mod recorded;
mod timeline;
mod waive;

pub use id::certificate_id;
pub use issue::{Assess, Judging, assess, issue};
pub use model::*;
pub(crate) use port_rows::{BLOCK, blocks};
