//! A run on disk: format, writer, reader, redaction, digests.

mod blobs;
mod broker;
mod copy;
mod documents;
mod exchange;
mod files;
mod forms;
mod heads;
mod imported;
mod on_link;
mod reader;
mod record;
mod redact;
mod run;
mod summary;
mod tls;
mod twin;
mod writer;

pub use exchange::Exchange;
pub(crate) use forms::encodings;
pub(crate) use heads::HEAD;
pub use heads::Heads;
pub use reader::Run;
pub use record::{Absence, Blob, BlobRole, Evidence, Outcome, Target};
pub(crate) use redact::GZIP;
pub use redact::{Redactor, refuse_secrets};
pub use run::{BlocklistUsed, RUN_FORMAT, RunInfo, RunSettings, RunState, ToolInfo};
pub use summary::summary;
pub use writer::RunWriter;
