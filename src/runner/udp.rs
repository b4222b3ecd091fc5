//! The UDP ports of a unit, and the CoAP services behind them.

use std::collections::BTreeMap;
use std::time::Instant;

use jiff::Timestamp;

use super::event::Event;
use super::socket::socket;
use super::sources::sources;
use super::unit::UnitRun;
use crate::dut::{Address, Device};
use crate::error::Error;
use crate::evidence::{Absence, Exchange, Target};
use crate::observation::{AccessStep, Asked, Mechanism, Observation, Protocol, Transport};
use crate::probe::coap;
use crate::probe::udp::{UdpPlan, sweep};
use crate::profile::{Question, UdpList};

/// Stands for what a list of resources names behind the part of it that was read.
const UNREAD: &str = "/*";

/// What is asked at which UDP port: the list, and what the manifest declares.
pub fn questions(device: &Device, list: UdpList) -> BTreeMap<u16, Question> {
    let mut questions = list.questions();
    for service in &device.services {
        if service.transport == Transport::Udp {
            let declared = Question::of(service.protocol);
            let known = questions.entry(service.port).or_insert(declared);
            if declared != Question::Text {
                *known = declared;
            }
        }
    }
    questions
}

impl UnitRun<'_, '_> {
    pub(super) async fn sweep_udp(&mut self, address: &Address) -> Result<(), Error> {
        let list = self.plan.udp_list;
        let questions = questions(self.plan.device, list);
        let host = socket(address, 0)?;
        let from = sources(self.plan.sources, host)?;
        let what = match from.addresses.len() {
            0 => format!("asking {} UDP ports", questions.len()),
            ours => format!("asking {} UDP ports from {ours} addresses", questions.len()),
        };
        self.step(address, &what);
        let plan = UdpPlan {
            address: host,
            questions,
            sources: from.addresses,
            sources_because: from.because,
            max_rate: self.plan.settings.max_rate,
            foreign: self.foreign.at(address, Transport::Udp),
            deadline: share_of(self.deadline.into_std()),
        };
        let started = Timestamp::now();
        let listener = &mut *self.listener;
        let swept = sweep(&plan, &self.stop, &mut |progress| {
            listener.hear(&Event::Sweeping(progress));
        })
        .await?;
        let asked = Asked::UdpPorts {
            list: list.as_str().to_owned(),
        };
        let ledger = Exchange::observed(started, Observation::UdpLedger(swept.ledger));
        self.record_at("udp-ports", udp(address, None), asked, ledger)?;
        let mut coap = declared(self.plan.device, Protocol::Coap);
        let mut dtls = declared(self.plan.device, Protocol::Dtls);
        for answer in swept.answers {
            let port = answer.port;
            let evidence = self.record_at(
                "udp-ports",
                udp(address, Some(port)),
                Asked::Identify,
                answer.into_exchange(),
            )?;
            let spoken = evidence.observations().iter().find_map(spoken);
            let ports = match spoken {
                Some(Protocol::Coap) => &mut coap,
                Some(Protocol::Dtls) => &mut dtls,
                _ => continue,
            };
            if !ports.contains(&port) {
                ports.push(port);
            }
        }
        self.coap.insert(address.clone(), coap);
        self.dtls.insert(address.clone(), dtls);
        Ok(())
    }

    /// The list of resources first; then the paths that the manifest protects, or else what was listed.
    pub(super) async fn read_coap(
        &mut self,
        address: &Address,
        port: u16,
        inside: bool,
    ) -> Result<(), Error> {
        self.step(address, &format!("reading from CoAP at UDP port {port}"));
        let at = Resources {
            address,
            port,
            inside,
        };
        let discovered = self.get(at, 1, coap::DISCOVERY).await?;
        let Some((list, whole)) = discovered.filter(|_| !self.stop.requested()) else {
            return Ok(());
        };
        let declared = self.plan.device.service_at(Transport::Udp, port);
        let declared = declared
            .map(|service| service.paths.clone())
            .unwrap_or_default();
        let mut links = coap::links(&list);
        if !whole && links.left_out.is_none() {
            links.left_out = Some(UNREAD.to_owned());
        }
        if !declared.is_empty() {
            links = coap::Links {
                paths: declared,
                left_out: None,
            };
        } else if links.paths.is_empty() {
            links.paths.push("/".to_owned());
        }
        let mut sequence = 1;
        for path in &links.paths {
            sequence += 1;
            self.get(at, sequence, path).await?;
            if self.stop.requested() {
                return Ok(());
            }
        }
        if let Some(path) = links.left_out {
            let detail = format!(
                "more resources are listed than the {} that were asked for",
                links.paths.len()
            );
            let absent = Exchange::absent(Timestamp::now(), Absence::Malformed, detail);
            self.record_at(
                "coap",
                udp(address, Some(port)),
                asked(sequence + 1, &path, inside),
                absent,
            )?;
        }
        Ok(())
    }

    /// One GET: what was served, and whether that is all of it; none where nothing was answered.
    async fn get(
        &mut self,
        at: Resources<'_>,
        sequence: u32,
        path: &str,
    ) -> Result<Option<(Vec<u8>, bool)>, Error> {
        let declared = self.plan.device.service_at(Transport::Udp, at.port);
        let name = declared.and_then(|service| service.server_name());
        let way = match at.inside {
            true => coap::Way::Inside { name },
            false => coap::Way::Clear,
        };
        let coap::Reading {
            exchange,
            content,
            whole,
        } = coap::read(socket(at.address, at.port)?, way, path, &self.stop).await;
        let target = udp(at.address, Some(at.port));
        let asked = asked(sequence, path, at.inside);
        let evidence = self.record_at("coap", target, asked, exchange)?;
        let answered = !evidence.observations().is_empty();
        Ok(answered.then_some((content, whole)))
    }
}

/// Where resources are read.
#[derive(Clone, Copy)]
struct Resources<'a> {
    address: &'a Address,
    port: u16,
    /// Whether inside DTLS.
    inside: bool,
}

/// When to end: a sweep that goes on for hours must leave time for what comes after it.
fn share_of(deadline: Instant) -> Instant {
    let now = Instant::now();
    now + deadline.saturating_duration_since(now) / 2
}

pub(super) fn udp(address: &Address, port: Option<u16>) -> Target {
    Target {
        address: address.to_string(),
        transport: Some(Transport::Udp),
        port,
    }
}

fn asked(sequence: u32, path: &str, encrypted: bool) -> Asked {
    Asked::Access {
        mechanism: Mechanism::Coap,
        path: Some(path.to_owned()),
        version: None,
        step: AccessStep::Anonymous,
        sequence,
        account: None,
        encrypted,
        account_of: None,
    }
}

fn spoken(fact: &Observation) -> Option<Protocol> {
    match fact {
        Observation::Service(service) => Some(service.protocol),
        _ => None,
    }
}

fn declared(device: &Device, protocol: Protocol) -> Vec<u16> {
    let services = device.services.iter();
    services
        .filter(|service| (service.transport, service.protocol) == (Transport::Udp, protocol))
        .map(|service| service.port)
        .collect()
}
