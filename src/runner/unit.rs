//! One unit from the first packet to the last heartbeat.

mod disclosure;
mod dtls;
mod keys;
mod onlink;
mod tls;
mod twin;
mod updates;

pub use twin::Twins;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::curiosity::Curiosity;
use super::event::{Event, Listener};
use super::foreign::Foreign;
use super::plan::Plan;
use super::socket::socket;
use crate::dut::{Address, DeclaredService, Owner, Unit};
use crate::error::Error;
use crate::evidence::{Evidence, Exchange, RunWriter, Target};
use crate::keys::PublicKey;
use crate::observation::{
    Alive, Asked, Mechanism, Moment, MqttVersion, Observation, PortState, Protocol, Reach, Service,
    Transport,
};
use crate::probe::access::{self, Door, Ledger, Lockout, Recorder, TrialPolicy};
use crate::probe::identify::Stranger;
use crate::probe::neighbours::LinkWitness;
use crate::probe::ports::{self, SweepPlan};
use crate::probe::{Endpoint, Stop, heartbeat, identify, identity, reach};
use crate::profile::{Candidate, candidates};

/// Ports that a heartbeat between two probes asks.
const FEW: usize = 4;

/// Open ports of one address that are asked what speaks there, declared ones first.
const IDENTIFIED: usize = 64;

/// A unit under test.
pub struct UnitRun<'a, 'p> {
    pub plan: &'p Plan<'p>,
    pub unit: &'p Unit,
    pub writer: &'a mut RunWriter,
    pub listener: &'a mut dyn Listener,
    pub stop: Stop,
    pub deadline: Instant,
    pub foreign: &'a Foreign,
    /// Evidence since the last sign of life.
    pub since: Vec<String>,
    /// Open ports by address, as the sweep saw them.
    pub open: BTreeMap<Address, Vec<u16>>,
    /// UDP ports by address that speak CoAP, or are declared to.
    pub coap: BTreeMap<Address, Vec<u16>>,
    /// UDP ports by address that speak DTLS, or are declared to.
    pub dtls: BTreeMap<Address, Vec<u16>>,
    /// Those of them that were shown to take no shared key.
    pub keyless: BTreeSet<(Address, u16)>,
    /// The identity hints of these, where they gave one.
    pub hints: BTreeMap<(Address, u16), String>,
    /// What speaks there, by address and port.
    pub spoken: BTreeMap<(Address, u16), Service>,
    /// What the login trials leave to be tried with accounts of other services.
    pub twins: Twins,
    /// Public keys that were shown.
    pub keys: Vec<PublicKey>,
}

/// Whether to go on with a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Health {
    Alive,
    Lost,
}

impl UnitRun<'_, '_> {
    /// Runs every planned probe, with a heartbeat after each. Stops early where the unit is lost or
    /// the run is stopped; what is missing then shows in the evidence.
    ///
    /// Each stage is a future on the heap: together they would not fit the stack of a thread that a test has.
    pub async fn observe(&mut self) -> Result<(), Error> {
        if self.plan.needs("packages") {
            self.packages()?;
        }
        let mut declared = Vec::new();
        for address in &self.unit.addresses {
            if self.reach(address).await? {
                declared.push(address);
            }
        }
        if declared.is_empty() || self.stop.requested() {
            return Ok(());
        }
        let found = self.find_on_link().await?;
        let mut present = declared.clone();
        for address in &found {
            if self.reach(address).await? {
                present.push(address);
            }
        }
        Box::pin(self.identity(&declared, Moment::Start)).await?;
        for address in &present {
            if self.plan.needs("ports") && !self.stop.requested() {
                Box::pin(self.sweep(address)).await?;
                if self.alive(address, Some("the port sweep"), None).await? == Health::Lost {
                    return Ok(());
                }
            }
        }
        for address in &present {
            if self.plan.needs("udp-ports") && !self.stop.requested() {
                Box::pin(self.sweep_udp(address)).await?;
                if self
                    .alive(address, Some("the UDP port sweep"), None)
                    .await?
                    == Health::Lost
                {
                    return Ok(());
                }
            }
        }
        for address in &present {
            if Box::pin(self.probe_services(address)).await? == Health::Lost {
                return Ok(());
            }
        }
        if Box::pin(self.try_twins()).await? == Health::Lost {
            return Ok(());
        }
        // One address is enough: it is the unit that is updated.
        if Box::pin(self.updates(present[0])).await? == Health::Lost || self.stop.requested() {
            return Ok(());
        }
        Box::pin(self.identity(&declared, Moment::End)).await?;
        for address in &present {
            self.alive(address, None, None).await?;
        }
        Ok(())
    }

