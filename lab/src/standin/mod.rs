//! Stand-in devices: small servers with one switch a fault, off by default.

mod account;
mod coap;
mod connection;
mod device;
mod hostile;
mod http;
mod line;
mod pulse;
mod shell;
mod spec;
mod telnet;
mod tls;
mod udp;

pub use device::{Device, Event, StartError};
pub use spec::{
    Account, CoapSpec, CoapSwitches, DeviceSpec, Downtime, FirmwareChange, HttpSpec, HttpSwitches,
    RawSpec, SpecError, TelnetSpec, TelnetSwitches, TlsSpec, TlsSwitches, Trigger, UdpSpec,
};
