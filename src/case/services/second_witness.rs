//! Scans by other tools beside the ledger: they may show more.

use super::closed_ports::UNDECLARED_PORT;
use crate::case::facts::{Facts, OpenPort, list};
use crate::dut::Unit;
use crate::evidence::Evidence;
use crate::observation::{
    Engine, ImportedPorts, PortLedger, PortProof, PortState, Protocol, Transport,
};
use crate::text::brief;
use crate::verdict::{Assessment, Code, Reason, Severity, Subject};

pub const IMPORT_DISAGREES: Code = Code {
    id: "import-disagrees",
    severity: Severity::Note,
};

pub const IMPORT_REFUSED: Code = Code {
    id: "import-refused",
    severity: Severity::Note,
};

/// What complete scans that agree add to the proof: a statement, and the evidence for it.
pub type Agreement = (String, String);

/// Weighs the imported scans of a unit against its ledgers.
pub fn weigh(facts: &Facts<'_>, unit: &Unit, assessment: &mut Assessment) -> Vec<Agreement> {
    let mut agreements = Vec::new();
    let ledgers = facts.ledgers(&unit.id);
    for (item, ports) in facts.imports(&unit.id) {
        // What stands in for our sweep is no second witness of itself.
        let ledger = ledgers.get(item.target.address.as_str());
        let behind = ledger.and_then(|(ledger, _)| facts.scan_behind(ledger));
        if let (Some(scan), Ok(ports)) = (behind, ports)
            && ports.source == scan.source
        {
            Scan::new(facts, unit, item, ports).speaks(assessment);
            continue;
        }
        let refused = match ports {
            Ok(ports) if (ports.first, ports.last) == (1, u16::MAX) => {
                let scan = Scan::new(facts, unit, item, ports);
                agreements.extend(scan.weigh(assessment));
                continue;
            }
            Ok(ports) => format!("it covers TCP ports {}-{}", ports.first, ports.last),
            Err(why) => brief(why, 200),
        };
        let subject = address(unit, &item.target.address);
        let message = format!("an imported scan does not count: {refused}");
        assessment.found(IMPORT_REFUSED, subject, message, vec![item.id.clone()]);
    }
    agreements
}

fn address(unit: &Unit, address: &str) -> Subject {
    Subject {
        address: Some(address.to_owned()),
        transport: Some(Transport::Tcp),
        ..Subject::unit(&unit.id)
    }
}

/// A complete scan of one address, and what we have of the same.
struct Scan<'a> {
    facts: &'a Facts<'a>,
    unit: &'a Unit,
    ports: &'a ImportedPorts,
    address: &'a str,
    ledger: Option<&'a PortLedger>,
    /// What we saw open there.
    open: Vec<OpenPort<'a>>,
    /// What the ledger is, in words.
    ours: &'static str,
    /// The import, and the ledger where there is one.
    evidence: Vec<String>,
}

impl<'a> Scan<'a> {
    fn new(
        facts: &'a Facts<'a>,
        unit: &'a Unit,
        item: &'a Evidence,
        ports: &'a ImportedPorts,
    ) -> Self {
        let address = item.target.address.as_str();
        let ledger = facts.ledgers(&unit.id).get(address).copied();
        let mut open = facts.open_ports(&unit.id);
        open.retain(|open| open.address == address);
        let ledger_id = ledger.map(|(evidence, _)| evidence.id.clone());
        Self {
            facts,
            unit,
            ports,
            address,
            ledger: ledger.map(|(_, ledger)| ledger),
            open,
            ours: match ledger {
                Some((_, ledger)) if ledger.engine == Engine::Imported => {
                    "the scan that stands in for our sweep"
                }
                _ => "our own sweep",
            },
            evidence: std::iter::once(item.id.clone()).chain(ledger_id).collect(),
        }
    }

    fn weigh(&self, assessment: &mut Assessment) -> Option<Agreement> {
        let (mut appeared, mut vanished) = (Vec::new(), Vec::new());
        for open in &self.ports.open {
            let declared = self.facts.device.service_at(Transport::Tcp, open.port);
            match self.ours(open.port) {
                Some((PortState::Open, _)) | Some((_, PortProof::Foreign)) => {}
                ours if declared.is_none() => {
                    self.undeclared(assessment, open.port, ours.map(|(state, _)| state));
                }
                Some(_) => appeared.push(open.port),
                // No ledger at all is a gap already.
                None => {}
            }
        }
        for open in &self.open {
            if self.ports.port(open.port).is_none() {
                vanished.push(open.port);
            }
        }
        self.speaks(assessment);
        for (ports, what) in [
            (
                &appeared,
                format!("was open in the imported scan and not in {}", self.ours),
            ),
            (
                &vanished,
                format!("was open in {} and not in the imported scan", self.ours),
            ),
        ] {
            if !ports.is_empty() {
                self.disagrees(assessment, ports, &what);
            }
        }
        let agrees = self.ledger.is_some()
            && appeared.is_empty()
            && vanished.is_empty()
            && self.ports.open.len() == self.open.len();
        agrees.then(|| {
            let statement = format!(
                "{} saw the same open ports of {}",
                self.words(),
                self.address
            );
            (statement, self.evidence[0].clone())
        })
    }

