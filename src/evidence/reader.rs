//! Reads a run directory back. It may come from anybody: everything in it is checked.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use super::broker;
use super::documents;
use super::files::{Main, at, check_digests, read};
use super::heads::Heads;
use super::imported;
use super::on_link;
use super::tls;
use super::twin;
use super::{BlobRole, Evidence, RUN_FORMAT, RunInfo, RunState};
use crate::digest::{parse_sha256, sha256_hex};
use crate::dut::Device;
use crate::error::Error;
use crate::observation::{Asked, Engine, Observation, PortProof, PortSpan, PortState, Transport};
use crate::profile::UdpList;

/// A run, read and checked.
#[derive(Debug)]
pub struct Run {
    pub info: RunInfo,
    /// SHA-256 of `run.json`, hex.
    pub sha256: String,
    pub device: Device,
    /// `profile.toml`, the profile that planned it.
    pub profile_text: String,
    pub evidence: Vec<Evidence>,
    /// The first bytes of each blob; none of a run that was killed.
    pub heads: Heads,
    /// What a reader should know: a broken last line that was left out.
    pub remarks: Vec<String>,
}

impl Run {
    /// The evidence of an id.
    pub fn attempt(&self, id: &str) -> Option<&Evidence> {
        let is_it = |item: &&Evidence| item.id == id;
        // Our own writer counts from `e0001`.
        let number = id.strip_prefix('e').and_then(|it| it.parse::<usize>().ok());
        let place = number.and_then(|number| self.evidence.get(number.checked_sub(1)?));
        place
            .filter(is_it)
            .or_else(|| self.evidence.iter().find(is_it))
    }

    /// Reads a run directory. A closed run must be exactly what was closed: every digest is checked.
    /// One that was killed is read as far as it goes.
    pub fn read(dir: &Path) -> Result<Self, Error> {
        let info_bytes = read(dir, "run.json")?;
        let info: RunInfo = parse(dir, "run.json", &info_bytes)?;
        if info.format != RUN_FORMAT {
            let message = format!(
                "format `{}` is not known",
                crate::text::shown(&info.format, 60)
            );
            return Err(at(dir, "run.json", message).legal(RUN_FORMAT).into());
        }
        // Read once: what is parsed is what was checked.
        let main = Main {
            device: read(dir, "device.json")?,
            profile: read(dir, "profile.toml")?,
            evidence: read(dir, "evidence.jsonl")?,
        };
        let heads = match info.state {
            RunState::Running => Heads::default(),
            _ => check_digests(dir, &info.digests, &main)?,
        };
        let device: Device = parse(dir, "device.json", &main.device)?;
        let profile_text = String::from_utf8(main.profile)
            .map_err(|_| at(dir, "profile.toml", "is not UTF-8 text"))?;
        let mut remarks = Vec::new();
        let evidence = read_evidence(dir, &main.evidence, info.state, &mut remarks)?;
        check_device(dir, &device)?;
        check_evidence(dir, &device, &info, &heads, &evidence)?;
        Ok(Self {
            sha256: sha256_hex(&info_bytes),
            info,
            device,
            profile_text,
            evidence,
            heads,
            remarks,
        })
    }
}

fn read_evidence(
    dir: &Path,
    bytes: &[u8],
    state: RunState,
    remarks: &mut Vec<String>,
) -> Result<Vec<Evidence>, Error> {
    let mut lines: Vec<Line<'_>> = match std::str::from_utf8(bytes) {
        Ok(text) => text.split('\n').map(Line::Text).collect(),
        Err(_) => bytes
            .split(|byte| *byte == b'\n')
            .map(Line::Bytes)
            .collect(),
    };
    // What follows the last newline is a line that was cut while it was written.
    if !lines.pop().is_none_or(|rest| rest.is_empty()) {
        if state != RunState::Running {
            return Err(at(dir, "evidence.jsonl", "ends in the middle of a line").into());
        }
        remarks.push(
            "the last line of the evidence was cut when the run was killed, and left out"
                .to_owned(),
        );
    }
    // A `Result` tells no length: collecting would move what is there again and again.
    let mut evidence = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        let wrong = |message: String, column| {
            let mut input = at(dir, "evidence.jsonl", message);
            input.place = Some((index + 1, column));
            input
        };
        if !line.is_bare() {
            let message = "a line begins with `{` and ends with `}`: nothing stands around it";
            return Err(wrong(message.to_owned(), 1).into());
        }
        let parsed = line.parse();
        evidence.push(parsed.map_err(|error| wrong(error.to_string(), error.column().max(1)))?);
    }
    Ok(evidence)
}

