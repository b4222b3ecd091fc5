//! A run on disk: format, writer, reader, redaction, digests.

mod exchange;
mod record;
mod run;

pub use exchange::Exchange;
pub use record::{Absence, Blob, BlobRole, Evidence, Outcome, Target};
pub use run::{RUN_FORMAT, RunInfo, RunSettings, RunState, ToolInfo};
