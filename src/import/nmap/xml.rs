//! The elements of `nmap -oX` that the rules need, read one by one: memory stays bounded whatever the file,
//! entities are never expanded, and a document that does not end is an error.

use std::net::IpAddr;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use crate::text::shown;

/// More is no scan of a device: hosts, listed ports of all hosts, and elements within each other.
const HOSTS_LIMIT: usize = 4096;
const PORTS_LIMIT: usize = 1 << 18;
const DEPTH_LIMIT: usize = 64;

/// What a file says.
#[derive(Clone, Debug, Default)]
pub struct Document {
    pub scanner: String,
    pub version: String,
    pub args: String,
    /// Seconds since 1970.
    pub start: Option<i64>,
    pub infos: Vec<ScanInfo>,
    pub hosts: Vec<Host>,
    /// `finished@exit`.
    pub exit: Option<String>,
    /// Ports listed so far, of all hosts.
    listed: usize,
}

/// What was asked of every host, by one protocol.
#[derive(Clone, Debug, Default)]
pub struct ScanInfo {
    pub kind: String,
    pub protocol: String,
    pub count: u64,
    pub services: String,
}

/// What came of one host.
#[derive(Clone, Debug, Default)]
pub struct Host {
    pub addresses: Vec<IpAddr>,
    /// Link addresses, safe to show; none where the host was not on a link of the scanner's.
    pub macs: Vec<String>,
    pub timed_out: bool,
    pub ports: Vec<Port>,
    pub extra: Vec<Extra>,
}

/// A listed port.
#[derive(Clone, Debug)]
pub struct Port {
    pub tcp: bool,
    pub id: u16,
    pub state: State,
    /// What it speaks, where nmap asked it; never a guess from the port number.
    pub speaks: Option<String>,
    /// Product and version, where it was asked and says so.
    pub product: Option<String>,
}

/// Ports of one state that are counted and not listed.
#[derive(Clone, Debug)]
pub struct Extra {
    pub state: State,
    pub count: u64,
    /// Whether TCP ports are among them. None: not told, so that they may be.
    pub tcp: Option<bool>,
    /// Which TCP ports, as in `1-79,81-65535`, where it is told.
    pub ports: Vec<String>,
}

/// A state in our words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Open,
    Closed,
    /// `filtered`, `closed|filtered`.
    Filtered,
    /// `open|filtered`, `unfiltered`, and what no version says yet.
    Unclear,
}

impl State {
    /// Whether the tool shows that nobody gets in there.
    pub fn is_not_open(self) -> bool {
        matches!(self, Self::Closed | Self::Filtered)
    }

    fn of(word: &str) -> Self {
        match word {
            "open" => Self::Open,
            "closed" => Self::Closed,
            "filtered" | "closed|filtered" => Self::Filtered,
            _ => Self::Unclear,
        }
    }
}

/// Whether a text begins as nmap's XML does, however it goes on.
pub fn is_nmap(text: &str) -> bool {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => {
                return element.name().as_ref() == "nmaprun";
            }
            Ok(Event::Eof) | Err(_) => return false,
            Ok(_) => {}
        }
    }
}

/// Reads a whole file.
///
/// # Errors
///
/// It is cut, no XML, or larger than any scan.
pub fn read(text: &str) -> Result<Document, String> {
    let mut reader = Reader::from_str(text);
    let mut document = Document::default();
    let mut path: Vec<String> = Vec::new();
    let mut ended = false;
    loop {
        let event = reader.read_event();
        let position = reader.error_position();
        let wrong = |error: &dyn std::fmt::Display| {
            let error = shown(error.to_string(), 120);
            format!("it is no well-formed XML: {error}, at byte {position}")
        };
        match event.map_err(|error| wrong(&error))? {
            Event::Start(element) => {
                if ended || path.len() == DEPTH_LIMIT {
                    return Err(wrong(&"an element where none belongs"));
                }
                path.push(shown(element.name().as_ref(), 40));
                document.element(&path, &element).map_err(|it| wrong(&it))?;
            }
            Event::Empty(element) => {
                if path.is_empty() {
                    return Err(wrong(&"an element where none belongs"));
                }
                path.push(shown(element.name().as_ref(), 40));
                document.element(&path, &element).map_err(|it| wrong(&it))?;
                path.pop();
            }
            Event::End(_) => {
                path.pop();
                ended = path.is_empty();
            }
            Event::Eof if ended => return Ok(document),
            Event::Eof => return Err("it ends in the middle: the scan was stopped".to_owned()),
            _ => {}
        }
    }
}

/// The attributes of an element that are wanted, in the order of `names`.
fn attributes<const N: usize>(
    element: &BytesStart<'_>,
    names: [&str; N],
) -> Result<[Option<String>; N], String> {
    let mut found = [const { None }; N];
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        if let Some(at) = names
            .iter()
            .position(|name| attribute.key.as_ref() == *name)
        {
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| error.to_string())?;
            found[at] = Some(value.into_owned());
        }
    }
    Ok(found)
}

