//! Ports of other programs of this machine, which are not the device's.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::dut::Address;
use crate::observation::Transport;

/// Ports that other programs held before the device was started.
#[derive(Clone, Debug, Default)]
pub struct Foreign(BTreeMap<(IpAddr, Transport), Vec<u16>>);

impl Foreign {
    /// Adds the ports of an address.
    #[must_use]
    pub fn with(mut self, ip: IpAddr, transport: Transport, ports: Vec<u16>) -> Self {
        self.0.insert((ip, transport), ports);
        self
    }

    pub(super) fn at(&self, address: &Address, transport: Transport) -> Vec<u16> {
        let ports = self.0.get(&(address.ip, transport));
        ports.cloned().unwrap_or_default()
    }
}
