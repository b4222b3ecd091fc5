//! What speaks on an open port, told from its own bytes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An application protocol. A port number never decides it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// Android Debug Bridge.
    Adb,
    Amqp,
    Bacnet,
    Coap,
    /// Debug Adapter Protocol.
    Dap,
    /// Chrome DevTools Protocol, of Chromium, Node.js and others.
    Devtools,
    Dnp3,
    Dns,
    /// Docker Engine API.
    Docker,
    Doip,
    Dtls,
    Echo,
    EthernetIp,
    Ftp,
    /// GDB's remote serial protocol.
    Gdbserver,
    Http,
    Ike,
    Imap,
    Ipmi,
    /// Java Debug Wire Protocol.
    Jdwp,
    Kasa,
    Knx,
    Lifx,
    Llmnr,
    Matter,
    Mdns,
    Memcached,
    Miio,
    Modbus,
    Mongodb,
    Mqtt,
    MqttSn,
    Mysql,
    NatPmp,
    Netbios,
    Ntp,
    OpcUa,
    /// OpenOCD's Telnet or Tcl server.
    Openocd,
    Openvpn,
    /// Printer Job Language, at a raw print port.
    Pjl,
    Pop3,
    Postgresql,
    Quic,
    Rdp,
    Redis,
    Rip,
    Rpc,
    Rsync,
    Rtsp,
    S7,
    Sip,
    Smb,
    Smtp,
    Snmp,
    SqlBrowser,
    Ssdp,
    Ssh,
    Stun,
    Syslog,
    /// Target Communication Framework.
    Tcf,
    Telnet,
    Tftp,
    Tls,
    Ubiquiti,
    Vnc,
    Wiz,
    WsDiscovery,
    X11,
    /// It accepted the connection and said something, or nothing, that is none of the above.
    Unknown,
}

impl Protocol {
    /// The word used in manifests and certificates.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Adb => "adb",
            Self::Amqp => "amqp",
            Self::Bacnet => "bacnet",
            Self::Coap => "coap",
            Self::Dap => "dap",
            Self::Devtools => "devtools",
            Self::Dnp3 => "dnp3",
            Self::Dns => "dns",
            Self::Docker => "docker",
            Self::Doip => "doip",
            Self::Dtls => "dtls",
            Self::Echo => "echo",
            Self::EthernetIp => "ethernet-ip",
            Self::Ftp => "ftp",
            Self::Gdbserver => "gdbserver",
            Self::Http => "http",
            Self::Ike => "ike",
            Self::Imap => "imap",
            Self::Ipmi => "ipmi",
            Self::Jdwp => "jdwp",
            Self::Kasa => "kasa",
            Self::Knx => "knx",
            Self::Lifx => "lifx",
            Self::Llmnr => "llmnr",
            Self::Matter => "matter",
            Self::Mdns => "mdns",
            Self::Memcached => "memcached",
            Self::Miio => "miio",
            Self::Modbus => "modbus",
            Self::Mongodb => "mongodb",
            Self::Mqtt => "mqtt",
            Self::MqttSn => "mqtt-sn",
            Self::Mysql => "mysql",
            Self::NatPmp => "nat-pmp",
            Self::Netbios => "netbios",
            Self::Ntp => "ntp",
            Self::OpcUa => "opc-ua",
            Self::Openocd => "openocd",
            Self::Openvpn => "openvpn",
            Self::Pjl => "pjl",
            Self::Pop3 => "pop3",
            Self::Postgresql => "postgresql",
            Self::Quic => "quic",
            Self::Rdp => "rdp",
            Self::Redis => "redis",
            Self::Rip => "rip",
            Self::Rpc => "rpc",
            Self::Rsync => "rsync",
            Self::Rtsp => "rtsp",
            Self::S7 => "s7",
            Self::Sip => "sip",
            Self::Smb => "smb",
            Self::Smtp => "smtp",
            Self::Snmp => "snmp",
            Self::SqlBrowser => "sql-browser",
            Self::Ssdp => "ssdp",
            Self::Ssh => "ssh",
            Self::Stun => "stun",
            Self::Syslog => "syslog",
            Self::Tcf => "tcf",
            Self::Telnet => "telnet",
            Self::Tftp => "tftp",
            Self::Tls => "tls",
            Self::Ubiquiti => "ubiquiti",
            Self::Vnc => "vnc",
            Self::Wiz => "wiz",
            Self::WsDiscovery => "ws-discovery",
            Self::X11 => "x11",
            Self::Unknown => "unknown",
        }
    }
}

impl Protocol {
    /// Whether its purpose is to look into a running program, or into the machine.
    pub fn is_for_debugging(self) -> bool {
        matches!(
            self,
            Self::Adb
                | Self::Dap
                | Self::Devtools
                | Self::Gdbserver
                | Self::Jdwp
                | Self::Openocd
                | Self::Tcf
        )
    }

    /// Whether it can never turn to encryption on a connection that began in clear.
    pub fn stays_in_clear(self) -> bool {
        matches!(
            self,
            Self::Dap
                | Self::Devtools
                | Self::Docker
                | Self::EthernetIp
                | Self::Gdbserver
                | Self::Jdwp
                | Self::Memcached
                | Self::Modbus
                | Self::Openocd
                | Self::Redis
                | Self::S7
                | Self::Tcf
        )
    }
}

/// Characters of what a service said first that are kept at most: a long greeting, whole.
pub const FIRST_BYTES: usize = 2048;

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
    /// What it took to make it speak: `nothing`, `http-get`, [`Self::MQTT`], [`Self::MQTT_5`], or the word of
    /// another question. None: it never spoke.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spoke_after: Option<String>,
    /// The first bytes it sent, safe to show, at most [`FIRST_BYTES`]. Empty: it never spoke. At its end `…` where it said more.
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
