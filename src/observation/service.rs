//! What speaks on an open port, told from its own bytes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An application protocol. A port number never decides it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    Bacnet,
    Coap,
    Dnp3,
    Dns,
    Doip,
    Dtls,
    Echo,
    EthernetIp,
    Ftp,
    Http,
    Ike,
    Imap,
    Ipmi,
    Kasa,
    Knx,
    Lifx,
    Llmnr,
    Matter,
    Mdns,
    Memcached,
    Miio,
    Modbus,
    Mqtt,
    MqttSn,
    NatPmp,
    Netbios,
    Ntp,
    Openvpn,
    Pop3,
    Quic,
    Redis,
    Rip,
    Rpc,
    Rtsp,
    Sip,
    Smtp,
    Snmp,
    SqlBrowser,
    Ssdp,
    Ssh,
    Stun,
    Syslog,
    Telnet,
    Tftp,
    Tls,
    Ubiquiti,
    Vnc,
    Wiz,
    WsDiscovery,
    /// It accepted the connection and said something, or nothing, that is none of the above.
    Unknown,
}

impl Protocol {
    /// The word used in manifests and certificates.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bacnet => "bacnet",
            Self::Coap => "coap",
            Self::Dnp3 => "dnp3",
            Self::Dns => "dns",
            Self::Doip => "doip",
            Self::Dtls => "dtls",
            Self::Echo => "echo",
            Self::EthernetIp => "ethernet-ip",
            Self::Ftp => "ftp",
            Self::Http => "http",
            Self::Ike => "ike",
            Self::Imap => "imap",
            Self::Ipmi => "ipmi",
            Self::Kasa => "kasa",
            Self::Knx => "knx",
            Self::Lifx => "lifx",
            Self::Llmnr => "llmnr",
            Self::Matter => "matter",
            Self::Mdns => "mdns",
            Self::Memcached => "memcached",
            Self::Miio => "miio",
            Self::Modbus => "modbus",
            Self::Mqtt => "mqtt",
            Self::MqttSn => "mqtt-sn",
            Self::NatPmp => "nat-pmp",
            Self::Netbios => "netbios",
            Self::Ntp => "ntp",
            Self::Openvpn => "openvpn",
            Self::Pop3 => "pop3",
            Self::Quic => "quic",
            Self::Redis => "redis",
            Self::Rip => "rip",
            Self::Rpc => "rpc",
            Self::Rtsp => "rtsp",
            Self::Sip => "sip",
            Self::Smtp => "smtp",
            Self::Snmp => "snmp",
            Self::SqlBrowser => "sql-browser",
            Self::Ssdp => "ssdp",
            Self::Ssh => "ssh",
            Self::Stun => "stun",
            Self::Syslog => "syslog",
            Self::Telnet => "telnet",
            Self::Tftp => "tftp",
            Self::Tls => "tls",
            Self::Ubiquiti => "ubiquiti",
            Self::Vnc => "vnc",
            Self::Wiz => "wiz",
            Self::WsDiscovery => "ws-discovery",
            Self::Unknown => "unknown",
        }
    }
}

/// A service that was asked who it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// What is spoken in clear, or inside TLS where `tls` says so.
    pub protocol: Protocol,
    /// Whether the port speaks TLS. What is said in clear there says nothing more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tls: bool,
    /// Whether the port speaks TLS, and answered a CONNECT of MQTT by CONNACK in clear all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub also_in_clear: bool,
    /// Product and version where the service says them, safe to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// What it took to make it speak: `nothing`, `http-get`, [`Self::MQTT`], [`Self::MQTT_5`]. None: it never
    /// spoke.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spoke_after: Option<String>,
    /// The first bytes it sent, safe to show. Empty: it never spoke.
    pub first_bytes: String,
}

impl Service {
    /// A CONNECT of MQTT 3.1.1 made it speak.
    pub const MQTT: &str = "mqtt-connect";
    /// Only a CONNECT of MQTT 5 made it speak.
    pub const MQTT_5: &str = "mqtt-5-connect";

    /// What it speaks, for a person: `http`, `http in TLS`.
    pub fn spoken(&self) -> String {
        let protocol = self.protocol.as_str();
        if self.tls {
            format!("{protocol} in TLS")
        } else {
            protocol.to_owned()
        }
    }
}
