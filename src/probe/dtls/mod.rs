//! DTLS: what a service over UDP takes and shows. Pure: records (`record.rs`), messages and their fragments (`message.rs`), one
//! hello and its answer (`dialogue.rs`), for which the words of TLS are used where they are the same; a whole handshake with a
//! shared key or behind a certificate (`handshake.rs`, `agreement.rs`, `keys.rs`). Async: datagrams (`client.rs`, `talk.rs`), the
//! order of questions (`auditor.rs`), one attempt with a key (`session.rs`), a session with who shows a certificate (`inside.rs`)
//! and what that shows (`certified.rs`).

mod agreement;
mod auditor;
mod certified;
mod client;
mod dialogue;
mod handshake;
mod inside;
mod keys;
mod message;
mod record;
mod session;
mod talk;

pub use auditor::{DtlsAudited, audit};
pub use certified::{Certified, certificates};
pub(in crate::probe) use inside::{Entry, Inside};
pub(in crate::probe) use session::attempt;
