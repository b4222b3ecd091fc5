//! The UDP ports that are asked, each with its question.
//!
//! Pure: judging reads the same list to say whether all of it was asked.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::error::InputError;
use crate::observation::Protocol;

const TEXT: &str = include_str!("../../profiles/data/udp-ports.tsv");
const ORIGIN: &str = "profiles/data/udp-ports.tsv";
const HEADER: &str = "port\tservice\tquestion";
const LEGAL: &str = "port (1 to 65535), service, question, with tabs between";

/// Which UDP ports are asked, beside the declared ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UdpList {
    /// `profiles/data/udp-ports.tsv`.
    #[default]
    Iot,
    /// Every port there is. Of those that the list does not have no protocol is known.
    All,
}

impl UdpList {
    /// Its name, in profiles and evidence.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Iot => "iot",
            Self::All => "all",
        }
    }

    /// Its ports, each with what to ask there.
    pub fn questions(self) -> BTreeMap<u16, Question> {
        match self {
            Self::Iot => udp_ports().clone(),
            Self::All => (1..=u16::MAX).map(|port| (port, question(port))).collect(),
        }
    }

    /// The ranges of ports that must be accounted for.
    pub fn spans(self) -> Vec<(u16, u16)> {
        match self {
            Self::Iot => udp_ports().keys().map(|port| (*port, *port)).collect(),
            Self::All => vec![(1, u16::MAX)],
        }
    }
}

/// What to ask at a port of which nobody says what it is.
pub fn question(port: u16) -> Question {
    let known = udp_ports().get(&port);
    known.copied().unwrap_or(Question::Text)
}

/// What to ask at a UDP port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    Bacnet,
    Coap,
    Dnp3,
    Dns,
    Doip,
    Dtls,
    EthernetIp,
    Ike,
    /// The same through the port for NAT.
    IkeNat,
    Kasa,
    Knx,
    Lifx,
    Llmnr,
    Matter,
    Mdns,
    Memcached,
    Miio,
    Modbus,
    MqttSn,
    NatPmp,
    Netbios,
    Ntp,
    Openvpn,
    Quic,
    Rip,
    Rmcp,
    Rpc,
    Sip,
    Snmp,
    SqlBrowser,
    Ssdp,
    Stun,
    /// Two line ends, where no question is known that does no harm.
    Text,
    Tftp,
    Ubiquiti,
    Wiz,
    WsDiscovery,
}

impl Question {
    /// Every question and its word.
    pub const ALL: &[(&str, Self)] = &[
        ("bacnet", Self::Bacnet),
        ("coap", Self::Coap),
        ("dnp3", Self::Dnp3),
        ("dns", Self::Dns),
        ("doip", Self::Doip),
        ("dtls", Self::Dtls),
        ("ethernet-ip", Self::EthernetIp),
        ("ike", Self::Ike),
        ("ike-nat", Self::IkeNat),
        ("kasa", Self::Kasa),
        ("knx", Self::Knx),
        ("lifx", Self::Lifx),
        ("llmnr", Self::Llmnr),
        ("matter", Self::Matter),
        ("mdns", Self::Mdns),
        ("memcached", Self::Memcached),
        ("miio", Self::Miio),
        ("modbus", Self::Modbus),
        ("mqtt-sn", Self::MqttSn),
        ("nat-pmp", Self::NatPmp),
        ("netbios", Self::Netbios),
        ("ntp", Self::Ntp),
        ("openvpn", Self::Openvpn),
        ("quic", Self::Quic),
        ("rip", Self::Rip),
        ("rmcp", Self::Rmcp),
        ("rpc", Self::Rpc),
        ("sip", Self::Sip),
        ("snmp", Self::Snmp),
        ("sql-browser", Self::SqlBrowser),
        ("ssdp", Self::Ssdp),
        ("stun", Self::Stun),
        ("text", Self::Text),
        ("tftp", Self::Tftp),
        ("ubiquiti", Self::Ubiquiti),
        ("wiz", Self::Wiz),
        ("ws-discovery", Self::WsDiscovery),
    ];

