//! Servers that nobody here wrote, started as devices under test.

mod busybox;
mod libcoap;
mod lighttpd;
mod process;
mod tool;

pub use busybox::{BusyboxHttpd, BusyboxTelnetd};
pub use libcoap::Libcoap;
pub use lighttpd::Lighttpd;
pub use process::{RealError, Server};
pub use tool::{Missing, Tool};
