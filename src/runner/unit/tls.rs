//! What services take of TLS, one port after the other.

use std::time::Duration;

use super::{Health, UnitRun};
use crate::dut::Address;
use crate::error::Error;
use crate::observation::{Asked, Service, StartTls, Transport};
use crate::probe::tls::{self, Audited, SPARE};
use crate::runner::socket;

/// For the answer to one hello: small devices need seconds for one.
const PATIENCE: Duration = Duration::from_secs(5);

/// Connections that a service was asked for before its audit. Together they keep to the bound.
const HANDSHAKES: u32 = 1;

/// So many services of an address are asked to turn to TLS. Who greets alike at every port would be asked for hours; the
/// certificate says how many were not.
const TURNING: usize = 8;

impl UnitRun<'_, '_> {
    /// Makes a handshake with every port that speaks TLS, or may turn to it.
    pub(super) async fn handshakes(
        &mut self,
        address: &Address,
        spoken: &[(u16, Service)],
    ) -> Result<Health, Error> {
        for (port, starttls) in ways_in(spoken) {
            if self.stop.requested() {
                break;
            }
            self.handshake(address, port, starttls).await?;
            let during = format!("TLS handshakes at port {port}");
            if self.alive(address, Some(&during), Some(port)).await? == Health::Lost {
                return Ok(Health::Lost);
            }
        }
        Ok(Health::Alive)
    }

    async fn handshake(
        &mut self,
        address: &Address,
        port: u16,
        starttls: Option<StartTls>,
    ) -> Result<(), Error> {
        self.step(address, &format!("making a TLS handshake with port {port}"));
        let declared = self.plan.device.service_at(Transport::Tcp, port);
        let ask = tls::Ask {
            address: socket(address, port)?,
            declared: declared.and_then(|service| service.tls.as_ref()),
            starttls,
            versions: !self.plan.needs("tls-audit"),
        };
        let server_name = ask.server_name().map(str::to_owned);
        let exchange = tls::tls(ask, &self.stop).await;
        let asked = Asked::Tls {
            server_name,
            starttls,
        };
        let evidence = self.record("tls", address, Some(port), asked, exchange)?;
        self.note_keys(&evidence);
        Ok(())
    }

    /// Audits every port that speaks TLS, or may turn to it, and those that are said to and did not tell: who takes nothing but
    /// what nobody offers may well hang up on everybody else.
    pub(super) async fn audits(
        &mut self,
        address: &Address,
        spoken: &[(u16, Service)],
        untold: &[u16],
    ) -> Result<Health, Error> {
        let untold = untold.iter().map(|port| (*port, None));
        for (port, starttls) in ways_in(spoken).into_iter().chain(untold) {
            if self.stop.requested() {
                break;
            }
            self.audit(address, port, starttls).await?;
            let during = format!("the TLS audit of port {port}");
            if self.alive(address, Some(&during), Some(port)).await? == Health::Lost {
                return Ok(Health::Lost);
            }
        }
        Ok(Health::Alive)
    }

    async fn audit(
        &mut self,
        address: &Address,
        port: u16,
        starttls: Option<StartTls>,
    ) -> Result<(), Error> {
        self.step(address, &format!("asking for all of TLS at port {port}"));
        let name = self.server_name(port).map(str::to_owned);
        let whom = Audited {
            address: socket(address, port)?,
            name: name.clone(),
            starttls,
            patience: PATIENCE,
            max_rate: self.plan.settings.max_rate,
            spare: SPARE - HANDSHAKES,
        };
        let exchange = tls::observe(&whom, &self.stop).await;
        let asked = Asked::TlsAudit {
            server_name: name,
            starttls,
        };
        let evidence = self.record("tls-audit", address, Some(port), asked, exchange)?;
        self.note_keys(&evidence);
        Ok(())
    }
}

/// The ports that speak TLS, and as many as may be asked of those that may turn to it, with what they speak before.
fn ways_in(spoken: &[(u16, Service)]) -> Vec<(u16, Option<StartTls>)> {
    let mut turning = 0;
    let mut ways = Vec::new();
    for (port, service) in spoken {
        let starttls = StartTls::of(service.protocol).filter(|_| !service.tls);
        turning += usize::from(starttls.is_some());
        if service.tls || (starttls.is_some() && turning <= TURNING) {
            ways.push((*port, starttls));
        }
    }
    ways
}
