//! Servers that nobody here wrote, started as devices under test.

mod busybox;
mod cell;
mod dnsmasq;
mod dropbear;
mod gdbserver;
mod libcoap;
mod lighttpd;
mod mosquitto;
mod nginx;
mod openssh;
mod process;
mod redis;
mod snmpd;
mod swupdate;
mod tool;
mod vsftpd;

pub use busybox::{BusyboxHttpd, BusyboxTelnetd};
pub use cell::SystemAccount;
pub use dnsmasq::Dnsmasq;
pub use dropbear::Dropbear;
pub use gdbserver::Gdbserver;
pub use libcoap::Libcoap;
pub use lighttpd::Lighttpd;
pub use mosquitto::Mosquitto;
pub use nginx::Nginx;
pub use openssh::Openssh;
pub use process::{RealError, Server};
pub use redis::Redis;
pub use snmpd::Snmpd;
pub use swupdate::Swupdate;
pub use tool::{Missing, Tool};
pub use vsftpd::Vsftpd;
