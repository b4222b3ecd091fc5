//! What the UDP services that speak DTLS take and show.

use super::{Health, UnitRun};
use crate::dut::Address;
use crate::error::Error;
use crate::observation::{Asked, Transport};
use crate::probe::dtls::{DtlsAudited, audit};
use crate::runner::socket::socket;
use crate::runner::udp::udp;

/// Ports of one address that are audited, declared ones first: a device that answers everywhere would be asked for hours.
const AUDITED: usize = 16;

impl UnitRun<'_, '_> {
    pub(super) async fn audit_dtls(&mut self, address: &Address) -> Result<Health, Error> {
        if !self.plan.needs("dtls") {
            return Ok(Health::Alive);
        }
        let ports = self.dtls.get(address).cloned().unwrap_or_default();
        for port in ports.into_iter().take(AUDITED) {
            if self.stop.requested() {
                return Ok(Health::Alive);
            }
            self.step(address, &format!("asking for DTLS at UDP port {port}"));
            let declared = self.plan.device.service_at(Transport::Udp, port);
            let name = declared.and_then(|service| service.server_name());
            let whom = DtlsAudited {
                address: socket(address, port)?,
                name: name.map(str::to_owned),
                max_rate: self.plan.settings.max_rate,
            };
            let exchange = audit(&whom, &self.stop).await;
            let asked = Asked::Dtls {
                server_name: whom.name,
            };
            self.record_at("dtls", udp(address, Some(port)), asked, exchange)?;
            let during = format!("DTLS hellos to UDP port {port}");
            if self.alive(address, Some(&during), None).await? == Health::Lost {
                return Ok(Health::Lost);
            }
        }
        Ok(Health::Alive)
    }
}