    async fn reach(&mut self, address: &Address) -> Result<bool, Error> {
        self.step(address, "asking whether anybody is there");
        let started = Timestamp::now();
        let declared = self.declared_ports();
        let answers = reach::reach(socket(address, 0)?, &declared, &self.stop).await;
        let answered = answers.answered();
        let exchange = Exchange::observed(started, Observation::Reach(answers));
        self.record("reach", address, None, Asked::Reach, exchange)?;
        Ok(answered)
    }

    async fn identity(&mut self, present: &[&Address], moment: Moment) -> Result<(), Error> {
        for address in present {
            self.step(address, "reading what it says it is");
            let host = socket(address, 0)?;
            let exchange = identity::identity(self.plan.device, host, &self.stop).await;
            self.record(
                "identity",
                address,
                None,
                Asked::Identity { moment },
                exchange,
            )?;
        }
        Ok(())
    }

    async fn sweep(&mut self, address: &Address) -> Result<(), Error> {
        if self.plan.ports_from_nmap {
            return self.take_imported_ports(address).await;
        }
        self.step(address, "sweeping all TCP ports");
        let (first, last) = (1, u16::MAX);
        let plan = SweepPlan {
            address: socket(address, 0)?,
            first,
            last,
            max_rate: self.plan.settings.max_rate,
            seed: seed()?,
            likely: self.declared_ports(),
            foreign: self.foreign.at(address, Transport::Tcp),
            engine: self.plan.engine,
            deadline: self.deadline.into_std(),
        };
        let started = Timestamp::now();
        let listener = &mut *self.listener;
        let mut witness = LinkWitness::new(plan.address);
        let mut ledger = ports::sweep(&plan, &self.stop, &mut |progress| {
            witness.look();
            listener.hear(&Event::Sweeping(progress));
        })
        .await
        .map_err(|error| Error::Harness(error.to_string()))?;
        ledger.link_addresses = witness.end();
        self.open
            .insert(address.clone(), ledger.ports(PortState::Open).collect());
        let exchange = Exchange::observed(started, Observation::PortLedger(ledger));
        self.record(
            "ports",
            address,
            None,
            Asked::PortSweep { first, last },
            exchange,
        )?;
        Ok(())
    }