fn number<T: std::str::FromStr>(value: Option<String>, what: &str) -> Result<T, String> {
    value
        .and_then(|value| value.parse().ok())
        .ok_or_else(|| format!("`{what}` is no number"))
}

impl Document {
    fn element(&mut self, path: &[String], element: &BytesStart<'_>) -> Result<(), String> {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path[..] {
            ["nmaprun"] => {
                let [scanner, version, args, start] =
                    attributes(element, ["scanner", "version", "args", "start"])?;
                self.scanner = scanner.unwrap_or_default();
                self.version = version.unwrap_or_default();
                self.args = args.unwrap_or_default();
                self.start = start.and_then(|start| start.parse().ok());
            }
            ["nmaprun", "scaninfo"] => {
                let [kind, protocol, count, services] =
                    attributes(element, ["type", "protocol", "numservices", "services"])?;
                self.infos.push(ScanInfo {
                    kind: kind.unwrap_or_default(),
                    protocol: protocol.unwrap_or_default(),
                    count: number::<u32>(count, "numservices")?.into(),
                    services: services.unwrap_or_default(),
                });
                if self.infos.len() > 8 {
                    return Err("more kinds of scan than there are".to_owned());
                }
            }
            ["nmaprun", "host"] => {
                if self.hosts.len() == HOSTS_LIMIT {
                    return Err(format!("more than {HOSTS_LIMIT} hosts"));
                }
                let [timed_out] = attributes(element, ["timedout"])?;
                self.hosts.push(Host {
                    timed_out: timed_out.is_some_and(|word| word != "false"),
                    ..Host::default()
                });
            }
            ["nmaprun", "host", ref rest @ ..] => {
                self.listed += usize::from(rest == ["ports", "port"]);
                if self.listed > PORTS_LIMIT {
                    return Err(format!("more than {PORTS_LIMIT} ports"));
                }
                if let Some(host) = self.hosts.last_mut() {
                    host.element(rest, element)?;
                }
            }
            ["nmaprun", "runstats", "finished"] => {
                let [exit] = attributes(element, ["exit"])?;
                self.exit = exit;
            }
            _ => {}
        }
        Ok(())
    }
}

impl Host {
    fn element(&mut self, path: &[&str], element: &BytesStart<'_>) -> Result<(), String> {
        match path {
            ["address"] => {
                let [address, kind] = attributes(element, ["addr", "addrtype"])?;
                let address = address.unwrap_or_default();
                if kind.as_deref() == Some("mac") {
                    if self.macs.len() < 16 {
                        self.macs.push(shown(address, 40));
                    }
                } else if self.addresses.len() < 16 {
                    let ip = address.split('%').next().unwrap_or_default();
                    self.addresses
                        .push(ip.parse().map_err(|_| "`addr` is no address")?);
                }
            }
            ["ports", "port"] => {
                let [protocol, id] = attributes(element, ["protocol", "portid"])?;
                self.ports.push(Port {
                    tcp: protocol.as_deref() == Some("tcp"),
                    id: number(id, "portid")?,
                    // Until its `state` comes.
                    state: State::Unclear,
                    speaks: None,
                    product: None,
                });
            }
            ["ports", "port", "state"] => {
                let [state] = attributes(element, ["state"])?;
                if let Some(port) = self.ports.last_mut() {
                    port.state = State::of(&state.unwrap_or_default());
                }
            }
            ["ports", "port", "service"] => {
                let names = ["name", "method", "tunnel", "product", "version"];
                let [name, method, tunnel, product, version] = attributes(element, names)?;
                if let Some(port) = self.ports.last_mut()
                    && method.as_deref() == Some("probed")
                {
                    let name = name.unwrap_or_default();
                    let tunnel = tunnel.map(|tunnel| tunnel + "/").unwrap_or_default();
                    port.speaks = Some(shown(tunnel + &name, 60));
                    port.product = product.map(|product| {
                        let version = version.map(|it| format!(" {it}")).unwrap_or_default();
                        shown(product + &version, 120)
                    });
                }
            }
            ["ports", "extraports"] => {
                let [state, count] = attributes(element, ["state", "count"])?;
                self.extra.push(Extra {
                    state: State::of(&state.unwrap_or_default()),
                    count: number::<u32>(count, "count")?.into(),
                    tcp: None,
                    ports: Vec::new(),
                });
                if self.extra.len() > 64 {
                    return Err("more states of ports than there are".to_owned());
                }
            }
            ["ports", "extraports", "extrareasons"] => {
                let [protocol, ports] = attributes(element, ["proto", "ports"])?;
                if let Some(extra) = self.extra.last_mut() {
                    // Older versions do not say which protocol: then it may be TCP.
                    let tcp = protocol.is_none_or(|protocol| protocol == "tcp");
                    extra.tcp = Some(tcp || extra.tcp == Some(true));
                    if tcp && extra.ports.len() < 64 {
                        extra.ports.extend(ports);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}