/// A line of evidence. What is known to be UTF-8 as a whole is not looked at again string by string.
enum Line<'a> {
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl Line<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    fn is_empty(&self) -> bool {
        self.bytes().is_empty()
    }

    /// Whether it is an object and nothing around it: JSON lets blanks stand there, and what we write has none.
    fn is_bare(&self) -> bool {
        matches!(self.bytes(), [b'{', .., b'}'])
    }

    fn parse(&self) -> serde_json::Result<Evidence> {
        match self {
            Self::Text(text) => serde_json::from_str(text),
            Self::Bytes(bytes) => serde_json::from_slice(bytes),
        }
    }
}

/// What types cannot say: every unit has a name of its own and an address.
fn check_device(dir: &Path, device: &Device) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    for unit in &device.units {
        if !seen.insert(unit.id.as_str()) || unit.addresses.is_empty() {
            let message = "a unit stands twice or has no address";
            return Err(at(dir, "device.json", message).into());
        }
    }
    Ok(())
}

/// What types cannot say: ids are unique, units and addresses are the manifest's, ledgers have no holes
/// and answer a sweep, raw bytes belong to the run.
fn check_evidence(
    dir: &Path,
    device: &Device,
    info: &RunInfo,
    heads: &Heads,
    evidence: &[Evidence],
) -> Result<(), Error> {
    let spoken = twin::Spoken::of(evidence);
    let mut seen = HashSet::new();
    let services = broker::services(evidence);
    let declared = on_link::Declared::all(device);
    // Those that came before.
    let mut searches: Vec<&Evidence> = Vec::new();
    for (index, item) in evidence.iter().enumerate() {
        let repeated = !seen.insert(item.id.as_str());
        let broker = || broker::contradiction(item, &services).map(str::to_owned);
        let import = || imported::contradiction(item, evidence).map(str::to_owned);
        let document = || documents::contradiction(item, device, info).map(str::to_owned);
        let twin = || twin::contradiction(item, device, &spoken).map(str::to_owned);
        let link = || on_link::contradiction(item, &declared, &searches).map(str::to_owned);
        if let Some(message) = wrong(device, info, heads, item, repeated)
            .or_else(link)
            .or_else(broker)
            .or_else(import)
            .or_else(document)
            .or_else(twin)
        {
            let mut input = at(dir, "evidence.jsonl", message);
            input.place = Some((index + 1, 1));
            return Err(input.into());
        }
        if on_link::searches(item).next().is_some() {
            searches.push(item);
        }
    }
    Ok(())
}

fn wrong(
    device: &Device,
    info: &RunInfo,
    heads: &Heads,
    item: &Evidence,
    repeated: bool,
) -> Option<String> {
    if repeated {
        return Some("an evidence id stands twice".to_owned());
    }
    if item.id.starts_with("record-") {
        return Some("an evidence id is one of what people recorded".to_owned());
    }
    if device.units.iter().all(|unit| unit.id != item.unit) {
        return Some("it speaks of a unit that device.json does not have".to_owned());
    }
    for observation in item.observations() {
        if let Observation::PortLedger(ledger) = observation {
            if !ledger
                .spans
                .iter()
                .all(|span| shows_its_state(span, ledger.engine))
            {
                return Some(
                    "a span of the ledger has a state that its proof does not show".to_owned(),
                );
            }
            match item.asked {
                Asked::PortsFromImport { .. } if ledger.engine == Engine::Imported => {
                    if !ledger.covers(1, u16::MAX) {
                        return Some("an imported ledger does not cover all ports".to_owned());
                    }
                }
                Asked::PortSweep { .. } if ledger.engine == Engine::Imported => {
                    return Some("an imported ledger answers a sweep".to_owned());
                }
                Asked::PortSweep { first, last } if ledger.covers(first, last) => {}
                Asked::PortSweep { first, last } => {
                    return Some(format!(
                        "the ledger does not cover ports {first} to {last} exactly"
                    ));
                }
                _ => return Some("a ledger answers something that is no sweep".to_owned()),
            }
        }
    }
    for observation in item.observations() {
        if let Observation::UdpLedger(ledger) = observation {
            let asked = matches!(item.asked, Asked::UdpPorts { .. });
            if !asked || item.target.transport != Some(Transport::Udp) {
                return Some("a UDP ledger answers something else".to_owned());
            }
            if !ledger.is_ordered() || !ledger.spans.iter().all(udp_shows_its_state) {
                return Some("a UDP ledger contradicts itself".to_owned());
            }
            let all =
                matches!(&item.asked, Asked::UdpPorts { list } if list == UdpList::All.as_str());
            if all && !ledger.covers_all() {
                return Some("a ledger of all UDP ports does not have all of them".to_owned());
            }
            let sources = &ledger.sweep.sources;
            if sources.iter().any(|span| span.count() == 0) || ledger.sources() > 256 {
                return Some(
                    "a UDP ledger was asked from more addresses than there can be".to_owned(),
                );
            }
        }
    }
    if let Some(message) = tls::contradiction(item) {
        return Some(message);
    }
    if !strangers_were_answered(item) {
        let message = "an answer to strangers is to another question, or without its bytes";
        return Some(message.to_owned());
    }
    for observation in item.observations() {
        if let Observation::ImportedPorts(ports) = observation {
            let asked =
                matches!(&item.asked, Asked::ImportedPorts { source } if *source == ports.source);
            let kept = info.state == RunState::Running || info.digests.contains_key(&ports.source);
            if !asked || !kept {
                return Some("it cites an imported file that the run does not have".to_owned());
            }
        }
    }
    for observation in item.observations() {
        if let Observation::ImportedMud(mud) = observation {
            let asked =
                matches!(&item.asked, Asked::ImportedMud { source } if *source == mud.source);
            let kept = info.state == RunState::Running || info.digests.contains_key(&mud.source);
            if !asked || !kept {
                return Some("it cites a MUD file that the run does not have".to_owned());
            }
        }
    }
    if let Asked::Blocklist { sha256 } = &item.asked {
        let used = info.settings.blocklist.as_ref();
        if used.is_none_or(|used| used.sha256 != *sha256) {
            return Some("it cites a list of keys that the run was not given".to_owned());
        }
    }
    for observation in item.observations() {
        let fits = match observation {
            Observation::LookedUp(_) => matches!(item.asked, Asked::Blocklist { .. }),
            Observation::Ssh(_) => item.asked == Asked::Ssh,
            _ => true,
        };
        if !fits {
            return Some("host keys or looked up keys answer something else".to_owned());
        }
    }
    for blob in &item.blobs {
        let Some(sha256) = parse_sha256(&blob.sha256) else {
            return Some("a blob's digest is no SHA-256".to_owned());
        };
        if info.state == RunState::Running {
            continue;
        }
        match heads.length(&sha256) {
            None => return Some("it cites raw bytes that run.json does not have".to_owned()),
            Some(length) if length == blob.length => {}
            Some(length) => {
                return Some(format!(
                    "it says that raw bytes are {} long that are {length}",
                    blob.length
                ));
            }
        }
    }
    None
}