    async fn probe_services(&mut self, address: &Address) -> Result<Health, Error> {
        let mut open = self.open.get(address).cloned().unwrap_or_default();
        let declared = self.declared_ports();
        // A device that accepts at every port would be asked for days. What is left out shows in the evidence.
        open.sort_by_key(|port| !declared.contains(port));
        open.truncate(IDENTIFIED.max(declared.len()));
        open.sort_unstable();
        let (mut spoken, mut curiosity) = (Vec::new(), Curiosity::default());
        let mut untold = Vec::new();
        for port in open {
            if self.stop.requested() {
                return Ok(Health::Alive);
            }
            if self.plan.needs("identify") {
                self.step(address, &format!("asking who speaks on port {port}"));
                let declared = self.plan.device.service_at(Transport::Tcp, port);
                let stranger = Stranger {
                    address: socket(address, port)?,
                    name: self.server_name(port),
                    declared: declared.map(|service| service.protocol),
                    thoroughly: curiosity.is_left(),
                };
                let exchange = identify::identify(&stranger, &self.stop).await;
                let evidence =
                    self.record("identify", address, Some(port), Asked::Identify, exchange)?;
                let service = service(&evidence);
                curiosity.satisfied_by(service.as_ref());
                if declared.is_some_and(DeclaredService::is_tls) && is_untold(service.as_ref()) {
                    untold.push(port);
                }
                if let Some(service) = service {
                    self.spoken.insert((address.clone(), port), service.clone());
                    spoken.push((port, service));
                }
                let during = format!("identification of port {port}");
                if self.alive(address, Some(&during), Some(port)).await? == Health::Lost {
                    return Ok(Health::Lost);
                }
            }
        }
        if self.plan.needs("tls")
            && Box::pin(self.handshakes(address, &spoken)).await? == Health::Lost
        {
            return Ok(Health::Lost);
        }
        if self.plan.needs("tls-audit")
            && Box::pin(self.audits(address, &spoken, &untold)).await? == Health::Lost
        {
            return Ok(Health::Lost);
        }
        for (port, service) in &spoken {
            let asked = service.protocol == Protocol::Ssh && self.plan.needs("ssh");
            if asked && !self.stop.requested() {
                Box::pin(self.ssh(address, *port, service)).await?;
                let during = format!("SSH key exchanges at port {port}");
                if self.alive(address, Some(&during), Some(*port)).await? == Health::Lost {
                    return Ok(Health::Lost);
                }
            }
        }
        for (port, service) in &spoken {
            let asked = service.protocol == Protocol::Http && self.plan.needs("disclosure");
            if asked && !self.stop.requested() {
                Box::pin(self.disclosure(address, *port, service)).await?;
                let during = format!("requests by anyone to port {port}");
                if self.alive(address, Some(&during), Some(*port)).await? == Health::Lost {
                    return Ok(Health::Lost);
                }
            }
        }
        if Box::pin(self.audit_dtls(address)).await? == Health::Lost {
            return Ok(Health::Lost);
        }
        for port in self.coap.get(address).cloned().unwrap_or_default() {
            if self.plan.needs("coap") && !self.stop.requested() {
                Box::pin(self.read_coap(address, port, false)).await?;
                let during = format!("requests to the CoAP service at UDP port {port}");
                if self.alive(address, Some(&during), None).await? == Health::Lost {
                    return Ok(Health::Lost);
                }
            }
        }
        for (port, service) in spoken {
            let declared = self.plan.device.service_at(Transport::Tcp, port);
            let owner = declared.and_then(|declared| declared.owner.as_ref());
            let Some(mechanism) = mechanism(service.protocol, owner) else {
                continue;
            };
            if self.plan.needs("access") && !self.stop.requested() {
                let at = socket(address, port)?;
                let endpoint = match service.tls {
                    true => Endpoint::tls(at, self.server_name(port)),
                    false => Endpoint::clear(at),
                };
                let version = mqtt_version(&service);
                Box::pin(self.access(address, endpoint, mechanism, version)).await?;
                let during = format!("login attempts at port {port}");
                if self.alive(address, Some(&during), Some(port)).await? == Health::Lost {
                    return Ok(Health::Lost);
                }
            }
        }
        Box::pin(self.try_shared_keys(address)).await
    }

