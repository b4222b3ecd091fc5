//! Stand-in devices: small servers with one switch a fault, off by default.

mod account;
mod connection;
mod device;
mod digest;
mod ftp;
mod hostile;
mod http;
mod line;
mod mcuboot;
mod mqtt;
mod pulse;
mod shell;
mod spec;
mod telnet;
mod tls;
mod updater;

pub use device::{Device, Event, StartError};
pub use spec::{
    Account, DeviceSpec, Downtime, FirmwareChange, FtpSpec, FtpSwitches, HttpSpec, HttpSwitches,
    MqttSpec, MqttSwitches, RawSpec, SpecError, TelnetSpec, TelnetSwitches, TlsSpec, TlsSwitches,
    Trigger,
};
pub use updater::{UpdateSpec, UpdateSwitches};
