//! Servers that nobody here wrote, started as devices under test.

mod busybox;
mod lighttpd;
mod mosquitto;
mod nginx;
mod process;
mod swupdate;
mod tool;

pub use busybox::{BusyboxHttpd, BusyboxTelnetd};
pub use lighttpd::Lighttpd;
pub use mosquitto::Mosquitto;
pub use nginx::Nginx;
pub use process::{RealError, Server};
pub use swupdate::Swupdate;
pub use tool::{Missing, Tool};
