//! Servers that nobody here wrote, started as devices under test.

mod busybox;
mod libcoap;
mod lighttpd;
mod mosquitto;
mod nginx;
mod process;
mod tool;

pub use busybox::{BusyboxHttpd, BusyboxTelnetd};
pub use libcoap::Libcoap;
pub use lighttpd::Lighttpd;
pub use mosquitto::Mosquitto;
pub use nginx::Nginx;
pub use process::{RealError, Server};
pub use tool::{Missing, Tool};
