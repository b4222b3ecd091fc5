//! A run that is closed, judged and signed, as a third party gets it: a directory, or the same in one file.
//!
//! [`seal`] names every file by its digest in an in-toto statement and signs that; [`verify`] checks all of it and
//! judges the evidence again. The clock is not asked, and nothing is sent.

mod compare;
mod container;
mod contents;
mod envelope;
mod files;
mod future;
mod key;
mod opened;
mod seal;
mod statement;
mod test_result;
mod verify;

pub use container::pack;
pub use contents::Rejudged;
pub use envelope::{Envelope, EnvelopeSignature, PAYLOAD_TYPE, pae};
pub use files::ENVELOPE;
pub use key::{KeyId, PrivateKey, PublicKeys, is_encrypted};
pub use opened::Opened;
pub use seal::{Sealed, seal};
pub use statement::{BUNDLE_FORMAT, PREDICATE_TYPE, Predicate, STATEMENT_TYPE, Statement};
pub use test_result::test_result;
pub use verify::{Checked, Flaw, Signer, verify};
