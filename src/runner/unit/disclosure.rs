//! What web servers give to anyone, one port after the other.

use super::UnitRun;
use crate::disclosure::{ABSENT, Known};
use crate::dut::Address;
use crate::error::Error;
use crate::observation::{Asked, Protocol, Service, Transport};
use crate::probe::Endpoint;
use crate::probe::disclosure::{self, Agenda};
use crate::runner::socket;

/// Requests that bring nothing, one after the other, before a port is left alone.
const PATIENCE: u32 = 2;

impl UnitRun<'_, '_> {
    /// Reads from a port that speaks HTTP, without credentials. Where it stops answering it is left alone,
    /// and the requests that brought nothing show it.
    pub(super) async fn disclosure(
        &mut self,
        address: &Address,
        port: u16,
        service: &Service,
    ) -> Result<(), Error> {
        self.step(address, &format!("reading what anyone may at port {port}"));
        let at = socket(address, port)?;
        let known = Known::of(self.plan.device).asked_from(disclosure::asker(at));
        let endpoint = match service.tls {
            true => Endpoint::tls(at, self.server_name(port)),
            false => Endpoint::clear(at),
        };
        let mut agenda = Agenda::new(self.places(port), absent()?);
        let mut silent = 0;
        while let Some(path) = agenda.following() {
            let (exchange, page) = disclosure::read(&endpoint, &path, &known, &self.stop).await;
            match page {
                Some(page) => {
                    silent = 0;
                    if path == "/" {
                        agenda.learn(&endpoint, &page, &known);
                    }
                }
                None => silent += 1,
            }
            let asked = Asked::Disclosure { path };
            self.record("disclosure", address, Some(port), asked, exchange)?;
            if silent == PATIENCE || self.stop.requested() {
                break;
            }
        }
        Ok(())
    }

    /// The places at a port that the manifest names.
    fn places(&self, port: u16) -> impl Iterator<Item = &str> + use<'_> {
        let device = self.plan.device;
        let declared = device
            .service_at(Transport::Tcp, port)
            .filter(|service| service.protocol == Protocol::Http);
        let named = declared.map(|service| {
            let owner = service.owner.as_ref();
            let identity = device.identity.as_ref();
            let update = device.update.as_ref();
            let installed = update.and_then(|it| it.installed.as_ref());
            [
                owner.and_then(|it| it.path.as_deref()),
                identity
                    .filter(|it| it.service == service.id)
                    .map(|it| it.path.as_str()),
                installed
                    .filter(|it| it.service == service.id)
                    .map(|it| it.path.as_str()),
            ]
        });
        named.into_iter().flatten().flatten()
    }
}

/// A path that no device has, for its error page.
fn absent() -> Result<String, Error> {
    Ok(format!("{ABSENT}{:016x}", super::seed()?))
}
