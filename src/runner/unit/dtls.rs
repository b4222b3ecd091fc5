//! What the UDP services that speak DTLS take and show.

use super::{Health, UnitRun, door};
use crate::dut::Address;
use crate::error::Error;
use crate::evidence::Exchange;
use crate::observation::{Asked, DtlsAudit, Mechanism, Observation, Transport};
use crate::probe::Endpoint;
use crate::probe::access::{self, Ledger, Recorder};
use crate::probe::dtls::{Certified, DtlsAudited, audit, certificates};
use crate::profile::shared_keys;
use crate::runner::event::Event;
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
            let evidence = self.record_at("dtls", udp(address, Some(port)), asked, exchange)?;
            self.note_keys(&evidence);
            let told = evidence.observations().iter().find_map(|fact| match fact {
                Observation::Dtls(dtls) => Some(dtls),
                _ => None,
            });
            if let Some(hint) = told.and_then(DtlsAudit::hint) {
                self.hints.insert((address.clone(), port), hint.to_owned());
            }
            if told.is_some_and(DtlsAudit::takes_no_key) {
                self.keyless.insert((address.clone(), port));
            }
            let during = format!("DTLS hellos to UDP port {port}");
            if self.alive(address, Some(&during), None).await? == Health::Lost {
                return Ok(Health::Lost);
            }
            let Some(told) = told else { continue };
            if self.by_certificate(address, port, told).await? == Health::Lost {
                return Ok(Health::Lost);
            }
        }
        Ok(Health::Alive)
    }

    /// A handshake with a server that shows certificates, and what it gives to a client who has none.
    async fn by_certificate(
        &mut self,
        address: &Address,
        port: u16,
        audit: &DtlsAudit,
    ) -> Result<Health, Error> {
        let declared = self.plan.device.service_at(Transport::Udp, port);
        let whom = Certified {
            address: socket(address, port)?,
            declared: declared.and_then(|service| service.tls.as_ref()),
            audit,
            max_rate: self.plan.settings.max_rate,
        };
        if self.stop.requested() || !audit.takes_certificates() {
            return Ok(Health::Alive);
        }
        let server_name = declared.and_then(|service| service.server_name());
        let asked = Asked::Tls {
            server_name: server_name.map(str::to_owned),
            starttls: None,
        };
        self.step(
            address,
            &format!("making a DTLS handshake with UDP port {port}"),
        );
        let exchange = certificates(&whom, &self.stop).await;
        let target = udp(address, Some(port));
        let evidence = self.record_at("dtls", target, asked, exchange)?;
        self.note_keys(&evidence);
        if self.plan.needs("coap") && !self.stop.requested() && Certified::can_be_entered(audit) {
            self.read_coap(address, port, true).await?;
        }
        let during = format!("a DTLS handshake with UDP port {port}, and CoAP inside");
        self.alive(address, Some(&during), None).await
    }

    /// Tries shared keys at every port that speaks DTLS, and takes one or may.
    pub(super) async fn try_shared_keys(&mut self, address: &Address) -> Result<Health, Error> {
        if !self.plan.needs("access") {
            return Ok(Health::Alive);
        }
        let ports = self.dtls.get(address).cloned().unwrap_or_default();
        for port in ports.into_iter().take(AUDITED) {
            if self.stop.requested() {
                return Ok(Health::Alive);
            }
            if self.keyless.contains(&(address.clone(), port)) {
                continue;
            }
            self.step(address, &format!("trying shared keys at UDP port {port}"));
            let declared = self.plan.device.service_at(Transport::Udp, port);
            let endpoint = Endpoint::clear(socket(address, port)?);
            let door = door(endpoint, Mechanism::DtlsPsk, declared);
            let hint = self.hints.get(&(address.clone(), port));
            let candidates = shared_keys(hint.map(String::as_str));
            let policy = self.policy(declared, &candidates, candidates.len());
            let mut ledger = Ledger::new(policy.attempts_per_minute, policy.lockout);
            let stop = self.stop.clone();
            let mut recorder = KeyRecorder {
                run: self,
                address,
                port,
            };
            access::trial(&door, &policy, &mut ledger, &stop, &mut recorder).await?;
            let during = format!("shared keys at UDP port {port}");
            if self.alive(address, Some(&during), None).await? == Health::Lost {
                return Ok(Health::Lost);
            }
        }
        Ok(Health::Alive)
    }
}

/// Writes down the attempts of a trial over UDP.
struct KeyRecorder<'r, 'a, 'p> {
    run: &'r mut UnitRun<'a, 'p>,
    address: &'r Address,
    port: u16,
}

impl Recorder for KeyRecorder<'_, '_, '_> {
    fn record(&mut self, asked: Asked, exchange: Exchange) -> Result<(), Error> {
        let target = udp(self.address, Some(self.port));
        self.run
            .record_at("access", target, asked, exchange)
            .map(|_| ())
    }

    fn waiting(&mut self, until: std::time::Instant, why: &str) {
        let time = until.saturating_duration_since(std::time::Instant::now());
        self.run.listener.hear(&Event::Waiting { time, why });
    }
}
