//! Everything that a TLS service takes. Pure: the hello (`../hello.rs`), records (`../record.rs`), what the server says after it
//! (`flight.rs`), SSL 2 (`ssl2.rs`), heartbeats (`heartbeat.rs`), the order of elimination (`joint.rs`). Async: the connections
//! (`client.rs`) and the order of questions (`auditor.rs` and what stands beside it).

mod auditor;
mod client;
pub(in crate::probe) mod elimination;
mod features;
pub(in crate::probe) mod flight;
mod groups;
mod heartbeat;
pub(in crate::probe) mod joint;
pub(in crate::probe) mod note;
pub(in crate::probe) mod order;
pub(in crate::probe) mod preference;
mod session;
mod ssl2;
pub(super) mod starttls;

pub use auditor::{Audited, audit, observe};
pub use client::SPARE;
