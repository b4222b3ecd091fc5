//! `services/matches-mud`: every open port is one that the MUD file permits to be reached.

mod notes;

use std::net::IpAddr;

use super::mud_policy::{Permission, permission};
use crate::case::facts::{Facts, OpenPort};
use crate::case::{TestCase, parameters};
use crate::dut::{Address, Unit};
use crate::evidence::Evidence;
use crate::observation::{ImportedMud, Transport};
use crate::text::brief;
use crate::verdict::{Absent, Assessment, Code, Declarant, Reason, Severity, Subject};

const PORT_NOT_IN_MUD: Code = Code {
    id: "port-not-in-mud",
    severity: Severity::Medium,
};

const OPEN_TO_MORE_THAN_MUD: Code = Code {
    id: "open-to-more-than-mud",
    severity: Severity::Note,
};

const MUD_PORT_NOT_SEEN: Code = Code {
    id: "mud-port-not-seen",
    severity: Severity::Note,
};

const MANIFEST_CONTRADICTS_MUD: Code = Code {
    id: "manifest-contradicts-mud",
    severity: Severity::Note,
};

const MUD_PERMITS_EVERYTHING: Code = Code {
    id: "mud-permits-everything",
    severity: Severity::Note,
};

const MUD_ABSENT: Code = Code {
    id: "mud-absent",
    severity: Severity::Medium,
};

/// The test case.
pub const MATCHES_MUD: TestCase = TestCase {
    id: "services/matches-mud",
    title: "Every open port is one that the MUD file permits to be reached",
    page: include_str!("matches_mud.md"),
    codes: &[
        PORT_NOT_IN_MUD,
        OPEN_TO_MORE_THAN_MUD,
        MUD_PORT_NOT_SEEN,
        MANIFEST_CONTRADICTS_MUD,
        MUD_PERMITS_EVERYTHING,
        MUD_ABSENT,
    ],
    probes: &["reach", "ports", "udp-ports", "identify", "heartbeat"],
    check_parameters: parameters::check::<parameters::None>,
    assess,
};

fn assess(facts: &Facts<'_>, _: &toml::Table) -> Assessment {
    let mut assessment = Assessment::default();
    let muds = facts.units.iter().map(|unit| (*unit, facts.mud(&unit.id)));
    let muds: Vec<_> = muds.collect();
    if muds.iter().all(|(_, mud)| mud.is_none()) && none_handed_in(facts) {
        assessment.absent = Some(absent(facts));
        return assessment;
    }
    for (unit, mud) in muds {
        match mud {
            Some((item, Ok(mud))) => {
                Comparison::new(facts, unit, item, mud).assess(&mut assessment)
            }
            Some((item, Err(why))) => assessment.missing(
                Reason::ImportRefused,
                Subject::unit(&unit.id),
                format!("the MUD file does not count: {}", brief(why, 300)),
                vec![item.id.clone()],
            ),
            None => assessment.missing(
                Reason::NoEvidence,
                Subject::unit(&unit.id),
                "the run does not hold what the MUD file says of the unit".to_owned(),
                vec![],
            ),
        }
    }
    assessment
}

/// A run that looked at its units and keeps no such file. That nothing is said of one is not enough.
fn none_handed_in(facts: &Facts<'_>) -> bool {
    let mut inputs = facts.run.digests.keys();
    let mut units = facts.units.iter();
    !inputs.any(|name| name.starts_with("inputs/mud-"))
        && units.all(|unit| facts.of(&unit.id).next().is_some())
}

fn absent(facts: &Facts<'_>) -> Absent {
    let ledgers = facts.units.iter().flat_map(|unit| facts.ledgers(&unit.id));
    Absent {
        statement:
            "no MUD file was handed in (`--mud FILE`), so that nothing was compared with one"
                .to_owned(),
        by: Declarant::Tester,
        code: MUD_ABSENT,
        evidence: ledgers.map(|(_, (item, _))| item.id.clone()).collect(),
    }
}

/// A unit beside its MUD file.
struct Comparison<'a> {
    facts: &'a Facts<'a>,
    unit: &'a Unit,
    mud: &'a ImportedMud,
    /// The evidence that holds what the file says.
    import: &'a str,
    /// Ports that were seen open: TCP, and UDP that answered.
    open: Vec<OpenPort<'a>>,
}

impl<'a> Comparison<'a> {
    fn new(facts: &'a Facts<'a>, unit: &'a Unit, item: &'a Evidence, mud: &'a ImportedMud) -> Self {
        let mut open = facts.open_ports(&unit.id);
        open.extend(facts.udp_ports(&unit.id));
        Self {
            facts,
            unit,
            mud,
            import: &item.id,
            open,
        }
    }

