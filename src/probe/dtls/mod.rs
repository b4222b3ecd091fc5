//! DTLS: what a service over UDP takes and shows. Pure: records (`record.rs`), messages and their fragments (`message.rs`), one
//! hello and its answer (`dialogue.rs`), for which the words of TLS are used where they are the same. Async: datagrams
//! (`client.rs`) and the order of questions (`auditor.rs`).

mod auditor;
mod client;
mod dialogue;
mod message;
mod record;

pub use auditor::{DtlsAudited, audit};
