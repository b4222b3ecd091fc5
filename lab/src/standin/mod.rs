//! Stand-in devices: small servers with one switch a fault, off by default.

mod account;
mod canned;
mod coap;
mod connection;
mod device;
mod digest;
mod dtls;
mod dtls_spec;
mod ftp;
mod hostile;
mod http;
mod line;
mod mcuboot;
mod mqtt;
mod pulse;
mod shell;
mod spec;
mod ssh;
mod stranger;
mod tells;
mod telnet;
mod tls;
mod tls_raw;
mod tls_spec;
mod udp;
mod updater;

pub use canned::{Canned, CannedSpec};
pub use device::{Device, Event, StartError};
pub use dtls_spec::{DtlsSpec, DtlsSwitches};
pub use spec::{
    Account, CoapSpec, CoapSwitches, DeviceSpec, Downtime, FirmwareChange, FtpSpec, FtpSwitches,
    HttpSpec, HttpSwitches, MqttSpec, MqttSwitches, RawSpec, SpecError, SshSpec, SshSwitches,
    TelnetSpec, TelnetSwitches, Trigger, UdpSpec, UdpSwitches,
};
pub use tells::Tells;
pub(crate) use tls::Front;
pub use tls_raw::Raw;
pub use tls_spec::{TlsSpec, TlsSwitches};
pub use updater::{UpdateSpec, UpdateSwitches};