    fn assess(&self, assessment: &mut Assessment) {
        let mut permitted = Vec::new();
        for port in &self.open {
            if self.open_port(port, assessment) {
                permitted.push(format!("{} {}", port.transport, port.port));
            }
        }
        self.crowds(assessment);
        self.not_seen(assessment);
        self.manifest(assessment);
        self.everything(assessment);
        assessment.gaps.extend(self.facts.surface_gaps(self.unit));
        let udp = self.facts.udp_ledgers(&self.unit.id);
        for address in self.facts.addresses(self.unit) {
            if !udp.contains_key(address.as_str()) {
                let gap = self.facts.no_ledger(self.unit, &address, Transport::Udp);
                assessment.gaps.push(gap);
            }
        }
        let tcp = self.facts.ledgers(&self.unit.id);
        let ledgers = tcp.values().map(|(item, _)| item.id.clone());
        let ledgers = ledgers.chain(udp.values().map(|(item, _)| item.id.clone()));
        let evidence: Vec<String> = std::iter::once(self.import.to_owned())
            .chain(ledgers)
            .collect();
        if evidence.len() > 1 {
            assessment.proved(&self.unit.id, self.statement(&mut permitted), evidence);
        }
    }

    fn statement(&self, permitted: &mut Vec<String>) -> String {
        permitted.dedup();
        let ports = match permitted[..] {
            [] => "no port is open".to_owned(),
            _ => format!("what is open is permitted ({})", permitted.join(", ")),
        };
        let supported = match self.mud.is_supported {
            true => "",
            false => "; it says that the manufacturer no longer supports the device",
        };
        let unread = match self.mud.unread.len() {
            0 => String::new(),
            _ => format!(
                "; not read of it, because it says nothing of ports: {}",
                brief(&self.mud.unread.join(", "), 200)
            ),
        };
        format!("{ports} by {}{supported}{unread}", self.file())
    }

    /// `the MUD file inputs/mud-hub.json (https://example.com/hub, of 2026-01-02T03:04:05Z)`
    fn file(&self) -> String {
        format!(
            "the MUD file {} ({}, of {})",
            brief(&self.mud.source, 80),
            brief(&self.mud.mud_url, 120),
            self.mud.last_update
        )
    }

    fn permission(&self, address: &str, transport: Transport, port: u16) -> Permission<'a> {
        // The reader of a run has checked that every address is one of the unit's.
        let ip = address.parse::<Address>();
        let ip = ip.map_or(IpAddr::from([0, 0, 0, 0]), |it| it.ip);
        permission(self.mud, ip, transport, port)
    }

    /// Whether it is permitted.
    fn open_port(&self, port: &OpenPort<'_>, assessment: &mut Assessment) -> bool {
        let subject = port.subject(&self.unit.id);
        let mut evidence = vec![self.import.to_owned()];
        evidence.extend(port.evidence());
        let place = port.place();
        let file = self.file();
        match self.permission(port.address, port.transport, port.port) {
            Permission::Everybody => return true,
            Permission::Some(whom) => {
                let message =
                    format!("{place} answers us, and {file} permits only {whom} to reach it");
                assessment.found(OPEN_TO_MORE_THAN_MUD, subject, message, evidence);
                return true;
            }
            Permission::Elsewhere(whom) => {
                let message = format!(
                    "{place} is open, and {file} permits nobody in the local network to reach it, only {whom}"
                );
                assessment.found(PORT_NOT_IN_MUD, subject, message, evidence);
            }
            Permission::Nobody => {
                let message = format!("{place} is open, and {file} permits nobody to reach it");
                assessment.found(PORT_NOT_IN_MUD, subject, message, evidence);
            }
            Permission::Unclear { entry, why } => {
                let message = format!(
                    "{place} is open, and whether {file} permits it hangs on the entry `{}`, of which this version cannot read {}",
                    brief(entry, 60),
                    brief(why, 120)
                );
                assessment.missing(Reason::MudUnclear, subject, message, evidence);
            }
        }
        false
    }

    /// Open ports that are too many to be told one by one; that nobody asked who they are is a gap already.
    fn crowds(&self, assessment: &mut Assessment) {
        for crowd in self.facts.crowds(&self.unit.id) {
            let denied = crowd.ports.iter().copied().filter(|port| {
                let permission = self.permission(crowd.address, Transport::Tcp, *port);
                matches!(permission, Permission::Nobody | Permission::Elsewhere(_))
            });
            let denied: Vec<u16> = denied.collect();
            if !denied.is_empty() {
                let message = format!(
                    "{} TCP ports of {} are open, and {} permits nobody in the local network to reach them",
                    denied.len(),
                    crowd.address,
                    self.file()
                );
                let evidence = vec![self.import.to_owned(), crowd.ledger.to_owned()];
                assessment.found(
                    PORT_NOT_IN_MUD,
                    crowd.subject(&self.unit.id),
                    message,
                    evidence,
                );
            }
        }
    }
}
