//! Where the MUD file, the manifest and the ledgers say different things without anything being open that should not.

use super::super::mud_policy::{Permission, opens_everything, permission};
use super::{Comparison, MANIFEST_CONTRADICTS_MUD, MUD_PERMITS_EVERYTHING, MUD_PORT_NOT_SEEN};
use crate::case::facts::list;
use crate::dut::Address;
use crate::observation::{MudRule, PortSpan, PortState, Transport};
use crate::text::brief;
use crate::verdict::{Assessment, Subject};

impl Comparison<'_> {
    /// Entries that open certain ports of which none is open. Permission is no promise, and so it is a note.
    pub(super) fn not_seen(&self, assessment: &mut Assessment) {
        let tcp = self.facts.ledgers(&self.unit.id);
        let udp = self.facts.udp_ledgers(&self.unit.id);
        let evidence = |transport| -> Vec<String> {
            match transport {
                Transport::Tcp => tcp.values().map(|(item, _)| item.id.clone()).collect(),
                Transport::Udp => udp.values().map(|(item, _)| item.id.clone()).collect(),
            }
        };
        for rule in &self.mud.to_device {
            let (Some(transport), Some(ports)) = (rule.transport, &rule.ports) else {
                continue;
            };
            let opens = rule.accepts && !rule.is_answer() && rule.unclear.is_none();
            let ledgers = evidence(transport);
            if !opens || ledgers.is_empty() || self.sees(rule, ports, transport) {
                continue;
            }
            let unasked = ports.iter().all(|(first, last)| {
                let mut asked = udp.values().flat_map(|(_, ledger)| &ledger.spans);
                !asked.any(|span| span.first <= *last && *first <= span.last)
            });
            let what = match transport {
                Transport::Tcp => "was not open",
                Transport::Udp if unasked => "was not asked",
                Transport::Udp => "did not answer",
            };
            let message = format!(
                "{} permits {transport} port {} to be reached (entry `{}`), which {what}",
                self.file(),
                list(ports.iter().copied()),
                brief(&rule.name, 60)
            );
            let subject = Subject {
                transport: Some(transport),
                port: match ports[..] {
                    [(first, last)] if first == last => Some(first),
                    _ => None,
                },
                ..Subject::unit(&self.unit.id)
            };
            let evidence = std::iter::once(self.import.to_owned()).chain(ledgers);
            assessment.found(MUD_PORT_NOT_SEEN, subject, message, evidence.collect());
        }
    }

    /// Whether a port of an entry was seen open at an address that it is about.
    fn sees(&self, rule: &MudRule, ports: &[(u16, u16)], transport: Transport) -> bool {
        let meet = |span: &PortSpan| {
            let mut ports = ports.iter();
            span.state == PortState::Open
                && ports.any(|(first, last)| span.first <= *last && *first <= span.last)
        };
        let addresses = self.facts.addresses(self.unit);
        addresses.iter().any(|name| {
            let Ok(address) = name.parse::<Address>() else {
                return false;
            };
            let mut open = self.open.iter().filter(|it| it.address == name.as_str());
            // The ledger too: a crowd is in no list of open ports.
            let ledgers = self.facts.ledgers(&self.unit.id);
            let ledger = ledgers
                .get(name.as_str())
                .filter(|_| transport == Transport::Tcp);
            open.any(|it| it.transport == transport && rule.covers(address.ip, transport, it.port))
                || (rule.is_over(address.ip)
                    && ledger.is_some_and(|(_, it)| it.spans.iter().any(meet)))
        })
    }

    /// A file that forbids nothing agrees with every device.
    pub(super) fn everything(&self, assessment: &mut Assessment) {
        let mut rules = self.mud.to_device.iter();
        if let Some(rule) = rules.find(|rule| opens_everything(rule)) {
            let message = format!(
                "{} lets everybody in the local network reach every TCP port (entry `{}`), so that no open port can contradict it",
                self.file(),
                brief(&rule.name, 60)
            );
            let evidence = vec![self.import.to_owned()];
            let subject = Subject::unit(&self.unit.id);
            assessment.found(MUD_PERMITS_EVERYTHING, subject, message, evidence);
        }
    }

    /// Both are the supplier's word.
    pub(super) fn manifest(&self, assessment: &mut Assessment) {
        for service in &self.facts.device.services {
            let permitted = |address: &Address| {
                permission(self.mud, address.ip, service.transport, service.port)
            };
            let mut addresses = self.unit.addresses.iter();
            let denied = addresses.all(|address| {
                matches!(
                    permitted(address),
                    Permission::Nobody | Permission::Elsewhere(_)
                )
            });
            if denied {
                let message = format!(
                    "the manifest declares `{}` on {} port {}, and {} permits nobody in the local network to reach it",
                    service.id,
                    service.transport,
                    service.port,
                    self.file()
                );
                let subject = Subject {
                    transport: Some(service.transport),
                    port: Some(service.port),
                    service: Some(service.id.clone()),
                    ..Subject::unit(&self.unit.id)
                };
                let evidence = vec![self.import.to_owned()];
                assessment.found(MANIFEST_CONTRADICTS_MUD, subject, message, evidence);
            }
        }
    }
}