    /// Its word in the list and in evidence.
    pub fn as_str(self) -> &'static str {
        let known = Self::ALL.iter().find(|(_, question)| *question == self);
        known.map_or("text", |(word, _)| word)
    }

    fn parse(word: &str) -> Option<Self> {
        let known = Self::ALL.iter().find(|(known, _)| *known == word);
        known.map(|(_, question)| *question)
    }

    /// What to ask a service of which the manifest says what it speaks.
    pub fn of(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Bacnet => Self::Bacnet,
            Protocol::Coap => Self::Coap,
            Protocol::Dnp3 => Self::Dnp3,
            Protocol::Dns => Self::Dns,
            Protocol::Doip => Self::Doip,
            Protocol::Dtls => Self::Dtls,
            Protocol::EthernetIp => Self::EthernetIp,
            Protocol::Ike => Self::Ike,
            Protocol::Ipmi => Self::Rmcp,
            Protocol::Kasa => Self::Kasa,
            Protocol::Knx => Self::Knx,
            Protocol::Lifx => Self::Lifx,
            Protocol::Llmnr => Self::Llmnr,
            Protocol::Matter => Self::Matter,
            Protocol::Mdns => Self::Mdns,
            Protocol::Memcached => Self::Memcached,
            Protocol::Miio => Self::Miio,
            Protocol::Modbus => Self::Modbus,
            Protocol::MqttSn => Self::MqttSn,
            Protocol::NatPmp => Self::NatPmp,
            Protocol::Netbios => Self::Netbios,
            Protocol::Ntp => Self::Ntp,
            Protocol::Openvpn => Self::Openvpn,
            Protocol::Quic => Self::Quic,
            Protocol::Rip => Self::Rip,
            Protocol::Rpc => Self::Rpc,
            Protocol::Sip => Self::Sip,
            Protocol::Snmp => Self::Snmp,
            Protocol::SqlBrowser => Self::SqlBrowser,
            Protocol::Ssdp => Self::Ssdp,
            Protocol::Stun => Self::Stun,
            Protocol::Tftp => Self::Tftp,
            Protocol::Ubiquiti => Self::Ubiquiti,
            Protocol::Wiz => Self::Wiz,
            Protocol::WsDiscovery => Self::WsDiscovery,
            _ => Self::Text,
        }
    }
}

/// The shipped list, by port.
pub fn udp_ports() -> &'static BTreeMap<u16, Question> {
    static SHIPPED: LazyLock<BTreeMap<u16, Question>> = LazyLock::new(|| {
        #[expect(clippy::expect_used, reason = "a test parses this constant text")]
        parse(TEXT, ORIGIN).expect("the shipped list is well-formed")
    });
    &SHIPPED
}

/// Parses a list: comments (`#`), the header line, then one port a line.
fn parse(text: &str, origin: &str) -> Result<BTreeMap<u16, Question>, InputError> {
    let mut found = BTreeMap::new();
    let mut header_seen = false;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let bad = |what: &str| InputError::at(origin, text, start, what).legal(LEGAL);
        let line = line.trim_end_matches('\n');
        if line.starts_with('#') {
            continue;
        }
        if !header_seen {
            if line != HEADER {
                return Err(bad("the header line is missing"));
            }
            header_seen = true;
            continue;
        }
        let [port, service, question] = line.split('\t').collect::<Vec<_>>()[..] else {
            return Err(bad("a port has three fields"));
        };
        let port: u16 = match port.parse() {
            Ok(port) if port > 0 => port,
            _ => return Err(bad("this is no port")),
        };
        if service.is_empty() {
            return Err(bad("a port without a service"));
        }
        let question = Question::parse(question).ok_or_else(|| bad("no such question"))?;
        if found.insert(port, question).is_some() {
            return Err(bad("this port stands in the list twice"));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_list_has_what_devices_speak_and_every_question_is_asked() {
        let list = udp_ports();
        assert!((30..=60).contains(&list.len()), "{}", list.len());
        assert_eq!(list[&5683], Question::Coap);
        for (word, question) in Question::ALL {
            assert_eq!(question.as_str(), *word);
            assert!(list.values().any(|asked| asked == question), "{word}");
        }
    }

    #[test]
    fn a_list_that_is_not_legal_names_its_line() {
        let error = |line: &str| {
            let text = format!("# x\n{HEADER}\n53\tDNS\tdns\n{line}\n");
            parse(&text, "list").unwrap_err().to_string()
        };
        for (line, what) in [
            ("53\tagain\tdns", "twice"),
            ("0\tzero\tdns", "no port"),
            ("65536\tmuch\tdns", "no port"),
            ("54\tx\tsing", "no such question"),
            ("54\tx", "three fields"),
            ("54\t\tdns", "without a service"),
        ] {
            let error = error(line);
            assert!(error.contains(what) && error.contains(":4"), "{error}");
        }
        assert!(parse("53\tDNS\tdns\n", "list").is_err());
    }
}