    /// The name by which the manifest says that a port is known.
    fn server_name(&self, port: u16) -> Option<&'_ str> {
        let declared = self.plan.device.service_at(Transport::Tcp, port)?;
        declared.server_name()
    }

    async fn access(
        &mut self,
        address: &Address,
        endpoint: Endpoint,
        mechanism: Mechanism,
        version: Option<MqttVersion>,
    ) -> Result<(), Error> {
        let port = endpoint.address.port();
        self.step(address, &format!("trying logins at port {port}"));
        let declared = self.plan.device.service_at(Transport::Tcp, port);
        let door = Door {
            version,
            ..door(endpoint, mechanism, declared)
        };
        let policy = self.policy(declared, candidates(), self.plan.max_candidates);
        let mut ledger = Ledger::new(policy.attempts_per_minute, policy.lockout);
        let stop = self.stop.clone();
        let mut recorder = AccessRecorder {
            run: self,
            probe: "access",
            address,
            port,
        };
        let ended = access::trial(&door, &policy, &mut ledger, &stop, &mut recorder).await?;
        let also_in_clear = self.also_in_clear(address, port);
        self.twins
            .tried(address, door, also_in_clear, ledger, ended);
        Ok(())
    }

    /// How far a trial may go at a service.
    fn policy<'c>(
        &self,
        declared: Option<&DeclaredService>,
        candidates: &'c [Candidate],
        max_candidates: usize,
    ) -> TrialPolicy<'c> {
        let limits = declared
            .map(|service| service.login.clone())
            .unwrap_or_default();
        TrialPolicy {
            candidates,
            max_candidates,
            attempts_per_minute: limits
                .attempts_per_minute
                .unwrap_or(self.plan.settings.login_attempts_per_minute),
            lockout: limits.lockout_threshold.map(|threshold| Lockout {
                threshold,
                forgets_after: limits
                    .lockout_minutes
                    .map(|minutes| Duration::from_secs(60 * u64::from(minutes))),
            }),
        }
    }

    /// A heartbeat after a probe, of `port` where it was about one; without `during` the last of all.
    async fn alive(
        &mut self,
        address: &Address,
        during: Option<&str>,
        port: Option<u16>,
    ) -> Result<Health, Error> {
        if self.stop.requested() {
            return Ok(Health::Alive);
        }
        let last = during.is_none();
        let during = during.unwrap_or("the last probe");
        let declared = self.declared_ports();
        let mut open = self.open.get(address).cloned().unwrap_or_default();
        open.sort_by_key(|open| (Some(*open) != port, !declared.contains(open)));
        if !last {
            // A few tell whether the device is there. The last heartbeat asks them all.
            open.truncate(FEW);
        }
        let started = Timestamp::now();
        let exchange = if open.is_empty() {
            // Nothing is open, so a refusal is the only sign of life there can be.
            let answers = reach::reach(socket(address, 0)?, &declared, &self.stop).await;
            refusal_as_life(started, &answers)
        } else {
            heartbeat::heartbeat(socket(address, 0)?, &open, heartbeat::GRACE, &self.stop).await
        };
        let asked = Asked::Heartbeat {
            during: during.to_owned(),
            since: std::mem::take(&mut self.since),
            last,
        };
        let evidence = self.record("heartbeat", address, None, asked, exchange)?;
        self.since.clear();
        if evidence.observations().is_empty() && !self.stop.requested() {
            self.listener.hear(&Event::Lost {
                unit: &self.unit.id,
                during,
            });
            return Ok(Health::Lost);
        }
        Ok(Health::Alive)
    }

    pub(super) fn declared_ports(&self) -> Vec<u16> {
        self.plan
            .device
            .services
            .iter()
            .filter(|service| service.transport == Transport::Tcp)
            .map(|service| service.port)
            .collect()
    }

    pub(super) fn step(&mut self, address: &Address, what: &str) {
        self.listener.hear(&Event::Step {
            unit: &self.unit.id,
            address: &address.to_string(),
            what,
        });
    }

    fn record(
        &mut self,
        probe: &str,
        address: &Address,
        port: Option<u16>,
        asked: Asked,
        exchange: Exchange,
    ) -> Result<Evidence, Error> {
        let target = Target {
            address: address.to_string(),
            transport: port.map(|_| Transport::Tcp),
            port,
        };
        self.record_at(probe, target, asked, exchange)
    }

    /// The same about any target.
    pub(super) fn record_at(
        &mut self,
        probe: &str,
        target: Target,
        asked: Asked,
        exchange: Exchange,
    ) -> Result<Evidence, Error> {
        let evidence = self
            .writer
            .record(probe, &self.unit.id, target, asked, exchange)?;
        self.since.push(evidence.id.clone());
        self.listener.hear(&Event::Recorded(&evidence));
        Ok(evidence)
    }
}

