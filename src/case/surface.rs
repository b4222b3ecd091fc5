//! The surface of each unit, as its evidence shows it: ledgers, and open ports with what speaks there. Every test case
//! asks for it, so that it is found once.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::list;
use crate::dut::{DeclaredService, Device};
use crate::evidence::Evidence;
use crate::observation::{
    Asked, Mechanism, Observation, PortLedger, PortState, Protocol, Service, Transport, UdpLedger,
};
use crate::verdict::Subject;

/// More open ports of one address that nobody asked who they are speak for themselves no more: a device that accepts
/// at every port would fill its certificate with one sentence.
const CROWD: usize = 256;

/// Open ports of one address that are too many to be told apart.
#[derive(Clone, Debug)]
pub struct Crowd<'a> {
    pub address: &'a str,
    pub transport: Transport,
    /// The ledger that shows them.
    pub ledger: &'a str,
    pub ports: BTreeSet<u16>,
}

impl Crowd<'_> {
    /// What a statement about it is about.
    pub fn subject(&self, unit: &str) -> Subject {
        Subject {
            address: Some(self.address.to_owned()),
            transport: Some(self.transport),
            ..Subject::unit(unit)
        }
    }

    /// `65470 TCP ports of 192.0.2.10 (2-79, 81-65535)`.
    pub fn words(&self) -> String {
        let mut ranges: Vec<(u16, u16)> = Vec::new();
        for port in &self.ports {
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == *port => *last = *port,
                _ => ranges.push((*port, *port)),
            }
        }
        let (count, transport, address) = (self.ports.len(), self.transport, self.address);
        format!(
            "{count} {transport} ports of {address} ({})",
            list(ranges.into_iter())
        )
    }
}

/// A port that was seen open, with what is known of it.
#[derive(Clone, Debug)]
pub struct OpenPort<'a> {
    pub address: &'a str,
    pub transport: Transport,
    pub port: u16,
    /// The evidence that shows it, which is a ledger where there is one.
    pub ledger: &'a str,
    /// The attempt to tell what speaks there.
    pub identification: Option<&'a Evidence>,
    /// What speaks there.
    pub service: Option<&'a Service>,
    pub declared: Option<&'a DeclaredService>,
}

impl OpenPort<'_> {
    /// The protocol that was identified.
    pub fn protocol(&self) -> Option<Protocol> {
        self.service.map(|service| service.protocol)
    }

    /// `TCP port 80 of 192.0.2.10`, for messages.
    pub fn place(&self) -> String {
        format!("{} port {} of {}", self.transport, self.port, self.address)
    }

    /// What a finding about it is about.
    pub fn subject(&self, unit: &str) -> Subject {
        let service = match (self.declared, self.protocol()) {
            (Some(declared), _) => Some(declared.id.clone()),
            (None, Some(protocol)) => Some(protocol.as_str().to_owned()),
            (None, None) => None,
        };
        Subject {
            unit: unit.to_owned(),
            address: Some(self.address.to_owned()),
            transport: Some(self.transport),
            port: Some(self.port),
            service,
        }
    }

    /// Ids of the evidence for it.
    pub fn evidence(&self) -> Vec<String> {
        let identification = self.identification.map(|evidence| evidence.id.clone());
        std::iter::once(self.ledger.to_owned())
            .chain(identification)
            .collect()
    }
}

/// An address and a port of it.
type Place<'a> = (&'a str, u16);

/// The ledgers of a unit, by address.
pub(super) type Ledgers<'a, L> = BTreeMap<&'a str, (&'a Evidence, &'a L)>;

/// What the evidence shows of each unit.
#[derive(Debug, Default)]
pub struct Surfaces<'a> {
    units: BTreeMap<&'a str, Surface<'a>>,
    /// Of a unit that nothing speaks of.
    nothing: Surface<'a>,
}

/// The evidence of one unit, and what its ledgers show.
#[derive(Debug, Default)]
pub(super) struct Surface<'a> {
    pub evidence: Vec<&'a Evidence>,
    pub tcp: Side<'a, PortLedger>,
    pub udp: Side<'a, UdpLedger>,
}

/// The ports of one transport.
#[derive(Debug)]
pub(super) struct Side<'a, L> {
    /// One an address. A later one replaces an earlier one.
    pub ledgers: Ledgers<'a, L>,
    pub crowds: Vec<Crowd<'a>>,
    /// In order, but for those of a crowd.
    pub open: Vec<OpenPort<'a>>,
}

impl<L> Default for Side<'_, L> {
    fn default() -> Self {
        Self {
            ledgers: BTreeMap::new(),
            crowds: Vec::new(),
            open: Vec::new(),
        }
    }
}

impl<'a> Surfaces<'a> {
    /// Of everything that a run holds.
    pub fn new(device: &'a Device, evidence: &'a [Evidence]) -> Self {
        let mut units: BTreeMap<&str, Vec<&Evidence>> = BTreeMap::new();
        for item in evidence {
            units.entry(&item.unit).or_default().push(item);
        }
        let units = units.into_iter();
        Self {
            units: units
                .map(|(unit, items)| (unit, Surface::new(device, items)))
                .collect(),
            nothing: Surface::default(),
        }
    }

