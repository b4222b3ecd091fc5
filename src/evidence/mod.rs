//! A run on disk: format, writer, reader, redaction, digests.

mod broker;
mod documents;
mod exchange;
mod imported;
mod on_link;
mod reader;
mod record;
mod redact;
mod run;
mod summary;
mod writer;

pub use exchange::Exchange;
pub use reader::Run;
pub use record::{Absence, Blob, BlobRole, Evidence, Outcome, Target};
pub use redact::Redactor;
pub(crate) use redact::{GZIP, encodings};
pub use run::{RUN_FORMAT, RunInfo, RunSettings, RunState, ToolInfo};
pub use summary::summary;
pub use writer::RunWriter;