/// Writes down the attempts of a login trial.
struct AccessRecorder<'r, 'a, 'p> {
    run: &'r mut UnitRun<'a, 'p>,
    probe: &'static str,
    address: &'r Address,
    port: u16,
}

impl Recorder for AccessRecorder<'_, '_, '_> {
    fn record(&mut self, asked: Asked, exchange: Exchange) -> Result<(), Error> {
        if let Some(service) = self.run.plan.device.service_at(Transport::Tcp, self.port) {
            self.run.twins.note(&service.id, &asked, &exchange);
        }
        self.run
            .record(self.probe, self.address, Some(self.port), asked, exchange)
            .map(|_| ())
    }

    fn waiting(&mut self, until: std::time::Instant, why: &str) {
        let time = until.saturating_duration_since(std::time::Instant::now());
        self.run.listener.hear(&Event::Waiting { time, why });
    }
}

fn refusal_as_life(started: Timestamp, reach: &Reach) -> Exchange {
    if reach.answered() {
        let alive = Alive {
            accepted: vec![],
            lost: vec![],
            interrupted: false,
            seconds: 0.0,
        };
        return Exchange::observed(started, Observation::Alive(alive));
    }
    let detail = "no port accepted or refused a connection any more";
    Exchange::absent(started, crate::evidence::Absence::NoAnswer, detail)
}

fn service(evidence: &Evidence) -> Option<Service> {
    evidence.observations().iter().find_map(|fact| match fact {
        Observation::Service(service) => Some(service.clone()),
        _ => None,
    })
}

/// Whether nobody knows what is spoken there.
fn is_untold(service: Option<&Service>) -> bool {
    service.is_none_or(|service| !service.tls && service.protocol == Protocol::Unknown)
}

/// The login that this version can try at a protocol: the owner's where it has several, else the one that
/// is asked for most.
fn mechanism(protocol: Protocol, owner: Option<&Owner>) -> Option<Mechanism> {
    let usual = match protocol {
        Protocol::Ftp => Mechanism::Ftp,
        Protocol::Http => Mechanism::HttpBasic,
        Protocol::Mqtt => Mechanism::Mqtt,
        Protocol::Ssh => Mechanism::SshPassword,
        Protocol::Telnet => Mechanism::Telnet,
        _ => return None,
    };
    let declared = owner.map(|owner| owner.mechanism);
    Some(
        declared
            .filter(|declared| declared.protocol() == protocol)
            .unwrap_or(usual),
    )
}

/// The version of MQTT that made a service speak: in that one its login is tried to the end.
fn mqtt_version(service: &Service) -> Option<MqttVersion> {
    match (service.protocol, service.spoke_after.as_deref()) {
        (Protocol::Mqtt, Some(Service::MQTT_5)) => Some(MqttVersion::V5),
        (Protocol::Mqtt, _) => Some(MqttVersion::V3),
        _ => None,
    }
}

/// The login at a port: the path that the manifest protects, or the root, and the owner if it names one.
fn door(endpoint: Endpoint, mechanism: Mechanism, declared: Option<&DeclaredService>) -> Door {
    let owner: Option<&Owner> = declared
        .and_then(|service| service.owner.as_ref())
        .filter(|owner| owner.mechanism == mechanism);
    let path = mechanism.is_http().then(|| {
        let protected = owner.and_then(|owner| owner.path.clone());
        protected.unwrap_or_else(|| "/".to_owned())
    });
    Door {
        endpoint,
        mechanism,
        path,
        version: None,
        topic: owner.and_then(|owner| owner.topic.clone()),
        owner: owner.map(Into::into),
    }
}

fn seed() -> Result<u64, Error> {
    getrandom::u64().map_err(|error| Error::Harness(format!("no random numbers: {error}")))
}
