//! Servers that nobody here wrote, started as devices under test.

mod busybox;
mod lighttpd;
mod mosquitto;
mod process;
mod tool;

pub use busybox::{BusyboxHttpd, BusyboxTelnetd};
pub use lighttpd::Lighttpd;
pub use mosquitto::Mosquitto;
pub use process::{RealError, Server};
pub use tool::{Missing, Tool};