    fn ours(&self, port: u16) -> Option<(PortState, PortProof)> {
        let span = self.ledger?.span(port)?;
        Some((span.state, span.proof))
    }

    /// A counter-example is one, whoever saw it.
    fn undeclared(&self, assessment: &mut Assessment, port: u16, ours: Option<PortState>) {
        let ours = match ours {
            Some(PortState::Closed) => format!("refused in {}", self.ours),
            Some(PortState::Silent) => format!("silent in {}", self.ours),
            Some(_) => format!("not proved in {}", self.ours),
            None => "not swept by us".to_owned(),
        };
        let message = format!(
            "TCP port {port} of {} was open when {} looked, and {ours}; the manifest declares no service there",
            self.address,
            self.words()
        );
        let subject = Subject {
            port: Some(port),
            ..address(self.unit, self.address)
        };
        assessment.found(UNDECLARED_PORT, subject, message, self.evidence.clone());
    }

    /// Neither side shows that the port is not there all the time, nor which others hide like it.
    fn disagrees(&self, assessment: &mut Assessment, ports: &[u16], what: &str) {
        let message = format!(
            "TCP port {} of {} {what}: {}",
            list(ports.iter().map(|port| (*port, *port))),
            self.address,
            self.words()
        );
        let subject = address(self.unit, self.address);
        assessment.found(
            IMPORT_DISAGREES,
            subject.clone(),
            message.clone(),
            self.evidence.clone(),
        );
        assessment.missing(Reason::PortChanged, subject, message, self.evidence.clone());
    }

    /// A port that speaks otherwise to the other tool is worth a look, and no more: tools name things differently.
    fn speaks(&self, assessment: &mut Assessment) {
        for open in &self.open {
            let imported = self.ports.port(open.port);
            let theirs = imported.and_then(|port| protocol(port.speaks.as_deref()?));
            let ours = open.protocol().filter(|ours| *ours != Protocol::Unknown);
            let (Some(theirs), Some(ours)) = (theirs, ours) else {
                continue;
            };
            if theirs != ours {
                let message = format!(
                    "TCP port {} of {} spoke {} to us and {} to {}",
                    open.port,
                    self.address,
                    ours.as_str(),
                    theirs.as_str(),
                    self.words()
                );
                let mut evidence = self.evidence.clone();
                evidence.extend(open.identification.map(|item| item.id.clone()));
                assessment.found(
                    IMPORT_DISAGREES,
                    open.subject(&self.unit.id),
                    message,
                    evidence,
                );
            }
        }
    }

    /// `nmap 7.93 (imported as inputs/01-scan.xml, connect scan of 2026-01-02T03:04:05Z)`
    fn words(&self) -> String {
        let when = match self.ports.scanned_at {
            Some(time) => format!(" of {time}"),
            None => String::new(),
        };
        format!(
            "{} (imported as {}, {} scan{when})",
            brief(&self.ports.tool, 60),
            brief(&self.ports.source, 80),
            brief(&self.ports.scan, 40)
        )
    }
}

/// nmap's word in ours, where both mean the same. What is inside TLS has no word of ours.
fn protocol(word: &str) -> Option<Protocol> {
    Some(match word {
        "adb" => Protocol::Adb,
        "amqp" => Protocol::Amqp,
        "ftp" => Protocol::Ftp,
        "http" => Protocol::Http,
        "imap" => Protocol::Imap,
        "jdwp" => Protocol::Jdwp,
        "memcached" => Protocol::Memcached,
        "modbus" => Protocol::Modbus,
        "mqtt" => Protocol::Mqtt,
        "ms-wbt-server" => Protocol::Rdp,
        "mysql" => Protocol::Mysql,
        "pop3" => Protocol::Pop3,
        "postgresql" => Protocol::Postgresql,
        "redis" => Protocol::Redis,
        "rsync" => Protocol::Rsync,
        "rtsp" => Protocol::Rtsp,
        "smtp" => Protocol::Smtp,
        "ssh" => Protocol::Ssh,
        "telnet" => Protocol::Telnet,
        "vnc" => Protocol::Vnc,
        _ => return None,
    })
}