    pub(super) fn of(&self, unit: &str) -> &Surface<'a> {
        self.units.get(unit).unwrap_or(&self.nothing)
    }
}

impl<'a> Surface<'a> {
    fn new(device: &'a Device, evidence: Vec<&'a Evidence>) -> Self {
        Self {
            tcp: tcp(device, &evidence),
            udp: udp(device, &evidence),
            evidence,
        }
    }
}

fn tcp<'a>(device: &'a Device, evidence: &[&'a Evidence]) -> Side<'a, PortLedger> {
    let ledgers = ledgers(evidence, |fact| match fact {
        Observation::PortLedger(ledger) => Some(ledger),
        _ => None,
    });
    let open = ledgers.iter().map(|(address, (item, ledger))| {
        let ports = ledger.ports(PortState::Open).collect();
        (*address, *item, ports)
    });
    let asked = Identifications::new(device, Transport::Tcp, evidence);
    let (crowds, seen) = asked.apart(open);
    Side {
        open: asked.described(seen),
        ledgers,
        crowds,
    }
}

/// A port is open too if a CoAP request was answered there.
fn udp<'a>(device: &'a Device, evidence: &[&'a Evidence]) -> Side<'a, UdpLedger> {
    let ledgers = ledgers(evidence, |fact| match fact {
        Observation::UdpLedger(ledger) => Some(ledger),
        _ => None,
    });
    let open = ledgers.iter().map(|(address, (item, ledger))| {
        let ports = ledger.ports(PortState::Open).collect();
        (*address, *item, ports)
    });
    let asked = Identifications::new(device, Transport::Udp, evidence);
    let (crowds, mut seen) = asked.apart(open);
    for item in evidence.iter().filter(|item| read_by_coap(item)) {
        if let (Some(port), false) = (item.target.port, item.observations().is_empty()) {
            let place = (item.target.address.as_str(), port);
            seen.entry(place).or_insert(item);
        }
    }
    Side {
        open: asked.described(seen),
        ledgers,
        crowds,
    }
}

fn ledgers<'a, L>(
    evidence: &[&'a Evidence],
    ledger: impl Fn(&'a Observation) -> Option<&'a L>,
) -> Ledgers<'a, L> {
    let all = evidence.iter().flat_map(|item| {
        let facts = item.observations().iter();
        facts.map(move |fact| (*item, fact))
    });
    all.filter_map(|(item, fact)| Some((item.target.address.as_str(), (item, ledger(fact)?))))
        .collect()
}

/// Whom we asked at which port what speaks there, or who was declared to.
struct Identifications<'a> {
    device: &'a Device,
    transport: Transport,
    by_place: BTreeMap<Place<'a>, &'a Evidence>,
}

impl<'a> Identifications<'a> {
    fn new(device: &'a Device, transport: Transport, evidence: &[&'a Evidence]) -> Self {
        let asked = evidence.iter().filter(|item| {
            item.asked == Asked::Identify && item.target.transport == Some(transport)
        });
        let places = asked
            .filter_map(|item| Some(((item.target.address.as_str(), item.target.port?), *item)));
        Self {
            device,
            transport,
            by_place: places.collect(),
        }
    }

    /// Of the open ports of each address those that were not asked and are not declared, where there are too many;
    /// and all others.
    fn apart(
        &self,
        open: impl Iterator<Item = (&'a str, &'a Evidence, BTreeSet<u16>)>,
    ) -> (Vec<Crowd<'a>>, BTreeMap<Place<'a>, &'a Evidence>) {
        let known = |address: &'a str, port: u16| {
            self.by_place.contains_key(&(address, port))
                || self.device.service_at(self.transport, port).is_some()
        };
        let (mut crowds, mut alone) = (Vec::new(), BTreeMap::new());
        for (address, item, ports) in open {
            let (known, unknown): (BTreeSet<u16>, BTreeSet<u16>) =
                ports.into_iter().partition(|port| known(address, *port));
            let told = |port| ((address, port), item);
            alone.extend(known.into_iter().map(told));
            if unknown.len() > CROWD {
                crowds.push(Crowd {
                    address,
                    transport: self.transport,
                    ledger: &item.id,
                    ports: unknown,
                });
            } else {
                alone.extend(unknown.into_iter().map(told));
            }
        }
        (crowds, alone)
    }

    /// Open ports with what is known of each.
    fn described(&self, open: BTreeMap<Place<'a>, &'a Evidence>) -> Vec<OpenPort<'a>> {
        let open = open.into_iter().map(|((address, port), evidence)| {
            let identification = self.by_place.get(&(address, port)).copied();
            let facts = identification
                .map(Evidence::observations)
                .unwrap_or_default();
            OpenPort {
                address,
                transport: self.transport,
                port,
                ledger: &evidence.id,
                identification,
                service: facts.iter().find_map(|fact| match fact {
                    Observation::Service(service) => Some(service),
                    _ => None,
                }),
                declared: self.device.service_at(self.transport, port),
            }
        });
        open.collect()
    }
}

/// Whether a request of ours was for a CoAP resource, in clear.
pub(super) fn read_by_coap(item: &Evidence) -> bool {
    item.target.transport == Some(Transport::Udp)
        && matches!(
            item.asked,
            Asked::Access {
                mechanism: Mechanism::Coap,
                encrypted: false,
                ..
            }
        )
}
