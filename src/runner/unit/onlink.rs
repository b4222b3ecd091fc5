//! Addresses of a unit that the manifest does not declare, and that are on its link.

use jiff::Timestamp;

use super::super::socket::socket;
use super::UnitRun;
use crate::dut::Address;
use crate::error::Error;
use crate::evidence::{Exchange, Target};
use crate::observation::{Asked, Observation};
use crate::probe::onlink::on_link;

/// Further addresses that are asked like declared ones; a device has a few.
const MOST: usize = 16;

impl UnitRun<'_, '_> {
    /// Looks for them where the manifest declares a link address, and writes down what came of it.
    pub(super) async fn find_on_link(&mut self) -> Result<Vec<Address>, Error> {
        let (Some(mac), Some(first)) = (&self.unit.mac, self.unit.addresses.first()) else {
            return Ok(Vec::new());
        };
        if !self.plan.needs("on-link") || self.stop.requested() {
            return Ok(Vec::new());
        }
        self.step(first, "looking for further addresses on its link");
        // What belongs to another unit is swept as that one's.
        let units = self.plan.device.units.iter();
        let declared = units.flat_map(|unit| &unit.addresses);
        let declared: Vec<_> = declared
            .map(|address| socket(address, 0))
            .collect::<Result<_, _>>()?;
        let started = Timestamp::now();
        let mut stop = self.stop.clone();
        let mut result = tokio::select! {
            biased;
            () = stop.wait() => return Ok(Vec::new()),
            result = on_link(mac, &declared) => result,
        };
        let allowed = self.plan.settings.allow_public;
        let mut found = Vec::new();
        for text in std::mem::take(&mut result.found) {
            match text.parse::<Address>() {
                Ok(address) if found.len() < MOST && (allowed || !address.is_public()) => {
                    result.found.push(text);
                    found.push(address);
                }
                _ => result.left_out.push(text),
            }
        }
        result.left_out.truncate(4 * MOST);
        let target = Target {
            address: first.to_string(),
            transport: None,
            port: None,
        };
        let asked = Asked::OnLink { mac: mac.clone() };
        let exchange = Exchange::observed(started, Observation::OnLink(result));
        self.record_at("on-link", target, asked, exchange)?;
        Ok(found)
    }
}
