//! SSH servers, and the keys of a unit.

use super::UnitRun;
use crate::dut::Address;
use crate::error::Error;
use crate::evidence::{Evidence, Target};
use crate::keys::seen_in;
use crate::observation::{Asked, Service};
use crate::probe::{Endpoint, ssh};
use crate::runner::compromised::look_up;
use crate::runner::socket;

/// Keys of one unit that are looked up.
const MOST: usize = 1_000;

impl UnitRun<'_, '_> {
    /// What an SSH server offers and shows before anybody logs in.
    pub(super) async fn ssh(
        &mut self,
        address: &Address,
        port: u16,
        service: &Service,
    ) -> Result<(), Error> {
        self.step(address, &format!("asking for SSH host keys at port {port}"));
        let at = socket(address, port)?;
        let endpoint = match service.tls {
            true => Endpoint::tls(at, self.server_name(port)),
            false => Endpoint::clear(at),
        };
        let exchange = ssh::inquire(&endpoint, &self.stop).await;
        let evidence = self.record("ssh", address, Some(port), Asked::Ssh, exchange)?;
        self.note_keys(&evidence);
        Ok(())
    }

    /// Keeps the keys that were shown, once each. One that cannot be read is for whoever judges.
    pub(super) fn note_keys(&mut self, evidence: &Evidence) {
        for fact in evidence.observations() {
            for key in seen_in(fact) {
                if self.keys.len() < MOST && !self.keys.contains(&key) {
                    self.keys.push(key);
                }
            }
        }
    }

    /// Looks the keys of the unit up in the list that was handed in.
    pub fn look_up_keys(&mut self) -> Result<(), Error> {
        let (Some(list), Some(address)) = (self.plan.blocklist, self.unit.addresses.first()) else {
            return Ok(());
        };
        let exchange = look_up(list, &self.keys);
        let asked = Asked::Blocklist {
            sha256: list.used.sha256.clone(),
        };
        let target = Target {
            address: address.to_string(),
            transport: None,
            port: None,
        };
        self.record_at("blocklist", target, asked, exchange)?;
        Ok(())
    }
}