/// Whether what was given to strangers was asked for over TCP, and its bytes were kept.
fn strangers_were_answered(item: &Evidence) -> bool {
    let given = |fact: &Observation| matches!(fact, Observation::Disclosure(_));
    let asked = matches!(item.asked, Asked::Disclosure { .. });
    let received = item
        .blobs
        .iter()
        .any(|blob| blob.role == BlobRole::Received);
    let over_tcp = item.target.transport == Some(Transport::Tcp);
    !item.observations().iter().any(given) || (asked && received && over_tcp)
}

/// Whether the state of a span follows from its proof, and somebody asked: we, or the tool whose scan stands in.
fn shows_its_state(span: &PortSpan, engine: Engine) -> bool {
    if span.proof == PortProof::Imported {
        return engine == Engine::Imported && span.state != PortState::Unproven && span.asked == 0;
    }
    match span.state {
        PortState::Open => span.proof == PortProof::Accepted && span.asked > 0,
        PortState::Closed => {
            matches!(span.proof, PortProof::Refused | PortProof::Rejected) && span.asked > 0
        }
        PortState::Silent => span.proof == PortProof::NoAnswer && span.asked > 0,
        PortState::Unproven => true,
    }
}

/// The same of UDP, where an answer opens and only a refusal closes.
fn udp_shows_its_state(span: &PortSpan) -> bool {
    match span.state {
        PortState::Open => span.proof == PortProof::Answered && span.asked > 0,
        PortState::Closed | PortState::Silent | PortState::Unproven => {
            shows_its_state(span, Engine::Connect)
        }
    }
}

fn parse<T: serde::de::DeserializeOwned>(dir: &Path, name: &str, bytes: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(bytes).map_err(|error| {
        let mut input = at(dir, name, error.to_string());
        input.place = Some((error.line().max(1), error.column().max(1)));
        input.into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_to_strangers_is_to_its_question_and_has_its_bytes() {
        let text = r#"{"id":"e0001","probe":"disclosure","unit":"a",
            "target":{"address":"127.0.0.1","transport":"tcp","port":80},
            "asked":{"kind":"disclosure","path":"/"},
            "started_at":"2026-01-02T03:04:05Z","observed_at":"2026-01-02T03:04:05Z",
            "outcome":{"kind":"observed","observations":[{"kind":"disclosure","value":{"status":200,"whole":true}}]},
            "blobs":[{"role":"received","sha256":"","length":1}]}"#;
        let holds = |text: &str| strangers_were_answered(&serde_json::from_str(text).unwrap());
        assert!(holds(text));
        for (right, wrong) in [
            (r#""received""#, r#""sent""#),
            (r#"{"kind":"disclosure","path":"/"}"#, r#"{"kind":"reach"}"#),
            (r#""tcp""#, r#""udp""#),
        ] {
            assert!(text.contains(right));
            assert!(!holds(&text.replace(right, wrong)), "{wrong}");
        }
    }
}
