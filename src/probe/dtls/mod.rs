//! DTLS: what a service over UDP takes and shows. Pure: records (`record.rs`), messages and their fragments (`message.rs`), one
//! hello and its answer (`dialogue.rs`), for which the words of TLS are used where they are the same; a whole handshake with a
//! shared key (`handshake.rs`, `keys.rs`). Async: datagrams (`client.rs`), the order of questions (`auditor.rs`), one attempt with
//! a key (`session.rs`).

mod auditor;
mod client;
mod dialogue;
mod handshake;
mod keys;
mod message;
mod record;
mod session;

pub use auditor::{DtlsAudited, audit};
pub(in crate::probe) use session::attempt;
